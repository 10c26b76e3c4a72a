#include "services/runtime/figures.h"

#include <gtest/gtest.h>

namespace strowger::runtime {
namespace {

TEST(LatencyHistogram, BoundsAreInclusiveAndDouble) {
  LatencyHistogram histogram;
  histogram.Observe(-5);
  histogram.Observe(0);
  histogram.Observe(1'000);
  EXPECT_EQ(histogram.count(0), 3U);
  histogram.Observe(1'001);
  histogram.Observe(2'000);
  EXPECT_EQ(histogram.count(1), 2U);
  histogram.Observe(2'001, 5);
  EXPECT_EQ(histogram.count(2), 5U);
  histogram.Observe(LatencyHistogram::BoundNs(LatencyHistogram::kBounds - 1));
  EXPECT_EQ(histogram.count(LatencyHistogram::kBounds - 1), 1U);
  histogram.Observe(LatencyHistogram::BoundNs(LatencyHistogram::kBounds - 1) + 1);
  EXPECT_EQ(histogram.count(LatencyHistogram::kBounds), 1U);
}

TEST(LatencyHistogram, EveryBoundFallsInItsOwnBucket) {
  for (int bucket = 0; bucket < LatencyHistogram::kBounds; ++bucket) {
    LatencyHistogram histogram;
    histogram.Observe(LatencyHistogram::BoundNs(bucket));
    EXPECT_EQ(histogram.count(bucket), 1U) << bucket;
    histogram.Observe(LatencyHistogram::BoundNs(bucket) + 1);
    EXPECT_EQ(histogram.count(bucket + 1), 1U) << bucket;
  }
}

routing::QueueView View(std::string queue, std::uint64_t waiting) {
  routing::QueueView view;
  view.queue = std::move(queue);
  view.waiting = waiting;
  return view;
}

TEST(QueueTable, ASlotKeepsItsQueue) {
  QueueTable table;
  EXPECT_EQ(table.size(), 0U);
  table.Publish({View("sales", 3), View("billing", 4)});
  ASSERT_EQ(table.size(), 2U);
  const QueueFigures* const sales = &table[0];
  EXPECT_EQ(sales->queue, "sales");
  EXPECT_EQ(sales->waiting.Get(), 3);
  std::vector<routing::QueueView> many = {View("billing", 9)};
  for (int i = 0; i < 200; ++i) many.push_back(View("q" + std::to_string(i), 1));
  many.push_back(View("sales", 5));
  table.Publish(many);
  EXPECT_EQ(table.size(), 202U);
  EXPECT_EQ(&table[0], sales);
  EXPECT_EQ(sales->waiting.Get(), 5);
  EXPECT_EQ(table[1].waiting.Get(), 9);
  EXPECT_EQ(table[201].queue, "q199");
}

TEST(Figures, EveryKindOfCommandHasItsName) {
  EXPECT_EQ(CommandKindName(routing::CommandBody(routing::Tick{}).index()), "tick");
  EXPECT_EQ(CommandKindName(routing::CommandBody(routing::AcceptOffer{}).index()), "accept_offer");
  EXPECT_EQ(CommandKindName(routing::CommandBody(routing::ActivateRuleSet{}).index()),
            "activate_rule_set");
}

}  // namespace
}  // namespace strowger::runtime
