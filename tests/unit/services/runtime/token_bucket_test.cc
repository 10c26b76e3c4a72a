#include "services/runtime/token_bucket.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::runtime {
namespace {

using routing::kMillisecond;
using routing::kSecond;

constexpr std::int64_t kStart = 1'000 * kSecond;

int TakenAt(TokenBucket& bucket, std::int64_t now, int tries) {
  int taken = 0;
  for (int i = 0; i < tries; ++i) taken += bucket.Take(1, now) == 0 ? 1 : 0;
  return taken;
}

TEST(TokenBucket, ASecondsWorthAtOnceThenTheRate) {
  TokenBucket bucket(10);
  EXPECT_EQ(TakenAt(bucket, kStart, 100), 10);
  EXPECT_EQ(TakenAt(bucket, kStart + 500 * kMillisecond, 100), 5);
  EXPECT_EQ(TakenAt(bucket, kStart + kSecond, 100), 5);
  EXPECT_EQ(TakenAt(bucket, kStart + 60 * kSecond, 100), 10);  // a rest is not saved up
}

TEST(TokenBucket, TellsWhenToTryAgain) {
  TokenBucket bucket(10);
  (void)TakenAt(bucket, kStart, 100);
  const routing::DurationNs delay = bucket.Take(1, kStart);
  EXPECT_GT(delay, 0);
  EXPECT_LE(delay, 100 * kMillisecond);
  EXPECT_EQ(bucket.Take(1, kStart + delay), 0);
}

TEST(TokenBucket, ABatchAboveTheRateIsPaidForAfterwards) {
  TokenBucket bucket(10);
  EXPECT_EQ(bucket.Take(50, kStart), 0);
  EXPECT_NE(bucket.Take(1, kStart + 3'900 * kMillisecond), 0);
  EXPECT_EQ(bucket.Take(1, kStart + 4'100 * kMillisecond), 0);
}

TEST(TokenBucket, WhatIsSparedStaysForOthers) {
  TokenBucket bucket(80);
  int taken = 0;
  while (bucket.Take(1, kStart, kSecond / 8) == 0) ++taken;
  EXPECT_EQ(taken, 70);
  EXPECT_EQ(TakenAt(bucket, kStart, 100), 10);
  // What others took is paid for before the first who spares comes again.
  const routing::DurationNs delay = bucket.Take(1, kStart, kSecond / 8);
  EXPECT_NEAR(static_cast<double>(delay), kSecond / 8.0, 1e6);
  EXPECT_EQ(bucket.Take(1, kStart + delay, kSecond / 8), 0);
}

TEST(TokenBucket, WithoutARateEverythingPasses) {
  TokenBucket bucket(0);
  EXPECT_EQ(TakenAt(bucket, kStart, 1'000), 1'000);
}

TEST(TokenBucket, ManyThreadsGetNoMoreThanOne) {
  TokenBucket bucket(1'000);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { taken += TakenAt(bucket, kStart, 1'000); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken.load(), 1'000);
}

}  // namespace
}  // namespace strowger::runtime
