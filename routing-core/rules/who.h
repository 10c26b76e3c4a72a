// `who`: the part of a requirement that is an expression over agents, compiled into a formula that
// an index can answer.
#pragma once

#include <string_view>
#include <vector>

#include "routing-core/cel/finding.h"
#include "routing-core/rules/vocabulary.h"
#include "routing/plan.h"

namespace strowger::rules {

struct WhoResult {
  routing::Formula formula;  // meaningless when there are findings
  std::vector<cel::Finding> findings;
};

// Understood: a skill compared with a whole number (== != < <= > >=, either side, `in`);
// agent.team, agent.location, agent.id and agent.attributes.NAME compared with == != or `in`;
// has(agent.skills.NAME); && || ! true false. A skill that an agent lacks fits no comparison.
// `vocabulary` may be null: every name goes then.
WhoResult CompileWho(std::string_view text, const Vocabulary* vocabulary = nullptr);

}  // namespace strowger::rules
