// What an agent lacks, in words.
#pragma once

#include <string>

#include "routing-core/matching/eligibility.h"
#include "routing/plan.h"

namespace strowger::routing {

// The first part of the requirement that the agent does not meet: "has billing 4, not 6", "is not
// of team senior". REQUIRES: there is one.
std::string UnmetBy(const AgentTraits& agent, const Requirement& requirement);

}  // namespace strowger::routing
