// The strategies: what agents who are eligible are compared by, after rank and before longest idle.
#include <algorithm>

#include "routing-core/engine/best_eligible.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

// Whose key is smaller comes first.
constexpr auto kSmaller = [](const auto& a, const auto& b) { return a == b ? 0 : a < b ? -1 : 1; };

// Begins to fetch what a strategy looks at of an agent.
template <typename Record>
auto Fetching(const std::vector<Record>& records) {
  return [&records](AgentSlot agent) { __builtin_prefetch(&records[agent]); };
}

// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t NextRandom(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

AgentSlot Router::Engine::ChooseAgent(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  candidate_count_ = 0;
  if (contact.request != kNoSlot) return ChooseRequested(contact);
  switch (queues_[contact.queue].settings.select) {
    case Strategy::kLongestIdle:
      return FirstInOrder(contact, by_idleness_);
    case Strategy::kInOrder:
      return FirstInOrder(contact, by_registration_);
    case Strategy::kLeastBusy:
      return LeastBusy(contact);
    case Strategy::kBestSkill:
      return BestSkilled(contact);
    case Strategy::kFewestContacts:
      by_idleness_.Tidy();
      return BestEligible(
          contact, [this](AgentSlot agent) { return tallies_[agent].handled; }, kSmaller,
          by_idleness_, Fetching(tallies_));
    case Strategy::kLeastHandleTime:
      by_idleness_.Tidy();
      return BestEligible(
          contact, [this](AgentSlot agent) { return tallies_[agent].handle_time; }, kSmaller,
          by_idleness_, Fetching(tallies_));
    case Strategy::kLeastSkilled:
      return LeastSkilled(contact);
    case Strategy::kRoundRobin:
      return NextInTurn(contact);
    case Strategy::kRandom:
      return DrawAgent(contact);
    case Strategy::kAllocation:
      return FurthestBelowShare(contact);
    case Strategy::kScore:
      return BestScored(slot);
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
    std::int64_t Shown() const {  // in millionths
      const std::int64_t available = std::max<std::int64_t>(occupancy.available, 1);
      return static_cast<std::int64_t>(absl::int128(occupancy.busy) * 1'000'000 / available);
    }
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
    return left != right ? kSmaller(left, right) : kSmaller(a.contacts, b.contacts);
  };
  return BestEligible(contact, load_of, compare, by_idleness_, Fetching(loads_));
}

// ---- Skills -------------------------------------------------------------------------------------

// Null where the slot is free.
const std::vector<SkillLevel>* Router::Engine::SkillsOf(AgentSlot agent) const {
  return agents_[agent].in_use ? &agents_[agent].skills : nullptr;
}

// Of the distinct skills that the requirement names, and `preferred` if given, into
// levels_scratch_.
void Router::Engine::CollectLevels(const ContactRecord& contact,
                                   const std::vector<std::string>* preferred) {
  const auto skills_of = [this](AgentSlot agent) { return SkillsOf(agent); };
  const std::vector<std::string>& required = eligibility_.skills(contact.requirement);
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
  const bool has_plan = contact.plan != kNoSlot;
  CollectLevels(contact,
                has_plan ? &plans_[contact.plan].preferred_skills[contact.prefer_of] : nullptr);
  const auto sum_of = [&](AgentSlot agent) {
    std::int32_t sum = 0;
    for (const std::uint8_t* const levels : levels_scratch_) sum += levels[agent];
    return sum;
  };
  const auto larger = [](std::int32_t a, std::int32_t b) { return b - a; };
  return BestEligible(contact, sum_of, larger, by_idleness_, [](AgentSlot) {});
}

// Fewest skills that the requirement does not name.
AgentSlot Router::Engine::LeastSkilled(const ContactRecord& contact) {
  by_idleness_.Tidy();
  CollectLevels(contact, nullptr);
  const auto others_of = [&](AgentSlot agent) {
    std::uint32_t others = tallies_[agent].skills;
    for (const std::uint8_t* const levels : levels_scratch_) others -= levels[agent] != 0 ? 1 : 0;
    return others;
  };
  return BestEligible(contact, others_of, kSmaller, by_idleness_, Fetching(tallies_));
}

// ---- By id --------------------------------------------------------------------------------------

// Brings ids_in_order_ up to date: every registered agent by id, and the place of each.
void Router::Engine::OrderIds() {
  if (!ids_changed_) return;
  ids_changed_ = false;
  ids_in_order_.clear();
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
    if (agents_[slot].in_use) ids_in_order_.push_back(slot);
  }
  std::sort(ids_in_order_.begin(), ids_in_order_.end(),
            [this](AgentSlot a, AgentSlot b) { return agents_[a].id < agents_[b].id; });
  id_places_.resize(agents_.extent());
  for (std::uint32_t place = 0; place < ids_in_order_.size(); ++place) {
    id_places_[ids_in_order_[place]] = place;
  }
}

// The next by id after the one to whom the queue's last contact was offered, round and round.
AgentSlot Router::Engine::NextInTurn(const ContactRecord& contact) {
  by_idleness_.Tidy();
  OrderIds();
  const std::string& last = queues_[contact.queue].last_chosen;
  const auto after = static_cast<std::uint32_t>(
      std::upper_bound(ids_in_order_.begin(), ids_in_order_.end(), last,
                       [this](const std::string& id, AgentSlot b) { return id < agents_[b].id; }) -
      ids_in_order_.begin());
  const auto count = static_cast<std::uint32_t>(ids_in_order_.size());
  const auto turns_to = [&](AgentSlot agent) {
    const std::uint32_t place = id_places_[agent];
    return place >= after ? place - after : place + count - after;
  };
  return BestEligible(contact, turns_to, kSmaller, by_idleness_, Fetching(id_places_));
}

// One number drawn for all of the lowest rank, each as likely as its weight says.
AgentSlot Router::Engine::DrawAgent(const ContactRecord& contact) {
  OrderIds();
  const bool general = RanksAreGeneral(contact);
  drawn_weights_.assign(ids_in_order_.size(), 0);
  std::uint64_t total = 0;
  std::int64_t rank = 0;
  const auto weigh = [&](AgentSlot agent) {
    const std::int64_t other = general ? ComparedRank(contact, agent) : by_idleness_.RankOf(agent);
    if (total > 0 && other > rank) return;
    if (total > 0 && other < rank) {
      drawn_weights_.assign(ids_in_order_.size(), 0);
      total = 0;
    }
    rank = other;
    drawn_weights_[id_places_[agent]] = tallies_[agent].weight;
    total += tallies_[agent].weight;
  };
  ForEachEligible(contact, weigh, Fetching(tallies_));
  if (total == 0) return kNoSlot;
  auto draw = absl::Uint128High64(absl::uint128(NextRandom(random_state_)) * total);
  std::size_t place = 0;
  for (; draw >= drawn_weights_[place]; ++place) draw -= drawn_weights_[place];
  candidates_[candidate_count_++] = {ids_in_order_[place],
                                     static_cast<std::int64_t>(drawn_weights_[place])};
  return ids_in_order_[place];
}

// ---- Allocation ---------------------------------------------------------------------------------

void Router::Engine::BindShares(QueueSlot queue_slot) {
  QueueRecord& queue = queues_[queue_slot];
  if (queue.settings.select != Strategy::kAllocation) return;
  share_queues_.push_back(queue_slot);
  for (const AgentShare& given : queue.settings.shares) {
    queue.shares.push_back({given.agent, given.share, 0});
  }
  std::sort(queue.shares.begin(), queue.shares.end(),
            [](const ShareRecord& a, const ShareRecord& b) { return a.agent < b.agent; });
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) FindShare(queue, slot);
}

// An agent slot means somebody else.
void Router::Engine::FindShare(QueueRecord& queue, AgentSlot slot) {
  const std::string& id = agents_[slot].id;
  const auto found = std::lower_bound(
      queue.shares.begin(), queue.shares.end(), id,
      [](const ShareRecord& share, const std::string& i) { return share.agent < i; });
  if (queue.share_of.size() <= slot) queue.share_of.resize(slot + 1, kNoSlot);
  const bool has = found != queue.shares.end() && found->agent == id;
  queue.share_of[slot] = has ? static_cast<std::uint32_t>(found - queue.shares.begin()) : kNoSlot;
}

void Router::Engine::CountShare(QueueRecord& queue, AgentSlot agent) {
  if (queue.shares.empty() || queue.share_of[agent] == kNoSlot) return;
  ++queue.shares[queue.share_of[agent]].assigned;
}

// Least (assigned + 1) / share, compared without division; those without a share come last.
AgentSlot Router::Engine::FurthestBelowShare(const ContactRecord& contact) {
  by_idleness_.Tidy();
  const QueueRecord& queue = queues_[contact.queue];
  struct Part {
    std::uint64_t next;
    std::int64_t share;
    std::int64_t Shown() const { return static_cast<std::int64_t>(next); }
  };
  const auto part_of = [&](AgentSlot agent) {
    const std::uint32_t index = queue.share_of[agent];
    if (index == kNoSlot) return Part{0, 0};
    return Part{queue.shares[index].assigned + 1, queue.shares[index].share};
  };
  const auto compare = [](const Part& a, const Part& b) {
    if (a.share == 0 || b.share == 0) return kSmaller(a.share == 0, b.share == 0);
    return kSmaller(absl::int128(a.next) * b.share, absl::int128(b.next) * a.share);
  };
  return BestEligible(contact, part_of, compare, by_idleness_, Fetching(queue.share_of));
}

}  // namespace strowger::routing
