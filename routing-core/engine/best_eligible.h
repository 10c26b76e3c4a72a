// The search that strategies share: all who are eligible, compared by rank, a key, and an order.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

template <typename Visit>
void Router::Engine::ForEachEligible(const ContactRecord& contact, Visit visit) const {
  const BitColumn& fits = fits_[contact.channel];
  const Eligibility::Columns satisfying = eligibility_.ColumnsOf(contact.requirement);
  const RequirementId serving = ServingMask(queues_[contact.queue]);
  const bool asks_each = AsksEach(contact);
  for (std::size_t word = 0; word < free_.words(); ++word) {
    std::uint64_t eligible = free_.word(word) & fits.word(word);
    if (eligible != 0) eligible &= satisfying.word(word);
    if (eligible != 0 && serving != kNoSlot) eligible &= eligibility_.SatisfyingWord(word, serving);
    for (; eligible != 0; eligible &= eligible - 1) {
      const auto agent =
          static_cast<AgentSlot>(word * 64) + static_cast<AgentSlot>(std::countr_zero(eligible));
      if (!asks_each || MayTake(contact, agent)) visit(agent);
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
// the next best. REQUIRES: `order` is tidy.
template <typename Key, typename Compare>
AgentSlot Router::Engine::BestEligible(const ContactRecord& contact, Key key_of, Compare compare,
                                       const Order& order) {
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
  ForEachEligible(contact, [&](AgentSlot agent) {
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
  });
  candidate_count_ = 0;
  for (const Ranked& each : {best, next}) {
    if (each.agent != kNoSlot) candidates_[candidate_count_++] = {each.agent, Shown(each.key)};
  }
  return best.agent;
}

}  // namespace strowger::routing
