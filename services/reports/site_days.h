// Days and intervals of a site, in its own time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "routing/time.h"

namespace strowger::reports {

// "2026-03-29", "today" or "yesterday", as of `now`. INVALID_ARGUMENT: none of these.
absl::StatusOr<absl::CivilDay> ReadDay(std::string_view text, routing::TimeNs now,
                                       const absl::TimeZone& zone);

// Local midnight. Where the clock skips it, the first moment of the day; where it comes twice, the
// earlier one.
routing::TimeNs BeginOfDay(absl::CivilDay day, const absl::TimeZone& zone);
absl::CivilDay DayOf(routing::TimeNs time, const absl::TimeZone& zone);

}  // namespace strowger::reports
