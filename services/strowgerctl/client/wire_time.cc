#include "services/strowgerctl/client/wire_time.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace strowger::ctl {

void SetTimestamp(std::int64_t ns, google::protobuf::Timestamp* out) {
  std::int64_t seconds = ns / kSecondNs;
  std::int64_t rest = ns % kSecondNs;
  if (rest < 0) {
    rest += kSecondNs;
    --seconds;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<std::int32_t>(rest));
}

std::int64_t NsOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * kSecondNs + time.nanos();
}

std::int64_t NsOf(const google::protobuf::Duration& duration) {
  return duration.seconds() * kSecondNs + duration.nanos();
}

std::string DurationText(std::int64_t ns) {
  if (ns < 0) return absl::StrCat("-", DurationText(-ns));
  if (ns == 0) return "0 s";
  if (ns < kMinuteNs) {
    const double seconds = static_cast<double>(ns) / static_cast<double>(kSecondNs);
    return ns < kSecondNs ? absl::StrFormat("%.2f s", seconds) : absl::StrFormat("%.1f s", seconds);
  }
  if (ns < kHourNs) {
    return absl::StrFormat("%dm %02ds", ns / kMinuteNs, ns % kMinuteNs / kSecondNs);
  }
  return absl::StrFormat("%dh %02dm", ns / kHourNs, ns % kHourNs / kMinuteNs);
}

std::string TimeText(std::int64_t ns) {
  if (ns == 0) return "-";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixNanos(ns), absl::UTCTimeZone());
}

std::string ClockText(std::int64_t ns) {
  return absl::FormatTime("%H:%M:%S", absl::FromUnixNanos(ns), absl::UTCTimeZone());
}

std::string CountText(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t place = digits.size(); place > 3;) {
    place -= 3;
    digits.insert(place, 1, ',');
  }
  return digits;
}

std::string ShareText(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return absl::StrFormat("%.1f %%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace strowger::ctl
