// Call-by-call records: one row for each call that left the voice menu of a call centre.
//
// The format is that of the "Anonymous Bank" records (A. Mandelbaum, I. Guedj, Technion), with the
// columns found by name: vru_line, call_id, customer_id, priority, type, date, vru_entry, vru_exit,
// vru_time, q_start, q_exit, q_time, outcome, ser_start, ser_exit, ser_time, server. What its
// recorder got wrong and how that is read:
//
// - A call's stamps have one date and no zone; one that is earlier than it could be lies past
//   midnight. Times here are seconds since 1970 as if the zone were UTC.
// - A call comes to the queue at vru_exit. Rows are in the order of vru_entry, so that arrivals are
//   not in the order of the file.
// - PHANTOM rows are no calls. HANG rows with q_time 0 left before they queued. Both are counted
// and
//   are not among the calls.
// - Durations are taken from q_time and ser_time, which a few stamps contradict.
// - AGENT rows may lack the server, and a service may last 0 s. Both count as served.
// - Priority is only recorded for callers who queued; elsewhere it has no effect.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace strowger::ctl {

struct CallRecord {
  std::uint32_t line = 0;  // of the file, from 1
  std::string type;
  bool preferred = false;  // a 90 s head start in the order of the queue
  bool served = false;     // else it left the queue
  std::int64_t arrival_s = 0;
  std::int64_t wait_s = 0;
  // Served only.
  std::int64_t service_begin_s = 0;
  std::int64_t service_s = 0;
  std::string agent;  // empty: not recorded
};

struct CallFile {
  std::vector<CallRecord> calls;  // in the order of the file
  std::uint32_t rows = 0;
  std::uint32_t phantoms = 0;
  std::uint32_t left_before_queue = 0;
  std::uint32_t without_agent = 0;  // served, but by whom was not recorded
};

// InvalidArgument names the line that cannot be read.
absl::StatusOr<CallFile> ParseCallRecords(const std::string& text);

// Plain or gzip. NotFound where there is no such file.
absl::StatusOr<CallFile> ReadCallRecords(const std::string& path);

}  // namespace strowger::ctl
