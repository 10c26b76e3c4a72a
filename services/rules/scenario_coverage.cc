#include "services/rules/scenario_coverage.h"

#include "absl/strings/str_cat.h"

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

Items ItemsOf(const Node& root) {
  Items items;
  if (const Node* rules = root.Find("rules")) {
    for (const Node& rule : rules->items) {
      const Node* id = rule.Find("id");
      if (id == nullptr) continue;
      items.push_back({absl::StrCat("rule ", id->scalar), rule.at, false});
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

}  // namespace strowger::rules
