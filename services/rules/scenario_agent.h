// Agents as scenario tests write them.
#pragma once

#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "routing-core/rules/vocabulary.h"
#include "routing/command.h"

namespace strowger::rules {

// One upsert. Only the keys that are written are set. `force` and `command_id` belong to the action
// and are let pass.
routing::AgentUpdate ReadAgent(const Node& node, const Vocabulary& vocabulary, Report& report);

}  // namespace strowger::rules
