#include "services/runtime/sessions.h"

#include <gtest/gtest.h>

namespace strowger::runtime {
namespace {

using Answer = Session::Answer;

Receipt At(std::uint64_t sequence) {
  Receipt receipt;
  receipt.sequence = sequence;
  return receipt;
}

void TakeAndSettle(Session& session, std::uint64_t number) {
  ASSERT_EQ(session.Take(number), Answer::kTaken);
  session.Settle(number, At(100 + number));
}

TEST(Session, NumbersGoUpByOne) {
  Session session("s", 4);
  EXPECT_EQ(session.Take(2), Answer::kGap);
  EXPECT_EQ(session.Take(0), Answer::kForgotten);
  TakeAndSettle(session, 1);
  EXPECT_EQ(session.Take(1), Answer::kRepeat);
  EXPECT_EQ(session.Outcome(1).sequence, 101U);
  EXPECT_EQ(session.Take(3), Answer::kGap);
  TakeAndSettle(session, 2);
  EXPECT_EQ(session.highest(), 2U);
}

TEST(Session, TheLastOutcomesAreKept) {
  Session session("s", 3);
  for (std::uint64_t number = 1; number <= 8; ++number) TakeAndSettle(session, number);
  EXPECT_EQ(session.Take(5), Answer::kForgotten);
  EXPECT_EQ(session.Take(6), Answer::kRepeat);
  const std::vector<Receipt> kept = session.Outcomes();
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0].sequence, 106U);
  EXPECT_EQ(kept[2].sequence, 108U);
  EXPECT_TRUE(kept[1].repeated);
}

TEST(Session, AShedNumberIsFreeAgainAndWhatFollowsItIsShed) {
  Session session("s", 2);
  for (std::uint64_t number = 1; number <= 5; ++number) TakeAndSettle(session, number);
  ASSERT_EQ(session.Take(6), Answer::kTaken);
  ASSERT_EQ(session.Take(7), Answer::kTaken);
  session.GiveBackHighest();
  session.GiveBackHighest();
  EXPECT_EQ(session.highest(), 5U);
  EXPECT_EQ(session.Take(8), Answer::kShed);
  EXPECT_EQ(session.Outcome(4).sequence, 104U);  // still kept
  TakeAndSettle(session, 6);
  EXPECT_EQ(session.Take(8), Answer::kGap);  // no longer shedding
}

TEST(Session, GivingBackTheFirstLeavesNothing) {
  Session session("s", 2);
  ASSERT_EQ(session.Take(1), Answer::kTaken);
  session.GiveBackHighest();
  EXPECT_TRUE(session.Outcomes().empty());
  TakeAndSettle(session, 1);
}

class CountingOwner : public SessionOwner {
 public:
  void OnTakenOver() override { ++taken_over; }
  int taken_over = 0;
};

TEST(SessionTable, OpeningAgainTakesOver) {
  SessionTable table(4, 16);
  CountingOwner first, second;
  Session* const session = table.Open("s", &first);
  const std::uint64_t epoch = session->epoch();
  EXPECT_EQ(table.Open("s", &second), session);
  EXPECT_EQ(first.taken_over, 1);
  EXPECT_NE(session->epoch(), epoch);
  table.Close(session, epoch);  // the former one letting go does not disturb the latter
  EXPECT_EQ(table.Open("s", nullptr), session);
  EXPECT_EQ(second.taken_over, 1);
}

TEST(SessionTable, TheOneClosedLongestAgoMakesRoom) {
  SessionTable table(2, 16);
  Session* const a = table.Open("a", nullptr);
  Session* const b = table.Open("b", nullptr);
  TakeAndSettle(*a, 1);
  TakeAndSettle(*b, 1);
  EXPECT_EQ(table.Open("c", nullptr), nullptr);
  table.Close(b, b->epoch());
  table.Close(a, a->epoch());
  ASSERT_NE(table.Open("c", nullptr), nullptr);
  EXPECT_EQ(table.Open("a", nullptr)->highest(), 1U);  // remembered
  EXPECT_EQ(table.Open("b", nullptr), nullptr);        // forgotten, and no room now
}

// A checkpoint keeps the outcomes that may still be asked for, and which session is to go first.
TEST(SessionTable, WhatIsVisitedMakesTheSameTableAgain) {
  SessionTable table(2, 3);
  Session* const a = table.Open("a", nullptr);
  Session* const b = table.Open("b", nullptr);
  for (std::uint64_t number = 1; number <= 5; ++number) TakeAndSettle(*a, number);
  TakeAndSettle(*b, 1);
  table.Close(b, b->epoch());
  table.Close(a, a->epoch());

  SessionTable again(2, 3);
  table.ForEach([&](const Remembered& remembered) {
    again.Restore(remembered.session_id, remembered.number, remembered.receipt);
  });
  Session* const same = again.Open("a", nullptr);
  EXPECT_EQ(same->highest(), 5U);
  EXPECT_EQ(same->Take(2), Answer::kForgotten);
  EXPECT_EQ(same->Take(3), Answer::kRepeat);
  EXPECT_EQ(same->Outcome(3).sequence, 103U);
  ASSERT_NE(again.Open("c", nullptr), nullptr) << "b was used before a, and makes room";
  EXPECT_EQ(again.Open("b", nullptr), nullptr);
}

}  // namespace
}  // namespace strowger::runtime
