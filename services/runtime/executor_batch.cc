// A domain's writer at work: what becomes of one batch.
#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <utility>
#include <variant>

#include "services/runtime/executor.h"
#include "services/runtime/fatal.h"

namespace strowger::runtime {
namespace {

// A deadline's events carry its own time whenever it is noticed; this much later at most spares the
// machine a wake-up for each of a dense row of them.
constexpr std::int64_t kAlarmSlackNs = routing::kMillisecond;
// After a failed append the tick is not tried again at once.
constexpr std::int64_t kAlarmPauseNs = 100 * routing::kMillisecond;
// The alarm counts monotonic time; a step of the wall clock is noticed this much later at most.
constexpr std::int64_t kLongestSleepNs = routing::kMinute;

constexpr routing::Result kShed{routing::Outcome::kShedding, {}};

// What the rules are to see of it must not be recorded, so they are asked before.
bool WantsDecision(const CommandTask& task) {
  const auto* const submit = std::get_if<routing::SubmitContact>(&task.command.body);
  return submit != nullptr && !submit->unstored.empty() && !submit->plan;
}

routing::TimeNs NotBefore(routing::TimeNs last, routing::TimeNs time) {
  return std::clamp(time, std::max<routing::TimeNs>(last, 1), routing::kLatestTime);
}

}  // namespace

// The order of work, in one place.
void DomainExecutor::RunBatch() {
  // 1. Take a bounded number of tasks, in the order in which they came.
  TakeBatch();
  // 2. Stamp: find repeats, give sequence and time to what is new.
  StampBatch();
  // 3. Append what was stamped. If that fails nothing of it is applied.
  if (!AppendBatch()) WithdrawBatch();
  // 4. Apply each command, run each read, in order.
  ApplyBatch();
  // 5. Sync, and 6. release events and replies: at once, or when the journal says durable.
  gate_->Pass(CollectReplies());
  // 7. Publish figures if it is time to, and be woken when the next thing is due.
  KeepHouse();
}

void DomainExecutor::TakeBatch() {
  taken_ns_ = MonotonicNs();
  batch_.clear();
  while (backlog_ != nullptr && batch_.size() < options_.max_batch) {
    auto* const task = static_cast<Task*>(backlog_);
    // It is decided by the state that all before it leave behind.
    if (!batch_.empty() && task->kind_ == Task::Kind::kCommand &&
        WantsDecision(static_cast<CommandTask&>(*task))) {
      break;
    }
    batch_.push_back(task);
    backlog_ = backlog_->next;
  }
}

void DomainExecutor::StampBatch() {
  records_.clear();
  stamped_sequence_ = sequence_;
  stamped_time_ = time_;
  // Whatever the clock does, stamps do not run backwards.
  clock_ns_ = clock_ != nullptr ? clock_->Now() : time_;
  now_ = clock_ != nullptr ? NotBefore(time_, clock_ns_) : time_;
  tick_stamped_ = std::holds_alternative<routing::Restarted>(tick_command_.body);
  if (PutOffForDecision()) return;
  if (tick_stamped_) StampOwn(now_);
  for (Task* const task : batch_) {
    if (task->kind_ == Task::Kind::kCommand) StampCommand(static_cast<CommandTask&>(*task));
  }
  if (!batch_.empty()) decision_next_ = false;
  // A command lets time pass by itself. With none, time passes by a tick, but only if that makes
  // something happen; it goes before the reads of the batch, so that they see it.
  if (!records_.empty() || clock_ == nullptr || router_->next_deadline() > now_) return;
  tick_stamped_ = true;
  StampOwn(now_);
}

// A submission that is to be decided before it is recorded waits for a tick to bring the state to
// its time. Should that tick find no room in the journal, the submission goes on without.
bool DomainExecutor::PutOffForDecision() {
  if (decision_next_ || batch_.empty() || batch_.front()->kind_ != Task::Kind::kCommand) {
    return false;
  }
  const auto& task = static_cast<const CommandTask&>(*batch_.front());
  if (!WantsDecision(task)) return false;
  backlog_ = batch_.front();  // the links are still there
  batch_.clear();
  decision_next_ = true;
  tick_stamped_ = true;
  StampOwn(clock_ != nullptr ? now_ : NotBefore(time_, task.command.time));
  return true;
}

void DomainExecutor::DecideUnstored(CommandTask& task) {
  auto* const submit = std::get_if<routing::SubmitContact>(&task.command.body);
  if (submit == nullptr || submit->unstored.empty()) return;
  if (!submit->plan) submit->decided = router_->Decide(*submit);
  submit->unstored.clear();
}

void DomainExecutor::StampOwn(routing::TimeNs time) {
  tick_command_.sequence = ++stamped_sequence_;
  tick_command_.time = stamped_time_ = time;
  records_.push_back({&tick_command_, {}, {}, 0, nullptr});
}

void DomainExecutor::StampCommand(CommandTask& task) {
  task.receipt_ = {};
  task.fate_ = CommandTask::Fate::kSettled;
  task.took_identity_ = false;
  task.event_count_ = 0;
  // Each its own instant: agents who become free in one batch are then in order as they come, and
  // need not be sorted among each other by their ids.
  const routing::TimeNs next = std::min(stamped_time_ + 1, routing::kLatestTime);
  const routing::TimeNs time =
      clock_ != nullptr ? NotBefore(next, now_) : NotBefore(stamped_time_, task.command.time);
  task.receipt_.time = time;
  if (task.given_up_ns != 0 && task.given_up_ns <= taken_ns_) {
    task.receipt_.result = kShed;
    figures_.shed_late.Add();
    return;
  }
  if (!TakeIdentity(task)) return;
  task.fate_ = CommandTask::Fate::kNew;
  DecideUnstored(task);
  task.command.sequence = ++stamped_sequence_;
  task.command.time = stamped_time_ = time;
  records_.push_back({&task.command, task.command_id,
                      task.session != nullptr ? task.session->id() : std::string_view(),
                      task.session != nullptr ? task.number : 0, task.note});
}

// True: the command is to be stamped. False: it is answered without being applied.
bool DomainExecutor::TakeIdentity(CommandTask& task) {
  if (task.session == nullptr) {
    if (task.command_id.empty()) return true;
    const CommandIds::Admitted admitted = command_ids_.Admit(task.command_id, task.receipt_.time);
    task.ticket_ = admitted.ticket;
    task.took_identity_ = !admitted.repeated;
    if (!admitted.repeated) return true;
    task.fate_ = CommandTask::Fate::kRepeatOf;
    if (admitted.outcome != nullptr) {  // taken now, since a later one of the batch may push it out
      task.receipt_ = *admitted.outcome;
      task.receipt_.repeated = true;
      task.fate_ = CommandTask::Fate::kSettled;
    }
    return false;
  }
  if (task.session->epoch() != task.session_epoch) {
    task.receipt_.trouble = SessionTrouble::kTakenOver;
    return false;
  }
  switch (task.session->Take(task.number)) {
    case Session::Answer::kTaken:
      task.took_identity_ = true;
      task.receipt_.result = task.refusal;
      return task.refusal.ok();
    case Session::Answer::kRepeat:
      task.fate_ = CommandTask::Fate::kRepeatOf;
      return false;
    case Session::Answer::kShed:
      task.receipt_.result = kShed;
      return false;
    case Session::Answer::kGap:
      task.receipt_.trouble = SessionTrouble::kGap;
      return false;
    case Session::Answer::kForgotten:
      task.receipt_.trouble = SessionTrouble::kForgotten;
      return false;
  }
  Fatal("a session's answer out of range");
}

bool DomainExecutor::AppendBatch() {
  append_failed_ = false;
  if (records_.empty()) return true;
  const absl::Status status = journal_.Append(sequence_ + 1, records_);
  // Two histories would be worse than none.
  if (status.code() == absl::StatusCode::kFailedPrecondition) {
    Fatal("the journal is not where its domain is");
  }
  append_failed_ = !status.ok();
  if (append_failed_) figures_.refused_appends.Add();
  return !append_failed_;
}

// Newest first, so that each number and id given back is the newest one.
void DomainExecutor::WithdrawBatch() {
  tick_stamped_ = false;
  for (auto it = batch_.rbegin(); it != batch_.rend(); ++it) {
    if ((*it)->kind_ != Task::Kind::kCommand) continue;
    auto& task = static_cast<CommandTask&>(**it);
    if (task.took_identity_) {
      if (task.session != nullptr) {
        task.session->GiveBackHighest();
      } else {
        command_ids_.WithdrawNewest();
      }
    } else if (task.fate_ != CommandTask::Fate::kNew) {
      continue;
    }
    task.took_identity_ = false;
    task.fate_ = CommandTask::Fate::kSettled;
    task.receipt_ = {};
    task.receipt_.result = kShed;
    figures_.shed_by_journal.Add();
  }
}

void DomainExecutor::ApplyBatch() {
  chunk_ = nullptr;
  if (tick_stamped_) {
    routing::Result result;
    Apply(tick_command_, result);
    tick_command_.body = routing::Tick{};
  }
  for (Task* const task : batch_) {
    switch (task->kind_) {
      case Task::Kind::kCommand:
        ApplyCommand(static_cast<CommandTask&>(*task));
        break;
      case Task::Kind::kRead:
        static_cast<ReadTask*>(task)->OnRead({*router_, sequence_, time_, std::max(now_, time_)});
        break;
      case Task::Kind::kOpenSession:
        OpenSession(static_cast<OpenSessionTask&>(*task));
        break;
      case Task::Kind::kCloseSession: {
        auto& close = static_cast<CloseSessionTask&>(*task);
        sessions_.Close(close.session, close.epoch);
        break;
      }
      case Task::Kind::kTick:
        alarm_at_ns_ = routing::kNever;  // it has gone off
        break;
    }
  }
}

void DomainExecutor::ApplyCommand(CommandTask& task) {
  event_buffer_.clear();
  if (task.fate_ == CommandTask::Fate::kNew) ApplyNew(task);
  if (task.fate_ == CommandTask::Fate::kRepeatOf) AnswerRepeat(task);
  if (task.took_identity_) {
    if (task.session != nullptr) {
      task.session->Settle(task.number, task.receipt_);
    } else {
      command_ids_.Settle(task.ticket_, task.receipt_);
    }
  }
  if (task.receipt_.repeated) figures_.repeats.Add();
  if (task.receipt_.sequence != 0) task.OnApplied(*router_, task.receipt_, event_buffer_);
}

void DomainExecutor::ApplyNew(CommandTask& task) {
  task.first_event_ = chunk_ != nullptr ? static_cast<std::uint32_t>(chunk_->events().size()) : 0;
  Apply(task.command, task.receipt_.result);
  task.event_count_ = static_cast<std::uint32_t>(event_buffer_.size());
  task.receipt_.sequence = sequence_;
  task.receipt_.time = time_;
}

void DomainExecutor::Apply(const routing::Command& command, routing::Result& result) {
  event_buffer_.clear();
  result = router_->Apply(command, event_buffer_);
  sequence_ = command.sequence;
  time_ = command.time;
  figures_.commands[command.body.index()][static_cast<std::size_t>(result.outcome)].Add();
  figures_.sequence.Set(sequence_);
  figures_.time.Set(time_);
  unpublished_ = true;
  const std::size_t first = chunk_ != nullptr ? chunk_->events().size() : 0;
  taps_.Note(command, result, event_buffer_, first, *router_);
  if (event_buffer_.empty()) return;
  if (chunk_ == nullptr) chunk_ = std::make_shared<EventChunk>();
  for (const routing::Event& event : event_buffer_) {
    chunk_->Add(event);
    figures_.events[static_cast<std::size_t>(event.type)].Add();
    if (event.cause != routing::Cause::kLeaseLapsed) continue;
    (event.type == routing::EventType::kEnded ? figures_.handling_lease_lapses
                                              : figures_.agent_lease_lapses)
        .Add();
  }
}

// The first of the pair came earlier in this batch. If it was shed, so is its repeat.
void DomainExecutor::AnswerRepeat(CommandTask& task) {
  const Receipt* first = nullptr;
  if (task.session == nullptr) {
    first = command_ids_.Find(task.ticket_);
  } else if (task.number <= task.session->highest()) {
    first = &task.session->Outcome(task.number);
  }
  task.receipt_ = first != nullptr ? *first : Receipt{};
  if (first != nullptr) {
    task.receipt_.repeated = true;
  } else {
    task.receipt_.result = kShed;
  }
}

void DomainExecutor::OpenSession(OpenSessionTask& task) {
  task.session = sessions_.Open(task.session_id, task.owner);
  if (task.session == nullptr) return;
  task.epoch = task.session->epoch();
  task.highest_number = task.session->highest();
  task.outcomes = task.session->Outcomes();
  task.position = {sequence_, std::numeric_limits<std::uint32_t>::max()};
}

Release DomainExecutor::CollectReplies() {
  figures_.batches.Add();
  figures_.decision_latency.Observe(MonotonicNs() - taken_ns_,
                                    append_failed_ ? 0 : records_.size());
  Release release;
  release.chunk = std::move(chunk_);
  release.contacts = taps_.TakeNotes();
  release.sequence = sequence_;
  release.started_ns = records_.empty() || append_failed_ ? 0 : taken_ns_;
  MailboxNode** link = &release.tasks;
  for (Task* const task : batch_) {
    if (task == &tick_) {
      tick_queued_.store(false, std::memory_order_release);  // its node is in no list any more
      continue;
    }
    *link = task;
    link = &task->next;
    ++release.task_count;
  }
  *link = nullptr;
  return release;
}

void DomainExecutor::KeepHouse() {
  const std::int64_t monotonic_ns = MonotonicNs();
  if (unpublished_ && monotonic_ns - published_ns_ >= options_.figures_interval) {
    figures_.Publish(*router_);
    published_ns_ = monotonic_ns;
    unpublished_ = false;
  }
  SetAlarm(monotonic_ns);
}

// Only when the next thing comes earlier than what the alarm is set for: one that rings too early
// costs a tick that finds nothing to do, setting it costs a system call.
void DomainExecutor::SetAlarm(std::int64_t monotonic_ns) {
  std::int64_t wanted = routing::kNever;
  if (unpublished_) wanted = published_ns_ + options_.figures_interval;
  const routing::TimeNs deadline = router_->next_deadline();
  if (clock_ != nullptr && deadline != routing::kNever) {
    const std::int64_t least = append_failed_ ? kAlarmPauseNs : kAlarmSlackNs;
    wanted =
        std::min(wanted, monotonic_ns + std::clamp(deadline - clock_ns_, least, kLongestSleepNs));
  }
  if (wanted == routing::kNever || wanted >= alarm_at_ns_ - kAlarmSlackNs) return;
  alarm_at_ns_ = wanted;
  alarm_.Set(wanted - monotonic_ns);
}

}  // namespace strowger::runtime
