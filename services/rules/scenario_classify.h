// The short form of a scenario test: which plan the rules give one contact in an empty centre.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "routing/plan.h"
#include "routing/rule_set.h"
#include "services/rules/scenario.h"

namespace strowger::rules {

// `expect:` of the short form.
std::vector<ExpectedPlanField> ReadExpectedPlan(const Node& node, const routing::RuleSet& rule_set,
                                                Report& report);

// What the rules decide at `now` with nobody logged in and nobody waiting. The contact's own
// priority goes before the rule's; `storage` then holds the plan and must outlive the decision.
routing::Decision ClassifyAlone(const routing::SubmitContact& contact, routing::TimeNs now,
                                const routing::RuleSet& rule_set, routing::Plan& storage);

// A decision under the names that tests use: rule, queue, treatment, priority.start, priority.gain,
// priority.max, require, who, steps, overflow, wait_limit.after, wait_limit.treatment. A name
// without a value is left out.
std::vector<std::pair<std::string, std::string>> PlanFields(const routing::Decision& decision);

}  // namespace strowger::rules
