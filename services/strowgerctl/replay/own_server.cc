#include "services/strowgerctl/replay/own_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/terminal.h"
#include "strowger/v1/admin.grpc.pb.h"

namespace strowger::ctl {
namespace {

constexpr std::chrono::seconds kPatience(30);  // with starting and with ending
constexpr std::chrono::milliseconds kBetweenLooks(20);
constexpr std::size_t kLogShown = 2000;

bool IsProgram(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void BecomeServer(const char* program, const char* const* arguments,
                               const char* const* environment, int log, pid_t parent) {
  // It must not outlive its owner, however that ends.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
  // Ctrl-C is the owner's to deal with.
  setpgid(0, 0);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  // execve changes nothing of what it is given.
  execve(program, const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
  _exit(127);
}

// Without the variables that configure a strowgerd: this one is to be as its file says. Ends with
// null, as exec wants it.
std::vector<const char*> PlainEnvironment() {
  constexpr std::string_view kOurs = "STROWGER_";
  std::vector<const char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::string_view(*variable).substr(0, kOurs.size()) != kOurs)
      variables.push_back(*variable);
  }
  variables.push_back(nullptr);
  return variables;
}

}  // namespace

absl::StatusOr<std::unique_ptr<OwnServer>> OwnServer::Start(const std::string& program) {
  std::error_code error;
  std::string folder = std::filesystem::temp_directory_path(error) / "strowger-replay-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("cannot make the folder ", folder, ": ", std::strerror(errno)));
  }
  std::unique_ptr<OwnServer> server(new OwnServer(folder));
  absl::Status status = server->WriteConfiguration();
  if (status.ok()) status = server->Spawn(program);
  if (status.ok()) status = server->AwaitServing();
  if (!status.ok()) return status;
  return server;
}

OwnServer::~OwnServer() {
  if (pid_ != 0 && !Stop().ok() && pid_ != 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

absl::Status OwnServer::WriteConfiguration() const {
  std::ofstream out(folder_ + "/strowgerd.yaml");
  out << "listen: [\"unix:" << folder_ << "/socket\"]\n"
      << "data: " << folder_ << "\n"
      << "clock: virtual\n"
      << "journal: {mode: memory}\n"
      << "metrics: {listen: \"\"}\n";
  out.flush();
  return out.good() ? absl::OkStatus()
                    : absl::UnavailableError(absl::StrCat("cannot write in ", folder_));
}

absl::Status OwnServer::Spawn(const std::string& program) {
  const std::string configuration = folder_ + "/strowgerd.yaml";
  const std::string log_path = folder_ + "/log";
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return absl::UnavailableError(absl::StrCat("cannot write in ", folder_));
  const char* const arguments[] = {program.c_str(), "--config", configuration.c_str(), nullptr};
  const std::vector<const char*> environment = PlainEnvironment();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) BecomeServer(program.c_str(), arguments, environment.data(), log, parent);
  close(log);
  if (child < 0) return absl::UnavailableError(absl::StrCat("fork: ", std::strerror(errno)));
  pid_ = child;
  return absl::OkStatus();
}

absl::Status OwnServer::AwaitServing() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until && !Interrupted()) {
    int end = 0;
    if (waitpid(pid_, &end, WNOHANG) == pid_) {
      pid_ = 0;
      return absl::UnavailableError(absl::StrCat("strowgerd did not start:\n", Log()));
    }
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
    v1::GetStatusResponse response;
    if (v1::AdminService::NewStub(Connect(address()))->GetStatus(&context, {}, &response).ok() &&
        response.state() == v1::SERVICE_STATE_SERVING) {
      return absl::OkStatus();
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return absl::UnavailableError(absl::StrCat("strowgerd does not come up:\n", Log()));
}

absl::Status OwnServer::Stop() {
  if (pid_ == 0) return absl::OkStatus();
  kill(pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  int end = 0;
  while (waitpid(pid_, &end, WNOHANG) != pid_) {
    if (std::chrono::steady_clock::now() >= until) {
      return absl::DeadlineExceededError("strowgerd does not end");
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  pid_ = 0;
  if (WIFEXITED(end) && WEXITSTATUS(end) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("strowgerd did not end well:\n", Log()));
}

// The end of it.
std::string OwnServer::Log() const {
  std::ifstream in(folder_ + "/log");
  std::ostringstream text;
  text << in.rdbuf();
  std::string log = std::move(text).str();
  if (log.size() > kLogShown) log.erase(0, log.size() - kLogShown);
  return log;
}

std::string FindServerProgram() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return "";
  const std::filesystem::path folder = self.parent_path();
  for (const auto& candidate :
       {folder / "strowgerd", folder.parent_path() / "strowgerd" / "strowgerd"}) {
    if (IsProgram(candidate)) return candidate.string();
  }
  return "";
}

}  // namespace strowger::ctl
