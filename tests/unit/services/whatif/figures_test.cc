#include "services/whatif/figures.h"

#include "gtest/gtest.h"

namespace strowger::whatif {
namespace {

using routing::EndReason;
using routing::Event;
using routing::EventType;
using routing::kSecond;

Event EventOf(EventType type, routing::TimeNs time, std::string_view queue) {
  Event event;
  event.type = type;
  event.time = time;
  event.contact = "c1";
  event.queue = queue;
  return event;
}

TEST(Figures, MeanAndPercentiles) {
  EXPECT_EQ(MeanOf({}), 0);
  EXPECT_EQ(MeanOf({1, 2, 6}), 3);
  EXPECT_EQ(PercentileOf({}, 90), 0);
  EXPECT_EQ(PercentileOf({10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 90), 9);
  EXPECT_EQ(PercentileOf({10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 50), 5);
  EXPECT_EQ(PercentileOf({3, 1, 2}, 100), 3);
}

TEST(Figures, WhoeverGaveUpWasNotAnsweredInTime) {
  QueueFigures figures;
  EXPECT_EQ(figures.ServiceLevel(), 1);
  figures.answered = 3;
  figures.in_time = 3;
  figures.abandoned = 1;
  EXPECT_EQ(figures.ServiceLevel(), 0.75);
}

TEST(Figures, AContactOnItsWay) {
  Tally tally(0);
  Event queued = EventOf(EventType::kQueued, 1, "front");
  queued.text = "r1";
  queued.entered = true;
  tally.Add(queued, 0);
  Event over = EventOf(EventType::kOverflowed, 2, "front");
  over.to_queue = "back";
  over.entered = true;
  tally.Add(over, 0);
  Event assigned = EventOf(EventType::kAssigned, 3, "back");
  assigned.agent = "ann";
  assigned.duration = 2 * kSecond;
  assigned.in_time = true;
  tally.Add(assigned, 0);
  Event ended = EventOf(EventType::kEnded, 4, "back");
  ended.reason = EndReason::kCompleted;
  ended.duration = 60 * kSecond;
  tally.Add(ended, 0);

  EXPECT_EQ(tally.queues().at("front").came, 1U);
  EXPECT_EQ(tally.queues().at("front").answered, 0U);
  EXPECT_EQ(tally.queues().at("back").came, 1U);
  EXPECT_EQ(tally.queues().at("back").in_time, 1U);
  EXPECT_EQ(tally.queues().at("back").services, std::vector<routing::DurationNs>{60 * kSecond});
  const Outcome& outcome = tally.outcomes().at(0);
  EXPECT_EQ(tally.name(outcome.rule), "r1");
  EXPECT_EQ(tally.name(outcome.queue), "back");
  EXPECT_EQ(tally.name(outcome.agent), "ann");
  EXPECT_TRUE(outcome.answered);
  EXPECT_EQ(outcome.wait, 2 * kSecond);
  EXPECT_EQ(outcome.reason, EndReason::kCompleted);
}

TEST(Figures, WhatCameBeforeCountsNowhere) {
  Tally tally(10);
  Event gone = EventOf(EventType::kEnded, 9, "front");
  gone.reason = EndReason::kAbandoned;
  tally.Add(gone, 0);
  EXPECT_TRUE(tally.queues().empty());
  EXPECT_TRUE(tally.outcomes().empty());
  gone.time = 10;
  tally.Add(gone, 1);
  EXPECT_EQ(tally.queues().at("front").abandoned, 1U);
  EXPECT_FALSE(tally.outcomes().at(1).answered);
}

}  // namespace
}  // namespace strowger::whatif
