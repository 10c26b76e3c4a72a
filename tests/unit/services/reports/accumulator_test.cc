#include "services/reports/accumulator.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/model/command_generator.h"

namespace strowger::reports {
namespace {

using routing::AgentState;
using routing::Event;
using routing::EventType;
using routing::kMinute;
using routing::kSecond;
using routing::TimeNs;

// 2026-03-30T09:00:00Z, the begin of a quarter hour.
constexpr TimeNs kNine = TimeNs{1'774'861'200} * kSecond;

class AccumulatorTest : public testing::Test {
 protected:
  AccumulatorTest() : accumulator_(5 * kSecond) {
    const routing::Router router(model::CommandGenerator::limits(),
                                 model::CommandGenerator(1).first_rule_set());
    accumulator_.Begin(router, {0, kNine, kNine});
  }

  Event& Happens(TimeNs after, EventType type) {
    event_ = {};
    event_.type = type;
    event_.sequence = ++sequence_;
    event_.time = kNine + after;
    return event_;
  }
  void OfAnn(TimeNs after, EventType type, AgentState state = AgentState::kReady) {
    Event& event = Happens(after, type);
    event.agent = "ann";
    event.state = state;
    event.offer = 1;
    accumulator_.Add(event);
  }
  // By quarter, since nine o'clock.
  std::map<std::int64_t, AgentRow> RowsOfAnn() {
    std::map<std::int64_t, AgentRow> rows;
    for (const KeptRow& row : accumulator_.TakeChanged()) {
      if (row.name != "ann" || row.subject != Subject::kAgents) continue;
      EXPECT_TRUE(Decode(row.bytes, rows[row.quarter - QuarterOf(kNine)]));
    }
    return rows;
  }

  Accumulator accumulator_;
  Event event_;
  std::uint64_t sequence_ = 0;
};

TEST_F(AccumulatorTest, TimeLoggedInIsSplitAndNothingOfItIsLost) {
  OfAnn(1 * kMinute, EventType::kAgentState);
  OfAnn(3 * kMinute, EventType::kOffered);
  OfAnn(4 * kMinute, EventType::kAssigned);
  OfAnn(9 * kMinute, EventType::kEnded);
  OfAnn(9 * kMinute, EventType::kWrapUp);
  OfAnn(11 * kMinute, EventType::kWrapUpEnded);
  OfAnn(12 * kMinute, EventType::kAgentState, AgentState::kNotReady);
  OfAnn(14 * kMinute, EventType::kAgentState, AgentState::kOffline);
  accumulator_.PassTime(kNine + 20 * kMinute);
  const auto rows = RowsOfAnn();
  ASSERT_EQ(rows.size(), 1U);
  const AgentRow& row = rows.at(0);
  EXPECT_EQ(row.in_free, 3 * kMinute);  // two before the offer, one after the wrap-up
  EXPECT_EQ(row.in_reserved, 1 * kMinute);
  EXPECT_EQ(row.in_handling, 5 * kMinute);
  EXPECT_EQ(row.in_wrap_up, 2 * kMinute);
  EXPECT_EQ(row.in_not_ready, 2 * kMinute);
  EXPECT_EQ(row.logged_in(), 13 * kMinute);
  EXPECT_EQ(row.handled, 1);
}

TEST_F(AccumulatorTest, TimeGoesToTheQuarterHourThatItIsOf) {
  OfAnn(10 * kMinute, EventType::kAgentState);
  accumulator_.PassTime(kNine + 50 * kMinute);
  const auto rows = RowsOfAnn();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows.at(0).in_free, 5 * kMinute);
  EXPECT_EQ(rows.at(1).in_free, 15 * kMinute);
  EXPECT_EQ(rows.at(2).in_free, 15 * kMinute);
  EXPECT_EQ(rows.at(3).in_free, 5 * kMinute);
}

// Forced to go with an offer open and a contact in hand: the offer is withdrawn afterwards.
TEST_F(AccumulatorTest, WhoIsForcedToGoComesBackWithNothingInHand) {
  OfAnn(0, EventType::kAgentState);
  OfAnn(0, EventType::kOffered);
  OfAnn(0, EventType::kAssigned);
  OfAnn(0, EventType::kOffered);
  OfAnn(1 * kMinute, EventType::kAgentState, AgentState::kOffline);
  OfAnn(1 * kMinute, EventType::kRescinded);
  OfAnn(2 * kMinute, EventType::kAgentState);
  OfAnn(5 * kMinute, EventType::kOffered);
  accumulator_.PassTime(kNine + 6 * kMinute);
  const AgentRow row = RowsOfAnn().at(0);
  EXPECT_EQ(row.in_handling, 1 * kMinute);
  EXPECT_EQ(row.in_free, 3 * kMinute);
  EXPECT_EQ(row.in_reserved, 1 * kMinute);
}

TEST_F(AccumulatorTest, AShortAbandonmentIsOneBelowTheLimit) {
  for (const TimeNs wait : {5 * kSecond - 1, 5 * kSecond}) {
    Event& event = Happens(wait, EventType::kEnded);
    event.queue = "billing";
    event.reason = routing::EndReason::kAbandoned;
    event.duration = wait;
    accumulator_.Add(event);
  }
  const auto rows = accumulator_.TakeChanged();
  ASSERT_EQ(rows.size(), 1U);
  QueueRow row;
  ASSERT_TRUE(Decode(rows[0].bytes, row));
  EXPECT_EQ(row.abandoned(), 2);
  EXPECT_EQ(row.short_abandoned, 1);
  EXPECT_EQ(row.longest_wait, 5 * kSecond);
}

TEST_F(AccumulatorTest, AContactEntersTheQueueThatItGoesTo) {
  Event& event = Happens(0, EventType::kOverflowed);
  event.queue = "billing";
  event.to_queue = "sales";
  event.entered = true;
  accumulator_.Add(event);
  std::map<std::string, QueueRow> rows;
  for (const KeptRow& row : accumulator_.TakeChanged()) Decode(row.bytes, rows[row.name]);
  EXPECT_EQ(rows["billing"].queued, 0);
  EXPECT_EQ(rows["billing"].overflowed, 1);
  EXPECT_EQ(rows["sales"].queued, 1);
}

TEST_F(AccumulatorTest, AfterALongSilenceNobodyCountsAsHavingBeenThere) {
  OfAnn(0, EventType::kAgentState);
  OfAnn(3 * routing::kDay, EventType::kOffered);
  accumulator_.PassTime(kNine + 3 * routing::kDay + kMinute);
  routing::DurationNs sum = 0;
  for (const auto& [quarter, row] : RowsOfAnn()) sum += row.logged_in();
  EXPECT_EQ(sum, kMinute);
}

TEST_F(AccumulatorTest, OnlyWhatHasChangedIsHandedOut) {
  OfAnn(0, EventType::kAgentState);
  accumulator_.PassTime(kNine + kMinute);
  EXPECT_EQ(accumulator_.TakeChanged().size(), 1U);
  EXPECT_TRUE(accumulator_.TakeChanged().empty());
}

}  // namespace
}  // namespace strowger::reports
