// What a scenario test expects, as it is written.
#pragma once

#include <string_view>
#include <vector>

#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "services/rules/scenario.h"

namespace strowger::rules {

// `expect:` of a timeline's entry: `none`, or a list of events.
Expectation ReadExpectation(const Node& node, Report& report);

// `check:` of a timeline's entry: one mapping or a list of them.
std::vector<Check> ReadChecks(const Node& node, Report& report);

// `findings:` of a test: a list, or `none` for a document without any.
std::vector<ExpectedFinding> ReadExpectedFindings(const Node& node, Report& report);

// "contact", "agent" or "queue".
std::string_view SubjectName(Check::Subject subject);

}  // namespace strowger::rules
