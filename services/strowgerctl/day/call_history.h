// A generated day as call-by-call records, in the format of replay/call_records.h: what a plain
// centre, with one line for each type and the agent who has been idle longest, would have written
// down of its telephone calls, with the recorder's usual faults.
#pragma once

#include <cstdint>
#include <string>

#include "services/strowgerctl/day/day_generator.h"

namespace strowger::ctl {

// The header line, then.
std::string CallHistoryHeader();
// The rows of one day. `date`: days since 1970.
std::string CallHistoryRows(const Day& day, std::int64_t date, std::uint64_t seed);

}  // namespace strowger::ctl
