#include "services/reports/report.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "services/reports/site_days.h"
#include "tests/model/command_generator.h"

namespace strowger::reports {
namespace {

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone));
  return zone;
}

routing::TimeNs At(const char* text, const absl::TimeZone& zone) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, zone, &time, &error)) << error;
  return absl::ToUnixNanos(time);
}

// Rows of queue "billing": one contact queued in each quarter hour named.
class ReportTest : public testing::Test {
 protected:
  void Keep(const std::vector<std::pair<routing::TimeNs, std::string>>& arrivals) {
    auto store = std::make_unique<MemoryStore>();
    std::vector<KeptRow> rows;
    QueueRow one;
    one.queued = 1;
    for (const auto& [time, queue] : arrivals) {
      rows.push_back({Subject::kQueues, QuarterOf(time), queue, Encode(one)});
    }
    ASSERT_TRUE(store->Write({}, rows, false).ok());
    reports_ =
        std::make_unique<DomainReports>(Options{5 * routing::kSecond, 400}, std::move(store));
    const routing::Router router(model::CommandGenerator::limits(),
                                 model::CommandGenerator(1).first_rule_set());
    ASSERT_TRUE(reports_->Begin(router).ok());
  }
  std::vector<ReportLine<QueueRow>> LinesOf(const char* day, Query::Interval interval,
                                            const absl::TimeZone& zone, bool with_empty = false) {
    Query query;
    query.zone = zone;
    query.first_day = query.last_day = *ReadDay(day, 0, zone);
    query.interval = interval;
    query.with_empty = with_empty;
    query.as_of = BeginOfDay(query.last_day + 1, zone) - 1;
    auto report = MakeReport(*reports_, query);
    EXPECT_TRUE(report.ok()) << report.status();
    return report->queues;
  }

  std::unique_ptr<DomainReports> reports_;
};

TEST_F(ReportTest, ADayHasAsManyQuarterHoursAsItsClockSays) {
  const absl::TimeZone london = Zone("Europe/London");
  Keep({{At("2026-03-29 12:00", london), "billing"},
        {At("2026-03-30 12:00", london), "billing"},
        {At("2026-10-25 12:00", london), "billing"}});
  const auto count = [&](const char* day, Query::Interval interval) {
    return LinesOf(day, interval, london, true).size();
  };
  EXPECT_EQ(count("2026-03-29", Query::Interval::kQuarterHour), 92U);
  EXPECT_EQ(count("2026-03-30", Query::Interval::kQuarterHour), 96U);
  EXPECT_EQ(count("2026-10-25", Query::Interval::kQuarterHour), 100U);
  EXPECT_EQ(count("2026-03-29", Query::Interval::kHalfHour), 46U);
  EXPECT_EQ(count("2026-10-25", Query::Interval::kHalfHour), 50U);
  EXPECT_EQ(count("2026-10-25", Query::Interval::kDay), 1U);
  const auto day = LinesOf("2026-10-25", Query::Interval::kDay, london);
  ASSERT_EQ(day.size(), 1U);
  EXPECT_EQ(day[0].end - day[0].begin, 25 * routing::kHour);
}

// Midnight in London is eleven in the evening in UTC.
TEST_F(ReportTest, ADayBeginsAtLocalMidnight) {
  const absl::TimeZone london = Zone("Europe/London");
  const absl::TimeZone kathmandu = Zone("Asia/Kathmandu");  // 5:45 ahead
  Keep({{At("2026-06-30 23:45", london), "billing"},
        {At("2026-07-01 00:00", london), "billing"},
        {At("2026-07-01 23:45", london), "billing"},
        {At("2026-07-02 00:00", london), "billing"}});
  auto lines = LinesOf("2026-07-01", Query::Interval::kDay, london);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].row.queued, 2);
  EXPECT_EQ(lines[0].begin, At("2026-07-01 00:00", london));
  lines = LinesOf("2026-07-01", Query::Interval::kHalfHour, kathmandu);
  ASSERT_EQ(lines.size(), 1U);  // 22:45 and 23:00 in UTC are 4:30 and 4:45 there
  EXPECT_EQ(lines[0].begin, At("2026-07-01 04:30", kathmandu));
  EXPECT_EQ(lines[0].row.queued, 2);
}

// In Santiago clocks go forward at midnight.
TEST(SiteDays, WhereMidnightIsSkippedTheDayBeginsAfterIt) {
  const absl::TimeZone santiago = Zone("America/Santiago");
  const absl::CivilDay day(2026, 9, 6);
  EXPECT_EQ(BeginOfDay(day, santiago), At("2026-09-06 01:00", santiago));
  EXPECT_EQ(BeginOfDay(day + 1, santiago) - BeginOfDay(day, santiago), 23 * routing::kHour);
}

TEST(SiteDays, TodayIsTheSitesToday) {
  const absl::TimeZone auckland = Zone("Pacific/Auckland");
  const routing::TimeNs now = At("2026-11-22 13:00", absl::UTCTimeZone());
  EXPECT_EQ(*ReadDay("today", now, auckland), absl::CivilDay(2026, 11, 23));
  EXPECT_EQ(*ReadDay("yesterday", now, auckland), absl::CivilDay(2026, 11, 22));
  EXPECT_EQ(*ReadDay("", now, absl::UTCTimeZone()), absl::CivilDay(2026, 11, 22));
  EXPECT_FALSE(ReadDay("2026-13-01", now, auckland).ok());
  EXPECT_FALSE(ReadDay("22.11.2026", now, auckland).ok());
}

TEST_F(ReportTest, OnlyThoseNamedAndOnlyWhatHasBegun) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  Keep({{At("2026-06-30 10:00", utc), "billing"}, {At("2026-06-30 10:00", utc), "sales"}});
  Query query;
  query.zone = utc;
  query.first_day = query.last_day = absl::CivilDay(2026, 6, 30);
  query.names = {"sales"};
  query.with_empty = true;
  query.as_of = At("2026-06-30 10:10", utc);
  const auto report = MakeReport(*reports_, query);
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->queues.size(), 21U);  // half hours from 0:00 on, that of 10:00 included
  EXPECT_EQ(report->queues.back().name, "sales");
  EXPECT_EQ(report->queues.back().row.queued, 1);
  EXPECT_EQ(report->queues.front().row.queued, 0);
}

}  // namespace
}  // namespace strowger::reports
