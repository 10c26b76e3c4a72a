// Many threads at one domain, while others watch, read and scrape. Forbidden: a command lost, run
// twice or released out of order; a watcher that misses an event; a figure that runs backwards.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "services/runtime/executor.h"
#include "tests/unit/services/runtime/support.h"

namespace strowger::runtime {
namespace {

using Submission = DomainExecutor::Submission;

constexpr int kProducers = 4;
constexpr int kCommands = 1'500;

constexpr std::size_t kWindow = 4;

// Submits and cancels contacts of its own, a few at a time without waiting for the answers.
class Producer {
 public:
  Producer(DomainExecutor& executor, int id) : executor_(executor), id_(id) {
    for (Command& task : window_) task.producer = this;
  }

  void Run() {
    for (int i = 0; i < kCommands; ++i) {
      Command& task = window_[static_cast<std::size_t>(i) % kWindow];
      if (static_cast<std::size_t>(i) >= kWindow) {
        released_.Await(static_cast<std::size_t>(i) - kWindow + 1);
      }
      const std::string contact = "p" + std::to_string(id_) + "-" + std::to_string(i / 2);
      if (i % 2 == 0) {
        task.command.body = Contact(contact);
      } else {
        task.command.body = Cancel(contact);
      }
      task.command_id = contact + (i % 2 == 0 ? "+" : "-");
      while (executor_.Submit(&task) != Submission::kAccepted) std::this_thread::yield();
    }
    released_.Await(kCommands);
  }

  bool wrong() const { return wrong_; }

 private:
  struct Command : CommandTask {
    void OnReleased(const Receipt& receipt, const EventSlice& events) override {
      producer->Released(receipt, events);
    }
    Producer* producer = nullptr;
  };

  void Released(const Receipt& receipt, const EventSlice& events) {
    if (!receipt.result.ok() || receipt.repeated || receipt.sequence <= last_ ||
        events.events.size() != 1 || events.events[0].sequence != receipt.sequence) {
      wrong_ = true;
    }
    last_ = receipt.sequence;
    released_.Pass();
  }

  DomainExecutor& executor_;
  const int id_;
  Command window_[kWindow];
  Turnstile released_;
  std::uint64_t last_ = 0;  // of whoever releases
  bool wrong_ = false;      // of whoever releases, until all is released
};

void WatchAll(DomainExecutor& executor, std::uint64_t last, std::atomic<bool>& wrong) {
  EventPosition at;
  std::vector<EventSlice> slices;
  while (at.sequence < last && !wrong) {
    slices.clear();
    if (executor.events().Read(at, 100, slices) != EventLog::ReadStatus::kOk) wrong = true;
    for (const EventSlice& slice : slices) {
      for (const routing::Event& event : slice.events) {
        if (event.sequence != at.sequence + 1) wrong = true;  // one event a command here
        at = PositionOf(event);
      }
    }
    if (slices.empty()) std::this_thread::yield();
  }
}

void Scrape(const DomainExecutor& executor, const std::atomic<bool>& stop,
            std::atomic<bool>& wrong) {
  std::uint64_t sequence = 0;
  std::uint64_t entered = 0;
  while (!stop) {
    const Figures& figures = executor.figures();
    if (figures.sequence.Get() < sequence) wrong = true;
    sequence = figures.sequence.Get();
    for (std::size_t i = 0; i < figures.queues.size(); ++i) {
      if (figures.queues[i].entered.Get() < entered) wrong = true;
      entered = figures.queues[i].entered.Get();
    }
    std::this_thread::yield();
  }
}

struct Shape {
  const char* name;
  SyncMode mode;
  std::uint32_t max_batch;
  std::uint32_t borrowed;
  std::uint32_t capacity;
};

class ExecutorStress : public testing::TestWithParam<Shape> {};

TEST_P(ExecutorStress, ForbiddenOutcomesDoNotOccur) {
  const Shape& shape = GetParam();
  SystemClock clock;
  ExecutorOptions options;
  options.max_batch = shape.max_batch;
  options.borrowed_tasks = shape.borrowed;
  options.capacity = shape.capacity;
  options.kept_command_ids = 300;
  options.figures_interval = 0;
  Harness harness(shape.mode, &clock, options);
  constexpr std::uint64_t kAll = std::uint64_t{kProducers} * kCommands;

  std::atomic<bool> wrong{false};
  std::atomic<bool> stop{false};
  std::thread watcher([&] { WatchAll(harness.executor, kAll, wrong); });
  std::thread scraper([&] { Scrape(harness.executor, stop, wrong); });
  std::thread reader([&] {
    std::uint64_t sequence = 0;
    while (!stop) {
      ReadAndWait(harness.executor, [&](const Reading& reading) {
        if (reading.sequence < sequence) wrong = true;
        sequence = reading.sequence;
      });
    }
  });
  std::vector<std::unique_ptr<Producer>> producers;
  std::vector<std::thread> threads;
  for (int i = 0; i < kProducers; ++i) {
    producers.push_back(std::make_unique<Producer>(harness.executor, i));
    threads.emplace_back([producer = producers.back().get()] { producer->Run(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& producer : producers) EXPECT_FALSE(producer->wrong());
  watcher.join();
  stop = true;
  scraper.join();
  reader.join();
  EXPECT_FALSE(wrong);
  harness.executor.Drain();
  EXPECT_EQ(harness.executor.figures().sequence.Get(), kAll);
  EXPECT_EQ(harness.executor.figures().contacts_queued.Get(), 0);
  EXPECT_EQ(harness.journal.durable_sequence(), kAll);
  EXPECT_EQ(harness.executor.depth(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ExecutorStress,
    testing::Values(Shape{"AtOnce", SyncMode::kNone, 256, 256, 65'536},
                    Shape{"HandedOnEachTime", SyncMode::kNone, 1, 1, 65'536},
                    Shape{"OftenFull", SyncMode::kNone, 4, 4, 3},
                    Shape{"Gated", SyncMode::kThread, 256, 256, 65'536},
                    Shape{"GatedAndHandedOn", SyncMode::kThread, 2, 1, 65'536}),
    [](const testing::TestParamInfo<Shape>& shape) { return std::string(shape.param.name); });

}  // namespace
}  // namespace strowger::runtime
