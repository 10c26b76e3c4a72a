// Commands and events in words, for the eye.
#pragma once

#include <string>

#include "routing/command.h"
#include "routing/event.h"
#include "routing/rule_set.h"

namespace strowger::model {

// "17 @1767225600.000000001 accept c3 a1 offer 5"
std::string Describe(const routing::Command& command);
// "offered contact=c3 agent=a1 queue=sales offer=5 until=...": fields that are set.
std::string Describe(const routing::Event& event);

// Queues and plans, a line or more each.
std::string Describe(const routing::RuleSet& rule_set);

}  // namespace strowger::model
