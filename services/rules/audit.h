// Who put which rules in force, when and why: one JSON object a line, appended and never rewritten.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "routing/time.h"

namespace strowger::rules {

struct AuditEntry {
  routing::TimeNs time = 0;  // of the machine's clock
  std::string domain = {};
  // "start", "apply", "rollback", "file", "shadow", "share", "promote", "discard", "flag"
  std::string action = {};
  std::string outcome = {};  // as routing::Name has it
  std::string author = {};
  std::string comment = {};
  std::uint64_t from_version = 0;  // 0: none
  std::uint64_t to_version = 0;    // 0: nothing came into force
  std::string rule_set = {};
  std::string hash = {};
  std::uint64_t sequence = 0;  // 0: not sequenced
  std::string detail = {};     // of a share: "5%"; of a flag: "emergency: off -> on"
};

// Any thread.
class AuditLog {
 public:
  // Created if it is not there.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(const std::string& path);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // The line is in the file when this returns, and there whole; not necessarily on the disk.
  absl::Status Record(const AuditEntry& entry);

 private:
  explicit AuditLog(int file) : file_(file) {}

  std::mutex mutex_;
  const int file_;
};

}  // namespace strowger::rules
