#include "tests/integration/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <thread>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "gtest/gtest.h"

namespace strowger::testing {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);
constexpr auto kPause = std::chrono::milliseconds(10);

bool Await(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

// Never returns in the child.
pid_t Spawn(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
            const std::string& output) {
  std::vector<const char*> pointers = {STROWGERD};
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  pointers.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  for (const std::string& variable : environment) {
    const std::size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  execv(STROWGERD, const_cast<char* const*>(pointers.data()));
  _exit(127);
}

int ExitCodeOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "strowger_XXXXXX").string();
  path_ = mkdtemp(name.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadWholeFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

ProgramResult RunServerProgram(const std::vector<std::string>& arguments,
                               const std::vector<std::string>& environment) {
  const TemporaryFolder folder;
  const pid_t child = Spawn(arguments, environment, folder.File("output"));
  int status = 0;
  waitpid(child, &status, 0);
  return {ExitCodeOf(status), ReadWholeFile(folder.File("output"))};
}

ServerProcess::ServerProcess(const Options& options) {
  const std::string tcp = options.tcp ? ", \"127.0.0.1:0\"" : "";
  std::string config = "listen: [\"" + address() + "\"" + tcp + "]\nclock: " + options.clock +
                       "\ndata: " + folder_.File("data") + "\nmetrics: {listen: \"" +
                       (options.metrics ? "127.0.0.1:0" : "") + "\"}\n" + options.more;
  if (!options.rules.empty()) {
    WriteFile(rule_file(), options.rules);
    config += "\nrules: " + rule_file() + "\n";
  }
  WriteFile(folder_.File("config.yaml"), config);
  Start();
}

void ServerProcess::Start() {
  pid_ = Spawn({"--config", folder_.File("config.yaml")}, {}, folder_.File("log"));
  EXPECT_TRUE(AwaitLog("\"serving\"")) << Log();
}

void ServerProcess::Kill() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void ServerProcess::StartAgain() {
  std::filesystem::remove(folder_.File("log"));  // of the former life
  std::filesystem::remove(folder_.File("socket"));
  exit_code_ = -1;
  Start();
}

ServerProcess::~ServerProcess() {
  if (pid_ == 0) return;
  Signal(SIGTERM);
  if (AwaitExit() < 0 && pid_ != 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (::testing::Test::HasFailure()) std::cerr << "--- the server's log\n" << Log() << "---\n";
}

std::shared_ptr<grpc::Channel> ServerProcess::Connect() const {
  // Channels to one address share connections, and one that was broken by a kill would fail the
  // first call of a client that was made after the restart.
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address(), grpc::InsecureChannelCredentials(), own);
}

bool ServerProcess::AwaitLog(const std::string& text) const {
  return Await([&] { return Log().find(text) != std::string::npos; });
}

void ServerProcess::Signal(int number) const { kill(pid_, number); }

bool ServerProcess::running() {
  int status = 0;
  if (pid_ == 0 || waitpid(pid_, &status, WNOHANG) != pid_) return pid_ != 0;
  pid_ = 0;
  exit_code_ = ExitCodeOf(status);
  return false;
}

int ServerProcess::AwaitExit() {
  Await([this] { return !running(); });
  return exit_code_;
}

// Ports were chosen by the system; the log tells.
std::string ServerProcess::AddressBehind(const std::string& key) const {
  const std::string log = Log();
  const std::size_t line = log.find("\"serving\"");
  if (line == std::string::npos) return {};
  const std::size_t begin = log.find("127.0.0.1:", log.find(key, line));
  return log.substr(begin, log.find_first_of(",\"", begin) - begin);
}

std::string ServerProcess::MetricsPort() const {
  const std::string key = "\"metrics\":\"127.0.0.1:";
  const std::string log = Log();
  const std::size_t at = log.find(key);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + key.size();
  return log.substr(begin, log.find('"', begin) - begin);
}

std::string ServerProcess::Fetch(const std::string& path) const {
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(MetricsPort().c_str())));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  std::string answer;
  if (connect(file, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0) {
    const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
    (void)!write(file, request.data(), request.size());
    char block[65536];
    for (ssize_t count = 1; count > 0;) {
      count = read(file, block, sizeof(block));
      if (count > 0) answer.append(block, static_cast<std::size_t>(count));
    }
  }
  close(file);
  return answer;
}

}  // namespace strowger::testing
