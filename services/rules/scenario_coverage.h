// Which rules, steps and branches of rule documents the tests reached.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/rules/scenario.h"

namespace strowger::rules {

class ScenarioCoverage {
 public:
  // What can be reached in a document: "rule retention", "step retention/relax", "overflow
  // retention/partner", "wait_limit retention", "when_full general"; and of each part of a rule's
  // condition that it once holds and once does not: "branch retention 2 true: is_open".
  struct Item {
    std::string label;
    Position at;
    bool reached = false;
  };
  struct Document {
    std::shared_ptr<const TestedRules> rules;
    std::vector<Item> items;  // in the order of the document
  };

  // From now on the document counts, even if nothing of it is reached. Twice is as good as once.
  void Add(const std::shared_ptr<const TestedRules>& rules);
  // `label` as in Item; one that the document does not have is passed over.
  void Reach(const TestedRules& rules, std::string_view label);
  // The part of the rule's condition, counted from 0, came to this; an error counts as false.
  void ReachBranch(const TestedRules& rules, std::string_view rule, std::size_t part,
                   routing::Truth truth);

  const std::vector<Document>& documents() const { return documents_; }

 private:
  std::vector<Document> documents_;
};

}  // namespace strowger::rules
