// The strategy `score`: the weighted terms of `prefer`, each 0 to 1 in millionths.
#include <algorithm>

#include "routing-core/engine/best_eligible.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kHalfDistance = 100'000;  // metres at which nearness is one half
constexpr DurationNs kHalfIdle = 5 * kMinute;    // at which idleness is one half
constexpr std::string_view kLastAgent = "last_agent";

// whole / (whole + part), 0 / 0 = 0, rounded down.
std::int64_t ShareOf(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return 0;
  return static_cast<std::int64_t>(absl::int128(part) * kMillion / whole);
}

// Free / total, by costs where there is a total, else by contacts.
std::int64_t SpareCapacity(const AgentRecord& agent) {
  if (agent.capacity.one_of_any)
    return agent.contacts() + agent.outside_contacts == 0 ? kMillion : 0;
  std::int64_t used = 0;
  std::int64_t most = 0;
  for (const CapacityLine& line : agent.lines) {
    used += agent.capacity.total ? line.cost * line.used : std::min(line.used, line.max);
    most += line.max;
  }
  const std::int64_t total = agent.capacity.total.value_or(most);
  return ShareOf(std::max<std::int64_t>(0, total - used), total);
}

}  // namespace

// ---- Demand for skills --------------------------------------------------------------------------

// A contact comes to stand in a line, or leaves it; what it asks for is scarcer by that much.
void Router::Engine::CountDemand(RequirementId requirement, int change) {
  for (const std::string& skill : eligibility_.skills(requirement)) {
    demand_[skill] += static_cast<std::uint64_t>(change);
  }
}

// Before the first plan that weighs scarcity nobody counts.
void Router::Engine::BeginCountingDemand() {
  if (counts_demand_) return;
  counts_demand_ = true;
  for (const LineSlot slot : active_lines_) {
    const Line& line = lines_[slot];
    for (std::uint32_t i = line_set_.Size(line.root); i > 0; --i) {
      CountDemand(line.key.requirement, 1);
    }
  }
}

// ---- One contact --------------------------------------------------------------------------------

// Everything that does not depend on the agent, into scoring_.
void Router::Engine::PrepareScore(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  scoring_.skills.clear();
  scoring_.demand.clear();
  scoring_.weights.fill(0);
  if (contact.plan == kNoSlot) return;
  const std::vector<Preference>& prefer = PreferOf(contact);
  skill_levels_.ExpectSkills(prefer.size() + demand_.size());
  const auto skills_of = [this](AgentSlot agent) { return SkillsOf(agent); };
  for (const Preference& preference : prefer) {
    const std::optional<PreferTerm> term = PreferTermNamed(preference.name);
    if (term) {
      scoring_.weights[static_cast<std::size_t>(*term)] = preference.weight;
    } else {
      scoring_.skills.push_back({skill_levels_.Column(preference.name, skills_of),
                                 rule_set_->HighestProficiency(preference.name),
                                 preference.weight});
    }
  }
  const auto weighs = [this](PreferTerm term) {
    return scoring_.weights[static_cast<std::size_t>(term)] != 0;
  };
  if (weighs(PreferTerm::kScarcity)) {
    const std::vector<std::string>& named = eligibility_.skills(contact.requirement);
    for (const auto& [skill, waiting] : demand_) {
      if (waiting == 0 || std::binary_search(named.begin(), named.end(), skill)) continue;
      scoring_.demand.push_back({skill_levels_.Column(skill, skills_of), waiting});
    }
  }
  const std::string_view place = LocationOf(contact.data.view(), contact.id_bytes);
  scoring_.location = place.empty() ? kNoSlot : locations_.Find(place);
  if (weighs(PreferTerm::kDistance)) {
    scoring_.nearness.clear();
    for (std::uint32_t id = 0; id < locations_.size(); ++id) {
      const auto metres = rule_set_->DistanceMetres(place, locations_.name(id));
      scoring_.nearness.push_back(metres ? ShareOf(kHalfDistance, *metres + kHalfDistance) : 0);
    }
  }
  scoring_.last_agent = kNoSlot;
  if (!weighs(PreferTerm::kLastAgent)) return;
  for (const AttributeView& attribute : FactsOf(slot, views_scratch_).attributes) {
    const auto* const id = std::get_if<std::string_view>(&attribute.value);
    if (attribute.name == kLastAgent && id != nullptr) scoring_.last_agent = AgentNamed(*id);
  }
}

// Of a term that is no skill.
std::int64_t Router::Engine::TermValue(PreferTerm term, AgentSlot agent) const {
  const AgentTally& tally = tallies_[agent];
  switch (term) {
    case PreferTerm::kLastAgent:
      return agent == scoring_.last_agent ? kMillion : 0;
    case PreferTerm::kSameLocation:
      return tally.location != kNoSlot && tally.location == scoring_.location ? kMillion : 0;
    case PreferTerm::kDistance:
      return tally.location == kNoSlot ? 0 : scoring_.nearness[tally.location];
    case PreferTerm::kIdleness: {
      const DurationNs idle = now_ - by_idleness_.Key(agent);
      return ShareOf(idle, idle + kHalfIdle);
    }
    case PreferTerm::kSpareCapacity:
      return SpareCapacity(agents_[agent]);
    case PreferTerm::kScarcity: {
      std::uint64_t wanted = 0;
      for (const Scoring::Demand& demand : scoring_.demand) {
        if (demand.levels[agent] != 0) wanted += demand.waiting;
      }
      return kMillion / static_cast<std::int64_t>(1 + wanted);
    }
  }
  return 0;
}

std::int64_t Router::Engine::ScoreOf(AgentSlot agent) const {
  std::int64_t score = 0;
  for (const Scoring::Skill& skill : scoring_.skills) {
    score += skill.weight * skill.Value(agent);
  }
  for (std::size_t i = 0; i < scoring_.weights.size(); ++i) {
    const std::int64_t weight = scoring_.weights[i];
    if (weight != 0) score += weight * TermValue(static_cast<PreferTerm>(i), agent);
  }
  return score;
}

AgentSlot Router::Engine::BestScored(ContactSlot slot) {
  by_idleness_.Tidy();
  PrepareScore(slot);
  const auto larger = [](std::int64_t a, std::int64_t b) { return a == b ? 0 : a > b ? -1 : 1; };
  return BestEligible(
      contacts_[slot], [this](AgentSlot agent) { return ScoreOf(agent); }, larger, by_idleness_,
      [this](AgentSlot agent) { __builtin_prefetch(&tallies_[agent]); });
}

}  // namespace strowger::routing
