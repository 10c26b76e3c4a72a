// Where replies and events wait until their commands are durable, and from where they leave.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>

#include "services/journal/journal.h"
#include "services/runtime/event_log.h"
#include "services/runtime/figures.h"
#include "services/runtime/mailbox.h"
#include "services/runtime/release_tap.h"
#include "services/runtime/task.h"

namespace strowger::runtime {

// What one batch has to say.
struct Release : public MailboxNode {
  std::shared_ptr<EventChunk> chunk;  // null: no events
  MailboxNode* tasks = nullptr;       // of Task, linked by next, in the order of the domain
  std::uint32_t task_count = 0;
  std::shared_ptr<const ContactNotes> contacts;  // for the taps
  std::uint64_t sequence = 0;                    // goes out once this one is durable
  std::int64_t started_ns = 0;                   // MonotonicNs() before the append
};

// With a gated journal a thread of its own lets batches out, as the journal's notices come in; else
// the writer does. Either way one thread at a time, in order: first the batch's events, then its
// replies, so that whoever has a reply can read what led to it.
class ReleaseGate {
 public:
  enum class Threads : std::uint8_t {
    kOwn,
    kNone,  // LetOutDurable is called instead
  };

  // All must outlive it. `on_events` is called after each batch that had events; the taps are told
  // of every batch.
  ReleaseGate(journal::Journal& journal, EventLog& events, Figures& figures, Admission& admission,
              std::function<void()> on_events, const ReleaseTaps& taps, Threads threads);
  // Returns when all that was held is out; without a thread of its own, what is held never goes
  // out.
  ~ReleaseGate();
  ReleaseGate(const ReleaseGate&) = delete;
  ReleaseGate& operator=(const ReleaseGate&) = delete;

  // Writer only. The batch's records, if any, have been appended; sees to the sync.
  void Pass(Release release);

  // One thread: lets out what the journal says is durable.
  void LetOutDurable();

 private:
  void Run();
  void TakeIn();
  void LetOut(Release& release);

  journal::Journal& journal_;
  EventLog& events_;
  Figures& figures_;
  Admission& admission_;
  const std::function<void()> on_events_;
  const ReleaseTaps& taps_;
  const bool gated_;

  Inbox inbox_;                                // of Release, owned by it
  std::deque<std::unique_ptr<Release>> held_;  // in order; of the thread that lets out
  std::atomic<std::uint32_t> notices_{0};      // counts what the thread has to look up for
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace strowger::runtime
