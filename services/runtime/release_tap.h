// Whoever goes along with a domain: told of all that has happened in it, each event once, also
// those of its past. The history and the reports are kept so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/outcome.h"
#include "routing/router.h"
#include "services/runtime/event_log.h"

namespace strowger::runtime {

// What events do not tell of contacts, and the router soon forgets.
struct ContactNotes {
  struct Ended {
    std::size_t event = 0;  // its `ended`, by index in the chunk
    // As the contact was then. Nothing: the router had forgotten it by the end of the command.
    std::optional<routing::ContactView> contact;
  };
  struct Erased {
    std::uint64_t sequence = 0;  // of the command, whose events come before
    std::string contact;
  };

  std::vector<Ended> ended;    // in the order of events
  std::vector<Erased> erased;  // in order
};

struct ReleasedBatch {
  std::uint64_t last = 0;                        // everything up to this command has been told now
  std::shared_ptr<const EventChunk> chunk;       // null: there were no events
  std::shared_ptr<const ContactNotes> contacts;  // null: there is nothing to say
};

class ReleaseTap {
 public:
  virtual ~ReleaseTap() = default;

  // Before anything else: the router that the events to come go on from.
  virtual absl::Status Begin(const routing::Router& router) = 0;
  // The past has been told; it ended with this command.
  virtual void EndPast(std::uint64_t /*sequence*/) {}

  // Whether what this command has to say of contacts is to be noted. The writer asks, at each.
  virtual bool WantsContacts(std::uint64_t /*sequence*/) { return false; }
  // One thread at a time, in order; the thread that releases, or that recovers. Must not block.
  virtual void OnReleased(const ReleasedBatch& batch) = 0;
};

// The taps of one domain. All must outlive it.
class ReleaseTaps {
 public:
  explicit ReleaseTaps(std::vector<ReleaseTap*> taps) : taps_(std::move(taps)) {}

  absl::Status Begin(const routing::Router& router) const;
  void EndPast(std::uint64_t sequence) const;
  void Tell(const ReleasedBatch& batch) const;

  // The writer, right after Apply. The events go into the chunk of the batch, from `first` on.
  void Note(const routing::Command& command, const routing::Result& result,
            absl::Span<const routing::Event> events, std::size_t first,
            const routing::Router& router);
  // The writer. What has been noted since the last call; null: nothing.
  std::shared_ptr<const ContactNotes> TakeNotes() { return std::move(notes_); }

 private:
  const std::vector<ReleaseTap*> taps_;
  std::shared_ptr<ContactNotes> notes_;
};

}  // namespace strowger::runtime
