#include "routing-core/prediction/bucket_window.h"

#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

TEST(BucketWindow, TheOldestBucketCountsWholeUntilItDropsOut) {
  BucketWindow<1> window(30 * kMinute);
  const TimeNs start = 1000 * kMinute;
  window.Add(start, 0, 5);
  EXPECT_EQ(window.Total(start + 30 * kMinute - 1)[0], 5);
  EXPECT_EQ(window.Total(start + 30 * kMinute)[0], 0);
}

TEST(BucketWindow, ASpanIsSharedOutOverItsBuckets) {
  BucketWindow<2> window(30 * kMinute);
  const TimeNs start = 1000 * kMinute;
  window.AddSpan(start - 10 * kSecond, start + 70 * kSecond, 1);
  EXPECT_EQ(window.Total(start + 2 * kMinute)[1], 80 * kSecond);
  // 29 minutes on, the bucket with the first ten seconds has gone.
  EXPECT_EQ(window.Total(start + 29 * kMinute)[1], 70 * kSecond);
  EXPECT_EQ(window.Total(start + 29 * kMinute)[0], 0);
}

TEST(BucketWindow, AnotherLengthForgets) {
  BucketWindow<1> window(30 * kMinute);
  window.Add(kMinute, 0, 1);
  window.SetWindow(30 * kMinute);
  EXPECT_EQ(window.Total(kMinute)[0], 1);
  window.SetWindow(kHour);
  EXPECT_EQ(window.Total(kMinute)[0], 0);
}

// Against a list of facts.
TEST(BucketWindow, AgreesWithAList) {
  std::mt19937_64 random(5);
  BucketWindow<1> window(300 * kSecond);
  struct Fact {
    TimeNs at;
    std::int64_t amount;
  };
  std::vector<Fact> facts;
  TimeNs now = 12345 * kSecond;
  for (int i = 0; i < 5000; ++i) {
    now += static_cast<TimeNs>(random() % (random() % 50 == 0 ? 400 : 9)) * kSecond;
    if (random() % 2 == 0) {
      const auto amount = static_cast<std::int64_t>(random() % 7);
      window.Add(now, 0, amount);
      facts.push_back({now, amount});
    }
    std::int64_t expected = 0;
    for (const Fact& fact : facts) {
      if (fact.at >= window.Begin(now)) expected += fact.amount;
    }
    ASSERT_EQ(window.Total(now)[0], expected);
  }
}

}  // namespace
}  // namespace strowger::routing
