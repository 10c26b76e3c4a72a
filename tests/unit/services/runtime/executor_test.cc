#include "services/runtime/executor.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "services/runtime/domains.h"
#include "tests/unit/services/runtime/support.h"

namespace strowger::runtime {
namespace {

using routing::kSecond;
using routing::Outcome;
using Submission = DomainExecutor::Submission;

std::vector<Task*> Pointers(std::vector<std::unique_ptr<RecordingTask>>& tasks) {
  std::vector<Task*> pointers;
  for (const auto& task : tasks) pointers.push_back(task.get());
  return pointers;
}

TEST(Executor, ACommandIsStampedAppliedAndReleased) {
  Harness harness;
  RecordingTask task(Contact("c1"));
  task.command.time = 5 * kSecond;
  ASSERT_EQ(harness.executor.Submit(&task), Submission::kAccepted);
  task.released.Await(1);
  EXPECT_TRUE(task.receipt.result.ok());
  EXPECT_EQ(task.receipt.sequence, 1U);
  EXPECT_EQ(task.receipt.time, 5 * kSecond);
  EXPECT_FALSE(task.receipt.repeated);
  EXPECT_EQ(task.applied, 1);
  EXPECT_EQ(task.events_applied, 1U);
  EXPECT_EQ(task.events, (std::vector<std::string>{"queued c1"}));
  EXPECT_EQ(harness.executor.events().last(), (EventPosition{1, 0}));
}

TEST(Executor, ABatchIsReleasedInOrderEachWithItsOwnEvents) {
  Harness harness;
  std::vector<RecordingTask*> order;
  std::vector<std::unique_ptr<RecordingTask>> tasks;
  for (int i = 0; i < 600; ++i) {
    tasks.push_back(std::make_unique<RecordingTask>(Contact("c" + std::to_string(i))));
    tasks.back()->order = &order;
  }
  ASSERT_EQ(harness.executor.Submit(Pointers(tasks)), Submission::kAccepted);
  tasks.back()->released.Await(1);
  ASSERT_EQ(order.size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_EQ(order[i], tasks[i].get());
    EXPECT_EQ(tasks[i]->receipt.sequence, i + 1);
    EXPECT_EQ(tasks[i]->events, (std::vector<std::string>{"queued c" + std::to_string(i)}));
  }
}

TEST(Executor, ARefusedCommandIsJournaled) {
  Harness harness;
  ApplyAndWait(harness.executor, Contact("c1"), {}, kSecond);
  const Answer refused = ApplyAndWait(harness.executor, Contact("c1"), {}, kSecond);
  EXPECT_EQ(refused.receipt.result.outcome, Outcome::kAlreadyExists);
  EXPECT_EQ(refused.receipt.sequence, 2U);
  EXPECT_TRUE(refused.events.events.empty());
  EXPECT_EQ(harness.journal.durable_sequence(), 2U);
}

TEST(Executor, ATaskMayBeSubmittedAgainFromItsRelease) {
  class Repeater : public CommandTask {
   public:
    explicit Repeater(DomainExecutor& executor) : executor_(executor) { Fill(); }
    void OnReleased(const Receipt& receipt, const EventSlice&) override {
      last = receipt.sequence;
      if (++count == 300) {
        done.Pass();
        return;
      }
      Fill();
      ASSERT_EQ(executor_.Submit(this), Submission::kAccepted);
    }
    int count = 0;
    std::uint64_t last = 0;
    Turnstile done;

   private:
    void Fill() { command.body = Contact("r" + std::to_string(count)); }
    DomainExecutor& executor_;
  };
  ExecutorOptions options;
  options.borrowed_tasks = 10;  // the rest on the worker
  Harness harness(SyncMode::kNone, nullptr, options);
  Repeater repeater(harness.executor);
  ASSERT_EQ(harness.executor.Submit(&repeater), Submission::kAccepted);
  repeater.done.Await(1);
  EXPECT_EQ(repeater.last, 300U);
}

TEST(Executor, AReadSeesWhatCameBeforeItAndIsNotJournaled) {
  Harness harness;
  ApplyAndWait(harness.executor, Contact("c1"), {}, kSecond);
  bool found = false;
  ASSERT_TRUE(ReadAndWait(harness.executor, [&](const Reading& reading) {
    found = reading.router.FindContact("c1").has_value();
    EXPECT_EQ(reading.sequence, 1U);
    EXPECT_EQ(reading.time, kSecond);
    EXPECT_EQ(reading.now, kSecond);
  }));
  EXPECT_TRUE(found);
  EXPECT_EQ(harness.Sequence(), 1U);
}

TEST(Executor, StampsGoOnFromThePastOfTheRouter) {
  auto router = MakeRouter();
  routing::EventBuffer events;
  router->Apply({7, 9 * kSecond, Contact("old")}, events);
  journal::MemoryJournalOptions journal_options;
  journal_options.first_sequence = 8;
  journal::MemoryJournal journal(journal_options);
  DomainExecutor executor({}, std::move(router), journal, nullptr);
  const Answer answer = ApplyAndWait(executor, Contact("new"), {}, kSecond);
  EXPECT_EQ(answer.receipt.sequence, 8U);
  EXPECT_EQ(answer.receipt.time, 9 * kSecond);
}

// What a checkpointer does: a router at some record, what was remembered there, and the records
// behind it give the domain as it is.
TEST(Executor, IsRebuiltFromTheMiddleOfItsPast) {
  journal::MemoryJournal journal;
  std::unique_ptr<DomainExecutor> middle;
  routing::StateHash hash;
  {
    DomainExecutor executor({}, MakeRouter(), journal, nullptr);
    ApplyAndWait(executor, Contact("c1"), "id-1", kSecond);
    auto rebuilt = DomainExecutor::Rebuild({}, MakeRouter(), journal, nullptr, nullptr, nullptr);
    ASSERT_TRUE(rebuilt.ok());
    middle = *std::move(rebuilt);
    ApplyAndWait(executor, Contact("c2"), "id-2", 2 * kSecond);
    executor.Drain();
    hash = executor.router().Hash();
  }
  EXPECT_NE(middle->router().Hash(), hash);
  auto router = MakeRouter();
  routing::EventBuffer events;
  router->Apply({1, kSecond, Contact("c1")}, events);
  ASSERT_EQ(router->Hash(), middle->router().Hash());
  auto end = DomainExecutor::Rebuild(
      {}, std::move(router), journal, nullptr,
      [&](const RememberedVisitor& visit) { middle->ForEachRemembered(visit); }, nullptr);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ((*end)->router().Hash(), hash);
  (*end)->Start();
  const Answer first = ApplyAndWait(**end, Contact("c1"), "id-1", 3 * kSecond);
  EXPECT_TRUE(first.receipt.repeated);
  EXPECT_EQ(first.receipt.sequence, 1U);
  const Answer second = ApplyAndWait(**end, Contact("c2"), "id-2", 3 * kSecond);
  EXPECT_TRUE(second.receipt.repeated);
  EXPECT_EQ((*end)->events().before_first().sequence, 1U) << "events of record 1 are not kept";
}

// ---- Identity -------------------------------------------------------------------------------

TEST(Executor, ARepeatIsAnsweredFromMemory) {
  Harness harness;
  ApplyAndWait(harness.executor, Contact("c1"), "id-1", kSecond);
  ApplyAndWait(harness.executor, Contact("c2"), "id-2", 2 * kSecond);
  RecordingTask repeat(Contact("c1"));
  repeat.command_id = "id-1";
  repeat.command.time = 3 * kSecond;
  harness.executor.Submit(&repeat);
  repeat.released.Await(1);
  EXPECT_TRUE(repeat.receipt.result.ok());
  EXPECT_EQ(repeat.receipt.sequence, 1U);
  EXPECT_EQ(repeat.receipt.time, kSecond);
  EXPECT_TRUE(repeat.receipt.repeated);
  EXPECT_EQ(repeat.applied, 1);  // place and predicted wait are of now
  EXPECT_TRUE(repeat.events.empty());
  EXPECT_EQ(harness.Sequence(), 2U);
  EXPECT_EQ(harness.executor.figures().repeats.Get(), 1U);
}

TEST(Executor, ARepeatInTheSameBatchIsARepeat) {
  Harness harness;
  std::vector<std::unique_ptr<RecordingTask>> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(std::make_unique<RecordingTask>(Contact("c1")));
    tasks.back()->command_id = "id-1";
  }
  harness.executor.Submit(Pointers(tasks));
  tasks.back()->released.Await(1);
  EXPECT_FALSE(tasks[0]->receipt.repeated);
  EXPECT_TRUE(tasks[1]->receipt.repeated);
  EXPECT_EQ(tasks[1]->receipt.sequence, 1U);
  EXPECT_TRUE(tasks[2]->receipt.result.ok());
  EXPECT_EQ(harness.Sequence(), 1U);
}

TEST(Executor, ARefusalIsRememberedToo) {
  Harness harness;
  ApplyAndWait(harness.executor, Cancel("nobody"), "id-1", kSecond);
  ApplyAndWait(harness.executor, Contact("nobody"), "id-2", kSecond);
  const Answer repeat = ApplyAndWait(harness.executor, Cancel("nobody"), "id-1", kSecond);
  EXPECT_EQ(repeat.receipt.result.outcome, Outcome::kUnknownContact);
  EXPECT_TRUE(repeat.receipt.repeated);
}

// ---- A journal without room -----------------------------------------------------------------

TEST(Executor, AFailedAppendRefusesTheBatchUnapplied) {
  Harness harness;
  ApplyAndWait(harness.executor, Contact("c1"), "id-1", kSecond);
  const routing::StateHash before = harness.Hash();
  harness.journal.refusing = true;
  std::vector<std::unique_ptr<RecordingTask>> tasks;
  for (const char* id : {"id-1", "id-2", "id-2", ""}) {
    tasks.push_back(std::make_unique<RecordingTask>(Contact("c" + std::to_string(tasks.size()))));
    tasks.back()->command_id = id;
  }
  harness.executor.Submit(Pointers(tasks));
  tasks.back()->released.Await(1);
  EXPECT_TRUE(tasks[0]->receipt.repeated);  // its original is safe
  EXPECT_EQ(tasks[0]->receipt.sequence, 1U);
  for (int i = 1; i < 4; ++i) {
    const auto& task = *tasks[static_cast<std::size_t>(i)];
    EXPECT_EQ(task.receipt.result.outcome, Outcome::kShedding) << i;
    EXPECT_EQ(task.receipt.sequence, 0U) << i;
    EXPECT_EQ(task.applied, 0) << i;
  }
  EXPECT_EQ(harness.Hash(), before);
  harness.journal.refusing = false;
  const Answer again = ApplyAndWait(harness.executor, Contact("c2"), "id-2", kSecond);
  EXPECT_FALSE(again.receipt.repeated);
  EXPECT_EQ(again.receipt.sequence, 2U);
}

// ---- Figures, domains -----------------------------------------------------------------------

TEST(Executor, FiguresArePublished) {
  ExecutorOptions options;
  options.figures_interval = 0;
  Harness harness(SyncMode::kNone, nullptr, options);
  ApplyAndWait(harness.executor, Contact("c1"), {}, kSecond);
  ApplyAndWait(harness.executor, Contact("c1"), {}, kSecond);
  ApplyAndWait(harness.executor, Contact("c2"), {}, 2 * kSecond);
  harness.Sequence();  // the writer has kept house after all of them
  harness.executor.Drain();
  const Figures& figures = harness.executor.figures();
  const std::size_t submit = routing::CommandBody(routing::SubmitContact{}).index();
  EXPECT_EQ(figures.commands[submit][0].Get(), 2U);
  EXPECT_EQ(figures.commands[submit][static_cast<std::size_t>(Outcome::kAlreadyExists)].Get(), 1U);
  EXPECT_EQ(figures.events[static_cast<std::size_t>(routing::EventType::kQueued)].Get(), 2U);
  EXPECT_EQ(figures.sequence.Get(), 3U);
  EXPECT_EQ(figures.time.Get(), 2 * kSecond);
  EXPECT_EQ(figures.contacts_queued.Get(), 2);
  ASSERT_EQ(figures.queues.size(), 1U);
  EXPECT_EQ(figures.queues[0].queue, "default");
  EXPECT_EQ(figures.queues[0].waiting.Get(), 2);
  EXPECT_EQ(figures.queues[0].entered.Get(), 2U);
  EXPECT_EQ(figures.rule_set_version.Get(), 1U);
}

TEST(Executor, QuietFiguresArePublishedAfterTheIntervalByTheWorker) {
  ExecutorOptions options;
  options.figures_interval = 20 * routing::kMillisecond;
  Harness harness(SyncMode::kNone, nullptr, options);
  ApplyAndWait(harness.executor, Contact("c1"), {}, kSecond);
  while (harness.executor.figures().contacts_queued.Get() != 1) std::this_thread::yield();
}

TEST(Domains, AreFoundByNameAndDrainedTogether) {
  journal::MemoryJournal first, second;
  Domains domains;
  domains.Add("default",
              std::make_unique<DomainExecutor>(ExecutorOptions{}, MakeRouter(), first, nullptr));
  DomainExecutor& other = domains.Add(
      "b", std::make_unique<DomainExecutor>(ExecutorOptions{}, MakeRouter(), second, nullptr));
  EXPECT_EQ(domains.Find("b"), &other);
  EXPECT_EQ(domains.Find(""), domains.Find("default"));
  EXPECT_EQ(domains.Find("c"), nullptr);
  EXPECT_EQ(domains.Names(), (std::vector<std::string_view>{"b", "default"}));
  domains.Drain();
  EXPECT_EQ(ApplyAndWait(other, Contact("c1"), {}, kSecond).submission, Submission::kClosed);
}

}  // namespace
}  // namespace strowger::runtime
