// Time as the core knows it: integers handed in with each command, never a clock.
#pragma once

#include <cstdint>
#include <limits>

namespace strowger::routing {

// Nanoseconds since 1970-01-01T00:00:00Z.
using TimeNs = std::int64_t;
// Nanoseconds; never negative unless a comment says so.
using DurationNs = std::int64_t;

inline constexpr DurationNs kMillisecond = 1'000'000;
inline constexpr DurationNs kSecond = 1'000'000'000;
inline constexpr DurationNs kMinute = 60 * kSecond;
inline constexpr DurationNs kHour = 60 * kMinute;
inline constexpr DurationNs kDay = 24 * kHour;

// The instant that does not come: no deadline, no limit, an infinite wait.
inline constexpr TimeNs kNever = std::numeric_limits<TimeNs>::max();

// Stamps lie in (0, kLatestTime]; the rest of the range keeps sums of a stamp and a duration from
// overflowing. The year is 2200.
inline constexpr TimeNs kLatestTime = 7'258'118'400 * kSecond;
// The longest duration that any command or rule may name: 366 days.
inline constexpr DurationNs kLongestDuration = 366 * kDay;

}  // namespace strowger::routing
