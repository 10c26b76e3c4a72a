#include "routing-core/rules/calendar.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"
#include "routing-core/rules/reader.h"

namespace strowger::rules {
namespace {

constexpr int kSecondsOfDay = 24 * 60 * 60;
constexpr std::size_t kMaxClosedDates = 366;
constexpr std::size_t kMaxWindowsOfDay = 16;
constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

absl::Time AsTime(routing::TimeNs time) { return absl::FromUnixNanos(time); }

absl::CivilSecond At(absl::CivilDay day, int second) { return absl::CivilSecond(day) + second; }

}  // namespace

Calendar::Calendar(std::string name, absl::TimeZone zone, std::vector<Day> week,
                   std::vector<absl::CivilDay> closed)
    : name_(std::move(name)), zone_(zone), week_(std::move(week)), closed_(std::move(closed)) {}

const Calendar::Day* Calendar::WindowsOf(absl::CivilDay day) const {
  if (std::binary_search(closed_.begin(), closed_.end(), day)) return nullptr;
  const Day& windows = week_[static_cast<std::size_t>(absl::GetWeekday(day))];
  return windows.empty() ? nullptr : &windows;
}

bool Calendar::OpenAt(routing::TimeNs now, const absl::TimeZone& zone) const {
  const absl::CivilSecond wall = absl::ToCivilSecond(AsTime(now), zone);
  const absl::CivilDay today(wall);
  for (const absl::CivilDay day : {today - 1, today}) {
    const Day* windows = WindowsOf(day);
    if (windows == nullptr) continue;
    for (const Window& window : *windows) {
      if (At(day, window.start) <= wall && wall < At(day, window.end)) return true;
    }
  }
  return false;
}

// It can change where a window begins or ends, at each pass of such a wall time, and where the
// clock jumps. All of these are tried, day by day, until no later day can have an earlier one.
std::optional<routing::DurationNs> Calendar::NextChange(routing::TimeNs now) const {
  const bool open = OpenAt(now);
  std::optional<routing::TimeNs> next;
  const auto consider = [&](absl::Time when) {
    const routing::TimeNs time = absl::ToUnixNanos(when);
    if (time > now && (!next || time < *next) && OpenAt(time) != open) next = time;
  };
  const auto consider_wall = [&](absl::CivilSecond wall) {
    const absl::TimeZone::TimeInfo info = zone_.At(wall);
    consider(info.pre);
    consider(info.trans);
    consider(info.post);
  };
  const absl::CivilDay today = absl::ToCivilDay(AsTime(now), zone_);
  // Every week has the same windows, and a closed date takes away one day of one week.
  const absl::CivilDay last = today + 7 * (static_cast<int>(closed_.size()) + 2);
  for (absl::CivilDay day = today - 1; day <= last; ++day) {
    const absl::Time midnight = zone_.At(absl::CivilSecond(day)).pre;
    if (next && absl::ToUnixNanos(midnight) > *next) break;
    absl::TimeZone::CivilTransition jump;
    if (zone_.NextTransition(midnight, &jump) && jump.from <= absl::CivilSecond(day + 1)) {
      consider_wall(jump.to);
      consider_wall(jump.from);
    }
    if (const Day* windows = WindowsOf(day)) {
      for (const Window& window : *windows) {
        consider_wall(At(day, window.start));
        consider_wall(At(day, window.end));
      }
    }
  }
  if (!next) return std::nullopt;
  return *next - now;
}

std::optional<routing::DurationNs> Calendar::OpensIn(routing::TimeNs now) const {
  if (OpenAt(now)) return 0;
  return NextChange(now);
}

std::optional<routing::DurationNs> Calendar::ClosesIn(routing::TimeNs now) const {
  if (!OpenAt(now)) return 0;
  return NextChange(now);
}

std::optional<absl::TimeZone> FindZone(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '+' || c == '-';
  };
  absl::TimeZone zone;
  if (name.empty() || name.size() > 64 || name.front() == '/' ||
      !std::all_of(name.begin(), name.end(), fits) ||
      !absl::LoadTimeZone(absl::string_view(name.data(), name.size()), &zone)) {
    return std::nullopt;
  }
  return zone;
}

// ---- Reading ------------------------------------------------------------------------------------

namespace {

// "08:30", up to "24:00", in seconds.
std::optional<int> ParseClock(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
    return std::nullopt;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (minutes > 59 || hours * 60 + minutes > 24 * 60) return std::nullopt;
  return (hours * 60 + minutes) * 60;
}

std::optional<Calendar::Window> ReadWindow(const Node& node, Report& report) {
  const std::string_view text = node.scalar;
  if (node.is_scalar() && text.size() == 11 && text[5] == '-') {
    const auto start = ParseClock(text.substr(0, 5));
    const auto end = ParseClock(text.substr(6));
    if (start && end && *start < kSecondsOfDay) {
      if (*start != *end)
        return Calendar::Window{*start, *end < *start ? *end + kSecondsOfDay : *end};
      report.Error(node, "a window that ends when it begins is empty", "00:00-24:00");
      return std::nullopt;
    }
  }
  report.Error(node, "expected a window such as \"08:00-20:00\" or \"22:00-06:00\"");
  return std::nullopt;
}

// "mon", "mon-fri", "sat-mon": the days meant, Monday being 0; empty when it is none of these.
std::vector<std::size_t> ParseDays(std::string_view text) {
  const auto day = [](std::string_view name) {
    return static_cast<std::size_t>(std::find(kDays.begin(), kDays.end(), name) - kDays.begin());
  };
  const std::size_t dash = std::min(text.find('-'), text.size());
  const std::size_t first = day(text.substr(0, dash));
  const std::size_t last = dash == text.size() ? first : day(text.substr(dash + 1));
  std::vector<std::size_t> days;
  if (first == kDays.size() || last == kDays.size()) return days;
  for (std::size_t i = first;; i = (i + 1) % kDays.size()) {
    days.push_back(i);
    if (i == last) return days;
  }
}

std::vector<Calendar::Day> ReadWeek(const Node& node, Report& report) {
  std::vector<Calendar::Day> week(kDays.size());
  if (!node.is_mapping()) {
    report.Error(node, "expected a mapping such as {mon-fri: [\"08:00-20:00\"]}");
  }
  for (const auto& [key, value] : node.entries) {
    const Report::Step step(report, key.scalar);
    const std::vector<std::size_t> days = ParseDays(key.scalar);
    if (days.empty()) {
      report.UnknownName(key, "expected a day or a range of days such as mon-fri", key.scalar,
                         kDays);
    }
    if (!value.is_sequence()) report.Error(value, "expected a list of windows");
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const Report::Step item(report, i);
      const auto window = ReadWindow(value.items[i], report);
      for (const std::size_t day : days) {
        if (window) week[day].push_back(*window);
      }
    }
  }
  for (const Calendar::Day& day : week) {
    if (day.size() > kMaxWindowsOfDay) {
      report.Error(node, "more than " + std::to_string(kMaxWindowsOfDay) + " windows on one day");
      break;
    }
  }
  return week;
}

// "2026-12-25"
std::optional<absl::CivilDay> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(from, count)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day_of_month = number(8, 2);
  if (year < 1 || month < 1 || day_of_month < 1) return std::nullopt;
  const absl::CivilDay day(year, month, day_of_month);
  // A date that does not exist comes out as another.
  if (day.month() != month || day.day() != day_of_month) return std::nullopt;
  return day;
}

std::vector<absl::CivilDay> ReadClosed(const Node& node, Report& report) {
  std::vector<absl::CivilDay> closed;
  if (!node.is_sequence()) report.Error(node, "expected a list of dates");
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Report::Step step(report, i);
    const auto day = node.items[i].is_scalar() ? ParseDate(node.items[i].scalar) : std::nullopt;
    if (day) {
      closed.push_back(*day);
    } else {
      report.Error(node.items[i], "expected a date such as 2026-12-25");
    }
  }
  if (closed.size() > kMaxClosedDates) {
    report.Error(node, std::to_string(closed.size()) + " closed dates; the limit is " +
                           std::to_string(kMaxClosedDates));
  }
  std::sort(closed.begin(), closed.end());
  return closed;
}

}  // namespace

std::optional<Calendar> ReadCalendar(const Node& node, std::string_view name,
                                     const absl::TimeZone& default_zone, Report& report) {
  static constexpr std::string_view kKeys[] = {"weekly", "closed", "time_zone"};
  const std::size_t errors_before = report.errors();
  const Fields fields(node, kKeys, report);
  std::vector<Calendar::Day> week(kDays.size());
  std::vector<absl::CivilDay> closed;
  absl::TimeZone zone = default_zone;
  if (const Node* weekly = fields.Find("weekly")) {
    const Report::Step step(report, "weekly");
    week = ReadWeek(*weekly, report);
  } else if (fields.ok()) {
    report.Error(node, "a calendar needs weekly hours");
  }
  if (const Node* dates = fields.Find("closed")) {
    const Report::Step step(report, "closed");
    closed = ReadClosed(*dates, report);
  }
  if (const Node* zone_name = fields.Find("time_zone")) {
    const Report::Step step(report, "time_zone");
    if (const auto found = FindZone(zone_name->scalar)) {
      zone = *found;
    } else {
      report.Error(*zone_name, "unknown time zone \"" + zone_name->scalar +
                                   "\"; expected a name such as Europe/London");
    }
  }
  if (report.errors() != errors_before) return std::nullopt;
  return Calendar(std::string(name), zone, std::move(week), std::move(closed));
}

}  // namespace strowger::rules
