// What strowgerd is told: by flags, STROWGER_ variables, a file, in this order of strength.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "routing/limits.h"
#include "routing/time.h"

namespace strowger::daemon {

struct Config {
  std::vector<std::string> listen = {"127.0.0.1:50051"};
  std::vector<std::string> admin_listen;  // empty: as listen
  std::string tls_certificate;            // files; empty: plaintext
  std::string tls_key;
  std::string tls_client_ca;
  std::string tls_client_certificates = "required";
  bool allow_plaintext_beyond_loopback = false;
  std::string identities;  // file; empty: everybody may do everything
  std::string metrics_listen = "127.0.0.1:9464";
  std::string data = "strowger-data";
  std::string rules;
  std::vector<std::string> domains = {"default"};
  std::string clock = "system";
  std::string journal_mode = "sync";
  routing::DurationNs journal_interval = 100 * routing::kMillisecond;
  std::uint32_t journal_reserve_mib = 256;
  routing::DurationNs journal_keep = routing::kDay;
  std::uint32_t journal_keep_mib = 1'024;
  std::uint32_t checkpoint_commands = 1'000'000;
  std::uint32_t checkpoint_mib = 256;
  routing::DurationNs history_keep = 30 * routing::kDay;  // 0: there is no history
  std::uint32_t history_keep_mib = 4'096;
  std::string backup_folder;  // empty: backup/ in the data folder
  std::uint32_t backup_keep = 7;
  std::uint32_t report_days = 35;
  routing::DurationNs report_short_abandonment = 5 * routing::kSecond;
  routing::DurationNs recovery_grace = 60 * routing::kSecond;
  bool reflection = false;
  std::string log_level = "info";
  std::string log_format = "json";
  routing::DurationNs drain_grace = 10 * routing::kSecond;
  std::uint32_t intake_capacity = 65'536;
  std::uint32_t intake_memory_mib = 512;
  std::uint32_t intake_streams = 4'096;
  std::uint32_t identity_per_second = 0;  // 0: no limit
  std::uint32_t domain_per_second = 0;
  std::uint32_t kept_events = 65'536;
  std::uint32_t sessions = 1'024;
  std::uint32_t session_credit = 4'096;
  routing::Limits limits;
};

// What to do, once it is known how.
struct Invocation {
  enum class Task { kServe, kPrint, kCheck, kExit };
  Task task = Task::kServe;
  int exit_code = 0;  // kExit
  std::string file;   // the configuration file; empty: none
  // What flags and variables say, by key: it holds whatever the file says.
  std::vector<std::pair<std::string, std::vector<std::string>>> given;
  Config config;
};

// Says on stderr what is wrong and on stdout what was asked for; then the task is kExit.
Invocation ReadInvocation(int argc, const char* const* argv);

// What SIGHUP may change, as the file has it now.
absl::StatusOr<std::string> RereadLogLevel(const Invocation& invocation);

// As YAML that can be read again.
std::string PrintConfig(const Config& config);

}  // namespace strowger::daemon
