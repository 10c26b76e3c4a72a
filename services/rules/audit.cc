#include "services/rules/audit.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace strowger::rules {
namespace {

std::string TimeText(routing::TimeNs time) {
  return absl::FormatTime(absl::RFC3339_full, absl::FromUnixNanos(time), absl::UTCTimeZone());
}

std::string Text(const nlohmann::ordered_json& line) {
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

std::string LineOf(const AuditEntry& entry) {
  nlohmann::ordered_json line;
  line["time"] = TimeText(entry.time);
  line["domain"] = entry.domain;
  line["action"] = entry.action;
  line["outcome"] = entry.outcome;
  line["author"] = entry.author;
  line["comment"] = entry.comment;
  if (!entry.identity.empty()) line["identity"] = entry.identity;
  if (!entry.from.empty()) line["from"] = entry.from;
  line["from_version"] = entry.from_version;
  line["to_version"] = entry.to_version;
  line["rule_set"] = entry.rule_set;
  line["hash"] = entry.hash;
  line["sequence"] = entry.sequence;
  if (!entry.detail.empty()) line["detail"] = entry.detail;
  return Text(line);
}

std::string LineOf(const CallEntry& entry) {
  nlohmann::ordered_json line;
  line["time"] = TimeText(entry.time);
  line["action"] = entry.action;
  line["method"] = entry.method;
  if (!entry.domain.empty()) line["domain"] = entry.domain;
  line["identity"] = entry.identity;
  if (!entry.role.empty()) line["role"] = entry.role;
  line["from"] = entry.from;
  line["outcome"] = entry.outcome;
  if (entry.left_out != 0) line["left_out"] = entry.left_out;
  return Text(line);
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  return std::unique_ptr<AuditLog>(new AuditLog(file));
}

AuditLog::~AuditLog() { close(file_); }

absl::Status AuditLog::Record(const AuditEntry& entry) { return Write(LineOf(entry)); }

absl::Status AuditLog::Record(const CallEntry& entry) { return Write(LineOf(entry)); }

absl::Status AuditLog::Write(const std::string& line) {
  const std::scoped_lock lock(mutex_);
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = write(file_, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, "cannot write the audit trail");
    written += static_cast<std::size_t>(count);
  }
  return absl::OkStatus();
}

}  // namespace strowger::rules
