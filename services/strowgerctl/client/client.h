// How commands reach the service: address, channel, and what to say when a call fails.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <CLI/App.hpp>

namespace strowger::ctl {

// How the tool makes sure of the service, and says who it is. All are files; empty: none.
struct ConnectionFiles {
  std::string authority;    // PEM; whom the service's certificate must be from. Empty: plaintext
  std::string certificate;  // PEM; the tool's own, with its key
  std::string key;
  std::string token;  // a line with a bearer token
};

struct ClientOptions {
  std::string server = "127.0.0.1:50051";
  ConnectionFiles files = {};
  std::string domain;  // empty: the service's default
  bool json = false;
};

// --server (or STROWGER_SERVER), --tls-ca, --tls-cert, --tls-key, --token-file; --domain and -o.
void AddServerOption(CLI::App& command, ClientOptions& options);
void AddConnectionFiles(CLI::App& command, ConnectionFiles& files);
void AddClientOptions(CLI::App& command, ClientOptions& options);
// -o alone, for what asks no service. `json` lives until the command line is parsed.
void AddOutputOption(CLI::App& command, bool& json);

// The last lines of every client command's help.
extern const char kClientHelp[];

// `server` is host:port or unix:PATH. Connects when the first call is made. A file that cannot be
// read, or a token that would go in the clear over a network, ends the program with kExitUnusable
// and says so: there is nothing that any command could do then.
std::shared_ptr<grpc::Channel> Connect(const std::string& server,
                                       const ConnectionFiles& files = {});
inline std::shared_ptr<grpc::Channel> Connect(const ClientOptions& options) {
  return Connect(options.server, options.files);
}

// Sets the deadline that every unary call of the tool has; more patience for what takes long.
void SetCallDeadline(grpc::ClientContext& context,
                     std::chrono::seconds patience = std::chrono::seconds(20));

// Says on standard error what went wrong with a call and what to do about it. The exit code:
// kExitUnusable where the service was not reached, kExitFailed where it said no.
int ReportFailure(const grpc::Status& status, const ClientOptions& options);

// Prints the message as JSON, with its fields' names as in the contract; `one_line` for streams.
void PrintJson(const google::protobuf::Message& message, bool one_line = false);

// With clock: virtual, mutating calls need a time: that of the domain's last command. 0 where the
// service keeps the time itself.
grpc::Status TimeForCommands(const std::shared_ptr<grpc::Channel>& channel,
                             const std::string& domain, std::int64_t* ns);

// Cancels a call when nothing has been heard for `patience`, give or take as much again: blocking
// reads have no timeout of their own. Touch from the thread that reads.
class StallGuard {
 public:
  StallGuard(grpc::ClientContext& context, std::chrono::milliseconds patience);
  ~StallGuard();
  StallGuard(const StallGuard&) = delete;
  StallGuard& operator=(const StallGuard&) = delete;

  void Touch() { heard_.fetch_add(1, std::memory_order_relaxed); }
  // While nothing is awaited, silence is no stall. At first something is.
  void SetWaiting(bool waiting) {
    Touch();
    waiting_.store(waiting, std::memory_order_relaxed);
  }
  bool stalled() const { return stalled_.load(std::memory_order_acquire); }

 private:
  void Run(grpc::ClientContext& context, std::chrono::milliseconds patience);

  std::atomic<std::uint64_t> heard_{0};
  std::atomic<bool> waiting_{true};
  std::atomic<bool> stalled_{false};
  std::mutex mutex_;
  std::condition_variable ended_condition_;
  bool ended_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace strowger::ctl
