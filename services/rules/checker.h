// A rule document with everything known against it: what the compiler finds, and its unit tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "routing-core/rules/document.h"
#include "routing/rule_set.h"
#include "services/rules/scenario_reader.h"

namespace strowger::rules {

struct CheckedRules {
  std::string source;  // stands for the document in messages
  std::string text;
  std::string name;  // that the document gives itself; empty if it could not be read
  std::string hash;  // of the text
  std::shared_ptr<const routing::RuleSet> rule_set;  // null when there is an error
  std::vector<Finding> findings;                     // in the order of the document

  bool ok() const { return rule_set != nullptr; }
};

// Whether the document's tests may refer to other rule documents, relative to `source`. Refused to
// a text that came over the network: its tests must not open files here.
using TestPaths = RulesLibrary::Paths;

// Takes as long as the unit tests do: not for threads that serve calls.
CheckedRules CheckRules(std::string text, std::string source, TestPaths paths);

// The document's line and a caret below it; empty without a position.
std::string ExcerptOf(const CheckedRules& rules, const Finding& finding);

}  // namespace strowger::rules
