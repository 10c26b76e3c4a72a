// What a replay gave, beside what was recorded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/strowgerctl/client/table.h"
#include "services/strowgerctl/replay/call_records.h"
#include "services/strowgerctl/replay/replay_driver.h"

namespace strowger::ctl {

// Of one type, or of all. `wait_ns` is the sum over served calls; `within` counts those served
// within the threshold, and the service level is that over served and abandoned.
struct CallTally {
  std::uint64_t calls = 0;
  std::uint64_t served = 0;
  std::uint64_t abandoned = 0;
  std::uint64_t within = 0;
  std::int64_t wait_ns = 0;
};

struct TypeReport {
  std::string type;  // "all" for the last
  CallTally recorded;
  CallTally replayed;
};

// In byte order of type; then all of them together.
std::vector<TypeReport> TallyByType(const std::vector<CallRecord>& calls,
                                    const std::vector<CallResult>& results,
                                    std::int64_t threshold_s);

Table ReportTable(const std::vector<TypeReport>& reports, std::int64_t threshold_s);

}  // namespace strowger::ctl
