#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>

#include <google/protobuf/stubs/logging.h>
#include <systemd/sd-daemon.h>

#include "services/strowgerd/config.h"
#include "services/strowgerd/daemon.h"
#include "services/strowgerd/doors.h"
#include "services/strowgerd/log.h"

namespace {

using strowger::daemon::Config;
using strowger::daemon::Daemon;
using strowger::daemon::Doors;
using strowger::daemon::Invocation;
using strowger::daemon::Log;

constexpr int kCannotStart = 1;

// The signals that the main thread waits for. To be called before there are other threads, which
// inherit what is blocked.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

void Reread(const Invocation& invocation, Daemon& daemon, Log& log) {
  const absl::StatusOr<std::string> level = strowger::daemon::RereadLogLevel(invocation);
  if (level.ok()) {
    log.SetLevel(*level);
    log.Info("log_level", {{"level", *level}});
  } else {
    log.Error("configuration_not_read", {{"error", std::string(level.status().message())}});
  }
  daemon.RereadFiles();
}

int Check(const Invocation& invocation) {
  if (const absl::Status doors = Doors::Check(invocation.config); !doors.ok()) {
    std::cerr << "strowgerd: " << doors.message() << '\n';
    return kCannotStart;
  }
  const auto rules = strowger::daemon::LoadFirstRules(invocation.config);
  if (!rules.ok()) {
    std::cerr << rules.status().message();
    return kCannotStart;
  }
  std::cout << "The configuration is good";
  if (!invocation.config.rules.empty()) {
    std::cout << ", and so is " << invocation.config.rules << ": rule set " << (*rules)->name()
              << ", hash " << (*rules)->hash();
  }
  std::cout << ".\n";
  return 0;
}

// As many files as the system lets it have: the usual soft limit of 1,024 is a few hundred
// connections away, and select(), for whose sake it is so low, is not used.
void RaiseFileLimit() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &files);
}

int Serve(const Invocation& invocation) {
  RaiseFileLimit();
  const sigset_t signals = BlockSignals();
  // The parser would tell of every bad request; the caller is told instead.
  google::protobuf::SetLogHandler(nullptr);
  Log log(invocation.config.log_format, invocation.config.log_level);
  auto daemon = Daemon::Start(invocation.config, log);
  if (!daemon.ok()) {
    log.Error("cannot_start", {{"error", std::string(daemon.status().message())}});
    return kCannotStart;
  }
  // Whoever started it as a service of type notify learns of it; elsewhere this does nothing.
  sd_notify(0, "READY=1");
  for (int number = 0; number != SIGTERM && number != SIGINT;) {
    if (sigwait(&signals, &number) != 0) continue;
    if (number == SIGHUP) Reread(invocation, **daemon, log);
  }
  // A second signal ends the process at once.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  sd_notify(0, "STOPPING=1");
  (*daemon)->Drain();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Invocation invocation = strowger::daemon::ReadInvocation(argc, argv);
  switch (invocation.task) {
    case Invocation::Task::kExit:
      return invocation.exit_code;
    case Invocation::Task::kPrint:
      std::cout << strowger::daemon::PrintConfig(invocation.config);
      return 0;
    case Invocation::Task::kCheck:
      return Check(invocation);
    case Invocation::Task::kServe:
      return Serve(invocation);
  }
  return kCannotStart;
}
