#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "services/runtime/executor.h"
#include "tests/unit/services/runtime/support.h"

namespace strowger::runtime {
namespace {

using routing::kSecond;
using Submission = DomainExecutor::Submission;

class RecordingRead : public ReadTask {
 public:
  void OnRead(const Reading& reading) override {
    sequence = reading.sequence;
    looked.Pass();
  }
  void OnReleased() override { released.Pass(); }
  std::uint64_t sequence = 0;
  Turnstile looked;
  Turnstile released;
};

TEST(ReplyGate, NothingLeavesBeforeItIsDurable) {
  Harness harness(SyncMode::kManual);
  RecordingTask first(Contact("c1")), second(Contact("c2"));
  RecordingRead read;
  first.command.time = second.command.time = kSecond;
  harness.executor.Submit(&first);
  harness.executor.Submit(&read);
  read.looked.Await(1);  // or it would share a batch, and its wait, with the second command
  harness.executor.Submit(&second);
  while (harness.executor.figures().sequence.Get() < 2) std::this_thread::yield();
  EXPECT_EQ(first.released.passed(), 0U);
  EXPECT_EQ(read.released.passed(), 0U);
  EXPECT_EQ(harness.executor.events().last(), EventPosition{});

  harness.journal.Commit(1);
  first.released.Await(1);
  read.released.Await(1);  // it saw the first command only
  EXPECT_EQ(read.sequence, 1U);
  EXPECT_EQ(second.released.passed(), 0U);
  EXPECT_EQ(harness.executor.events().last(), (EventPosition{1, 0}));

  harness.journal.Commit();
  second.released.Await(1);
  EXPECT_EQ(harness.executor.events().last(), (EventPosition{2, 0}));
}

TEST(ReplyGate, ARepeatWaitsForItsOriginal) {
  Harness harness(SyncMode::kManual);
  RecordingTask first(Contact("c1")), repeat(Contact("c1"));
  first.command_id = repeat.command_id = "id";
  harness.executor.Submit(&first);
  harness.executor.Submit(&repeat);
  EXPECT_EQ(repeat.released.passed(), 0U);
  harness.CommitWhenAppended(1);
  repeat.released.Await(1);
  EXPECT_TRUE(repeat.receipt.repeated);
}

TEST(ReplyGate, AReadOfWhatIsDurableDoesNotWait) {
  Harness harness(SyncMode::kManual);
  RecordingTask first(Contact("c1"));
  harness.executor.Submit(&first);
  harness.CommitWhenAppended(1);
  first.released.Await(1);
  RecordingRead read;
  harness.executor.Submit(&read);
  read.released.Await(1);
}

TEST(Admission, TheLastPlacesAreForWhatEndsWork) {
  ExecutorOptions options;
  options.capacity = 8;
  Harness harness(SyncMode::kManual, nullptr, options);
  std::vector<std::unique_ptr<RecordingTask>> tasks;
  for (int i = 0; i < 8; ++i) {
    tasks.push_back(std::make_unique<RecordingTask>(Contact("c" + std::to_string(i))));
    EXPECT_EQ(harness.executor.Submit(tasks.back().get()),
              i < 7 ? Submission::kAccepted : Submission::kFull);
  }
  RecordingRead read;
  EXPECT_EQ(harness.executor.Submit(&read), Submission::kFull);
  routing::CancelContact cancel;
  cancel.contact = "c1";
  RecordingTask ending(cancel), one_too_many(cancel);
  EXPECT_EQ(harness.executor.Submit(&ending), Submission::kAccepted);
  EXPECT_EQ(harness.executor.Submit(&one_too_many), Submission::kFull);
  harness.CommitWhenAppended(8);
  ending.released.Await(1);
  EXPECT_TRUE(ending.receipt.result.ok());
}

TEST(Admission, WhatNobodyWaitsForAnyMoreIsNotDone) {
  Harness harness(SyncMode::kManual);
  RecordingTask late(Contact("c1")), again(Contact("c1"));
  late.command_id = again.command_id = "id";
  late.given_up_ns = MonotonicNs() - 1;
  harness.executor.Submit(&late);
  late.released.Await(1);
  EXPECT_EQ(late.receipt.result.outcome, routing::Outcome::kShedding);
  EXPECT_EQ(late.receipt.sequence, 0U);
  EXPECT_EQ(harness.executor.figures().shed_late.Get(), 1U);
  again.given_up_ns = MonotonicNs() + routing::kMinute;
  harness.executor.Submit(&again);
  harness.CommitWhenAppended(1);
  again.released.Await(1);
  EXPECT_TRUE(again.receipt.result.ok());
  EXPECT_FALSE(again.receipt.repeated);
}

TEST(Admission, AFullDomainRefusesAtOnceAndAllOrNone) {
  ExecutorOptions options;
  options.capacity = 4;
  Harness harness(SyncMode::kManual, nullptr, options);
  std::vector<std::unique_ptr<RecordingTask>> tasks;
  for (int i = 0; i < 6; ++i) {
    tasks.push_back(std::make_unique<RecordingTask>(Contact("c" + std::to_string(i))));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(harness.executor.Submit(tasks[i].get()), Submission::kAccepted);
  }
  const std::vector<Task*> two = {tasks[3].get(), tasks[4].get()};
  EXPECT_EQ(harness.executor.Submit(two), Submission::kFull);
  EXPECT_EQ(harness.executor.Submit(tasks[3].get()), Submission::kAccepted);
  EXPECT_EQ(harness.executor.Submit(tasks[4].get()), Submission::kFull);
  EXPECT_EQ(harness.executor.figures().refused_full.load(), 3U);
  EXPECT_EQ(harness.executor.depth(), 4U);

  harness.CommitWhenAppended(4);
  tasks[3]->released.Await(1);
  while (harness.executor.depth() != 0) std::this_thread::yield();
  EXPECT_EQ(harness.executor.Submit(two), Submission::kAccepted);
  harness.CommitWhenAppended(6);
  tasks[4]->released.Await(1);
  EXPECT_EQ(tasks[4]->receipt.sequence, 6U);
}

TEST(Drain, FinishesWhatIsInAndLetsNothingMoreIn) {
  Harness harness(SyncMode::kManual);
  RecordingTask task(Contact("c1"));
  harness.executor.Submit(&task);
  std::thread drainer([&] { harness.executor.Drain(); });
  while (!harness.executor.closed()) std::this_thread::yield();
  RecordingTask late(Contact("c2"));
  EXPECT_EQ(harness.executor.Submit(&late), Submission::kClosed);
  EXPECT_EQ(task.released.passed(), 0U);
  harness.CommitWhenAppended(1);
  drainer.join();
  EXPECT_EQ(task.released.passed(), 1U);
  EXPECT_EQ(late.released.passed(), 0U);
  EXPECT_EQ(harness.executor.figures().contacts_queued.Get(), 1);
  harness.executor.Drain();
}

TEST(Drain, LeavesNoTailToACommitThread) {
  for (int round = 0; round < 10; ++round) {
    Harness harness(SyncMode::kThread);
    RecordingTask task(Contact("c1"));
    harness.executor.Submit(&task);
    harness.executor.Drain();
    EXPECT_EQ(task.released.passed(), 1U);
    EXPECT_EQ(harness.journal.durable_sequence(), 1U);
  }
}

}  // namespace
}  // namespace strowger::runtime
