// How good each agent is at the skills that strategies weigh: a byte per agent slot for each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "routing-core/matching/eligibility.h"
#include "routing/limits.h"

namespace strowger::routing {

// One thread. A skill's column is made when it is first asked for; past a bound all are forgotten
// and made again as needed, so that names that come and go cannot fill the memory.
class SkillLevels {
 public:
  void AgentChanged(std::uint32_t agent, const std::vector<SkillLevel>& skills) {
    if (agent >= agents_) Extend(agent + 1);
    for (auto& [name, column] : columns_) column[agent] = LevelOf(name, skills);
  }
  void AgentRemoved(std::uint32_t agent) {
    for (auto& [name, column] : columns_) column[agent] = 0;
  }

  // Room for the columns of this many skills at once, so that none moves while the others are
  // fetched.
  void ExpectSkills(std::size_t skills) {
    if (columns_.size() + skills > kMostColumns) columns_.clear();
  }

  // By agent slot; 0: does not have it. `skills_of(agent)` gives a pointer to what an agent has, or
  // null. Valid until the next ExpectSkills, or until an agent comes.
  template <typename SkillsOf>
  const std::uint8_t* Column(const std::string& skill, SkillsOf skills_of) {
    const auto [at, is_new] = columns_.try_emplace(skill);
    std::vector<std::uint8_t>& column = at->second;
    if (!is_new) return column.data();
    column.resize(agents_);
    for (std::uint32_t agent = 0; agent < agents_; ++agent) {
      const std::vector<SkillLevel>* const skills = skills_of(agent);
      if (skills != nullptr) column[agent] = LevelOf(skill, *skills);
    }
    return column.data();
  }

 private:
  static constexpr std::size_t kMostColumns = 1024;
  static_assert(kMaxProficiency <= 255);

  static std::uint8_t LevelOf(const std::string& skill, const std::vector<SkillLevel>& skills) {
    const auto found =
        std::lower_bound(skills.begin(), skills.end(), skill,
                         [](const SkillLevel& a, const std::string& b) { return a.skill < b; });
    const bool has = found != skills.end() && found->skill == skill;
    return has ? static_cast<std::uint8_t>(found->proficiency) : std::uint8_t{0};
  }

  void Extend(std::uint32_t agents) {
    agents_ = agents;
    for (auto& [name, column] : columns_) column.resize(agents);
  }

  std::uint32_t agents_ = 0;
  absl::flat_hash_map<std::string, std::vector<std::uint8_t>> columns_;
};

}  // namespace strowger::routing
