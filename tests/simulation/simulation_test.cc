#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

namespace strowger::simulation {
namespace {

TEST(Simulation, NothingAcknowledgedIsLostWhateverHappens) {
  SimulationTally sum;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const SimulationReport report = Simulate(seed, 300);
    ASSERT_EQ(report.trouble, "") << "seed " << seed;
    sum += report.tally;
  }
  // That it all happened.
  EXPECT_GT(sum.crashes, 1'000U);
  EXPECT_GT(sum.lost_records, 100U);
  EXPECT_GT(sum.repeats, 1'000U);
  EXPECT_GT(sum.refused_batches, 100U);
  EXPECT_GT(sum.from_checkpoint, 100U);
  EXPECT_GT(sum.passed_over, 10U);
  EXPECT_GT(sum.own_records, 1'000U);
}

TEST(Simulation, ASeedIsAlwaysTheSameRun) {
  const SimulationReport once = Simulate(7, 300);
  const SimulationReport again = Simulate(7, 300);
  EXPECT_EQ(once.trace, again.trace);
  EXPECT_EQ(once.tally.commands, again.tally.commands);
  EXPECT_NE(once.trace, Simulate(8, 300).trace);
}

}  // namespace
}  // namespace strowger::simulation
