#include "services/runtime/command_ids.h"

#include <string>

#include <gtest/gtest.h>

namespace strowger::runtime {
namespace {

using routing::kSecond;

Receipt At(std::uint64_t sequence) {
  Receipt receipt;
  receipt.sequence = sequence;
  return receipt;
}

// Enters an id and settles it, as a batch of one does.
bool Fresh(CommandIds& ids, const std::string& id, routing::TimeNs now, std::uint64_t sequence) {
  const CommandIds::Admitted admitted = ids.Admit(id, now);
  if (!admitted.repeated) ids.Settle(admitted.ticket, At(sequence));
  return !admitted.repeated;
}

TEST(CommandIds, ARepeatGetsTheFirstOutcome) {
  CommandIds ids(8, 10 * kSecond);
  EXPECT_TRUE(Fresh(ids, "a", 1, 7));
  const CommandIds::Admitted again = ids.Admit("a", 2);
  ASSERT_TRUE(again.repeated);
  ASSERT_NE(again.outcome, nullptr);
  EXPECT_EQ(again.outcome->sequence, 7U);
  EXPECT_TRUE(Fresh(ids, "b", 2, 8));
  EXPECT_TRUE(Fresh(ids, "", 2, 9));
}

TEST(CommandIds, OneThatIsNotSettledYetIsFoundByItsTicket) {
  CommandIds ids(8, 10 * kSecond);
  const CommandIds::Admitted first = ids.Admit("a", 1);
  const CommandIds::Admitted second = ids.Admit("a", 1);
  ASSERT_TRUE(second.repeated);
  EXPECT_EQ(second.outcome, nullptr);
  EXPECT_EQ(ids.Find(second.ticket), nullptr);
  ids.Settle(first.ticket, At(3));
  ASSERT_NE(ids.Find(second.ticket), nullptr);
  EXPECT_EQ(ids.Find(second.ticket)->sequence, 3U);
}

TEST(CommandIds, TheOldestMakeRoom) {
  CommandIds ids(3, 1000 * kSecond);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Fresh(ids, std::to_string(i), i, 1));
  EXPECT_FALSE(Fresh(ids, "0", 3, 1));
  EXPECT_TRUE(Fresh(ids, "3", 3, 1));
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_FALSE(Fresh(ids, "1", 3, 1));
  EXPECT_TRUE(Fresh(ids, "0", 3, 1));  // it was the oldest
  EXPECT_TRUE(Fresh(ids, "1", 3, 1));  // and then this
}

TEST(CommandIds, TheWindowEndsExactly) {
  CommandIds ids(8, 10 * kSecond);
  EXPECT_TRUE(Fresh(ids, "a", 1 * kSecond, 1));
  EXPECT_FALSE(Fresh(ids, "a", 11 * kSecond - 1, 2));
  EXPECT_TRUE(Fresh(ids, "a", 11 * kSecond, 3));
  EXPECT_EQ(ids.Admit("a", 12 * kSecond).outcome->sequence, 3U);
  EXPECT_EQ(ids.size(), 1U);
}

TEST(CommandIds, WithdrawnIsAsIfNeverEntered) {
  CommandIds ids(8, 10 * kSecond);
  EXPECT_TRUE(Fresh(ids, "a", 1, 1));
  const CommandIds::Admitted b = ids.Admit("b", 1);
  ids.WithdrawNewest();
  EXPECT_EQ(ids.Find(b.ticket), nullptr);
  EXPECT_TRUE(Fresh(ids, "b", 1, 2));
  EXPECT_FALSE(Fresh(ids, "a", 1, 3));
}

TEST(CommandIds, ManyTimesRoundTheRingAndPastOneBlock) {
  constexpr std::uint32_t kCapacity = 3000;
  CommandIds ids(kCapacity, 1'000'000 * kSecond);
  for (std::uint64_t i = 0; i < 4 * kCapacity; ++i) {
    ASSERT_TRUE(Fresh(ids, "id-" + std::to_string(i), 1, i));
    const std::uint64_t oldest = i < kCapacity ? 0 : i - kCapacity + 1;
    const CommandIds::Admitted found = ids.Admit("id-" + std::to_string(oldest), 1);
    ASSERT_TRUE(found.repeated) << i;
    ASSERT_EQ(found.outcome->sequence, oldest);
  }
  EXPECT_EQ(ids.size(), kCapacity);
}

// A checkpoint keeps what is settled, in the order in which it will have to make room.
TEST(CommandIds, WhatIsVisitedMakesTheSameTableAgain) {
  CommandIds ids(3, 1000 * kSecond);
  for (int i = 0; i < 5; ++i) Fresh(ids, std::to_string(i), i, static_cast<std::uint64_t>(i));
  ids.Admit("open", 5);  // makes the oldest go, and is not settled itself
  CommandIds again(3, 1000 * kSecond);
  std::string visited;
  ids.ForEach([&](const Remembered& remembered) {
    visited += remembered.command_id;
    const CommandIds::Admitted admitted = again.Admit(remembered.command_id, 5);
    again.Settle(admitted.ticket, remembered.receipt);
  });
  EXPECT_EQ(visited, "34");
  EXPECT_EQ(again.Admit("4", 6).outcome->sequence, 4U);
  EXPECT_FALSE(again.Admit("2", 6).repeated);
}

}  // namespace
}  // namespace strowger::runtime
