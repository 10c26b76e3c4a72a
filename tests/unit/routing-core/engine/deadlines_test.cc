#include "routing-core/engine/deadlines.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

Deadline At(TimeNs time, std::uint64_t turn, DeadlineKind kind, std::uint64_t number) {
  Deadline deadline;
  deadline.time = time;
  deadline.turn = turn;
  deadline.kind = kind;
  deadline.number = number;
  return deadline;
}

TEST(Deadlines, FireByTimeThenTurnThenKindThenNumber) {
  Deadlines deadlines;
  deadlines.Set(At(20, 1, DeadlineKind::kStep, 1));
  deadlines.Set(At(10, 2, DeadlineKind::kOfferExpiry, 1));
  deadlines.Set(At(10, 1, DeadlineKind::kWaitLimit, 9));
  deadlines.Set(At(10, 1, DeadlineKind::kStep, 9));
  deadlines.Set(At(10, 1, DeadlineKind::kStep, 8));
  EXPECT_EQ(deadlines.next(), 10);
  EXPECT_EQ(deadlines.Pop().number, 8U);
  EXPECT_EQ(deadlines.Pop().kind, DeadlineKind::kStep);
  EXPECT_EQ(deadlines.Pop().kind, DeadlineKind::kWaitLimit);
  EXPECT_EQ(deadlines.Pop().turn, 2U);
  EXPECT_EQ(deadlines.Pop().time, 20);
  EXPECT_EQ(deadlines.next(), kNever);
}

TEST(Deadlines, CancelClearsTheHandle) {
  Deadlines deadlines;
  Deadlines::Handle handle = deadlines.Set(At(10, 1, DeadlineKind::kStep, 1));
  deadlines.Cancel(handle);
  EXPECT_EQ(handle, kNoSlot);
  deadlines.Cancel(handle);
  EXPECT_TRUE(deadlines.empty());
}

// Against a sorted vector, with cancellations in the middle.
TEST(Deadlines, AgreeWithASortedList) {
  std::mt19937_64 random(7);
  Deadlines deadlines;
  struct Entry {
    Deadline deadline;
    Deadlines::Handle handle;
  };
  std::vector<Entry> list;
  std::uint64_t number = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto choice = random() % 10;
    if (choice < 5) {
      const Deadline deadline = At(static_cast<TimeNs>(random() % 100), random() % 3,
                                   static_cast<DeadlineKind>(random() % 9), ++number);
      list.push_back({deadline, deadlines.Set(deadline)});
    } else if (choice < 7 && !list.empty()) {
      const std::size_t at = random() % list.size();
      deadlines.Cancel(list[at].handle);
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (!list.empty()) {
      const auto first = std::min_element(
          list.begin(), list.end(),
          [](const Entry& a, const Entry& b) { return a.deadline.Before(b.deadline); });
      ASSERT_EQ(deadlines.Pop().number, first->deadline.number);
      list.erase(first);
    }
    ASSERT_EQ(deadlines.size(), list.size());
  }
}

}  // namespace
}  // namespace strowger::routing
