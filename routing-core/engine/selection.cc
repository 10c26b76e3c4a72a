// Which of the eligible agents a contact gets: a total order of rank, the strategy's key, longest
// idle, id.
#include <algorithm>
#include <bit>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {
std::uint64_t RankPart(std::uint64_t position) { return position >> 32; }
}  // namespace

// Those whom this turn freed choose for themselves, but not when a round is filled up, which has
// each agent once.
bool Router::Engine::MayTake(const ContactRecord& contact, AgentSlot agent) const {
  if (contact.first_hold == kNoSlot) {
    if (!freed_.empty() && agents_[agent].freed) return false;
  } else if (FindOffer(contact, agent, 0) != kNoSlot) {
    return false;
  }
  return contact.first_bar == kNoSlot || !IsBarred(contact, agent);
}

template <typename Visit>
void Router::Engine::ForEachEligible(const ContactRecord& contact, Visit visit) const {
  const BitColumn& fits = fits_[contact.channel];
  const Eligibility::Columns satisfying = eligibility_.ColumnsOf(contact.requirement);
  for (std::size_t word = 0; word < free_.words(); ++word) {
    std::uint64_t eligible = free_.word(word) & fits.word(word);
    if (eligible != 0) eligible &= satisfying.word(word);
    for (; eligible != 0; eligible &= eligible - 1) {
      const auto agent =
          static_cast<AgentSlot>(word * 64) + static_cast<AgentSlot>(std::countr_zero(eligible));
      if (MayTake(contact, agent)) visit(agent);
    }
  }
}

AgentSlot Router::Engine::FirstInOrder(const ContactRecord& contact, Order& order) const {
  order.Tidy();
  return order.First(contact.channel, eligibility_.ExpressionOf(contact.requirement),
                     [&](AgentSlot agent) { return MayTake(contact, agent); });
}

bool Router::Engine::HasEligible(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  if (contact.request != kNoSlot) return RequestedIfEligible(contact) != kNoSlot;
  return FirstInOrder(contact, by_idleness_) != kNoSlot;
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
  AgentSlot chosen = kNoSlot;
  std::uint64_t position = 0;
  Occupancy least;
  ForEachEligible(contact, [&](AgentSlot agent) {
    const std::uint64_t other_position = by_idleness_.Position(agent);
    const Occupancy other = RecentOccupancy(agent, bucket, begin);
    if (chosen != kNoSlot) {
      if (RankPart(other_position) > RankPart(position)) return;
      if (RankPart(other_position) == RankPart(position)) {
        const absl::int128 left =
            absl::int128(other.busy) * std::max<std::int64_t>(least.available, 1);
        const absl::int128 right =
            absl::int128(least.busy) * std::max<std::int64_t>(other.available, 1);
        if (left > right) return;
        const std::uint32_t contacts = loads_[agent].contacts;
        const std::uint32_t fewest = loads_[chosen].contacts;
        if (left == right && contacts > fewest) return;
        if (left == right && contacts == fewest && other_position > position) return;
      }
    }
    chosen = agent;
    position = other_position;
    least = other;
  });
  return chosen;
}

// By the distinct skills that the requirement and `prefer` name, into levels_scratch_.
void Router::Engine::CollectLevels(const ContactRecord& contact) {
  const auto skills_of = [this](AgentSlot agent) {
    return agents_[agent].in_use ? &agents_[agent].skills : nullptr;
  };
  const std::vector<std::string>& required = eligibility_.skills(contact.requirement);
  const std::vector<std::string>* preferred = nullptr;
  if (contact.plan != kNoSlot) preferred = &plans_[contact.plan].preferred_skills;
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
  AgentSlot chosen = kNoSlot;
  std::uint64_t position = 0;
  std::uint32_t best = 0;
  ForEachEligible(contact, [&](AgentSlot agent) {
    std::uint32_t sum = 0;
    for (const std::uint8_t* const levels : levels_scratch_) sum += levels[agent];
    const std::uint64_t other = by_idleness_.Position(agent);
    if (chosen != kNoSlot) {
      if (RankPart(other) > RankPart(position)) return;
      if (RankPart(other) == RankPart(position)) {
        if (sum < best || (sum == best && other > position)) return;
      }
    }
    chosen = agent;
    position = other;
    best = sum;
  });
  return chosen;
}

}  // namespace strowger::routing
