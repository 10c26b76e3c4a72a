// Which queues an agent serves, and which ranks a contact admits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "routing/time.h"

namespace strowger::routing {

// The band of ranks that a contact admits, both ends included, and its lift: ranks below it compare
// as if they were it. Ranks lie well within 32 bits.
struct RankTerms {
  static constexpr std::int32_t kLowest = INT32_MIN;
  static constexpr std::int32_t kHighest = INT32_MAX;

  std::int32_t low = kLowest;
  std::int32_t high = kHighest;
  std::int32_t lift = kLowest;

  bool IsBand() const { return low != kLowest || high != kHighest; }
  bool Admits(std::int64_t rank) const { return low <= rank && rank <= high; }

  bool operator==(const RankTerms&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const RankTerms& terms) {
    return H::combine(std::move(h), terms.low, terms.high, terms.lift);
  }
};

// One entry of an agent's queue list.
struct ServedQueue {
  std::uint32_t queue = 0;  // slot
  std::int32_t order = 0;
  std::int32_t rank = 0;  // where it has one
  bool has_rank = false;
  DurationNs delay = 0;
};

// An agent's queue list: by slot of queue, each once; empty: it serves every queue.
using ServedQueues = std::vector<ServedQueue>;

// Null when the list does not have the queue.
inline const ServedQueue* FindServed(const ServedQueues& list, std::uint32_t queue) {
  const auto found =
      std::lower_bound(list.begin(), list.end(), queue,
                       [](const ServedQueue& served, std::uint32_t q) { return served.queue < q; });
  return found != list.end() && found->queue == queue ? &*found : nullptr;
}

}  // namespace strowger::routing
