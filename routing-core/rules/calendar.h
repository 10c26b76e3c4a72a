// Opening hours in local wall time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "routing/time.h"

namespace strowger::rules {

// Weekly windows less the dates on which none begins. A wall time counts by what the clock on the
// wall shows: one that the clock skips is inside nothing, one that it shows twice is inside at both
// passes. Immutable; asking allocates nothing and takes no lock.
class Calendar {
 public:
  // Seconds from the midnight that begins the day; an end past 24 h lies on the next day. The start
  // is in, the end is out.
  struct Window {
    int start = 0;
    int end = 0;
  };
  using Day = std::vector<Window>;

  // `week` begins with Monday; `closed` is ascending.
  Calendar(std::string name, absl::TimeZone zone, std::vector<Day> week,
           std::vector<absl::CivilDay> closed);

  const std::string& name() const { return name_; }
  const absl::TimeZone& zone() const { return zone_; }
  const std::vector<Day>& week() const { return week_; }
  const std::vector<absl::CivilDay>& closed() const { return closed_; }
  // Those that begin on this day; null when there are none.
  const Day* WindowsOf(absl::CivilDay day) const;

  bool OpenAt(routing::TimeNs now) const { return OpenAt(now, zone_); }
  bool OpenAt(routing::TimeNs now, const absl::TimeZone& zone) const;

  // How long until it opens or closes; 0 when it is open or closed already, nothing when it never
  // will.
  std::optional<routing::DurationNs> OpensIn(routing::TimeNs now) const;
  std::optional<routing::DurationNs> ClosesIn(routing::TimeNs now) const;

 private:
  std::optional<routing::DurationNs> NextChange(routing::TimeNs now) const;

  std::string name_;
  absl::TimeZone zone_;
  std::vector<Day> week_;
  std::vector<absl::CivilDay> closed_;
};

// `{weekly: {mon-fri: ["08:00-20:00"]}, closed: [2026-12-25], time_zone: Europe/London}`; nothing
// when there is an error in it.
std::optional<Calendar> ReadCalendar(const Node& node, std::string_view name,
                                     const absl::TimeZone& default_zone, Report& report);

// A zone of the database by name; nothing when there is none. Names that are paths are none.
std::optional<absl::TimeZone> FindZone(std::string_view name);

}  // namespace strowger::rules
