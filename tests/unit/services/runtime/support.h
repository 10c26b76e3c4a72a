// What the tests of the runtime share: the smallest rule set, a recording task, a harness.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "routing/router.h"
#include "routing/rule_set.h"
#include "services/journal/memory_journal.h"
#include "services/runtime/blocking.h"
#include "services/runtime/executor.h"

namespace strowger::runtime {

// One queue, `default`; every rule-routed contact goes there.
class OneQueueRules : public routing::RuleSet {
 public:
  explicit OneQueueRules(std::string text = "one queue") : text_(std::move(text)) {
    queues_.resize(1);
    queues_[0].name = "default";
    plan_.queue = "default";
  }
  std::string_view name() const override { return "test"; }
  std::string_view hash() const override { return text_; }
  std::string_view text() const override { return text_; }
  absl::Span<const routing::QueueSettings> queues() const override { return queues_; }
  absl::Span<const routing::Plan* const> plans() const override { return plans_; }
  routing::Decision Classify(const routing::ContactFacts&, routing::TimeNs,
                             const routing::FigureSource&) const override {
    return {"all", &plan_};
  }

 private:
  std::string text_;
  routing::Plan plan_;
  std::vector<const routing::Plan*> plans_ = {&plan_};
  std::vector<routing::QueueSettings> queues_;
};

inline std::unique_ptr<routing::Router> MakeRouter() {
  routing::Limits limits;  // small, since every test makes a router
  limits.agents = 64;
  limits.contacts = 4'096;
  limits.ended_contacts = 64;
  limits.queues = 16;
  limits.atoms = 64;
  limits.plans = 64;
  return std::make_unique<routing::Router>(limits, std::make_shared<OneQueueRules>());
}

inline routing::SubmitContact Contact(std::string id) {
  routing::SubmitContact submit;
  submit.contact = std::move(id);
  submit.channel = "voice";
  return submit;
}

// Ends by itself, expired, when `after` has passed.
inline routing::SubmitContact ImpatientContact(std::string id, routing::DurationNs after) {
  routing::SubmitContact submit = Contact(std::move(id));
  submit.plan.emplace();
  submit.plan->queue = "default";
  submit.plan->wait_limit = routing::WaitLimit{after, {}};
  return submit;
}

inline routing::CancelContact Cancel(std::string id) { return {std::move(id), false}; }

// A gate between threads: counts, and lets wait for a count.
class Turnstile {
 public:
  void Pass() {
    const std::scoped_lock lock(mutex_);
    ++passed_;
    condition_.notify_all();
  }
  void Await(std::size_t count) {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [&] { return passed_ >= count; });
  }
  std::size_t passed() {
    const std::scoped_lock lock(mutex_);
    return passed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  std::size_t passed_ = 0;
};

// Remembers what it was told.
class RecordingTask : public CommandTask {
 public:
  explicit RecordingTask(routing::CommandBody body = routing::Tick{}) {
    command.body = std::move(body);
  }
  void OnApplied(const routing::Router&, const Receipt&,
                 absl::Span<const routing::Event> own) override {
    ++applied;
    events_applied = own.size();
  }
  void OnReleased(const Receipt& released_receipt, const EventSlice& slice) override {
    receipt = released_receipt;
    events.clear();
    for (const routing::Event& event : slice.events) {
      events.push_back(std::string(Name(event.type)) + " " + std::string(event.contact));
    }
    if (order != nullptr) order->push_back(this);
    released.Pass();
  }

  int applied = 0;
  std::size_t events_applied = 0;
  Receipt receipt;
  std::vector<std::string> events;
  std::vector<RecordingTask*>* order = nullptr;  // filled by one releasing thread at a time
  Turnstile released;
};

// A journal that refuses to append while it is told to.
class RefusingJournal : public journal::MemoryJournal {
 public:
  using MemoryJournal::MemoryJournal;
  absl::Status Append(std::uint64_t expected,
                      absl::Span<const journal::RecordView> records) override {
    if (refusing) return absl::ResourceExhaustedError("no room");
    return MemoryJournal::Append(expected, records);
  }
  bool refusing = false;  // changed only while nothing is submitted
};

using SyncMode = journal::MemoryJournalOptions::Sync;

struct Harness {
  explicit Harness(SyncMode mode = SyncMode::kNone, const Clock* clock = nullptr,
                   ExecutorOptions options = {})
      : journal(Options(mode)), executor(Small(std::move(options)), MakeRouter(), journal, clock) {}

  // A table of a million ids takes longer to make than most tests to run.
  static ExecutorOptions Small(ExecutorOptions options) {
    options.kept_command_ids = std::min<std::uint32_t>(options.kept_command_ids, 1'024);
    return options;
  }

  static journal::MemoryJournalOptions Options(SyncMode mode) {
    journal::MemoryJournalOptions options;
    options.sync = mode;
    return options;
  }
  routing::StateHash Hash() {
    routing::StateHash hash;
    ReadAndWait(executor, [&](const Reading& reading) { hash = reading.router.Hash(); });
    return hash;
  }
  std::uint64_t Sequence() {
    std::uint64_t sequence = 0;
    ReadAndWait(executor, [&](const Reading& reading) { sequence = reading.sequence; });
    return sequence;
  }

  // With kManual: makes the commands up to `sequence` durable, once they have been appended.
  void CommitWhenAppended(std::uint64_t sequence) {
    while (executor.figures().sequence.Get() < sequence) std::this_thread::yield();
    journal.Commit(sequence);
  }

  RefusingJournal journal;
  DomainExecutor executor;
};

}  // namespace strowger::runtime
