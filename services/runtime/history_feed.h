// What happened to contacts, handed from a domain's writer to whoever keeps its history.
//
// The writer hands over the events of its batches with a view of each contact that has ended; the
// keeper takes them when it likes. Neither waits for the other: what a slow keeper leaves no room
// for is dropped, and the keeper, who sees the gap, reads it from the journal.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/outcome.h"
#include "routing/router.h"
#include "services/runtime/event_log.h"
#include "services/runtime/mailbox.h"

namespace strowger::runtime {

// What commands in (after, last] had to tell. It may also hold some of earlier ones.
struct HistoryPart : public MailboxNode {
  struct Ended {
    std::size_t event = 0;  // its `ended`, by index in the chunk
    // As the contact was then. Nothing: the router had forgotten it by the end of the command.
    std::optional<routing::ContactView> contact;
  };
  struct Erased {
    std::uint64_t sequence = 0;  // of the command, whose events come before
    std::string contact;
  };

  std::uint64_t after = 0;
  std::uint64_t last = 0;
  std::shared_ptr<const EventChunk> chunk;  // null: there were no events
  std::vector<Ended> ended;                 // in the order of events
  std::vector<Erased> erased;               // in order

  std::size_t weight() const {
    return 1 + (chunk != nullptr ? chunk->events().size() : 0) + 4 * ended.size() + erased.size();
  }
};

class HistoryFeed {
 public:
  // Holds about so many events that the keeper has not taken; an ended contact weighs as four more.
  static constexpr std::size_t kRoom = 262'144;
  explicit HistoryFeed(std::size_t room = kRoom) : room_(room) {}
  ~HistoryFeed();
  HistoryFeed(const HistoryFeed&) = delete;
  HistoryFeed& operator=(const HistoryFeed&) = delete;

  // Before the first command: the keeper knows all up to this one.
  void Skip(std::uint64_t sequence) { known_ = sequence; }

  // ---- The writer ---------------------------------------------------------------------------

  // Before the first command: they come after this one.
  void Begin(std::uint64_t sequence);
  // Right after Apply. The events are in the chunk of the batch, from `first` on.
  void Applied(const routing::Command& command, const routing::Result& result,
               absl::Span<const routing::Event> events, std::size_t first,
               const routing::Router& router);
  // The batch that ends with this command is complete. Null: there were no events.
  void Hand(std::shared_ptr<const EventChunk> chunk, std::uint64_t last);

  // ---- The keeper: one thread at a time -----------------------------------------------------

  // Everything up to here has been handed over, had nothing to tell, or lies before the first part
  // that Take gives from now on.
  std::uint64_t told() const { return told_.load(std::memory_order_acquire); }
  // The last command of a part that was dropped; 0: none was.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_acquire); }
  // In order.
  std::vector<std::unique_ptr<HistoryPart>> Take();

 private:
  const std::size_t room_;
  // The writer's.
  std::uint64_t known_ = 0;
  std::uint64_t after_ = 0;            // handed over up to here, or dropped
  bool gap_ = false;                   // the part before was dropped
  std::unique_ptr<HistoryPart> part_;  // of the batch at hand
  // Between the two.
  Inbox inbox_;
  std::atomic<std::size_t> waiting_{0};  // weight of what is in the inbox
  // Release and acquire: a part is in the inbox before `told_` covers it.
  std::atomic<std::uint64_t> told_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace strowger::runtime
