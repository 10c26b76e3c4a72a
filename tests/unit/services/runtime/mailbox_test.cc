#include "services/runtime/mailbox.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace strowger::runtime {
namespace {

struct Item : MailboxNode {
  int producer = 0;
  int number = 0;
};

std::vector<int> Numbers(MailboxNode* node) {
  std::vector<int> numbers;
  for (; node != nullptr; node = node->next) numbers.push_back(static_cast<Item*>(node)->number);
  return numbers;
}

TEST(Mailbox, TheFirstPushMakesTheWriter) {
  Mailbox mailbox;
  Item first, second;
  EXPECT_TRUE(mailbox.idle());
  EXPECT_TRUE(mailbox.Push(&first));
  EXPECT_FALSE(mailbox.Push(&second));
  EXPECT_FALSE(mailbox.idle());
}

TEST(Mailbox, TakesInTheOrderOfArrival) {
  Mailbox mailbox;
  Item items[5];
  for (int i = 0; i < 5; ++i) items[i].number = i;
  EXPECT_TRUE(mailbox.Push(&items[0]));
  // A chain goes in newest first and comes out as one.
  items[3].next = &items[2];
  items[2].next = &items[1];
  EXPECT_FALSE(mailbox.Push(&items[3], &items[1]));
  EXPECT_FALSE(mailbox.Push(&items[4]));
  EXPECT_EQ(Numbers(mailbox.TakeAll()), (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(mailbox.TakeAll(), nullptr);
}

TEST(Mailbox, OwnershipIsGivenUpOnlyWhenNothingWaits) {
  Mailbox mailbox;
  Item first, second;
  ASSERT_TRUE(mailbox.Push(&first));
  EXPECT_FALSE(mailbox.TryRelease());
  mailbox.TakeAll();
  EXPECT_FALSE(mailbox.Push(&second));
  EXPECT_FALSE(mailbox.TryRelease());
  mailbox.TakeAll();
  EXPECT_TRUE(mailbox.TryRelease());
  EXPECT_TRUE(mailbox.idle());
  EXPECT_TRUE(mailbox.Push(&first));
}

TEST(Admission, FullAndClosedAreAnswers) {
  Admission admission(3);
  EXPECT_EQ(admission.Enter(2), Admission::Answer::kAdmitted);
  EXPECT_EQ(admission.Enter(2), Admission::Answer::kFull);
  EXPECT_EQ(admission.Enter(1), Admission::Answer::kAdmitted);
  EXPECT_EQ(admission.Enter(1), Admission::Answer::kFull);
  EXPECT_EQ(admission.inside(), 3U);
  admission.Leave(1);
  EXPECT_EQ(admission.Enter(1), Admission::Answer::kAdmitted);
  admission.Close();
  EXPECT_EQ(admission.Enter(1), Admission::Answer::kClosed);
  admission.Leave(3);
  admission.AwaitEmpty();
  EXPECT_EQ(admission.inside(), 0U);
}

TEST(Admission, NeverLetsMoreInThanThereIsRoomFor) {
  Admission admission(2);
  std::atomic<int> inside{0};
  std::atomic<bool> overfull{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        if (admission.Enter(1) != Admission::Answer::kAdmitted) continue;
        if (inside.fetch_add(1) >= 2) overfull = true;
        inside.fetch_sub(1);
        admission.Leave(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(overfull);
  EXPECT_EQ(admission.inside(), 0U);
}

// The forbidden outcomes, hunted for: two writers at once, an item lost or run twice, a producer's
// items out of order, an item left behind while nobody owns the mailbox. What the writers share is
// plain memory, so that a thread sanitizer sees a missing release or acquire.
TEST(Mailbox, ForbiddenOutcomesDoNotOccur) {
  constexpr int kProducers = 4;
  constexpr int kItems = 20'000;
  Mailbox mailbox;
  std::vector<std::vector<Item>> items(kProducers, std::vector<Item>(kItems));
  std::vector<int> next(kProducers, 0);  // the writer's
  int run = 0;                           // the writer's
  bool disorder = false;                 // the writer's
  std::atomic<int> writers{0};
  std::atomic<bool> two_writers{false};

  const auto write = [&] {
    if (writers.fetch_add(1, std::memory_order_relaxed) != 0) two_writers = true;
    for (;;) {
      for (MailboxNode* node = mailbox.TakeAll(); node != nullptr;) {
        const Item& item = *static_cast<Item*>(node);
        node = node->next;
        if (item.number != next[static_cast<std::size_t>(item.producer)]++) disorder = true;
        ++run;
      }
      writers.fetch_sub(1, std::memory_order_relaxed);
      if (mailbox.TryRelease()) return;
      writers.fetch_add(1, std::memory_order_relaxed);
    }
  };
  std::vector<std::thread> threads;
  for (int producer = 0; producer < kProducers; ++producer) {
    threads.emplace_back([&, producer] {
      for (int number = 0; number < kItems; ++number) {
        Item& item = items[static_cast<std::size_t>(producer)][static_cast<std::size_t>(number)];
        item.producer = producer;
        item.number = number;
        if (mailbox.Push(&item)) write();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(two_writers);
  EXPECT_FALSE(disorder);
  EXPECT_EQ(run, kProducers * kItems);
  EXPECT_TRUE(mailbox.idle());
}

}  // namespace
}  // namespace strowger::runtime
