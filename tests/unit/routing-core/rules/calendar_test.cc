#include "routing-core/rules/calendar.h"

#include <gtest/gtest.h>

#include <string>

#include "routing-core/rules/reader.h"
#include "services/rules/yaml.h"
#include "tests/unit/routing-core/rules/documents.h"

namespace strowger::rules {
namespace {

Calendar MakeCalendar(std::string_view text, std::string_view zone = "Europe/London") {
  const ParsedDocument parsed = ParseYaml(text);
  Report report(text);
  auto calendar = ReadCalendar(parsed.root, "test", *FindZone(zone), report);
  for (const Finding& finding : report.Take()) ADD_FAILURE() << Describe(finding);
  if (!calendar) return Calendar("test", absl::UTCTimeZone(), std::vector<Calendar::Day>(7), {});
  return std::move(*calendar);
}

std::string Text(const std::optional<routing::DurationNs>& duration) {
  return duration ? FormatDuration(*duration) : "never";
}

struct Moment {
  std::string_view at;
  bool open;
  std::string_view opens_in;
  std::string_view closes_in;
};

void Check(const Calendar& calendar, const std::vector<Moment>& moments) {
  for (const Moment& moment : moments) {
    EXPECT_EQ(calendar.OpenAt(At(moment.at)), moment.open) << moment.at;
    EXPECT_EQ(Text(calendar.OpensIn(At(moment.at))), moment.opens_in) << moment.at;
    EXPECT_EQ(Text(calendar.ClosesIn(At(moment.at))), moment.closes_in) << moment.at;
  }
}

TEST(Calendar, HasItsStartInAndItsEndOut) {
  Check(MakeCalendar("{weekly: {mon-fri: ['08:00-20:00'], sat: ['09:00-13:00']}}"),
        {{"2026-03-30T07:59:59.999+01:00", false, "1ms", "0s"},  // a Monday
         {"2026-03-30T08:00:00+01:00", true, "0s", "12h"},
         {"2026-03-30T19:59:00+01:00", true, "0s", "1m"},
         {"2026-03-30T20:00:00+01:00", false, "12h", "0s"},
         {"2026-04-04T13:00:00+01:00", false, "43h", "0s"}});  // Saturday, till Monday
}

TEST(Calendar, GivesAWindowOverMidnightToTheDayItStartsOn) {
  Check(MakeCalendar("{weekly: {fri: ['22:00-06:00']}}"),
        {{"2026-04-03T21:00:00+01:00", false, "1h", "0s"},
         {"2026-04-03T23:00:00+01:00", true, "0s", "7h"},
         {"2026-04-04T05:00:00+01:00", true, "0s", "1h"},
         {"2026-04-04T06:00:00+01:00", false, "160h", "0s"},
         {"2026-04-04T23:00:00+01:00", false, "143h", "0s"}});
}

TEST(Calendar, DropsTheWindowsThatStartOnAClosedDate) {
  Check(MakeCalendar("{weekly: {mon-sun: ['22:00-06:00']}, closed: [2026-12-25]}"),
        {{"2026-12-25T05:00:00Z", true, "0s", "1h"},  // began on the 24th
         {"2026-12-25T23:00:00Z", false, "23h", "0s"},
         {"2026-12-26T05:00:00Z", false, "17h", "0s"},
         {"2026-12-26T22:00:00Z", true, "0s", "8h"}});
}

TEST(Calendar, MovesWhatFallsIntoTheSpringGapToItsEnd) {
  // On 29 March 2026 the clocks of London go from 01:00 to 02:00.
  Check(MakeCalendar("{weekly: {sun: ['01:30-05:00']}}"),
        {{"2026-03-29T00:59:00Z", false, "1m", "0s"}, {"2026-03-29T01:00:00Z", true, "0s", "3h"}});
  Check(
      MakeCalendar("{weekly: {sun: ['00:00-01:30']}}"),
      {{"2026-03-29T00:59:00Z", true, "0s", "1m"}, {"2026-03-29T01:00:00Z", false, "166h", "0s"}});
  const Calendar inside = MakeCalendar("{weekly: {sun: ['01:10-01:50']}}");
  EXPECT_FALSE(inside.OpenAt(At("2026-03-29T01:20:00Z")));
  EXPECT_EQ(Text(inside.OpensIn(At("2026-03-29T00:00:00Z"))), "10090m");  // a week later
}

TEST(Calendar, IsOpenAtBothPassesOfTheAutumnHour) {
  // On 25 October 2026 the clocks of London go from 02:00 back to 01:00.
  Check(MakeCalendar("{weekly: {sun: ['01:30-03:00']}}"),
        {{"2026-10-25T01:30:00+01:00", true, "0s", "30m"},
         {"2026-10-25T01:10:00+00:00", false, "20m", "0s"},  // the wall shows 01:10 again
         {"2026-10-25T01:30:00+00:00", true, "0s", "90m"},
         {"2026-10-25T03:00:00+00:00", false, "9990m", "0s"}});
  Check(MakeCalendar("{weekly: {sun: ['00:30-01:15']}}"),
        {{"2026-10-25T01:20:00+01:00", false, "40m", "0s"},  // until 01:00 comes round again
         {"2026-10-25T01:00:00+00:00", true, "0s", "15m"}});
}

TEST(Calendar, FollowsAZoneThatJumpsAtMidnight) {
  // In Sao Paulo 4 November 2018 began at 01:00.
  Check(MakeCalendar("{weekly: {mon-sun: ['00:30-02:00']}}", "America/Sao_Paulo"),
        {{"2018-11-03T23:59:00-03:00", false, "1m", "0s"},
         {"2018-11-04T01:00:00-02:00", true, "0s", "1h"}});
}

TEST(Calendar, KnowsWhatNeverChanges) {
  Check(MakeCalendar("{weekly: {mon-sun: ['00:00-24:00']}}"),
        {{"2026-03-29T01:00:00Z", true, "0s", "never"}});
  Check(MakeCalendar("{weekly: {}}"), {{"2026-03-29T01:00:00Z", false, "never", "0s"}});
}

TEST(Calendar, LooksPastManyClosedDates) {
  std::string closed;
  for (absl::CivilDay day(2026, 4, 6); day < absl::CivilDay(2027, 1, 1); day += 7) {
    closed += absl::FormatCivilTime(day) + ", ";
  }
  const Calendar calendar =
      MakeCalendar("{weekly: {mon: ['09:00-10:00']}, closed: [" + closed + "2027-01-01]}");
  EXPECT_EQ(Text(calendar.OpensIn(At("2026-04-01T00:00:00Z"))), "6681h");  // 4 January
}

TEST(Calendar, AsksTheHoursOfAnotherPlace) {
  const Calendar calendar = MakeCalendar("{weekly: {mon-fri: ['08:00-20:00']}}");
  const routing::TimeNs now = At("2026-03-30T08:30:00+01:00");
  EXPECT_TRUE(calendar.OpenAt(now));
  EXPECT_FALSE(calendar.OpenAt(now, *FindZone("America/New_York")));
  EXPECT_TRUE(calendar.OpenAt(now, *FindZone("Asia/Tokyo")));
}

TEST(Calendar, FindsOnlyZonesOfTheDatabase) {
  EXPECT_TRUE(FindZone("UTC").has_value());
  EXPECT_TRUE(FindZone("America/Argentina/Buenos_Aires").has_value());
  for (const std::string_view name :
       {"", "Mars/Base", "/usr/share/zoneinfo/UTC", "../UTC", "file:UTC", "libc:localtime"}) {
    EXPECT_FALSE(FindZone(name).has_value()) << name;
  }
}

TEST(Calendar, SaysWhatIsWrongWithIt) {
  const std::string_view text =
      "weekly:\n"
      "  mon-fry: ['08:00-20:00']\n"
      "  tue: ['8:00-20:00', '20:00-20:00', '10:60-11:00']\n"
      "  wed: 09:00-10:00\n"
      "closed: [2026-02-30, tomorrow]\n"
      "zone: UTC\n"
      "time_zone: Europe/Londn\n";
  const ParsedDocument parsed = ParseYaml(text);
  Report report(text);
  EXPECT_FALSE(ReadCalendar(parsed.root, "test", absl::UTCTimeZone(), report).has_value());
  EXPECT_EQ(Describe(report.Take()),
            (std::vector<std::string>{
                "2:3 expected a day or a range of days such as mon-fri",
                "3:9 expected a window such as \"08:00-20:00\" or \"22:00-06:00\"",
                "3:23 a window that ends when it begins is empty -> 00:00-24:00",
                "3:38 expected a window such as \"08:00-20:00\" or \"22:00-06:00\"",
                "4:8 expected a list of windows",
                "5:10 expected a date such as 2026-12-25",
                "5:22 expected a date such as 2026-12-25",
                "6:1 unknown key zone; known here: weekly, closed or time_zone",
                "7:12 unknown time zone \"Europe/Londn\"; expected a name such as Europe/London",
            }));
}

}  // namespace
}  // namespace strowger::rules
