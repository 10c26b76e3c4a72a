// `check:` of a scenario test against the state of the router.
#pragma once

#include <string>
#include <vector>

#include "routing/router.h"
#include "services/rules/scenario.h"

namespace strowger::rules {

// What is not as the check wants it, one sentence each; empty when all is.
// `first_channel`: what `free` of an agent counts contacts of.
std::vector<std::string> FailedChecks(const Check& check, const routing::Router& router,
                                      const std::string& first_channel);

// How many more contacts of a channel the agent's capacity would hold, whatever its state.
std::int64_t FreeCapacity(const routing::AgentView& agent, const std::string& channel);

}  // namespace strowger::rules
