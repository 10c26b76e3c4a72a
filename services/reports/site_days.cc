#include "services/reports/site_days.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace strowger::reports {

absl::StatusOr<absl::CivilDay> ReadDay(std::string_view text, routing::TimeNs now,
                                       const absl::TimeZone& zone) {
  const absl::CivilDay today = DayOf(now, zone);
  if (text.empty() || text == "today") return today;
  if (text == "yesterday") return today - 1;
  absl::CivilDay day;
  const absl::string_view view(text.data(), text.size());
  if (text.size() == 10 && absl::ParseCivilTime(view, &day) && day >= absl::CivilDay(1970, 1, 2)) {
    return day;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("must be a day such as 2026-03-29, today or yesterday, not '", view, "'"));
}

routing::TimeNs BeginOfDay(absl::CivilDay day, const absl::TimeZone& zone) {
  const absl::TimeZone::TimeInfo midnight = zone.At(absl::CivilSecond(day));
  const bool skipped = midnight.kind == absl::TimeZone::TimeInfo::SKIPPED;
  return absl::ToUnixNanos(skipped ? midnight.trans : midnight.pre);
}

absl::CivilDay DayOf(routing::TimeNs time, const absl::TimeZone& zone) {
  return absl::CivilDay(zone.At(absl::FromUnixNanos(time)).cs);
}

}  // namespace strowger::reports
