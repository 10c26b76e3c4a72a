// What scoring the agents for one contact needs, made once a contact.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "routing-core/engine/records.h"
#include "routing/plan.h"

namespace strowger::routing {

struct Scoring {
  struct Skill {
    const std::uint8_t* levels;  // by agent
    std::int64_t most;           // the highest proficiency that the rule set knows
    std::int64_t weight;

    // Of this term for the agent, in millionths.
    std::int64_t Value(AgentSlot agent) const {
      return std::min<std::int64_t>(levels[agent], most) * 1'000'000 / most;
    }
  };
  struct Demand {
    const std::uint8_t* levels;  // by agent; 0: has not got the skill
    std::uint64_t waiting;
  };

  std::vector<Skill> skills;
  std::vector<Demand> demand;          // for skills that the contact does not ask for
  std::vector<std::int64_t> nearness;  // by location
  std::array<std::int64_t, kPreferTermCount> weights = {};
  AgentSlot last_agent = kNoSlot;
  std::uint32_t location = kNoSlot;
};

}  // namespace strowger::routing
