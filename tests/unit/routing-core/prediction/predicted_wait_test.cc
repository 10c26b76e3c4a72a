#include "routing-core/prediction/predicted_wait.h"

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

constexpr TimeNs kNow = 100'000 * kMinute;

TEST(WaitEstimator, NobodyMeansNever) {
  const WaitEstimator estimator;
  EXPECT_EQ(estimator.Predict(0, 0, 0, 0, kNow), kNever);
  EXPECT_EQ(estimator.Predict(0, 5, 0, 0, kNow), kNever);
}

TEST(WaitEstimator, AFreeAgentMeansNoWait) {
  const WaitEstimator estimator;
  EXPECT_EQ(estimator.Predict(0, 5, 5, 1, kNow), 0);
}

TEST(WaitEstimator, QueueLengthOverServiceRate) {
  WaitEstimator estimator;
  EXPECT_EQ(estimator.Predict(1, 2, 2, 0, kNow), WaitEstimator::kUnknownHandleTime);
  estimator.HandlingEnded(kNow, 60 * kSecond);
  estimator.HandlingEnded(kNow, 120 * kSecond);
  EXPECT_EQ(estimator.MeanHandleTime(kNow), 90 * kSecond);
  EXPECT_EQ(estimator.Predict(5, 3, 3, 0, kNow), 180 * kSecond);
}

TEST(WaitEstimator, AnAbsurdCrowdDoesNotOverflow) {
  WaitEstimator estimator;
  estimator.HandlingEnded(kNow, kLongestDuration);
  EXPECT_EQ(estimator.Predict(1'000'000'000, 1, 1, 0, kNow), kNever);
}

}  // namespace
}  // namespace strowger::routing
