// Which of the eligible agents a contact gets: a total order of rank, the strategy's key, longest
// idle, id.
#include <algorithm>

#include "routing-core/engine/best_eligible.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {

// Those whom this turn freed choose for themselves, but not when a round is filled up, which has
// each agent once.
bool Router::Engine::MayTake(const ContactRecord& contact, AgentSlot agent) const {
  if (contact.first_hold == kNoSlot) {
    if (!freed_.empty() && agents_[agent].freed) return false;
  } else if (FindOffer(contact, agent, 0) != kNoSlot) {
    return false;
  }
  if (bounded_count_ != 0 && bounded_.Test(agent) &&
      !IsWithinBounds(agents_[agent], contact.queue, contact.labels)) {
    return false;
  }
  if (contact.first_bar != kNoSlot && IsBarred(contact, agent)) return false;
  if (IsTooBusy(agent, queues_[contact.queue])) return false;
  if (listed_count_ == 0 && !contact.ranks.IsBand()) return true;
  return Admits(agent, contact.queue, contact.ranks, now_ - contact.wait_base);
}

// Whether MayTake could say no to anybody: most contacts have no history and most queues no such
// settings, and then thousands of agents need not be asked.
bool Router::Engine::AsksEach(const ContactRecord& contact) const {
  return contact.first_hold != kNoSlot || !freed_.empty() || bounded_count_ != 0 ||
         contact.first_bar != kNoSlot || listed_count_ != 0 || contact.ranks.IsBand() ||
         queues_[contact.queue].settings.max_occupancy.has_value();
}

// ---- Ranks --------------------------------------------------------------------------------------

// Agents do not compare by their overall ranks alone, in the order in which they are kept.
bool Router::Engine::RanksAreGeneral(const ContactRecord& contact) const {
  const QueueRecord& queue = queues_[contact.queue];
  return queue.own_ranks > 0 || !queue.settings.use_rank ||
         contact.ranks.lift != RankTerms::kLowest;
}

std::int64_t Router::Engine::ComparedRank(const ContactRecord& contact, AgentSlot agent) const {
  if (!queues_[contact.queue].settings.use_rank) return 0;
  return std::max<std::int64_t>(RankIn(contact.queue, agent), contact.ranks.lift);
}

// ---- The first in an order ----------------------------------------------------------------------

template <typename Test>
AgentSlot Router::Engine::FirstOpen(const ContactRecord& contact, const RankTerms& ranks,
                                    Order& order, Test test) const {
  const RequirementId serving = ServingMask(queues_[contact.queue]);
  return order.First(contact.channel, eligibility_.ExpressionOf(contact.requirement, serving),
                     ranks,
                     [&](AgentSlot agent) { return MayTake(contact, agent) && test(agent); });
}

// The first, and those behind it that an explanation names: one more where ranks count as one,
// since places tell the order within one rank alone.
AgentSlot Router::Engine::FirstInOrder(const ContactRecord& contact, Order& order) {
  order.Tidy();
  const QueueRecord& queue = queues_[contact.queue];
  if (queue.own_ranks > 0) {
    return BestEligible(
        contact, [&](AgentSlot agent) { return order.Key(agent); },
        [](std::int64_t, std::int64_t) { return 0; }, order, [](AgentSlot) {});
  }
  RankTerms ranks = contact.ranks;
  if (!queue.settings.use_rank) ranks.lift = RankTerms::kHighest;
  const auto note = [&](AgentSlot agent) {
    candidates_[candidate_count_++] = {agent, order.Key(agent)};
  };
  if (ranks.lift == RankTerms::kLowest) {
    FirstOpen(contact, ranks, order, [&](AgentSlot agent) {
      note(agent);
      return candidate_count_ == candidates_.size();
    });
    return candidate_count_ == 0 ? kNoSlot : candidates_[0].agent;
  }
  const AgentSlot first = FirstOpen(contact, ranks, order, [](AgentSlot) { return true; });
  if (first == kNoSlot) return kNoSlot;
  note(first);
  const AgentSlot next =
      FirstOpen(contact, ranks, order, [&](AgentSlot agent) { return agent != first; });
  if (next != kNoSlot) note(next);
  return first;
}

bool Router::Engine::HasEligible(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  if (contact.request != kNoSlot) return RequestedIfEligible(contact) != kNoSlot;
  by_idleness_.Tidy();
  return FirstOpen(contact, RankTerms{}, by_idleness_, [](AgentSlot) { return true; }) != kNoSlot;
}

// The terms of `prefer` in force. REQUIRES: the contact has a plan.
const std::vector<Preference>& Router::Engine::PreferOf(const ContactRecord& contact) const {
  const Plan& plan = *plans_[contact.plan].plan;
  return contact.prefer_of == 0 ? plan.prefer : *plan.steps[contact.prefer_of - 1U].prefer;
}

}  // namespace strowger::routing
