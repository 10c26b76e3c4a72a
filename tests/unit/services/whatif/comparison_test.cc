#include "services/whatif/comparison.h"

#include <memory>

#include "gtest/gtest.h"
#include "tests/unit/services/whatif/recorded_day.h"

namespace strowger::whatif {
namespace {

using routing::SimpleRules;

TEST(Comparison, TellsWhoMovesAndWhoWaits) {
  const std::vector<routing::QueueSettings> queues = {routing::Queue("front"),
                                                      routing::Queue("back")};
  const auto base = std::make_shared<SimpleRules>(queues, "base");
  const auto moving = std::make_shared<SimpleRules>(queues, "moving");
  routing::Overflow overflow;
  overflow.id = "over";
  overflow.to.queue = "back";
  moving->plan("front").overflow.push_back(overflow);
  RecordedDay day(base, {}, {"front", "back"}, 3);
  day.StartRecording(kMorning + routing::kHour);
  day.Run(5 * routing::kHour);
  const Recording recording = day.TakeRecording();
  KnownRules source({base, moving});
  const auto one = Play(recording, base, source, nullptr);
  const auto other = Play(recording, moving, source, nullptr);
  ASSERT_TRUE(one.ok() && other.ok());

  const Comparison same = Compare(recording, *one, *one);
  EXPECT_EQ(same.other_queue + same.other_agent + same.other_rule + same.sooner + same.later, 0U);
  EXPECT_TRUE(same.moves.empty());

  const Comparison comparison = Compare(recording, *one, *other);
  EXPECT_EQ(comparison.begin, kMorning + routing::kHour);
  EXPECT_NEAR(static_cast<double>(comparison.contacts), 4 * 180, 100);
  EXPECT_EQ(comparison.all.recorded.came, comparison.contacts);
  EXPECT_GT(comparison.other_queue, comparison.contacts / 4);
  ASSERT_EQ(comparison.moves.size(), 1U);
  EXPECT_EQ(comparison.moves.front().from, "front");
  EXPECT_EQ(comparison.moves.front().to, "back");
  EXPECT_EQ(comparison.moves.front().contacts, comparison.other_queue);
  EXPECT_EQ(comparison.moves.front().examples.size(), kMostExamples);
  EXPECT_EQ(comparison.queues.at("front").recorded.answered,
            comparison.queues.at("front").base.answered);
  EXPECT_GT(comparison.queues.at("back").candidate.answered,
            comparison.queues.at("back").base.answered);
}

}  // namespace
}  // namespace strowger::whatif
