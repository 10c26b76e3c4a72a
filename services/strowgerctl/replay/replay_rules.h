// The rule set under which recorded calls are routed.
#pragma once

#include <string>
#include <vector>

#include "services/strowgerctl/replay/call_records.h"

namespace strowger::ctl {

// The types of the calls, in byte order.
std::vector<std::string> TypesOf(const std::vector<CallRecord>& calls);

// One queue and one skill for each type. Every call gains one point of priority a second, and a
// preferred one starts with 90: that is a head start of 90 s in the order of service, also across
// the queues that an agent serves, and unlike an earlier virtual arrival it leaves the waits that
// figures are made of as they are. `threshold_s` is that of the service level.
std::string ReplayRules(const std::vector<std::string>& types, std::int64_t threshold_s);

// What the rules look at.
inline constexpr char kTypeAttribute[] = "call_type";
inline constexpr char kPreferredAttribute[] = "preferred";

}  // namespace strowger::ctl
