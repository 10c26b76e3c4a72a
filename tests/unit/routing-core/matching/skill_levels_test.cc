#include "routing-core/matching/skill_levels.h"

#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

// Names run on, `step` new ones a round, so that the bound is passed.
void ExpectColumnsToFollow(bool begun, int step) {
  std::mt19937_64 random(9);
  SkillLevels levels;
  std::vector<std::vector<SkillLevel>> agents;
  const auto skills_of = [&](std::uint32_t agent) { return &agents[agent]; };
  const int begins_in = begun ? 100 : -1;
  for (int round = 0; round < 2000; ++round) {
    std::uint32_t agent = static_cast<std::uint32_t>(random() % (agents.size() + 1));
    if (agent == agents.size()) agents.emplace_back();
    agents[agent].clear();
    const int oldest = 1000 + round * step / 2;  // in byte order
    for (int s = oldest; s < oldest + 5; ++s) {
      if (random() % 2 == 0) continue;
      agents[agent].push_back({"s" + std::to_string(s), static_cast<int>(1 + random() % 100)});
    }
    levels.AgentChanged(agent, agents[agent]);
    if (round == begins_in) levels.Begin(skills_of);
    levels.ExpectSkills(2);
    for (const int s : {oldest, oldest + static_cast<int>(random() % 5)}) {
      const std::string name = "s" + std::to_string(s);
      const std::uint8_t* const column = levels.Column(name, skills_of);
      for (std::uint32_t a = 0; a < agents.size(); ++a) {
        std::int64_t expected = 0;
        for (const SkillLevel& skill : agents[a]) {
          if (skill.skill == name) expected = skill.proficiency;
        }
        ASSERT_EQ(column[a], expected) << "round " << round << " agent " << a << " " << name;
      }
    }
  }
}

TEST(SkillLevels, ColumnsFollowTheAgents) { ExpectColumnsToFollow(false, 1); }
TEST(SkillLevels, ColumnsFollowTheAgentsOnceKept) { ExpectColumnsToFollow(true, 1); }
TEST(SkillLevels, ColumnsFollowTheAgentsWhenThereAreTooManySkills) {
  ExpectColumnsToFollow(true, 8);
}

}  // namespace
}  // namespace strowger::routing
