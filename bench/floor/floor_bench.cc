// The service beside gRPC alone: the same requests, the same server API, alternately in one run.
//
//   strowger_floor_bench [--rounds 5] [--seconds 2] [--pinned] [--only TEXT] [--with FLAG]...
//                        [--against STROWGERD]
//
// Runs STROWGERD with a journal that keeps nothing and no agents, and itself as the floor; prints
// for each kind of traffic medians over the rounds. `--pinned`: the server on one core, the load on
// another. `--only`: traffic whose name has the text. `--with`: a word more for the service's
// command line. `--against`: in place of the floor another build of the service.
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "bench/floor/floor_load.h"
#include "bench/floor/floor_server.h"

namespace strowger::bench {
namespace {

struct Options {
  int rounds = 5;
  double seconds = 2;
  bool pinned = false;
  std::string only;
  std::vector<std::string> with;
  std::string against;  // empty: the floor
};

struct Traffic {
  const char* name;
  int batch;  // commands a message; 0: unary
  int in_flight;
};
constexpr Traffic kTraffics[] = {{"unary, 1 in flight", 0, 1},
                                 {"unary, 64 in flight", 0, 64},
                                 {"session, batches of 16", 16, 16},
                                 {"session, batches of 64", 64, 16}};

struct Figures {
  std::vector<double> per_second, cpu_us, p99_us;
  std::uint64_t failed = 0;
  std::string trouble;
};

void PinTo(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  sched_setaffinity(0, sizeof(cores), &cores);
}

// A server in a process of its own, for the life of this.
class Server {
 public:
  Server(const std::vector<std::string>& command, std::string address, bool pinned)
      : address_(std::move(address)), process_(fork()) {
    if (process_ != 0) return;
    if (pinned) PinTo(0);
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(126);
    execv(arguments.front(), arguments.data());
    _exit(127);
  }
  ~Server() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::shared_ptr<grpc::Channel> Connect() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    auto channel =
        grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments);
    channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10));
    return channel;
  }
  // Of user and system, so far.
  double CpuSeconds() const {
    std::ifstream file("/proc/" + std::to_string(process_) + "/stat");
    std::string line;
    std::getline(file, line);
    std::istringstream rest(line.substr(line.rfind(')') + 2));
    std::string skipped;
    for (int field = 3; field < 14; ++field) rest >> skipped;
    double user = 0, system = 0;
    rest >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }

 private:
  const std::string address_;
  const pid_t process_;
};

LoadResult Run(const Traffic& traffic, const std::shared_ptr<grpc::Channel>& channel,
               const std::string& prefix, double seconds) {
  if (traffic.batch == 0) return RunUnary(channel, prefix, traffic.in_flight, seconds);
  return RunSession(channel, prefix, traffic.batch, traffic.in_flight, seconds);
}

void Measure(const Traffic& traffic, const Server& server, const std::string& prefix,
             double seconds, Figures& figures) {
  const auto channel = server.Connect();
  AwaitReady(channel);
  LoadResult warm_up = Run(traffic, channel, prefix + "w", seconds / 4);
  const double cpu_before = server.CpuSeconds();
  LoadResult result = Run(traffic, channel, prefix, seconds);
  const double cpu = server.CpuSeconds() - cpu_before;
  figures.failed += warm_up.failed + result.failed;
  for (const LoadResult* run : {&warm_up, &result}) {
    if (figures.trouble.empty()) figures.trouble = run->trouble;
  }
  if (result.answered == 0 || result.latencies_ns.empty()) return;
  const auto answered = static_cast<double>(result.answered);
  figures.per_second.push_back(answered / result.seconds);
  figures.cpu_us.push_back(cpu * 1e6 / answered);
  const auto p99 = result.latencies_ns.begin() +
                   static_cast<std::ptrdiff_t>(result.latencies_ns.size() * 99 / 100);
  std::nth_element(result.latencies_ns.begin(), p99, result.latencies_ns.end());
  figures.p99_us.push_back(static_cast<double>(*p99) / 1e3);
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::vector<std::string> ServiceCommand(const std::string& program, const std::string& address,
                                        const std::filesystem::path& folder,
                                        const Options& options) {
  std::vector<std::string> command = {
      program,         "--listen",    address, "--metrics.listen", "",    "--data",
      folder / "data", "--log.level", "error", "--journal.mode",   "none"};
  command.insert(command.end(), options.with.begin(), options.with.end());
  return command;
}

int Compare(const Options& options) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("strowger_floor_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string floor_at = "unix:" + (folder / "floor").string();
  const std::string service_at = "unix:" + (folder / "service").string();
  bool failed = false;
  std::printf("%-24s %29s %29s %17s\n", "",
              options.against.empty() ? "gRPC alone" : "the other build", "service",
              "service / left");
  std::printf("%-24s %11s %8s %8s %11s %8s %8s %8s %8s\n", "", "answers/s", "cpu us", "p99 us",
              "answers/s", "cpu us", "p99 us", "answers", "p99");
  for (const Traffic& traffic : kTraffics) {
    if (std::string(traffic.name).find(options.only) == std::string::npos) continue;
    Figures floor, service;
    for (int round = 0; round < options.rounds; ++round) {
      const std::string prefix = "c" + std::to_string(round) + '-';
      {
        const Server server(options.against.empty()
                                ? std::vector<std::string>{"/proc/self/exe", "--serve", floor_at}
                                : ServiceCommand(options.against, floor_at, folder, options),
                            floor_at, options.pinned);
        Measure(traffic, server, prefix, options.seconds, floor);
      }
      std::filesystem::remove_all(folder / "data");
      {
        const Server server(ServiceCommand(STROWGERD, service_at, folder, options), service_at,
                            options.pinned);
        Measure(traffic, server, prefix, options.seconds, service);
      }
      std::filesystem::remove_all(folder / "data");
    }
    failed |= floor.failed + service.failed != 0 || service.per_second.empty();
    std::printf("%-24s %11.0f %8.2f %8.0f %11.0f %8.2f %8.0f %8.2f %8.2f\n", traffic.name,
                Median(floor.per_second), Median(floor.cpu_us), Median(floor.p99_us),
                Median(service.per_second), Median(service.cpu_us), Median(service.p99_us),
                Median(service.per_second) / Median(floor.per_second),
                Median(service.p99_us) / Median(floor.p99_us));
    std::fflush(stdout);
    if (floor.failed + service.failed != 0) {
      std::printf("  failed: %llu on the left, %llu of the service: %s\n",
                  static_cast<unsigned long long>(floor.failed),
                  static_cast<unsigned long long>(service.failed),
                  (floor.trouble.empty() ? service : floor).trouble.c_str());
    }
  }
  std::filesystem::remove_all(folder);
  return failed ? 1 : 0;
}

}  // namespace
}  // namespace strowger::bench

int main(int argc, char** argv) {
  using strowger::bench::Options;
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--serve") return strowger::bench::ServeFloor(value);
    if (word == "--pinned") {
      options.pinned = true;
    } else if (word == "--only" && i + 1 < argc) {
      options.only = argv[++i];
    } else if (word == "--against" && i + 1 < argc) {
      options.against = argv[++i];
    } else if (word == "--with" && i + 1 < argc) {
      options.with.emplace_back(argv[++i]);
    } else if (word == "--rounds" && std::atoi(value) > 0) {
      options.rounds = std::atoi(argv[++i]);
    } else if (word == "--seconds" && std::atof(value) > 0) {
      options.seconds = std::atof(argv[++i]);
    } else {
      std::cerr
          << "usage: strowger_floor_bench [--rounds N] [--seconds S] [--pinned] [--only TEXT] "
             "[--with FLAG]... [--against STROWGERD]\n";
      return 2;
    }
  }
  if (options.pinned) strowger::bench::PinTo(1);
  return strowger::bench::Compare(options);
}
