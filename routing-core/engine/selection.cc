// Which of the eligible agents a contact gets: a total order of rank, the strategy's key, longest
// idle, id.
#include <algorithm>
#include <bit>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {
std::uint64_t RankPart(std::uint64_t position) { return position >> 32; }

// The best of those offered and the next best. Most are compared once: with the second.
template <typename T>
class TopTwo {
 public:
  template <typename Before>
  void Offer(const T& one, const Before& before) {
    if (count_ == 2 && !before(one, top_[1])) return;
    const bool first = count_ == 0 || before(one, top_[0]);
    if (first) top_[1] = top_[0];
    top_[first ? 0 : 1] = one;
    if (count_ < 2) ++count_;
  }
  absl::Span<const T> best() const { return {top_, count_}; }

 private:
  T top_[2];
  std::size_t count_ = 0;
};

}  // namespace

// Those whom this turn freed choose for themselves.
bool Router::Engine::MayTake(const ContactRecord& contact, AgentSlot agent) const {
  if (!freed_.empty() && agents_[agent].freed) return false;
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

// The first, and those behind it that an explanation names.
AgentSlot Router::Engine::ChooseInOrder(const ContactRecord& contact, Order& order) {
  order.Tidy();
  order.First(contact.channel, eligibility_.ExpressionOf(contact.requirement),
              [&](AgentSlot agent) {
                if (!MayTake(contact, agent)) return false;
                candidates_[candidate_count_++] = {agent, order.Key(agent)};
                return candidate_count_ == candidates_.size();
              });
  return candidate_count_ == 0 ? kNoSlot : candidates_[0].agent;
}

bool Router::Engine::HasEligible(ContactSlot slot) {
  return FirstInOrder(contacts_[slot], by_idleness_) != kNoSlot;
}

AgentSlot Router::Engine::ChooseAgent(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  candidate_count_ = 0;
  switch (queues_[contact.queue].settings.select) {
    case Strategy::kLongestIdle:
      return ChooseInOrder(contact, by_idleness_);
    case Strategy::kInOrder:
      return ChooseInOrder(contact, by_registration_);
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
  struct Weighed {
    AgentSlot agent = kNoSlot;
    std::uint64_t position = 0;
    Occupancy load;
  };
  const auto before = [&](const Weighed& a, const Weighed& b) {
    if (RankPart(a.position) != RankPart(b.position)) return a.position < b.position;
    const absl::int128 left =
        absl::int128(a.load.busy) * std::max<std::int64_t>(b.load.available, 1);
    const absl::int128 right =
        absl::int128(b.load.busy) * std::max<std::int64_t>(a.load.available, 1);
    if (left != right) return left < right;
    const std::uint32_t contacts = loads_[a.agent].contacts;
    const std::uint32_t others = loads_[b.agent].contacts;
    return contacts != others ? contacts < others : a.position < b.position;
  };
  TopTwo<Weighed> top;
  ForEachEligible(contact, [&](AgentSlot agent) {
    top.Offer({agent, by_idleness_.Position(agent), RecentOccupancy(agent, bucket, begin)}, before);
  });
  for (const Weighed& weighed : top.best()) {
    const std::int64_t available = std::max<std::int64_t>(weighed.load.available, 1);
    const auto millionths =
        static_cast<std::int64_t>(absl::int128(weighed.load.busy) * 1'000'000 / available);
    candidates_[candidate_count_++] = {weighed.agent, millionths};
  }
  return candidate_count_ == 0 ? kNoSlot : candidates_[0].agent;
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
  struct Weighed {
    AgentSlot agent = kNoSlot;
    std::uint64_t position = 0;
    std::uint32_t sum = 0;
  };
  const auto before = [](const Weighed& a, const Weighed& b) {
    if (RankPart(a.position) == RankPart(b.position) && a.sum != b.sum) return a.sum > b.sum;
    return a.position < b.position;
  };
  TopTwo<Weighed> top;
  ForEachEligible(contact, [&](AgentSlot agent) {
    std::uint32_t sum = 0;
    for (const std::uint8_t* const levels : levels_scratch_) sum += levels[agent];
    top.Offer({agent, by_idleness_.Position(agent), sum}, before);
  });
  for (const Weighed& weighed : top.best()) {
    candidates_[candidate_count_++] = {weighed.agent, weighed.sum};
  }
  return candidate_count_ == 0 ? kNoSlot : candidates_[0].agent;
}

}  // namespace strowger::routing
