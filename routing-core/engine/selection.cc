// Which of the eligible agents a contact gets: a total order of rank, the strategy's key, longest
// idle, id.
#include <algorithm>
#include <bit>

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
  if (contact.first_bar != kNoSlot && IsBarred(contact, agent)) return false;
  if (listed_count_ == 0 && !contact.ranks.IsBand()) return true;
  return Admits(agent, contact.queue, contact.ranks, now_ - contact.wait_base);
}

template <typename Visit>
void Router::Engine::ForEachEligible(const ContactRecord& contact, Visit visit) const {
  const BitColumn& fits = fits_[contact.channel];
  const Eligibility::Columns satisfying = eligibility_.ColumnsOf(contact.requirement);
  const RequirementId serving = queues_[contact.queue].serving;
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

// The best of all who are eligible: lower rank, then `compare` of their keys (negative: the first
// is better), then `order`.
template <typename Key, typename Compare>
AgentSlot Router::Engine::BestEligible(const ContactRecord& contact, Key key_of, Compare compare,
                                       const Order& order) {
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

// ---- Strategies ---------------------------------------------------------------------------------

AgentSlot Router::Engine::FirstOpen(const ContactRecord& contact, const RankTerms& ranks,
                                    Order& order) const {
  const RequirementId serving = queues_[contact.queue].serving;
  return order.First(contact.channel, eligibility_.ExpressionOf(contact.requirement, serving),
                     ranks, [&](AgentSlot agent) { return MayTake(contact, agent); });
}

AgentSlot Router::Engine::FirstInOrder(const ContactRecord& contact, Order& order) {
  order.Tidy();
  const QueueRecord& queue = queues_[contact.queue];
  if (queue.own_ranks == 0) {
    RankTerms ranks = contact.ranks;
    if (!queue.settings.use_rank) ranks.lift = RankTerms::kHighest;
    return FirstOpen(contact, ranks, order);
  }
  const auto nothing = [](AgentSlot) { return 0; };
  return BestEligible(
      contact, nothing, [](int, int) { return 0; }, order);
}

bool Router::Engine::HasEligible(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  if (contact.request != kNoSlot) return RequestedIfEligible(contact) != kNoSlot;
  by_idleness_.Tidy();
  return FirstOpen(contact, RankTerms{}, by_idleness_) != kNoSlot;
}

AgentSlot Router::Engine::ChooseAgent(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  if (contact.request != kNoSlot) return RequestedIfEligible(contact);
  switch (queues_[contact.queue].settings.select) {
    case Strategy::kLongestIdle:
      return FirstInOrder(contact, by_idleness_);
    case Strategy::kInOrder:
      return FirstInOrder(contact, by_registration_);
    case Strategy::kLeastBusy:
      return LeastBusy(contact);
    case Strategy::kBestSkill:
      return BestSkilled(contact);
  }
  return kNoSlot;
}

// Occupancy is busy / available with 0 / 0 = 0, compared without division; then fewest contacts in
// hand.
AgentSlot Router::Engine::LeastBusy(const ContactRecord& contact) {
  by_idleness_.Tidy();
  const BucketWindow<2> window;
  const std::int64_t bucket = window.BucketOf(now_);
  const TimeNs begin = window.Begin(now_);
  struct Load {
    Occupancy occupancy;
    std::uint32_t contacts;
  };
  const auto load_of = [&](AgentSlot agent) {
    return Load{RecentOccupancy(agent, bucket, begin), loads_[agent].contacts};
  };
  const auto compare = [](const Load& a, const Load& b) {
    const auto available = [](const Load& load) {
      return std::max<std::int64_t>(load.occupancy.available, 1);
    };
    const absl::int128 left = absl::int128(a.occupancy.busy) * available(b);
    const absl::int128 right = absl::int128(b.occupancy.busy) * available(a);
    if (left != right) return left < right ? -1 : 1;
    return a.contacts == b.contacts ? 0 : a.contacts < b.contacts ? -1 : 1;
  };
  return BestEligible(contact, load_of, compare, by_idleness_);
}

// The terms of `prefer` in force. REQUIRES: the contact has a plan.
const std::vector<Preference>& Router::Engine::PreferOf(const ContactRecord& contact) const {
  const Plan& plan = *plans_[contact.plan].plan;
  return contact.prefer_of == 0 ? plan.prefer : *plan.steps[contact.prefer_of - 1U].prefer;
}

// By the distinct skills that the requirement and `prefer` name, into levels_scratch_.
void Router::Engine::CollectLevels(const ContactRecord& contact) {
  const auto skills_of = [this](AgentSlot agent) {
    return agents_[agent].in_use ? &agents_[agent].skills : nullptr;
  };
  const std::vector<std::string>& required = eligibility_.skills(contact.requirement);
  const std::vector<std::string>* preferred = nullptr;
  if (contact.plan != kNoSlot) {
    preferred = &plans_[contact.plan].preferred_skills[contact.prefer_of];
  }
  skill_levels_.ExpectSkills(required.size() + (preferred == nullptr ? 0 : preferred->size()));
  levels_scratch_.clear();
  for (const std::string& skill : required) {
    levels_scratch_.push_back(skill_levels_.Column(skill, skills_of));
  }
  if (preferred == nullptr) return;
  for (const std::string& skill : *preferred) {
    if (std::binary_search(required.begin(), required.end(), skill)) continue;
    levels_scratch_.push_back(skill_levels_.Column(skill, skills_of));
  }
}

AgentSlot Router::Engine::BestSkilled(const ContactRecord& contact) {
  by_idleness_.Tidy();
  CollectLevels(contact);
  const auto sum_of = [&](AgentSlot agent) {
    std::int32_t sum = 0;
    for (const std::uint8_t* const levels : levels_scratch_) sum += levels[agent];
    return sum;
  };
  const auto compare = [](std::int32_t a, std::int32_t b) { return b - a; };
  return BestEligible(contact, sum_of, compare, by_idleness_);
}

}  // namespace strowger::routing
