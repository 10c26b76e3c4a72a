// What one rule document says otherwise than another, by meaning: defaults filled in, rules, steps
// and overflow matched by id, keys in any order.
#pragma once

#include <string>
#include <vector>

#include "routing-core/rules/document.h"

namespace strowger::rules {

struct Change {
  enum class Kind { kAdded, kRemoved, kChanged, kMoved };
  Kind kind = Kind::kChanged;
  std::string path;    // "rules.retention.then.priority.start"
  std::string before;  // on one line; kMoved: the rule that stood above it, empty: none
  std::string after;
};

// In the order of the second document; what only the first has comes where it stood among the keys
// around it. REQUIRES: documents that compile. Tests are left out.
std::vector<Change> DiffDocuments(const Node& before, const Node& after);

// One line: "~ rules.retention.then.priority.start: 80 -> 90".
std::string ToText(const Change& change);

}  // namespace strowger::rules
