// Tests of hazard_meter.h, yardsticks.h, accuracy.h and arrivals.h.
#include "gtest/gtest.h"
#include "routing-core/prediction/arrivals.h"
#include "routing-core/prediction/hazard_meter.h"
#include "routing-core/prediction/yardsticks.h"
#include "routing/accuracy.h"

namespace strowger::routing {
namespace {

constexpr TimeNs kNow = 100'000 * kMinute;

TEST(HazardMeter, SaysWhatIsExpectedUntilItKnows) {
  EXPECT_EQ(HazardMeter(30 * kMinute, 3 * kMinute).MeanTime(kNow), 3 * kMinute);
  EXPECT_EQ(HazardMeter(30 * kMinute, kNever).MeanTime(kNow), kNever);
  EXPECT_EQ(HazardMeter(30 * kMinute, kNever).observed(kNow), 0);
}

TEST(HazardMeter, ExposureOverEvents) {
  HazardMeter meter(30 * kMinute, kNever);
  meter.Expose(kNow, 10);
  for (int i = 1; i <= 1'000; ++i) {
    meter.Expose(kNow + i * kSecond, -1);
    meter.Happened(kNow + i * kSecond);
    meter.Expose(kNow + i * kSecond, 1);
  }
  // Ten at a time, one a second.
  EXPECT_NEAR(static_cast<double>(meter.MeanTime(kNow + 1'000 * kSecond)), 10e9, 1e7);
}

TEST(HazardMeter, ThoseStillExposedCount) {
  HazardMeter meter(30 * kMinute, kMinute);
  meter.Expose(kNow, 10);
  // Nothing ends for long: it takes longer than was expected.
  EXPECT_GT(meter.MeanTime(kNow + 20 * kMinute), 2 * kMinute);
}

TEST(HazardMeter, AQuietWindowForgetsNothing) {
  HazardMeter meter(30 * kMinute, 3 * kMinute);
  meter.Expose(kNow, 1);
  for (int i = 1; i <= 500; ++i) meter.Happened(kNow + i * 10 * kSecond);
  meter.Expose(kNow + 5'000 * kSecond, -1);
  const DurationNs mean = meter.MeanTime(kNow + 2 * kDay);
  EXPECT_NEAR(static_cast<double>(mean), 10e9, 5e8);
  EXPECT_EQ(meter.observed(kNow + 2 * kDay), 100);
}

TEST(HazardMeter, TheLongRunFades) {
  HazardMeter meter(30 * kMinute, kNever);
  TimeNs now = kNow;
  meter.Expose(now, 1);
  const auto happen = [&](int times, DurationNs each) {
    for (int i = 0; i < times; ++i) {
      now += each;
      meter.Expose(now, 0);
      meter.Happened(now);
    }
  };
  happen(2'000, kSecond);
  happen(8'000, 10 * kSecond);
  EXPECT_GT(meter.MeanTime(now), 9 * kSecond);
}

TEST(Yardsticks, QueueLengthOverServiceRate) {
  Yardsticks yardsticks(30 * kMinute);
  EXPECT_EQ(yardsticks.LengthOverRate(kNow, 0), kNever);
  EXPECT_EQ(yardsticks.LastToEnter(), kNever);
  for (int i = 0; i <= 60; ++i) yardsticks.Served(kNow + i * 10 * kSecond, i * kSecond);
  EXPECT_EQ(yardsticks.LastToEnter(), kMinute);
  // 61 in ten minutes.
  const DurationNs predicted = yardsticks.LengthOverRate(kNow + 600 * kSecond, 5);
  EXPECT_NEAR(static_cast<double>(predicted), 6 * 600e9 / 61, 1e3);
}

TEST(Accuracy, Sums) {
  Accuracy accuracy;
  accuracy.Measure(10 * kSecond, 20 * kSecond, 15 * kSecond);
  accuracy.Measure(10 * kSecond, 20 * kSecond, 25 * kSecond);
  accuracy.Measure(10 * kSecond, 20 * kSecond, 4 * kSecond);
  accuracy.Measure(kNever, kNever, kSecond);
  EXPECT_EQ(accuracy.measured, 3U);
  EXPECT_EQ(accuracy.never, 1U);
  EXPECT_EQ(accuracy.bias, -14 * kSecond);
  EXPECT_EQ(accuracy.absolute, 26 * kSecond);
  EXPECT_EQ(accuracy.within_p90, 2U);
}

TEST(ArrivalsByPriority, CountsThoseAbove) {
  ArrivalsByPriority arrivals;
  EXPECT_EQ(arrivals.AboveOf(kNow, 0).every, kNever);
  for (int i = 0; i < 60; ++i) {
    arrivals.Arrived(kNow + i * 10 * kSecond, i % 3 == 0 ? 50 : 0);
  }
  // Over half an hour, though it began ten minutes ago.
  const TimeNs later = kNow + 600 * kSecond;
  EXPECT_EQ(arrivals.AboveOf(later, 0).every, 90 * kSecond);
  EXPECT_EQ(arrivals.AboveOf(later, 0).by, 50);
  EXPECT_EQ(arrivals.AboveOf(later, 50).every, kNever);
  EXPECT_EQ(arrivals.AboveOf(later, -5).every, 30 * kSecond);
}

TEST(ArrivalsByPriority, MorePrioritiesThanLevels) {
  ArrivalsByPriority arrivals;
  for (int i = 0; i < 100; ++i) arrivals.Arrived(kNow + i * kSecond, i);
  // None is lost, whatever level it counts with; those that nobody uses any more make room.
  EXPECT_EQ(arrivals.AboveOf(kNow + 100 * kSecond, -1).every, 18 * kSecond);
  const TimeNs later = kNow + kDay;
  for (int i = 0; i < 8; ++i) arrivals.Arrived(later, 1'000 + i);
  EXPECT_EQ(arrivals.AboveOf(later, 1'006).by, 1);
}

}  // namespace
}  // namespace strowger::routing
