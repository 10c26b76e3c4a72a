// Which of the eligible agents a contact gets.
#include <algorithm>
#include <set>

#include "absl/numeric/int128.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::ContactState;
using routing::DurationNs;
using routing::kMinute;
using routing::kSecond;
using routing::Strategy;
using routing::TimeNs;

namespace {

constexpr DurationNs kHalfHour = 30 * kMinute;
constexpr std::int64_t kMillion = 1'000'000;

template <typename T>
int Compare(const T& left, const T& right) {
  return left < right ? -1 : (right < left ? 1 : 0);
}

std::int64_t Millionths(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<std::int64_t>(absl::int128(part) * kMillion / whole);
}

// SplitMix64: what follows a state, and the number that it gives.
std::uint64_t Advance(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::set<std::string> SkillsNamed(const routing::Requirement& requirement) {
  std::set<std::string> named;
  for (const routing::SkillMinimum& minimum : requirement.require) named.insert(minimum.skill);
  for (const routing::Atom& atom : requirement.who.atoms) {
    if (atom.kind == routing::Atom::Kind::kSkillAtLeast) named.insert(atom.name);
  }
  return named;
}

std::size_t OtherSkills(const NaiveAgent& agent, const NaiveContact& contact) {
  std::size_t others = agent.skills.size();
  for (const std::string& skill : SkillsNamed(contact.requirement)) {
    others -= agent.skills.contains(skill) ? 1 : 0;
  }
  return others;
}

std::int64_t SkillSum(const NaiveAgent& agent, const NaiveContact& contact) {
  std::set<std::string> named = SkillsNamed(contact.requirement);
  for (const routing::Preference& preference : contact.prefer) named.insert(preference.name);
  std::int64_t sum = 0;
  for (const std::string& skill : named) {
    const auto found = agent.skills.find(skill);
    if (found != agent.skills.end()) sum += found->second;
  }
  return sum;
}

}  // namespace

// The one who is better than all others; `random` then draws among those of the same rank.
NaiveAgent* NaiveRouter::Choose(const NaiveContact& contact,
                                const std::vector<NaiveAgent*>& eligible) {
  NaiveAgent* best = nullptr;
  for (NaiveAgent* agent : eligible) {
    if (best == nullptr || BetterAgent(*agent, *best, contact)) best = agent;
  }
  const bool draws = queues_.at(contact.queue).settings.select == Strategy::kRandom;
  if (best == nullptr || !draws || contact.request.has_value()) return best;
  std::uint64_t total = 0;
  for (const NaiveAgent* agent : eligible) {
    if (ComparedRank(*agent, contact) == ComparedRank(*best, contact)) {
      total += static_cast<std::uint64_t>(agent->weight);
    }
  }
  const absl::uint128 scaled = absl::uint128(Advance(random_state_)) * total;
  auto left = static_cast<std::int64_t>(absl::Uint128High64(scaled));
  for (NaiveAgent* agent : eligible) {
    if (ComparedRank(*agent, contact) != ComparedRank(*best, contact)) continue;
    left -= agent->weight;
    if (left < 0) return agent;
  }
  return nullptr;
}

std::int64_t NaiveRouter::ComparedRank(const NaiveAgent& agent, const NaiveContact& contact) const {
  if (!queues_.at(contact.queue).settings.use_rank) return 0;
  const std::int64_t rank = RankFor(agent, contact);
  return std::max(rank, contact.lift.value_or(rank));
}

bool NaiveRouter::BetterAgent(const NaiveAgent& left, const NaiveAgent& right,
                              const NaiveContact& contact) const {
  const int by_rank = Compare(ComparedRank(left, contact), ComparedRank(right, contact));
  if (by_rank != 0) return by_rank < 0;
  const int by_strategy = CompareByStrategy(left, right, contact);
  if (by_strategy != 0) return by_strategy < 0;
  if (left.idle_since != right.idle_since) return left.idle_since < right.idle_since;
  return left.id < right.id;
}

int NaiveRouter::CompareByStrategy(const NaiveAgent& left, const NaiveAgent& right,
                                   const NaiveContact& contact) const {
  const NaiveQueue& queue = queues_.at(contact.queue);
  switch (queue.settings.select) {
    case Strategy::kLongestIdle:
    case Strategy::kRandom:
      return 0;
    case Strategy::kLeastBusy:
      return CompareOccupancy(left, right);
    case Strategy::kBestSkill:
      return Compare(SkillSum(right, contact), SkillSum(left, contact));
    case Strategy::kInOrder:
      return Compare(left.number, right.number);
    case Strategy::kFewestContacts:
      return Compare(left.handled, right.handled);
    case Strategy::kLeastHandleTime:
      return Compare(left.handle_time, right.handle_time);
    case Strategy::kLeastSkilled:
      return Compare(OtherSkills(left, contact), OtherSkills(right, contact));
    case Strategy::kRoundRobin: {
      const auto turn = [&](const NaiveAgent& agent) {
        return std::pair(agent.id <= queue.last_chosen, agent.id);
      };
      return Compare(turn(left), turn(right));
    }
    case Strategy::kAllocation:
      return CompareShares(left, right, queue);
    case Strategy::kScore:
      return Compare(Score(right, contact), Score(left, contact));
  }
  return 0;
}

int NaiveRouter::CompareOccupancy(const NaiveAgent& left, const NaiveAgent& right) const {
  const auto [left_busy, left_of] = Occupancy(left);
  const auto [right_busy, right_of] = Occupancy(right);
  // 0 / 0 counts as 0: nothing measured means nothing busy.
  const int occupancy = Compare(absl::int128(left_busy) * std::max<DurationNs>(right_of, 1),
                                absl::int128(right_busy) * std::max<DurationNs>(left_of, 1));
  return occupancy != 0 ? occupancy : Compare(InHand(left).size(), InHand(right).size());
}

int NaiveRouter::CompareShares(const NaiveAgent& left, const NaiveAgent& right,
                               const NaiveQueue& queue) const {
  const auto share_of = [&](const NaiveAgent& agent) {
    for (const routing::AgentShare& share : queue.settings.shares) {
      if (share.agent == agent.id) return share.share;
    }
    return std::int64_t{0};
  };
  const std::int64_t left_share = share_of(left);
  const std::int64_t right_share = share_of(right);
  if (left_share == 0 || right_share == 0) return Compare(left_share == 0, right_share == 0);
  return Compare(absl::int128(queue.assigned_to.at(left.id) + 1) * right_share,
                 absl::int128(queue.assigned_to.at(right.id) + 1) * left_share);
}

std::pair<DurationNs, DurationNs> NaiveRouter::Occupancy(const NaiveAgent& agent) const {
  const TimeNs window_start = (now_ / kMinute - 29) * kMinute;
  const DurationNs busy = agent.busy.Within(window_start, now_);
  const DurationNs resting = agent.resting.Within(window_start, now_);
  const DurationNs measured = std::min(kHalfHour, now_ - agent.logged_in_at) - resting;
  return {busy, measured};
}

// ---- score --------------------------------------------------------------------------------------

std::int64_t NaiveRouter::Score(const NaiveAgent& agent, const NaiveContact& contact) const {
  std::int64_t score = 0;
  for (const routing::Preference& preference : contact.prefer) {
    score += preference.weight * TermOf(preference.name, agent, contact);
  }
  return score;
}

// In millionths.
std::int64_t NaiveRouter::TermOf(const std::string& name, const NaiveAgent& agent,
                                 const NaiveContact& contact) const {
  if (name == "last_agent") {
    const auto last = contact.attributes.find("last_agent");
    if (last == contact.attributes.end()) return 0;
    const auto* id = std::get_if<std::string>(&last->second);
    return id != nullptr && *id == agent.id ? kMillion : 0;
  }
  if (name == "same_location") {
    return !agent.location.empty() && agent.location == contact.location ? kMillion : 0;
  }
  if (name == "distance") {
    const auto metres = rule_set_->DistanceMetres(contact.location, agent.location);
    return metres.has_value() ? Millionths(100'000, *metres + 100'000) : 0;
  }
  if (name == "idleness") {
    const DurationNs idle = now_ - agent.idle_since;
    return Millionths(idle, idle + 300 * kSecond);
  }
  if (name == "spare_capacity") return SpareCapacity(agent);
  if (name == "scarcity") return Scarcity(agent, contact);
  const auto skill = agent.skills.find(name);
  if (skill == agent.skills.end()) return 0;
  const std::int64_t most = rule_set_->HighestProficiency(name);
  return Millionths(std::min(skill->second, most), most);
}

std::int64_t NaiveRouter::SpareCapacity(const NaiveAgent& agent) const {
  const std::vector<std::string> in_hand = ChannelsOf(InHand(agent), agent.outside);
  if (agent.capacity.one_of_any) return in_hand.empty() ? kMillion : 0;
  std::int64_t by_cost = 0;
  std::int64_t by_count = 0;
  std::int64_t most = 0;
  for (const routing::ChannelCapacity& channel : agent.capacity.channels) {
    const auto held = std::count(in_hand.begin(), in_hand.end(), channel.channel);
    by_cost += channel.cost * held;
    by_count += std::min<std::int64_t>(held, channel.max);
    most += channel.max;
  }
  if (!agent.capacity.total.has_value()) return Millionths(most - by_count, most);
  const std::int64_t total = *agent.capacity.total;
  return Millionths(std::max<std::int64_t>(0, total - by_cost), total);
}

std::int64_t NaiveRouter::Scarcity(const NaiveAgent& agent, const NaiveContact& contact) const {
  const std::set<std::string> own = SkillsNamed(contact.requirement);
  std::int64_t wanted = 0;
  for (const auto& [id, other] : contacts_) {
    if (!InLine(other)) continue;
    for (const std::string& skill : SkillsNamed(other.requirement)) {
      if (agent.skills.contains(skill) && !own.contains(skill)) ++wanted;
    }
  }
  return kMillion / (1 + wanted);
}

}  // namespace strowger::model
