#include "routing-core/rules/calendar_check.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace strowger::rules {
namespace {

constexpr routing::TimeNs kWithoutClock = 1'767'225'600 * routing::kSecond;  // 2026-01-01
constexpr int kYears = 10;

std::string Text(absl::CivilDay day) { return absl::FormatCivilTime(day); }

std::string Clock(int second) {
  const auto two = [](int n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  return two(second / 3600 % 24) + ':' + two(second / 60 % 60);
}

// The windows that begin or end at a time that the clock skips.
struct Gap {
  absl::CivilDay day;
  absl::CivilSecond from;  // the first second that is skipped
  absl::CivilSecond to;    // the first that is not
};

std::optional<int> Skipped(const Calendar::Window& window, const Gap& gap, absl::CivilDay begins) {
  for (const int second : {window.start, window.end}) {
    const absl::CivilSecond wall = absl::CivilSecond(begins) + second;
    if (gap.from <= wall && wall < gap.to) return second;
  }
  return std::nullopt;
}

void CheckJumps(const Calendar& calendar, const Node& at, routing::TimeNs now, Report& report) {
  absl::Time time = absl::FromUnixNanos(now);
  const absl::Time end = time + absl::Hours(24 * 366 * kYears);
  absl::TimeZone::CivilTransition jump;
  for (; calendar.zone().NextTransition(time, &jump); time = calendar.zone().At(jump.to).pre) {
    const absl::Time next = calendar.zone().At(jump.to).pre;
    if (next > end || next <= time) return;
    if (jump.to <= jump.from) continue;  // back: those times are inside at both passes
    const Gap gap{absl::CivilDay(jump.from), jump.from, jump.to};
    for (const absl::CivilDay begins : {gap.day - 1, gap.day}) {
      const Calendar::Day* windows = calendar.WindowsOf(begins);
      for (std::size_t i = 0; windows != nullptr && i < windows->size(); ++i) {
        const auto second = Skipped((*windows)[i], gap, begins);
        if (!second) continue;
        report.Warning(at, Clock(*second) + " does not exist on " + Text(gap.day) + " in " +
                               std::string(calendar.zone().name()) + ": the clock goes to " +
                               Clock(gap.to.hour() * 3600 + gap.to.minute() * 60) +
                               ", and the window changes there");
        return;  // one tells it all: most years have the same
      }
    }
  }
}

void CheckOverlaps(const Calendar& calendar, const Node& at, Report& report) {
  for (const Calendar::Day& day : calendar.week()) {
    Calendar::Day sorted = day;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.start < b.start; });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      if (sorted[i].start >= sorted[i - 1].end) continue;
      report.Warning(at, "two windows of one day overlap: " + Clock(sorted[i - 1].start) + '-' +
                             Clock(sorted[i - 1].end) + " and " + Clock(sorted[i].start) + '-' +
                             Clock(sorted[i].end));
      return;
    }
  }
}

void CheckClosed(const Calendar& calendar, const Node& closed, std::optional<routing::TimeNs> now,
                 Report& report) {
  const std::vector<absl::CivilDay>& days = calendar.closed();
  const auto item_of = [&](absl::CivilDay day, std::size_t nth) -> const Node& {
    const std::string text = Text(day);
    for (const Node& item : closed.items) {
      if (item.scalar == text && nth-- == 0) return item;
    }
    return closed;
  };
  const auto twice = std::adjacent_find(days.begin(), days.end());
  if (twice != days.end()) report.Warning(item_of(*twice, 1), Text(*twice) + " is given twice");
  if (!now || days.empty()) return;
  const absl::CivilDay today = absl::ToCivilDay(absl::FromUnixNanos(*now), calendar.zone());
  if (days.back() < today) {
    report.Warning(item_of(days.back(), 0),
                   "every closed date has passed, " + Text(days.back()) + " the last");
  }
}

}  // namespace

void CheckCalendar(const Calendar& calendar, const Node& node, std::optional<routing::TimeNs> now,
                   Report& report) {
  const Node* weekly = node.Find("weekly");
  const Node& at = weekly == nullptr ? node : *weekly;
  const bool never = std::all_of(calendar.week().begin(), calendar.week().end(),
                                 [](const Calendar::Day& day) { return day.empty(); });
  if (never) report.Warning(at, "this calendar never opens");
  CheckOverlaps(calendar, at, report);
  CheckJumps(calendar, at, now.value_or(kWithoutClock), report);
  if (const Node* closed = node.Find("closed")) {
    const Report::Step step(report, "closed");
    CheckClosed(calendar, *closed, now, report);
  }
}

}  // namespace strowger::rules
