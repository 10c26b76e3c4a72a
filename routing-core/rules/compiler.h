// Rule documents into rule sets that the router can use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/finding.h"
#include "routing-core/rules/document.h"
#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::rules {

struct Vocabulary;

struct CompileOptions {
  // What the nodes were parsed from: becomes text() and is hashed; places inside expressions are
  // found in it.
  std::string_view text;
  // A document inside a scenario test: `schema`, `rule_set` and `rules` may be left out. Without
  // queues and rules it is the default rule set; with queues alone every contact needs a plan.
  bool fragment = false;
  // False leaves out the rule index, for comparison: the decisions are the same.
  bool index = true;
  // When the document is looked at: only what a calendar is told depends on it.
  std::optional<routing::TimeNs> now;
};

struct CompileResult {
  std::shared_ptr<const routing::RuleSet> rule_set;  // null when there is an error
  std::vector<Finding> findings;                     // all at once, in the order of the document
  const Node* tests = nullptr;  // the value of `tests`, inside the tree that was given; or null
};

// Reads, checks and compiles. Reads the zone database; not for the routing path.
CompileResult Compile(const Node& root, const CompileOptions& options = {});

// One queue `default`, and one rule that sends everything there.
std::shared_ptr<const routing::RuleSet> DefaultRuleSet();

// What a rule set from Compile declares; of any other, an empty vocabulary. Lives as long as the
// set.
const Vocabulary& VocabularyOf(const routing::RuleSet& rule_set);

// ---- For plans that bypass the rules ----------------------------------------------------------

struct ConditionResult {
  std::shared_ptr<const routing::Condition> condition;  // null when there are findings
  std::vector<cel::Finding> findings;
};

// The `when` of a step or overflow, in the vocabulary, calendars and lets of a rule set from
// Compile; in an open vocabulary for any other. The condition outlives the rule set.
ConditionResult CompileCondition(std::string_view text, const routing::RuleSet& rule_set);

}  // namespace strowger::rules
