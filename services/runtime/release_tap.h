// Whoever is told of every event of a domain, each once, also those of its past.
#pragma once

#include <cstdint>
#include <memory>

#include "services/runtime/event_log.h"

namespace strowger::runtime {

class ReleaseTap {
 public:
  virtual ~ReleaseTap() = default;

  // One thread at a time, in order; the thread that releases, or that recovers. Must not block.
  // Every event up to `sequence` has been handed over now. `chunk`: null where there were none.
  virtual void OnReleased(const std::shared_ptr<const EventChunk>& chunk,
                          std::uint64_t sequence) = 0;
};

}  // namespace strowger::runtime
