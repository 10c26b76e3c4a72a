#include "services/rules/scenario_coverage.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "routing-core/rules/operands.h"

namespace strowger::rules {
namespace {

using Items = std::vector<ScenarioCoverage::Item>;

void AddListed(const Node& then, std::string_view key, std::string_view kind,
               const std::string& rule, Items& items) {
  const Node* list = then.Find(key);
  if (list == nullptr) return;
  for (const Node& item : list->items) {
    const Node* id = item.Find("id");
    if (id == nullptr) continue;
    items.push_back({absl::StrCat(std::string(kind), " ", rule, "/", id->scalar), item.at, false});
  }
}

std::string BranchLabel(std::string_view rule, std::size_t part, bool holds) {
  return absl::StrCat("branch ", std::string(rule), " ", part + 1, holds ? " true: " : " false: ");
}

// A rule that always matches has none.
void AddBranches(const Node& rule, const std::string& id, Items& items) {
  const Node* when = rule.Find("when");
  if (when == nullptr || when->scalar == "true") return;
  const std::vector<Operand> operands = OperandsOf(when->scalar);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::string text = when->scalar.substr(operands[i].offset, operands[i].length);
    for (const bool holds : {true, false}) {
      items.push_back({BranchLabel(id, i, holds) + text, when->at, false});
    }
  }
}

Items ItemsOf(const Node& root) {
  Items items;
  if (const Node* rules = root.Find("rules")) {
    for (const Node& rule : rules->items) {
      const Node* id = rule.Find("id");
      if (id == nullptr) continue;
      items.push_back({absl::StrCat("rule ", id->scalar), rule.at, false});
      AddBranches(rule, id->scalar, items);
      const Node* then = rule.Find("then");
      if (then == nullptr) continue;
      AddListed(*then, "steps", "step", id->scalar, items);
      AddListed(*then, "overflow", "overflow", id->scalar, items);
      if (const Node* limit = then->Find("wait_limit")) {
        items.push_back({absl::StrCat("wait_limit ", id->scalar), limit->at, false});
      }
    }
  }
  if (const Node* queues = root.Find("queues")) {
    for (const auto& [name, queue] : queues->entries) {
      const Node* full = queue.Find("when_full");
      if (full == nullptr) continue;
      items.push_back({absl::StrCat("when_full ", name.scalar), full->at, false});
    }
  }
  return items;
}

}  // namespace

void ScenarioCoverage::Add(const std::shared_ptr<const TestedRules>& rules) {
  for (const Document& document : documents_) {
    if (document.rules == rules) return;
  }
  documents_.push_back({rules, ItemsOf(rules->root)});
}

void ScenarioCoverage::Reach(const TestedRules& rules, std::string_view label) {
  for (Document& document : documents_) {
    if (document.rules.get() != &rules) continue;
    for (Item& item : document.items) {
      if (item.label == label) item.reached = true;
    }
  }
}

void ScenarioCoverage::ReachBranch(const TestedRules& rules, std::string_view rule,
                                   std::size_t part, routing::Truth truth) {
  const std::string label = BranchLabel(rule, part, truth == routing::Truth::kTrue);
  for (Document& document : documents_) {
    if (document.rules.get() != &rules) continue;
    for (Item& item : document.items) {
      if (absl::StartsWith(item.label, label)) item.reached = true;
    }
  }
}

}  // namespace strowger::rules
