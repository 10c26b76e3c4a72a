#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace strowger::cel {

/// A time zone with its changes of offset laid out in advance, so that a look-up takes no lock and
/// allocates nothing. Immutable.
class Zone {
 public:
  /// UTC.
  Zone() = default;

  /// A name of the zone database ("Europe/London", "UTC") or an offset "+HH:MM", "-HH:MM", "HH:MM".
  /// Reads the database on the first use of a name.
  static std::optional<Zone> Load(std::string_view name);

  /// Seconds to add to UTC at this instant (seconds since 1970-01-01T00:00:00Z).
  int32_t OffsetAt(int64_t unix_seconds) const;

 private:
  struct Change {
    int64_t from;  // unix seconds
    int32_t offset;
  };

  absl::TimeZone zone_ = absl::UTCTimeZone();
  bool fixed_ = true;
  int32_t fixed_offset_ = 0;
  std::vector<Change> changes_;  // ascending; covers [first, kLaidOutUntil)
};

}  // namespace strowger::cel
