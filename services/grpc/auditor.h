// Puts into the audit trail what calls leave behind, without making them wait for a file.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "services/rules/audit.h"

namespace strowger::grpc_api {

// Any thread. One thread of its own writes. Acts are all kept; refusals, which strangers can cause
// at will, up to kRefusalsASecond, and the next that is kept tells how many were not.
class Auditor {
 public:
  static constexpr std::uint32_t kRefusalsASecond = 20;
  // Waiting to be written; an act that finds no room is counted as lost, and that is told too.
  static constexpr std::size_t kMostWaiting = 4'096;

  // `log` must outlive it. `trouble` is told, on the auditor's thread, when a line was not written.
  Auditor(rules::AuditLog& log, std::function<void(const absl::Status&)> trouble);
  // Writes what waits.
  ~Auditor();
  Auditor(const Auditor&) = delete;
  Auditor& operator=(const Auditor&) = delete;

  // `act.time` is set here. Neither blocks.
  void Act(rules::CallEntry act);
  void Refusal(rules::CallEntry refusal);

 private:
  void Put(rules::CallEntry entry);  // REQUIRES: mutex_ held
  void Run();

  rules::AuditLog& log_;
  const std::function<void(const absl::Status&)> trouble_;

  std::mutex mutex_;  // all below; held for moments
  std::condition_variable wake_;
  std::deque<rules::CallEntry> waiting_;
  std::uint64_t left_out_ = 0;  // since the last entry
  std::int64_t second_ = 0;     // of the machine's monotonic clock
  std::uint32_t in_second_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace strowger::grpc_api
