#include "routing-core/prediction/wait_time.h"

#include <cmath>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

constexpr DurationNs kHandling = 3 * kMinute;

WaitStage Stage(double ahead, double servers) {
  WaitStage stage;
  stage.ahead = static_cast<Share>(ahead * kWhole);
  stage.servers = static_cast<Share>(servers * kWhole);
  stage.service_time = kHandling;
  stage.observed = 1'000'000;
  return stage;
}

double Seconds(DurationNs duration) { return static_cast<double>(duration) / 1e9; }

TEST(MeanWait, IsTheTimeUntilSoManyHaveLeft) {
  EXPECT_EQ(MeanWait(Stage(0, 1)), kHandling);
  EXPECT_NEAR(Seconds(MeanWait(Stage(9, 10))), 180, 1e-6);
  EXPECT_NEAR(Seconds(MeanWait(Stage(2.5, 10))), 63, 1e-3);
  EXPECT_NEAR(Seconds(MeanWait(Stage(99'999, 1'000))), 18'000, 0.1);
}

TEST(MeanWait, NobodyMeansNever) {
  EXPECT_EQ(MeanWait(Stage(0, 0)), kNever);
  WaitStage unknown = Stage(3, 2);
  unknown.service_time = kNever;
  EXPECT_EQ(MeanWait(unknown), kNever);
}

// Against the sum itself, for short and long lines, little and much patience.
TEST(MeanWait, ThoseWhoGiveUpShortenIt) {
  for (const double impatience : {0.001, 0.1, 1.0, 5.0}) {  // T / P
    for (const int ahead : {0, 1, 63, 64, 65, 1'000, 100'000}) {
      for (const double servers : {0.5, 1.0, 1'000.0}) {
        WaitStage stage = Stage(ahead, servers);
        stage.patience = static_cast<DurationNs>(static_cast<double>(kHandling) / impatience);
        double exact = 0;
        for (int i = 0; i <= ahead; ++i) exact += 180 / (servers + i * impatience);
        EXPECT_NEAR(Seconds(MeanWait(stage)), exact, exact * 6e-4)
            << impatience << " " << ahead << " " << servers;
      }
    }
  }
}

TEST(MeanWait, DoesNotOverflow) {
  WaitStage stage = Stage(1'000'000, 1.0 / (1 << 20));
  stage.service_time = kLongestDuration;
  EXPECT_EQ(MeanWait(stage), kNever);
  stage.patience = 1;
  EXPECT_GT(MeanWait(stage), 0);
}

TEST(MeanWait, GrowsByThoseWhoOvertake) {
  WaitStage stage = Stage(9, 10);
  stage.overtaken_every = 36 * kSecond;  // half of what the ten agents can do
  EXPECT_NEAR(Seconds(MeanWait(stage)), 360, 0.01);
  // Only those of the next minute: half of a minute more.
  stage.overtaken_within = kMinute;
  EXPECT_NEAR(Seconds(MeanWait(stage)), 210, 0.01);
  stage.overtaken_within = 0;
  EXPECT_NEAR(Seconds(MeanWait(stage)), 180, 0.01);
}

TEST(MeanWait, ManyWhoOvertakeAreNoInfinity) {
  WaitStage stage = Stage(9, 10);
  stage.overtaken_every = kSecond;
  EXPECT_NEAR(Seconds(MeanWait(stage)), 18'000, 1);
}

TEST(MeanWait, AStepThatWidensCutsWhatIsLeft) {
  WaitStage stages[] = {Stage(9, 10), Stage(9, 20)};
  stages[1].from = kMinute;
  // A third is done after a minute, the rest goes twice as fast.
  EXPECT_NEAR(Seconds(MeanWait(stages)), 60 + 60, 0.01);
  stages[1].from = 10 * kMinute;
  EXPECT_NEAR(Seconds(MeanWait(stages)), 180, 0.01);
}

TEST(MeanWait, WaitsForAStepWhenNobodyServesNow) {
  WaitStage stages[] = {Stage(9, 0), Stage(9, 10), Stage(9, 20)};
  stages[1].from = kMinute;
  stages[2].from = 20 * kMinute;
  EXPECT_NEAR(Seconds(MeanWait(stages)), 240, 0.01);
}

Share Ahead(double same, double seen, double touched, double servers, double rivals) {
  const auto share = [](double value) { return static_cast<Share>(value * kWhole); };
  return AheadInFull({share(servers), share(same), share(seen), share(touched), share(rivals)});
}
double Whole(Share share) { return static_cast<double>(share) / kWhole; }

TEST(MeanWait, EndsWhereSomebodyIsFree) {
  WaitStage stages[] = {Stage(9, 10), Stage(9, 10)};
  stages[1].from = kMinute;
  stages[1].free = true;
  EXPECT_EQ(MeanWait(stages), kMinute);
  stages[1].from = 10 * kMinute;
  EXPECT_NEAR(Seconds(MeanWait(stages)), 180, 0.01);
}

TEST(AheadInFull, ThoseWhomTheSameAgentsServeCountInFull) {
  EXPECT_NEAR(Whole(Ahead(7, 0, 0, 10, 0)), 7, 1e-4);
}

TEST(AheadInFull, RivalsWithAllOfTheServersAndMore) {
  // Five who may be served by these ten agents or ten others.
  EXPECT_NEAR(Whole(Ahead(0, 5, 1, 10, 20)), 2.27, 0.01);
  // Had they these ten alone, they would all come first.
  EXPECT_NEAR(Whole(Ahead(0, 5, 1, 10, 10)), 5, 0.01);
}

TEST(AheadInFull, AgentsWhoAreNotSharedTakeNoRivals) {
  // However many rivals: the six agents who serve none of them have one contact to serve.
  EXPECT_LT(Whole(Ahead(0, 400, 0.4, 10, 7)), 10.0 / 6 - 1 + 0.01);
  EXPECT_GT(Whole(Ahead(0, 400, 0.4, 10, 7)), 10.0 / 6 - 1 - 0.1);
}

TEST(AheadInFull, NeverFewerThanThoseOfItsKind) {
  for (const double seen : {0.001, 0.1, 3.0, 1e6}) {
    for (const double touched : {0.001, 0.5, 1.0}) {
      EXPECT_GE(Ahead(3, seen * touched, touched, 4, 1'000), 3 * kWhole) << seen << " " << touched;
    }
  }
}

TEST(PredictWait, QuantilesOfTheErlangDistribution) {
  const WaitStage first[] = {Stage(0, 1)};  // exponential: ln 2 and ln 10 of the mean
  EXPECT_NEAR(Seconds(PredictWait(first).median), 180 * std::log(2), 180 * 0.012);
  EXPECT_NEAR(Seconds(PredictWait(first).p90), 180 * std::log(10), 180 * 0.025);
  const WaitStage tenth[] = {Stage(9, 10)};  // Erlang of ten stages: 9.669 and 14.206
  EXPECT_NEAR(Seconds(PredictWait(tenth).median), 18 * 9.669, 0.1);
  EXPECT_NEAR(Seconds(PredictWait(tenth).p90), 18 * 14.206, 0.2);
}

// What is certain to pass does not spread.
TEST(PredictWait, QuantilesOfWhatIsLeftAfterAStep) {
  const WaitStage alone[] = {Stage(9, 10)};
  WaitStage later[] = {Stage(9, 0), Stage(9, 10)};
  later[1].from = kMinute;
  const WaitDistribution now = PredictWait(alone);
  const WaitDistribution then = PredictWait(later);
  EXPECT_NEAR(Seconds(then.median), Seconds(now.median) + 60, 0.01);
  EXPECT_NEAR(Seconds(then.p90), Seconds(now.p90) + 60, 0.01);
  later[1].free = true;
  EXPECT_EQ(PredictWait(later).median, kMinute);
  EXPECT_EQ(PredictWait(later).p90, kMinute);
}

TEST(PredictWait, LittleObservedMeansWiderQuantiles) {
  WaitStage stage = Stage(99, 10);
  const DurationNs known = PredictWait(absl::MakeConstSpan(&stage, 1)).p90;
  stage.observed = 10;
  EXPECT_GT(PredictWait(absl::MakeConstSpan(&stage, 1)).p90, known);
}

TEST(PredictWait, NeverInEveryQuantile) {
  const WaitStage nobody[] = {Stage(3, 0)};
  EXPECT_EQ(PredictWait(nobody).mean, kNever);
  EXPECT_EQ(PredictWait(nobody).median, kNever);
  EXPECT_EQ(PredictWait(nobody).p90, kNever);
}

}  // namespace
}  // namespace strowger::routing
