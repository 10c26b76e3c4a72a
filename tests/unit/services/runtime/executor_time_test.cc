#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "services/runtime/executor.h"
#include "tests/unit/services/runtime/support.h"

namespace strowger::runtime {
namespace {

using routing::kMillisecond;
using routing::kSecond;

std::vector<std::string> EventsSoFar(DomainExecutor& executor) {
  std::vector<EventSlice> slices;
  executor.events().Read({0, 0}, 1000, slices);
  std::vector<std::string> names;
  for (const EventSlice& slice : slices) {
    for (const routing::Event& event : slice.events) {
      names.push_back(std::string(Name(event.type)) + " " + std::string(event.contact));
    }
  }
  return names;
}

TEST(VirtualTime, IsWhatTheCommandsSay) {
  Harness harness;
  EXPECT_EQ(ApplyAndWait(harness.executor, Contact("c1"), {}, 10 * kSecond).receipt.time,
            10 * kSecond);
  EXPECT_TRUE(harness.executor.virtual_time());
}

TEST(VirtualTime, NeverRunsBackwards) {
  Harness harness;
  ApplyAndWait(harness.executor, Contact("c1"), {}, 10 * kSecond);
  EXPECT_EQ(ApplyAndWait(harness.executor, Contact("c2"), {}, 4 * kSecond).receipt.time,
            10 * kSecond);
  EXPECT_EQ(ApplyAndWait(harness.executor, Contact("c3"), {}, routing::kNever).receipt.time,
            routing::kLatestTime);
}

TEST(VirtualTime, DeadlinesFireWithTheNextCommand) {
  Harness harness;
  ApplyAndWait(harness.executor, ImpatientContact("c1", 5 * kSecond), {}, 10 * kSecond);
  EXPECT_EQ(harness.Sequence(), 1U);  // however much real time passes
  const Answer tick = ApplyAndWait(harness.executor, routing::Tick{}, {}, 20 * kSecond);
  ASSERT_EQ(tick.events.events.size(), 1U);
  EXPECT_EQ(tick.events.events[0].type, routing::EventType::kEnded);
  EXPECT_EQ(tick.events.events[0].time, 15 * kSecond);
}

TEST(ClockTime, IsHeldWhereTheClockStepsBack) {
  ManualClock clock(100 * kSecond);
  Harness harness(SyncMode::kNone, &clock);
  EXPECT_EQ(ApplyAndWait(harness.executor, Contact("c1")).receipt.time, 100 * kSecond);
  clock.Set(50 * kSecond);
  EXPECT_EQ(ApplyAndWait(harness.executor, Contact("c2")).receipt.time, 100 * kSecond + 1);
  clock.Set(101 * kSecond);
  EXPECT_EQ(ApplyAndWait(harness.executor, Contact("c3")).receipt.time, 101 * kSecond);
}

TEST(ClockTime, CommandsOfOneBatchHaveEachAnInstantOfTheirOwn) {
  ManualClock clock(100 * kSecond);
  Harness harness(SyncMode::kNone, &clock);
  RecordingTask first;
  RecordingTask second;
  ASSERT_EQ(harness.executor.Submit({&first, &second}), DomainExecutor::Submission::kAccepted);
  first.released.Await(1);
  second.released.Await(1);
  EXPECT_EQ(first.receipt.time, 100 * kSecond);
  EXPECT_EQ(second.receipt.time, 100 * kSecond + 1);
}

TEST(ClockTime, AReadComesAfterTheDeadlinesThatAreDue) {
  ManualClock clock(100 * kSecond);
  Harness harness(SyncMode::kNone, &clock);
  ApplyAndWait(harness.executor, ImpatientContact("c1", 500 * kSecond));
  clock.Set(599 * kSecond);
  EXPECT_EQ(harness.Sequence(), 1U);  // nothing is due: no tick, no trace
  clock.Set(600 * kSecond);
  EXPECT_EQ(harness.Sequence(), 2U);
  EXPECT_EQ(EventsSoFar(harness.executor), (std::vector<std::string>{"queued c1", "ended c1"}));
  std::vector<std::size_t> kinds;
  harness.executor.Drain();
  ASSERT_TRUE(harness.journal
                  .Read(1,
                        [&](const journal::Record& record) {
                          kinds.push_back(record.command.body.index());
                          return true;
                        })
                  .ok());
  EXPECT_EQ(kinds, (std::vector<std::size_t>{1, 0}));  // a submit, a tick
}

TEST(ClockTime, TheAlarmBringsATickWhenNobodyCalls) {
  SystemClock clock;
  for (const SyncMode mode : {SyncMode::kNone, SyncMode::kThread}) {
    Turnstile batches;
    ExecutorOptions options;
    options.on_events = [&] { batches.Pass(); };
    Harness harness(mode, &clock, options);
    ApplyAndWait(harness.executor, ImpatientContact("later", 20 * kMillisecond));
    ApplyAndWait(harness.executor, ImpatientContact("sooner", 5 * kMillisecond));
    batches.Await(3);
    while (EventsSoFar(harness.executor).size() < 4) std::this_thread::yield();
    const std::vector<std::string> events = EventsSoFar(harness.executor);
    EXPECT_EQ(std::count(events.begin(), events.end(), "ended sooner"), 1);
    EXPECT_EQ(std::count(events.begin(), events.end(), "ended later"), 1);
  }
}

TEST(ClockTime, ATickThatCannotBeAppendedIsTriedAgain) {
  SystemClock clock;
  Turnstile batches;
  ExecutorOptions options;
  options.on_events = [&] { batches.Pass(); };
  Harness harness(SyncMode::kNone, &clock, options);
  // Changes the journal in the writer's turn: no other thread looks at it.
  class Refusal : public ReadTask {
   public:
    Refusal(RefusingJournal& journal, bool refusing) : journal_(journal), refusing_(refusing) {}
    void OnRead(const Reading&) override { journal_.refusing = refusing_; }
    void OnReleased() override { done.Pass(); }
    Turnstile done;

   private:
    RefusingJournal& journal_;
    const bool refusing_;
  };
  RecordingTask contact(ImpatientContact("c1", 10 * kMillisecond));
  Refusal start(harness.journal, true);
  const std::vector<Task*> batch = {&contact, &start};  // one batch: no tick comes between
  harness.executor.Submit(batch);
  start.done.Await(1);
  while (harness.executor.figures().refused_appends.Get() == 0) std::this_thread::yield();
  Refusal stop(harness.journal, false);
  harness.executor.Submit(&stop);
  stop.done.Await(1);
  batches.Await(2);  // the end comes all the same
}

TEST(ClockTime, APastWithDeadlinesIsTakenUpAtStart) {
  auto router = MakeRouter();
  routing::EventBuffer buffer;
  router->Apply({1, kSecond, ImpatientContact("old", kSecond)}, buffer);
  journal::MemoryJournalOptions journal_options;
  journal_options.first_sequence = 2;
  journal::MemoryJournal journal(journal_options);
  SystemClock clock;
  Turnstile batches;
  ExecutorOptions options;
  options.on_events = [&] { batches.Pass(); };
  DomainExecutor executor(options, std::move(router), journal, &clock);
  batches.Await(1);
  executor.Drain();
  EXPECT_EQ(EventsSoFar(executor), (std::vector<std::string>{"ended old"}));
}

}  // namespace
}  // namespace strowger::runtime
