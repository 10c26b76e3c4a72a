// What happened to contacts, handed from a domain to whoever keeps its history.
//
// Each batch that is released is put here, with a view of each contact that has ended; the keeper
// takes them when it likes. Neither waits for the other: where a slow keeper leaves no room
// the feed closes, and what comes is dropped until the keeper opens it again; what was dropped it
// reads from the journal. It does not open by itself: reading costs more than being told, and
// whoever is behind because there is much to do would make it more.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "services/runtime/event_log.h"
#include "services/runtime/mailbox.h"
#include "services/runtime/release_tap.h"

namespace strowger::runtime {

// What commands in (after, last] had to tell. It may also hold some of earlier ones.
struct HistoryPart : public MailboxNode {
  std::uint64_t after = 0;
  std::uint64_t last = 0;
  std::shared_ptr<const EventChunk> chunk;       // null: there were no events
  std::shared_ptr<const ContactNotes> contacts;  // null: there is nothing to say

  std::size_t weight() const;
};

class HistoryFeed final : public ReleaseTap {
 public:
  // Holds about so many events that the keeper has not taken; an ended contact weighs as four more.
  static constexpr std::size_t kRoom = 262'144;
  explicit HistoryFeed(std::size_t room = kRoom) : room_(room) {}
  ~HistoryFeed() override;
  HistoryFeed(const HistoryFeed&) = delete;
  HistoryFeed& operator=(const HistoryFeed&) = delete;

  // Before the first command: the keeper knows all up to this one.
  void Skip(std::uint64_t sequence) { known_ = sequence; }

  // ---- The domain ---------------------------------------------------------------------------

  absl::Status Begin(const routing::Router& router) override;
  bool WantsContacts(std::uint64_t sequence) override;
  void OnReleased(const ReleasedBatch& batch) override;

  // ---- The keeper: one thread at a time -----------------------------------------------------

  // Everything up to here has been handed over, had nothing to tell, or lies before the first part
  // that Take gives from now on.
  std::uint64_t told() const { return told_.load(std::memory_order_acquire); }
  // The last command of a part that was dropped; 0: none was.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_acquire); }
  // In order.
  std::vector<std::unique_ptr<HistoryPart>> Take();
  bool closed() const { return noted_from_.load(std::memory_order_acquire) == kClosed; }
  // REQUIRES: closed. The next part may have a gap before it.
  void Reopen();

 private:
  static constexpr std::uint64_t kClosed = UINT64_MAX;
  static constexpr std::uint64_t kOpening = UINT64_MAX - 1;  // from the writer's next command on

  void Drop(std::uint64_t last);

  const std::size_t room_;
  std::uint64_t known_ = 0;  // of the beginning
  // The releasing thread's.
  std::uint64_t seen_ = 0;   // the last command of the batch before
  std::uint64_t after_ = 0;  // handed over up to here, or dropped
  // The command from which on what they say of contacts is noted, or one of the above. The
  // releasing thread closes, the keeper begins to open, the writer says from where. Who reads an
  // older word notes or drops a batch too many, no more: the releasing thread closes by itself.
  std::atomic<std::uint64_t> noted_from_{0};
  // Between it and the keeper.
  Inbox inbox_;
  std::atomic<std::size_t> waiting_{0};  // weight of what is in the inbox
  // Release and acquire: a part is in the inbox before `told_` covers it.
  std::atomic<std::uint64_t> told_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace strowger::runtime
