// The search that strategies share: all who are eligible, compared by rank, a key, and an order.
#pragma once

#include <bit>
#include <cstdint>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

template <typename Visit>
void Router::Engine::ForEachEligible(const ContactRecord& contact, Visit visit) const {
  const BitColumn& fits = fits_[contact.channel];
  const Eligibility::Columns satisfying = eligibility_.ColumnsOf(contact.requirement);
  const RequirementId serving = ServingMask(queues_[contact.queue]);
  for (std::size_t word = 0; word < free_.words(); ++word) {
    std::uint64_t eligible = free_.word(word) & fits.word(word);
    if (eligible != 0) eligible &= satisfying.word(word);
    if (eligible != 0 && serving != kNoSlot) eligible &= eligibility_.SatisfyingWord(word, serving);
    for (; eligible != 0; eligible &= eligible - 1) {
      const auto agent =
          static_cast<AgentSlot>(word * 64) + static_cast<AgentSlot>(std::countr_zero(eligible));
      if (MayTake(contact, agent)) visit(agent);
    }
  }
}

// The best of all who are eligible: lower rank, then `compare` of their keys (negative: the first
// is better), then `order`. REQUIRES: `order` is tidy.
template <typename Key, typename Compare>
AgentSlot Router::Engine::BestEligible(const ContactRecord& contact, Key key_of, Compare compare,
                                       const Order& order) const {
  const bool general = RanksAreGeneral(contact);
  AgentSlot chosen = kNoSlot;
  std::int64_t rank = 0;
  decltype(key_of(AgentSlot{})) key{};
  ForEachEligible(contact, [&](AgentSlot agent) {
    const std::int64_t other_rank =
        general ? ComparedRank(contact, agent) : by_idleness_.RankOf(agent);
    if (chosen != kNoSlot && other_rank > rank) return;
    const auto other = key_of(agent);
    if (chosen != kNoSlot && other_rank == rank) {
      const int comes = compare(other, key);
      if (comes > 0 || (comes == 0 && !order.Earlier(agent, chosen))) return;
    }
    chosen = agent;
    rank = other_rank;
    key = other;
  });
  return chosen;
}

}  // namespace strowger::routing
