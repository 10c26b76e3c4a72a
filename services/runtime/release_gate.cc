#include "services/runtime/release_gate.h"

#include <string>
#include <utility>

#include "services/runtime/clock.h"
#include "services/runtime/fatal.h"

namespace strowger::runtime {

ReleaseGate::ReleaseGate(journal::Journal& journal, EventLog& events, Figures& figures,
                         Admission& admission, std::function<void()> on_events,
                         const ReleaseTaps& taps, Threads threads)
    : journal_(journal),
      events_(events),
      figures_(figures),
      admission_(admission),
      on_events_(std::move(on_events)),
      taps_(taps),
      gated_(journal.gated()) {
  journal_.SetDurableNotice([this](const absl::Status& status) {
    if (!status.ok()) Fatal("the journal cannot be synced: " + std::string(status.message()));
    notices_.fetch_add(1, std::memory_order_release);
    notices_.notify_one();
  });
  // Not gated: the notice is for a failed sync alone.
  if (!gated_ || threads == Threads::kNone) return;
  thread_ = std::thread([this] { Run(); });
}

ReleaseGate::~ReleaseGate() {
  if (thread_.joinable()) {
    stop_.store(true, std::memory_order_relaxed);
    notices_.fetch_add(1, std::memory_order_release);
    notices_.notify_one();
    thread_.join();
  }
  journal_.SetDurableNotice(nullptr);
  TakeIn();
}

void ReleaseGate::Pass(Release release) {
  if (!gated_) {
    LetOut(release);
    return;
  }
  // Held before the sync is asked for, so that its notice finds it.
  inbox_.Push(new Release(std::move(release)));
  journal_.Sync();
}

void ReleaseGate::TakeIn() {
  for (MailboxNode* node = inbox_.TakeAll(); node != nullptr;) {
    MailboxNode* const next = node->next;
    held_.emplace_back(static_cast<Release*>(node));
    node = next;
  }
}

void ReleaseGate::LetOutDurable() {
  const std::uint64_t durable = journal_.durable_sequence();
  TakeIn();
  while (!held_.empty() && held_.front()->sequence <= durable) {
    LetOut(*held_.front());
    held_.pop_front();
  }
}

void ReleaseGate::Run() {
  for (;;) {
    // Read before looking, so that a notice given meanwhile ends the wait below at once. Acquire:
    // pairs with the notice; what was held before its Sync is found.
    const std::uint32_t seen = notices_.load(std::memory_order_acquire);
    LetOutDurable();
    if (held_.empty() && stop_.load(std::memory_order_relaxed)) return;
    notices_.wait(seen, std::memory_order_acquire);
  }
}

void ReleaseGate::LetOut(Release& release) {
  const std::int64_t now = MonotonicNs();
  if (release.started_ns != 0) figures_.journal_latency.Observe(now - release.started_ns);
  const std::shared_ptr<EventChunk> chunk = std::move(release.chunk);
  if (chunk != nullptr) events_.Publish(chunk);
  taps_.Tell({release.sequence, chunk, std::move(release.contacts)});
  EventSlice slice{chunk, {}};
  for (MailboxNode* node = release.tasks; node != nullptr;) {
    auto* const task = static_cast<Task*>(node);
    node = node->next;  // before the task's owner has it back
    switch (task->kind_) {
      case Task::Kind::kCommand: {
        auto* const command = static_cast<CommandTask*>(task);
        figures_.reply_latency.Observe(now - command->since_ns_);
        slice.events = {};
        if (command->event_count_ != 0) {
          slice.events = absl::MakeConstSpan(chunk->events())
                             .subspan(command->first_event_, command->event_count_);
        }
        const Receipt receipt = command->receipt_;
        command->OnReleased(receipt, slice);
        break;
      }
      case Task::Kind::kRead:
        static_cast<ReadTask*>(task)->OnReleased();
        break;
      case Task::Kind::kOpenSession:
        static_cast<OpenSessionTask*>(task)->OnReleased();
        break;
      case Task::Kind::kCloseSession:
        static_cast<CloseSessionTask*>(task)->OnReleased();
        break;
      case Task::Kind::kTick:
        Fatal("a tick waits for release");
    }
  }
  figures_.released.Add(release.task_count);
  if (chunk != nullptr && on_events_) on_events_();
  if (release.task_count != 0) admission_.Leave(release.task_count);
}

}  // namespace strowger::runtime
