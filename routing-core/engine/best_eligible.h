// The search that strategies share: all who are eligible, compared by rank, a key, and an order.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

// Agents of so many words are found at once, and then visited.
inline constexpr std::size_t kEligibleWords = 32;
// What is looked at of an agent is fetched while so many before it are visited: with many agents it
// lies beyond the caches.
inline constexpr std::size_t kFetchedAhead = 12;

template <typename Visit, typename Fetch>
void Router::Engine::ForEachEligible(const ContactRecord& contact, Visit visit, Fetch fetch) const {
  const BitKernels& kernels = ChosenBitKernels();
  const std::uint64_t* const fits[] = {fits_[contact.channel].data()};
  const RequirementId serving = ServingMask(queues_[contact.queue]);
  const bool asks_each = AsksEach(contact);
  std::array<std::uint64_t, kEligibleWords> words;
  std::array<AgentSlot, kEligibleWords * 64> agents;
  for (std::size_t first = 0; first < free_.words(); first += kEligibleWords) {
    const std::size_t count = std::min(kEligibleWords, free_.words() - first);
    const absl::Span<std::uint64_t> block = absl::MakeSpan(words.data(), count);
    std::copy_n(free_.data() + first, count, words.begin());
    kernels.keep_common(absl::MakeSpan(fits), first, count, words.data());
    eligibility_.KeepSatisfying(contact.requirement, first, block);
    if (serving != kNoSlot) eligibility_.KeepSatisfying(serving, first, block);
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto base = static_cast<AgentSlot>((first + i) * 64);
      for (std::uint64_t left = words[i]; left != 0; left &= left - 1) {
        agents[found++] = base + static_cast<AgentSlot>(std::countr_zero(left));
      }
    }
    for (std::size_t i = 0; i < std::min(found, kFetchedAhead); ++i) fetch(agents[i]);
    for (std::size_t i = 0; i < found; ++i) {
      if (i + kFetchedAhead < found) fetch(agents[i + kFetchedAhead]);
      if (!asks_each || MayTake(contact, agents[i])) visit(agents[i]);
    }
  }
}

// What explanations show of a strategy's key: integers as they are, others say it themselves.
template <std::integral Key>
std::int64_t Shown(Key key) {
  return static_cast<std::int64_t>(key);
}
template <typename Key>
requires requires(const Key& key) { key.Shown(); }
std::int64_t Shown(const Key& key) { return key.Shown(); }

// The best of all who are eligible, and for explanations the next best: lower rank, then `compare`
// of their keys (negative: the first is better), then `order`. Most agents are compared once, with
// the next best. `fetch` begins to fetch what key_of looks at. REQUIRES: `order` is tidy.
template <typename Key, typename Compare, typename Fetch>
AgentSlot Router::Engine::BestEligible(const ContactRecord& contact, Key key_of, Compare compare,
                                       const Order& order, Fetch fetch) {
  const bool general = RanksAreGeneral(contact);
  struct Ranked {
    AgentSlot agent = kNoSlot;
    std::int64_t rank = 0;
    decltype(key_of(AgentSlot{})) key{};
  };
  Ranked best;
  Ranked next;
  const auto before = [&](const Ranked& a, const Ranked& b) {
    if (b.agent == kNoSlot) return true;
    if (a.rank != b.rank) return a.rank < b.rank;
    const int comes = compare(a.key, b.key);
    return comes != 0 ? comes < 0 : order.Earlier(a.agent, b.agent);
  };
  const auto judge = [&](AgentSlot agent) {
    Ranked one;
    one.agent = agent;
    one.rank = general ? ComparedRank(contact, agent) : by_idleness_.RankOf(agent);
    if (next.agent != kNoSlot && one.rank > next.rank) return;
    one.key = key_of(agent);
    if (!before(one, next)) return;
    if (before(one, best)) {
      next = best;
      best = one;
    } else {
      next = one;
    }
  };
  ForEachEligible(contact, judge, fetch);
  candidate_count_ = 0;
  for (const Ranked& each : {best, next}) {
    if (each.agent != kNoSlot) candidates_[candidate_count_++] = {each.agent, Shown(each.key)};
  }
  return best.agent;
}

}  // namespace strowger::routing
