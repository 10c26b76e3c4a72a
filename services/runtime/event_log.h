// The recent events of a domain, for watchers to read at their own pace.
//
// The events of one batch are copied into one immutable chunk; chunks are shared by pointer. The
// thread that releases a batch only pushes its chunk into a lock-free inbox. Readers take a mutex
// among themselves, move the inbox into the list of kept chunks, drop what is too old and copy
// pointers out. Chosen over a ring of atomics, whose readers would copy bytes and validate
// afterwards, because nothing here is ever read while it changes; and over a plain mutex, because
// a reader that is preempted inside must not stop the router: the releasing thread tries that
// mutex only when a good deal has piled up unread, and goes on if it is taken.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/types/span.h"
#include "routing/event.h"
#include "services/runtime/mailbox.h"

namespace strowger::runtime {

// Place of an event: ordered by sequence, then index.
struct EventPosition {
  std::uint64_t sequence = 0;
  std::uint32_t index = 0;

  auto operator<=>(const EventPosition&) const = default;
};

inline EventPosition PositionOf(const routing::Event& event) {
  return {event.sequence, event.index};
}

// Events whose text lives in the chunk. Filled by one thread, immutable once it is shared.
class EventChunk : public MailboxNode {
 public:
  EventChunk() = default;
  EventChunk(const EventChunk&) = delete;
  EventChunk& operator=(const EventChunk&) = delete;

  // Copies the event and its text.
  void Add(const routing::Event& event);
  const std::vector<routing::Event>& events() const { return events_; }

 private:
  friend class EventLog;
  std::string_view Keep(std::string_view text);

  std::vector<routing::Event> events_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_left_ = 0;
  char* block_next_ = nullptr;
  std::shared_ptr<const EventChunk> self_;  // while in the inbox, which owns it
};

// Some events of a chunk. The chunk keeps them alive.
struct EventSlice {
  std::shared_ptr<const EventChunk> chunk;
  absl::Span<const routing::Event> events;
};

class EventLog {
 public:
  enum class ReadStatus : std::uint8_t {
    kOk,
    kOutOfRange,  // events after that position are no longer kept: start again with state
  };

  // Keeps at least the last `kept` events, and what shares a chunk with them.
  explicit EventLog(std::size_t kept);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // Before the first event: those up to this position happened, and are not kept.
  void BeginAfter(EventPosition position);

  // One thread at a time, in order of position. Never waits for readers.
  void Publish(std::shared_ptr<EventChunk> chunk);

  // Any thread. Adds to `slices` the events after `after`, in order; stops after the slice that
  // brings their number to `limit` or more. None: nothing newer has been released.
  ReadStatus Read(EventPosition after, std::size_t limit, std::vector<EventSlice>& slices);

  // Any thread. Of the newest event released; zero before the first.
  EventPosition last();
  // Any thread. Reading after this one gives all that is kept, unless it is forgotten meanwhile.
  EventPosition before_first();

 private:
  void Absorb();  // REQUIRES: mutex_ held

  const std::size_t kept_;
  Inbox inbox_;
  std::atomic<std::size_t> unread_{0};  // events in the inbox

  std::mutex mutex_;  // readers; the releasing thread only ever tries it
  std::deque<std::shared_ptr<const EventChunk>> chunks_;
  std::size_t size_ = 0;     // events in chunks_
  EventPosition forgotten_;  // the newest event dropped; zero: none
};

}  // namespace strowger::runtime
