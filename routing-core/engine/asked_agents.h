// Whom contacts ask for: a bit for each agent, kept until an agent changes.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/types/span.h"
#include "routing-core/engine/records.h"
#include "routing-core/matching/bit_kernels.h"

namespace strowger::routing {

// What a contact asks of agents at one instant of its wait.
struct Asked {
  RequirementId requirement = kNoSlot;
  std::uint64_t requirement_made = 0;  // the id may stand for another one later
  QueueSlot queue = kNoSlot;           // kNoSlot: no agent names the queues that it serves
  std::int32_t lowest_rank = RankTerms::kLowest;
  std::int32_t highest_rank = RankTerms::kHighest;
  DurationNs waited = 0;          // who wants a longer wait in the queue is not asked yet
  AgentSlot requested = kNoSlot;  // this one alone

  bool operator==(const Asked&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Asked& asked) {
    return H::combine(std::move(h), asked.requirement, asked.requirement_made, asked.queue,
                      asked.lowest_rank, asked.highest_rank, asked.waited, asked.requested);
  }
};

struct AskedMask {
  Asked asked;
  std::uint64_t version = 0;  // of the agents; 0: nothing is known
  std::uint32_t count = 0;
  std::vector<std::uint64_t> words;

  bool Test(AgentSlot agent) const { return ((words[agent / 64] >> (agent % 64)) & 1) != 0; }
};

// A table with one place for each of some hundred questions: who asks for a place that is taken
// drives the other one out. Nothing is allocated after Prepare, up to so many agents.
class AskedAgents {
 public:
  void Prepare(std::size_t agents) {
    constexpr std::size_t kMostBytes = std::size_t{4} << 20;
    const std::size_t words = (agents + 63) / 64;
    const std::size_t room = kMostBytes / (std::max<std::size_t>(words, 1) * sizeof(std::uint64_t));
    masks_.resize(std::bit_floor(std::clamp<std::size_t>(room, 64, 512)));
    for (AskedMask& mask : masks_) mask.words.reserve(words);
  }

  // `fill` writes the bits where they are not kept. Valid until the next call.
  template <typename Fill>
  const AskedMask& Find(const Asked& asked, std::uint64_t version, std::size_t words, Fill fill) {
    AskedMask& mask = masks_[absl::HashOf(asked) & (masks_.size() - 1)];
    if (mask.version == version && mask.asked == asked) return mask;
    mask.asked = asked;
    mask.version = version;
    mask.words.assign(words, 0);
    fill(absl::MakeSpan(mask.words));
    mask.count = static_cast<std::uint32_t>(Common(mask.words.data(), mask.words.data(), words));
    return mask;
  }

  std::uint32_t CountCommon(const AskedMask& a, const AskedMask& b) const {
    return static_cast<std::uint32_t>(Common(a.words.data(), b.words.data(), a.words.size()));
  }
  std::uint32_t CountCommon(const AskedMask& a, const BitColumn& b) const {
    return static_cast<std::uint32_t>(Common(a.words.data(), b.data(), a.words.size()));
  }

 private:
  std::size_t Common(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) const {
    return kernels_.count_common(a, b, words);
  }

  const BitKernels& kernels_ = ChosenBitKernels();
  std::vector<AskedMask> masks_;  // a power of two
};

}  // namespace strowger::routing
