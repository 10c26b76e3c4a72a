// The real server, in a process of its own, for one test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>

namespace strowger::testing {

// A folder that is gone with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string File(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

void WriteFile(const std::string& path, const std::string& text);
std::string ReadWholeFile(const std::string& path);

// What a program said and how it ended.
struct ProgramResult {
  int exit_code = -1;
  std::string output;  // stdout and stderr
};
ProgramResult RunServerProgram(const std::vector<std::string>& arguments,
                               const std::vector<std::string>& environment = {});

// Listens on a unix socket in a folder of its own.
class ServerProcess {
 public:
  struct Options {
    std::string rules = {};  // text of the rule file; empty: none
    std::string clock = "virtual";
    bool metrics = false;   // their server takes its time to stop
    std::string more = {};  // further lines of the configuration
    bool tcp = false;       // also on a port of loopback
  };

  // Ready to be called when it returns; else the test has failed.
  explicit ServerProcess(const Options& options);
  // Asks it to end, and kills it if it does not.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::shared_ptr<grpc::Channel> Connect() const;
  std::string address() const { return "unix:" + folder_.File("socket"); }
  // With `tcp`: "127.0.0.1:PORT". Of the administrative listener, if there is one: likewise.
  std::string tcp_address() const { return AddressBehind("\"grpc\":"); }
  std::string admin_address() const { return AddressBehind("\"admin\":"); }
  std::string config_file() const { return folder_.File("config.yaml"); }
  std::string rule_file() const { return folder_.File("rules.yaml"); }
  std::string data_file(const std::string& name) const { return folder_.File("data/" + name); }
  std::string Log() const { return ReadWholeFile(folder_.File("log")); }
  // Waits until the log has the text; false: it does not come.
  bool AwaitLog(const std::string& text) const;
  // What the metrics port serves under that path; empty: nothing.
  std::string Fetch(const std::string& path) const;

  void Signal(int number) const;
  // Kills it at once, as a failure would; what it wrote stays.
  void Kill();
  // Starts it again after its end, with the same configuration; ready when it returns.
  void StartAgain();
  // Exit code of the process, once it has ended; -1: it does not end, or was killed by a signal.
  int AwaitExit();
  bool running();

 private:
  std::string MetricsPort() const;
  std::string AddressBehind(const std::string& key) const;
  void Start();

  TemporaryFolder folder_;
  pid_t pid_ = 0;
  int exit_code_ = -1;
};

}  // namespace strowger::testing
