#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "routing-core/cel/runtime.h"
#include "routing-core/cel/zone.h"
#include "tests/unit/routing-core/cel/cel_test_support.h"

namespace strowger::cel {
namespace {

TEST(CelTime, TimestampText) {
  ExpectAll(
      World(),
      {
          {"timestamp('2009-02-13T23:31:30Z')", "timestamp(\"2009-02-13T23:31:30Z\")"},
          {"timestamp('2009-02-13T23:31:30.120Z')", "timestamp(\"2009-02-13T23:31:30.12Z\")"},
          {"timestamp('2009-02-14T00:31:30+01:00') == timestamp('2009-02-13T23:31:30Z')", "true"},
          {"timestamp(1234567890)", "timestamp(\"2009-02-13T23:31:30Z\")"},
          {"timestamp(timestamp(0)) == timestamp(0)", "true"},
          {"timestamp('0001-01-01T00:00:00Z')", "timestamp(\"0001-01-01T00:00:00Z\")"},
          {"timestamp('9999-12-31T23:59:59.999999999Z')",
           "timestamp(\"9999-12-31T23:59:59.999999999Z\")"},
          {"timestamp('2024-02-29T00:00:00Z') < timestamp('2024-03-01T00:00:00Z')", "true"},
          {"timestamp('2023-02-29T00:00:00Z')", "check 1:11 not an RFC 3339 timestamp"},
          {"timestamp('0000-12-31T00:00:00Z')", "check 1:11 not an RFC 3339"},
          {"timestamp('10000-01-01T00:00:00Z')", "check 1:11 not an RFC 3339"},
          {"timestamp('0001-01-01T00:00:00+01:00')", "check 1:11 not an RFC 3339"},
          {"timestamp('2009-02-13')", "check 1:11 not an RFC 3339"},
          {"timestamp('2009-02-13T24:00:00Z')", "check 1:11 not an RFC 3339"},
          {"timestamp('2009-02-13T23:31:30')", "check 1:11 not an RFC 3339"},
          {"timestamp('2009-02-13T23:31:30.Z')", "check 1:11 not an RFC 3339"},
          {"false && timestamp('nonsense') > timestamp(0)", "check 1:20 not an RFC 3339"},
          {"timestamp(253402300800)", "error: result out of range"},
          {"timestamp(-62135596801)", "error: result out of range"},
      });
}

TEST(CelTime, DurationText) {
  ExpectAll(
      World(),
      {
          {"duration('90s')", "duration(\"90s\")"},
          {"duration('1h30m')", "duration(\"5400s\")"},
          {"duration('-1.5h')", "duration(\"-5400s\")"},
          {"duration('1ms') + duration('1us') + duration('1ns')", "duration(\"0.001001001s\")"},
          {"duration('.5s') == duration('500ms')", "true"},
          {"duration('1.s')", "duration(\"1s\")"},
          {"duration('0')", "duration(\"0s\")"},
          {"duration('+5m')", "duration(\"300s\")"},
          {"duration('5\\u00b5s')", "duration(\"0.000005s\")"},
          {"duration('')", "check 1:10 not a duration"},
          {"duration('5')", "check 1:10 not a duration"},
          {"duration('s')", "check 1:10 not a duration"},
          {"duration('.s')", "check 1:10 not a duration"},
          {"duration('1d')", "check 1:10 not a duration"},
          {"duration('1s ')", "check 1:10 not a duration"},
          {"duration('--1s')", "check 1:10 not a duration"},
          {"duration('9223372036.854775807s')", "duration(\"9223372036.854775807s\")"},
          {"duration('-9223372036.854775808s')", "duration(\"-9223372036.854775808s\")"},
          {"duration('9223372036.854775808s')", "check 1:10 not a duration"},
          {"duration('320000000000s')", "check 1:10 not a duration"},
          {"duration('1' + 's')", "duration(\"1s\")"},
      });
}

TEST(CelTime, Arithmetic) {
  ExpectAll(
      World(),
      {
          {"timestamp(0) + duration('90s') == timestamp(90)", "true"},
          {"duration('90s') + timestamp(0) == timestamp(90)", "true"},
          {"timestamp(90) - duration('90s') == timestamp(0)", "true"},
          {"timestamp(90) - timestamp(0)", "duration(\"90s\")"},
          {"duration('2s') - duration('500ms')", "duration(\"1.5s\")"},
          {"timestamp('0001-01-01T00:00:00Z') + duration('-1ns')", "error: result out of range"},
          {"timestamp('9999-12-31T23:59:59.999999999Z') + duration('1ns')",
           "error: result out of range"},
          {"timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')",
           "error: result out of range"},
          {"timestamp(0) - duration('-9223372036.854775808s')",
           "timestamp(\"2262-04-11T23:47:16.854775808Z\")"},
          {"duration('9223372036s') + duration('9223372036s')", "error: result out of range"},
          {"duration('-9223372036s') - duration('9223372036s')", "error: result out of range"},
          {"timestamp(0) + timestamp(0)", "check 1:14 operator + does not take"},
          {"timestamp(0) * 2", "check 1:14 operator * does not take"},
          {"duration('1s') - timestamp(0)", "check 1:16 operator - does not take"},
          {"timestamp(1) > timestamp(0) && duration('1m') > duration('59s')", "true"},
          {"timestamp(0) == null", "false"},
          {"[timestamp(3), timestamp(1)].exists(t, t == timestamp(1))", "true"},
      });
}

TEST(CelTime, Getters) {
  World world;
  // A Friday.
  world.With("t", Type::Time(), Value::Time({1234567890, 123456789}));
  ExpectAll(world,
            {
                {"t.getFullYear()", "2009"},
                {"t.getMonth()", "1"},
                {"t.getDate()", "13"},
                {"t.getDayOfMonth()", "12"},
                {"t.getDayOfWeek()", "5"},
                {"t.getDayOfYear()", "43"},
                {"t.getHours()", "23"},
                {"t.getMinutes()", "31"},
                {"t.getSeconds()", "30"},
                {"t.getMilliseconds()", "123"},
                {"t.getDate('Australia/Sydney')", "14"},
                {"t.getHours('02:00')", "1"},
                {"t.getHours('-02:30')", "21"},
                {"t.getMinutes('Asia/Kathmandu')", "16"},
                {"t.getDayOfWeek('+11:00')", "6"},
                {"t.getHours('UTC')", "23"},
                {"t.getHours('Mars/Olympus')", "check 1:12 unknown time zone 'Mars/Olympus'"},
                {"t.getHours('')", "check 1:12 unknown time zone"},
                {"t.getHours('+25:00')", "check 1:12 unknown time zone"},
                {"t.getHours('/etc/localtime')", "check 1:12 unknown time zone"},
                {"['Asia/Tokyo', 'Nowhere'].map(z, t.getHours(z))[0]", "error: unknown time"},
                {"['Asia/Tokyo', 'UTC'].map(z, t.getHours(z))", "[8, 23]"},
                {"t.getHours(1)", "check 1:3 no overload of timestamp.getHours() takes"},
                {"timestamp('1969-12-31T23:59:59Z').getDayOfWeek()", "3"},
                {"timestamp('1600-02-29T12:00:00Z').getDayOfYear()", "59"},
                {"timestamp('0001-01-01T00:00:00Z').getFullYear('-01:00')", "0"},
            });
}

TEST(CelTime, DurationGetters) {
  ExpectAll(World(), {
                         {"duration('3h25m45s').getHours()", "3"},
                         {"duration('3h25m45s').getMinutes()", "205"},
                         {"duration('3h25m45s').getSeconds()", "12345"},
                         {"duration('123.321456789s').getMilliseconds()", "321"},
                         {"duration('-90s').getMinutes()", "-1"},
                         {"duration('1s').getFullYear()", "check 1:16 no overload of"},
                         {"duration('1s').getHours('UTC')", "check 1:16 no overload of"},
                     });
}

TEST(CelTime, ClocksChange) {
  ExpectAll(World(),
            {
                // The hour from 01:00 UTC on is skipped in London in spring and repeated in autumn.
                {"timestamp('2026-03-29T00:59:59Z').getHours('Europe/London')", "0"},
                {"timestamp('2026-03-29T01:00:00Z').getHours('Europe/London')", "2"},
                {"timestamp('2026-10-25T00:59:59Z').getHours('Europe/London')", "1"},
                {"timestamp('2026-10-25T01:00:00Z').getHours('Europe/London')", "1"},
                {"timestamp('2026-10-25T02:00:00Z').getHours('Europe/London')", "2"},
                // The southern hemisphere, and a change of half an hour.
                {"timestamp('2026-04-04T15:59:59Z').getHours('Australia/Sydney')", "2"},
                {"timestamp('2026-04-04T16:00:00Z').getHours('Australia/Sydney')", "2"},
                {"timestamp('2026-04-04T15:00:00Z').getMinutes('Australia/Lord_Howe')", "30"},
                // Before and after what zones lay out in advance.
                {"timestamp('1950-07-01T12:00:00Z').getHours('Europe/London')", "13"},
                {"timestamp('2150-07-01T12:00:00Z').getHours('Europe/London')", "13"},
                {"timestamp('1850-07-01T12:00:00Z').getMinutes('Europe/Paris')", "9"},
            });
}

TEST(CelTime, DefaultZone) {
  CompileOptions options;
  options.time_zone = "Europe/London";
  World world;
  world.With("now", Type::Time(), Value::Time({1234567890 + 150 * 86400, 0}));
  EXPECT_EQ(world.Evaluate("now.getHours()", options), "0");
  EXPECT_EQ(world.Evaluate("now.getHours('UTC')", options), "23");
  options.time_zone = "Europe/Nowhere";
  EXPECT_EQ(world.Evaluate("timestamp(0).getHours()", options),
            "check 1:1 unknown default time zone 'Europe/Nowhere'");
  EXPECT_EQ(world.Evaluate("1", options), "1");
}

/// The offsets laid out in advance are those of the zone database, around every change.
TEST(CelTime, ZoneAgreesWithTheDatabase) {
  for (const char* name : {"Europe/London", "America/New_York", "Australia/Lord_Howe",
                           "Africa/Casablanca", "Asia/Tehran", "Pacific/Apia", "Asia/Kolkata"}) {
    const std::optional<Zone> zone = Zone::Load(name);
    absl::TimeZone reference;
    ASSERT_TRUE(zone && absl::LoadTimeZone(name, &reference)) << name;
    for (int64_t t = -86400 * 400; t < 4200000000; t += 1800 * 7) {
      ASSERT_EQ(zone->OffsetAt(t), reference.At(absl::FromUnixSeconds(t)).offset)
          << name << " at " << t;
    }
  }
}

TEST(CelTime, CalendarAgreesWithAbseil) {
  for (int64_t day = -719162; day < 2932896; day += 211) {
    const int64_t seconds = day * 86400 + 43200;
    const absl::CivilDay expected =
        absl::ToCivilDay(absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
    const std::string text = FormatTimestamp({seconds, 0});
    ASSERT_EQ(text, absl::StrFormat("%04d-%02d-%02dT12:00:00Z", expected.year(), expected.month(),
                                    expected.day()));
    const std::optional<Timestamp> back = ParseTimestamp(text);
    ASSERT_TRUE(back && back->seconds == seconds) << text;
  }
}

}  // namespace
}  // namespace strowger::cel
