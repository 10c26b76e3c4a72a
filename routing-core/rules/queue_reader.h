// The settings of a queue, out of a document node.
#pragma once

#include <string_view>

#include "routing-core/rules/document.h"
#include "routing-core/rules/plan_reader.h"
#include "routing-core/rules/report.h"
#include "routing/rule_set.h"

namespace strowger::rules {

// A null node means the defaults.
routing::QueueSettings ReadQueueSettings(std::string_view name, const Node& node,
                                         const PlanContext& context, Report& report);

}  // namespace strowger::rules
