// Who worked when, and what they could do, out of who served what and when: call records have no
// log-ins.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "services/strowgerctl/replay/call_records.h"

namespace strowger::ctl {

struct Shift {
  std::int64_t begin_s = 0;
  std::int64_t end_s = 0;
};

struct InferredAgent {
  std::string id;
  std::vector<std::string> skills;  // the types served, in byte order
  std::vector<Shift> shifts;        // in order, none touches another
};

struct StaffingOptions {
  // A gap between two services that is longer ends one shift and begins another. 0: a day of work
  // is one shift, from its first service to the end of its last.
  std::int64_t break_after_s = 0;
};

// In byte order of id. A day of work turns at three in the morning, when nobody serves, so that who
// serves past midnight does not begin the next day then.
std::vector<InferredAgent> InferStaffing(const std::vector<CallRecord>& calls,
                                         const StaffingOptions& options);

// Median service time of the served calls of each type, in whole seconds, rounded down.
std::map<std::string, std::int64_t> MedianServiceTimes(const std::vector<CallRecord>& calls);

}  // namespace strowger::ctl
