// Who did what and when: rules put in force, administrative calls, calls refused. One JSON object a
// line, appended and never rewritten.
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
  std::string identity = {};       // who called; empty: a file, or nobody is asked who they are
  std::string from = {};           // the caller's address
  std::uint64_t from_version = 0;  // 0: none
  std::uint64_t to_version = 0;    // 0: nothing came into force
  std::string rule_set = {};
  std::string hash = {};
  std::uint64_t sequence = 0;  // 0: not sequenced
  std::string detail = {};     // of a share: "5%"; of a flag: "emergency: off -> on"
};

// A call that an administrator made, or that was refused for who made it. Nothing of its request
// but the domain.
struct CallEntry {
  routing::TimeNs time = 0;   // of the machine's clock
  std::string action = {};    // "call" or "refused"
  std::string method = {};    // "strowger.v1.AdminService/Drain"
  std::string domain = {};    // empty: not known, or the whole process
  std::string identity = {};  // empty: not known
  std::string role = {};
  std::string from = {};
  std::string outcome = {};    // a status code: "OK", "PERMISSION_DENIED"
  std::uint64_t left_out = 0;  // entries before this one that are not in the trail
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
  absl::Status Record(const CallEntry& entry);

 private:
  explicit AuditLog(int file) : file_(file) {}
  absl::Status Write(const std::string& line);

  std::mutex mutex_;
  const int file_;
};

}  // namespace strowger::rules
