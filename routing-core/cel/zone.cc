#include "routing-core/cel/zone.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace strowger::cel {
namespace {

// Instants outside of this span ask Abseil, which is slower but as right.
constexpr int64_t kLaidOutFrom = 0;            // 1970
constexpr int64_t kLaidOutUntil = 4102444800;  // 2100

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Seconds of "+HH:MM", "-HH:MM" or "HH:MM".
std::optional<int32_t> ParseOffset(std::string_view text) {
  int32_t sign = 1;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const size_t i : {size_t{0}, size_t{1}, size_t{3}, size_t{4}}) {
    if (!IsDigit(text[i])) return std::nullopt;
  }
  const int32_t hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int32_t minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

/// Only names that can be in the database: Abseil would open any path and remember any text.
bool IsZoneName(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '/') return false;
  if (name == "localtime" || name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '/' || c == '_' ||
           c == '-' || c == '+';
  });
}

int32_t OffsetFromDatabase(const absl::TimeZone& zone, int64_t unix_seconds) {
  return zone.At(absl::FromUnixSeconds(unix_seconds)).offset;
}

}  // namespace

std::optional<Zone> Zone::Load(std::string_view name) {
  Zone zone;
  if (const std::optional<int32_t> offset = ParseOffset(name); offset) {
    zone.fixed_offset_ = *offset;
    return zone;
  }
  if (name == "UTC") return zone;
  if (!IsZoneName(name) ||
      !absl::LoadTimeZone(absl::string_view(name.data(), name.size()), &zone.zone_)) {
    return std::nullopt;
  }
  zone.fixed_ = false;
  zone.changes_.push_back({kLaidOutFrom, OffsetFromDatabase(zone.zone_, kLaidOutFrom)});
  absl::Time at = absl::FromUnixSeconds(kLaidOutFrom);
  absl::TimeZone::CivilTransition next;
  while (zone.zone_.NextTransition(at, &next)) {
    at = absl::FromCivil(next.to, zone.zone_);
    // The civil time after the change may have been passed before it too; the later one is meant.
    const absl::TimeZone::TimeInfo info = zone.zone_.At(next.to);
    at = info.kind == absl::TimeZone::TimeInfo::REPEATED ? info.trans : at;
    const int64_t seconds = absl::ToUnixSeconds(at);
    if (seconds >= kLaidOutUntil) break;
    zone.changes_.push_back({seconds, OffsetFromDatabase(zone.zone_, seconds)});
  }
  return zone;
}

int32_t Zone::OffsetAt(int64_t unix_seconds) const {
  if (fixed_) return fixed_offset_;
  if (unix_seconds < kLaidOutFrom || unix_seconds >= kLaidOutUntil) {
    return OffsetFromDatabase(zone_, unix_seconds);
  }
  const auto after =
      std::upper_bound(changes_.begin(), changes_.end(), unix_seconds,
                       [](int64_t instant, const Change& change) { return instant < change.from; });
  return std::prev(after)->offset;
}

}  // namespace strowger::cel
