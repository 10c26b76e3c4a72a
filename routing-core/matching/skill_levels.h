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

// One thread. From Begin on every skill that an agent has has a column, so that nobody waits for
// one to be made in the middle of a decision. Past a bound, and before Begin, a column is made when
// it is first asked for and all are forgotten now and then, so that names that come and go cannot
// fill the memory.
class SkillLevels {
 public:
  // `skills_of(agent)` gives a pointer to what an agent has, or null.
  template <typename SkillsOf>
  void Begin(SkillsOf skills_of) {
    if (complete_) return;
    complete_ = true;
    columns_.clear();
    for (std::uint32_t agent = 0; agent < agents_ && complete_; ++agent) {
      const std::vector<SkillLevel>* const skills = skills_of(agent);
      if (skills != nullptr) SetLevels(agent, *skills);
    }
  }

  void AgentChanged(std::uint32_t agent, const std::vector<SkillLevel>& skills) {
    if (agent >= agents_) Extend(agent + 1);
    AgentRemoved(agent);
    SetLevels(agent, skills);
  }
  void AgentRemoved(std::uint32_t agent) {
    for (auto& [name, column] : columns_) column[agent] = 0;
  }

  // Room for the columns of this many skills at once, so that none moves while the others are
  // fetched.
  void ExpectSkills(std::size_t skills) {
    if (!complete_ && columns_.size() + skills > kMostColumns) columns_.clear();
  }

  // By agent slot; 0: does not have it. `skills_of` as in Begin. Valid until the next ExpectSkills,
  // or until an agent comes or changes.
  template <typename SkillsOf>
  const std::uint8_t* Column(const std::string& skill, SkillsOf skills_of) {
    const auto found = columns_.find(skill);
    if (found != columns_.end()) return found->second.data();
    if (complete_) return nobody_.data();
    std::vector<std::uint8_t>& column = columns_[skill];
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

  // Of an agent that has a level in no column.
  void SetLevels(std::uint32_t agent, const std::vector<SkillLevel>& skills) {
    for (const SkillLevel& has : skills) {
      auto found = columns_.find(has.skill);
      if (found == columns_.end() && MayKeepAnother()) {
        found = columns_.try_emplace(has.skill, agents_).first;
      }
      if (found != columns_.end())
        found->second[agent] = static_cast<std::uint8_t>(has.proficiency);
    }
  }

  // Those of skills that nobody has any more give way. Where that leaves little room, columns are
  // made when they are asked for from now on.
  bool MayKeepAnother() {
    if (!complete_ || columns_.size() < kMostColumns) return complete_;
    absl::erase_if(columns_, [](const auto& column) {
      return std::all_of(column.second.begin(), column.second.end(),
                         [](std::uint8_t level) { return level == 0; });
    });
    complete_ = columns_.size() <= kMostColumns / 2;
    return complete_;
  }

  void Extend(std::uint32_t agents) {
    agents_ = agents;
    nobody_.resize(agents);
    for (auto& [name, column] : columns_) column.resize(agents);
  }

  std::uint32_t agents_ = 0;
  bool complete_ = false;             // a skill without a column is nobody's
  std::vector<std::uint8_t> nobody_;  // the column of such a skill
  absl::flat_hash_map<std::string, std::vector<std::uint8_t>> columns_;
};

}  // namespace strowger::routing
