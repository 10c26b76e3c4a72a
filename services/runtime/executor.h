// A domain at work: the only writer of one Router.
//
//   any thread ─Submit─▶ admission ─▶ mailbox ─┐ the thread that finds the domain idle is its
//   writer
//                                              ▼
//     1 take a bounded batch → 2 stamp (identity, sequence, time) → 3 append → 4 Apply each
//       → 5 sync → 6 release events and replies, once durable → 7 figures, alarm
//
// Threads: those of the callers, which run at most `borrowed_tasks` tasks and hand a domain that is
// still busy on to its worker; the worker, which otherwise sleeps until a deadline is due; and with
// a gated journal the release gate's. Nothing on this path takes a lock or waits for another
// thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "routing/router.h"
#include "services/journal/journal.h"
#include "services/runtime/alarm.h"
#include "services/runtime/clock.h"
#include "services/runtime/command_ids.h"
#include "services/runtime/event_log.h"
#include "services/runtime/figures.h"
#include "services/runtime/mailbox.h"
#include "services/runtime/release_gate.h"
#include "services/runtime/release_tap.h"
#include "services/runtime/remembered.h"
#include "services/runtime/sessions.h"
#include "services/runtime/task.h"

namespace strowger::runtime {

struct ExecutorOptions {
  // Tasks submitted and not yet released; beyond: kFull. The last eighth is not for new contacts
  // and reads: work that is there can be ended while more is refused.
  std::uint32_t capacity = 65'536;
  std::uint32_t max_batch = 256;       // tasks
  std::uint32_t borrowed_tasks = 256;  // that a caller's thread runs before it hands on
  std::size_t kept_events = 65'536;
  std::uint32_t kept_command_ids = 1'000'000;  // at least max_batch
  routing::DurationNs command_id_window = 10 * routing::kMinute;
  std::uint32_t sessions = 1'024;
  std::uint32_t session_credit = kMaxSessionCredit;
  routing::DurationNs figures_interval = routing::kSecond;
  // Recover, where there was a past: before any other command comes `restarted` with this grace.
  // Nothing: the past goes on as if there had been no end, as a replay wants it.
  std::optional<routing::DurationNs> restart_grace;
  // After each batch that had events; same threads and duties as a task's callbacks.
  std::function<void()> on_events;
  // Told of every event, those of the past included; they outlive the executor.
  std::vector<ReleaseTap*> taps;
};

class DomainExecutor {
 public:
  enum class Submission : std::uint8_t {
    kAccepted,
    kFull,    // shed: nothing was kept, try again later
    kClosed,  // draining
  };

  // The router may have a past: stamps go on from it. `journal` must outlive the executor, and its
  // next sequence be the router's. `clock`: null means virtual time, in which commands say when
  // they happen and deadlines fire with them; else it must outlive the executor too.
  DomainExecutor(ExecutorOptions options, std::unique_ptr<routing::Router> router,
                 journal::Journal& journal, const Clock* clock);

  // Told of each record that is applied again, in order.
  using Observer = std::function<void(const journal::Record&, const Receipt&)>;
  // The same, after what the journal has above the router's sequence has been applied again: with
  // its events, command ids and sessions, as if there had been no end. Blocks. An error is the
  // journal's; DATA_LOSS also when a record cannot follow the one before.
  static absl::StatusOr<std::unique_ptr<DomainExecutor>> Recover(
      ExecutorOptions options, std::unique_ptr<routing::Router> router, journal::Journal& journal,
      const Clock* clock, const Observer& observer);

  // The same, but at rest: nothing runs until Start. The router may come from a checkpoint, and
  // `past` then visits what that remembered, in order; events before it are not kept.
  static absl::StatusOr<std::unique_ptr<DomainExecutor>> Rebuild(
      ExecutorOptions options, std::unique_ptr<routing::Router> router, journal::Journal& journal,
      const Clock* clock, const std::function<void(const RememberedVisitor&)>& past,
      const Observer& observer);
  // Once, after Rebuild.
  void Start();
  // Instead of Start: there are no threads, all happens inside Submit and Step, which are called by
  // one thread. For simulations: nothing depends on how threads are scheduled, and whatever is
  // still inside when the executor is destroyed is never released, as in a crash.
  void StartStepped();
  // Lets out what is durable, then applies a deadline that is due.
  void Step();

  // At rest: before Start, or after Drain.
  const routing::Router& router() const { return *router_; }
  void ForEachRemembered(const RememberedVisitor& visit) const;

  // Drains. No other call may be running.
  ~DomainExecutor();
  DomainExecutor(const DomainExecutor&) = delete;
  DomainExecutor& operator=(const DomainExecutor&) = delete;

  // Any thread; never blocks. All or none of the tasks, in their order, one after another among
  // the domain's. Accepted tasks are released, each once; perhaps before this returns, on this
  // thread, which may run other callers' tasks too. Others stay with the caller.
  Submission Submit(absl::Span<Task* const> tasks);
  Submission Submit(Task* task) { return Submit(absl::MakeConstSpan(&task, 1)); }

  // Lets nothing more in, finishes what is in, ends the threads. Blocks; not from a callback.
  // A second call does nothing.
  void Drain();
  // Lets nothing more in. Does not block.
  void Close() { admission_.Close(); }

  // Any thread.
  EventLog& events() { return events_; }
  const Figures& figures() const { return figures_; }
  const journal::Journal& journal() const { return journal_; }
  std::uint32_t depth() const { return admission_.inside(); }
  std::uint32_t capacity() const { return options_.capacity; }
  bool closed() const { return admission_.closed(); }
  bool virtual_time() const { return clock_ == nullptr; }

 private:
  class TickTask : public Task {
   public:
    TickTask() : Task(Kind::kTick) {}
  };

  struct Unstarted {};
  DomainExecutor(Unstarted, ExecutorOptions options, std::unique_ptr<routing::Router> router,
                 journal::Journal& journal, const Clock* clock);
  static bool BringsWork(absl::Span<Task* const> tasks);
  void Remember(const Remembered& remembered);
  absl::Status ApplyPast(const Observer& observer);
  void ApplyAgain(const journal::Record& record, const Observer& observer);
  void TellPast();
  void BeginWork(ReleaseGate::Threads threads);
  void RunWorker();
  void PushTick();

  // All below: the writer only.
  void RunAsWriter(bool borrowed);
  void RunBatch();
  void TakeBatch();
  void StampBatch();
  void StampOwn(routing::TimeNs time);
  bool PutOffForDecision();
  void DecideUnstored(CommandTask& task);
  void StampCommand(CommandTask& task);
  bool TakeIdentity(CommandTask& task);
  bool AppendBatch();
  void WithdrawBatch();
  void ApplyBatch();
  void ApplyCommand(CommandTask& task);
  void ApplyNew(CommandTask& task);
  void AnswerRepeat(CommandTask& task);
  void Apply(const routing::Command& command, routing::Result& result);
  void OpenSession(OpenSessionTask& task);
  Release CollectReplies();
  void KeepHouse();
  void SetAlarm(std::int64_t monotonic_ns);

  const ExecutorOptions options_;
  journal::Journal& journal_;
  const Clock* const clock_;

  // ---- Shared with the callers' threads -----------------------------------------------------
  Admission admission_;
  Mailbox mailbox_;
  EventLog events_;
  Figures figures_;
  Alarm alarm_;

  // ---- The writer's -------------------------------------------------------------------------
  std::unique_ptr<routing::Router> router_;
  ReleaseTaps taps_;
  CommandIds command_ids_;
  SessionTable sessions_;
  std::uint64_t sequence_ = 0;      // of the last command applied
  routing::TimeNs time_ = 0;        // its stamp
  MailboxNode* backlog_ = nullptr;  // taken from the mailbox, oldest first, not yet in a batch

  // Of the batch at hand.
  std::vector<Task*> batch_;
  std::vector<journal::RecordView> records_;
  routing::TimeNs clock_ns_ = 0;  // what the clock said
  routing::TimeNs now_ = 0;       // the same, held where it steps back
  std::uint64_t stamped_sequence_ = 0;
  routing::TimeNs stamped_time_ = 0;
  std::int64_t taken_ns_ = 0;  // MonotonicNs() when it was taken
  std::shared_ptr<EventChunk> chunk_;
  routing::EventBuffer event_buffer_;  // of the command at hand

  // Of the alarm and the figures.
  routing::Command tick_command_;  // or the restart, until that has been applied
  bool tick_stamped_ = false;
  bool append_failed_ = false;
  bool decision_next_ =
      false;  // time has passed for the submission that is next: it can be decided
  bool unpublished_ = true;
  std::int64_t published_ns_ = 0;
  std::int64_t alarm_at_ns_ = routing::kNever;

  // ---- Threads ------------------------------------------------------------------------------
  TickTask tick_;
  std::atomic<bool> tick_queued_{false};  // tick_ is in the mailbox or the backlog
  bool drained_ = false;
  std::unique_ptr<ReleaseGate> gate_;
  std::thread worker_;
};

}  // namespace strowger::runtime
