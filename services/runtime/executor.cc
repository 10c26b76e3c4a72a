#include "services/runtime/executor.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <variant>

#include "services/runtime/fatal.h"

namespace strowger::runtime {
namespace {

// While draining, how often the worker looks whether the last writer has gone.
constexpr int kDrainPollMs = 1;

// Of the places, kept free of new contacts and reads.
constexpr std::uint32_t kReservedPart = 8;

}  // namespace

DomainExecutor::DomainExecutor(ExecutorOptions options, std::unique_ptr<routing::Router> router,
                               journal::Journal& journal, const Clock* clock)
    : DomainExecutor(Unstarted{}, std::move(options), std::move(router), journal, clock) {
  if (absl::Status status = taps_.Begin(*router_); !status.ok()) {
    Fatal("nobody can go along with the domain: " + std::string(status.message()));
  }
  Start();
}

DomainExecutor::DomainExecutor(Unstarted, ExecutorOptions options,
                               std::unique_ptr<routing::Router> router, journal::Journal& journal,
                               const Clock* clock)
    : options_(std::move(options)),
      journal_(journal),
      clock_(clock),
      admission_(options_.capacity),
      events_(options_.kept_events),
      router_(std::move(router)),
      taps_(options_.taps),
      command_ids_(options_.kept_command_ids, options_.command_id_window),
      sessions_(options_.sessions, options_.session_credit) {
  if (options_.kept_command_ids < options_.max_batch) Fatal("kept_command_ids below max_batch");
  const routing::DomainView past = router_->Domain();
  sequence_ = past.sequence;
  time_ = past.time;
  figures_.sequence.Set(sequence_);
  figures_.time.Set(time_);
  batch_.reserve(options_.max_batch);
  records_.reserve(options_.max_batch + 1);
  tick_command_.body = routing::Tick{};
}

void DomainExecutor::Start() {
  BeginWork(ReleaseGate::Threads::kOwn);
  worker_ = std::thread([this] { RunWorker(); });
}

void DomainExecutor::StartStepped() { BeginWork(ReleaseGate::Threads::kNone); }

void DomainExecutor::BeginWork(ReleaseGate::Threads threads) {
  const bool has_past = sequence_ > 0;
  if (options_.restart_grace && has_past) {
    tick_command_.body = routing::Restarted{*options_.restart_grace};
  }
  gate_ = std::make_unique<ReleaseGate>(journal_, events_, figures_, admission_, options_.on_events,
                                        taps_, threads);
}

// Without a worker it never started, or was stepped.
DomainExecutor::~DomainExecutor() {
  if (worker_.joinable()) Drain();
}

void DomainExecutor::Step() {
  gate_->LetOutDurable();
  if (alarm_.Await(0).handed_on != 0) RunAsWriter(/*borrowed=*/false);
  PushTick();
}

// What adds to the load, unlike what ends it: answers to offers, completions, changes of agents.
bool DomainExecutor::BringsWork(absl::Span<Task* const> tasks) {
  return std::any_of(tasks.begin(), tasks.end(), [](const Task* task) {
    if (task->kind_ == Task::Kind::kRead) return true;
    if (task->kind_ != Task::Kind::kCommand) return false;
    return std::holds_alternative<routing::SubmitContact>(
        static_cast<const CommandTask*>(task)->command.body);
  });
}

DomainExecutor::Submission DomainExecutor::Submit(absl::Span<Task* const> tasks) {
  if (tasks.empty()) return Submission::kAccepted;
  const auto count = static_cast<std::uint32_t>(tasks.size());
  switch (admission_.Enter(count, BringsWork(tasks) ? options_.capacity / kReservedPart : 0)) {
    case Admission::Answer::kAdmitted:
      break;
    case Admission::Answer::kFull:
      figures_.refused_full.fetch_add(count, std::memory_order_relaxed);
      return Submission::kFull;
    case Admission::Answer::kClosed:
      figures_.refused_closed.fetch_add(count, std::memory_order_relaxed);
      return Submission::kClosed;
  }
  const std::int64_t now_ns = MonotonicNs();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    tasks[i]->next = i == 0 ? nullptr : tasks[i - 1];
    if (tasks[i]->kind_ != Task::Kind::kCommand) continue;
    auto* const command = static_cast<CommandTask*>(tasks[i]);
    command->since_ns_ = command->received_ns != 0 ? command->received_ns : now_ns;
  }
  if (mailbox_.Push(tasks.back(), tasks.front())) RunAsWriter(/*borrowed=*/true);
  return Submission::kAccepted;
}

// ---- The worker -----------------------------------------------------------------------------

void DomainExecutor::RunWorker() {
  PushTick();  // publishes the first figures, and sets the alarm for what a past has left due
  bool stopping = false;
  while (!stopping || !mailbox_.idle()) {
    const Alarm::Woken woken = alarm_.Await(stopping ? kDrainPollMs : -1);
    stopping |= woken.stop;
    if (woken.handed_on != 0) RunAsWriter(/*borrowed=*/false);
    if (woken.expired && !stopping) PushTick();
  }
}

void DomainExecutor::PushTick() {
  // Relaxed: the node itself is handed over by the mailbox; this only keeps it from being in twice.
  if (tick_queued_.exchange(true, std::memory_order_acquire)) return;
  if (mailbox_.Push(&tick_)) RunAsWriter(/*borrowed=*/false);
}

void DomainExecutor::Drain() {
  if (drained_) return;
  drained_ = true;
  admission_.Close();
  admission_.AwaitEmpty();  // every reply is out
  alarm_.RingToStop();
  worker_.join();  // and every writer gone
  gate_.reset();   // the events of a last tick, too
  figures_.Publish(*router_);
}

// ---- The writer -----------------------------------------------------------------------------

void DomainExecutor::RunAsWriter(bool borrowed) {
  std::size_t run = 0;
  for (;;) {
    if (backlog_ == nullptr) backlog_ = mailbox_.TakeAll();
    if (backlog_ == nullptr) {
      if (mailbox_.TryRelease()) return;  // the executor may be gone from here on
      continue;
    }
    if (borrowed && run >= options_.borrowed_tasks) {
      figures_.handed_on.Add();
      alarm_.RingToHandOn();  // the worker is the writer now
      return;
    }
    RunBatch();
    run += batch_.size();
  }
}

}  // namespace strowger::runtime
