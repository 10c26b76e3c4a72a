// Times between the wire, our nanoseconds and people.
#pragma once

#include <cstdint>
#include <string>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

namespace strowger::ctl {

inline constexpr std::int64_t kSecondNs = 1'000'000'000;
inline constexpr std::int64_t kMinuteNs = 60 * kSecondNs;
inline constexpr std::int64_t kHourNs = 60 * kMinuteNs;
inline constexpr std::int64_t kDayNs = 24 * kHourNs;

void SetTimestamp(std::int64_t ns, google::protobuf::Timestamp* out);
std::int64_t NsOf(const google::protobuf::Timestamp& time);
std::int64_t NsOf(const google::protobuf::Duration& duration);

// "0 s", "0.35 s", "12.0 s", "3m 05s", "2h 10m".
std::string DurationText(std::int64_t ns);
// "2026-03-30T09:15:00Z"; "-" for 0, which stands for a time that was not given.
std::string TimeText(std::int64_t ns);
// "09:15:00", of the day it is in UTC.
std::string ClockText(std::int64_t ns);
// "30,140".
std::string CountText(std::uint64_t count);
// "81.3 %"; "-" where nothing was counted.
std::string ShareText(std::uint64_t part, std::uint64_t whole);

}  // namespace strowger::ctl
