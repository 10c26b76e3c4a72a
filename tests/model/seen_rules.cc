#include "tests/model/seen_rules.h"

#include <utility>
#include <variant>

namespace strowger::model {

void SeenRules::See(std::shared_ptr<const routing::RuleSet> rule_set) {
  if (rule_set == nullptr) return;
  rule_sets_.emplace(rule_set->hash(), std::move(rule_set));
}

void SeenRules::See(const routing::Command& command) {
  if (const auto* activate = std::get_if<routing::ActivateRuleSet>(&command.body)) {
    See(activate->rule_set);
  }
  if (const auto* trial = std::get_if<routing::SetCandidate>(&command.body)) See(trial->rule_set);
  const auto* submit = std::get_if<routing::SubmitContact>(&command.body);
  if (submit == nullptr || !submit->plan) return;
  const auto see = [this](const std::shared_ptr<const routing::Condition>& when) {
    if (when != nullptr) conditions_.emplace(when->source(), when);
  };
  for (const routing::Step& step : submit->plan->steps) see(step.when);
  for (const routing::Overflow& overflow : submit->plan->overflow) see(overflow.when);
}

std::shared_ptr<const routing::RuleSet> SeenRules::RuleSetOf(std::string_view hash,
                                                             std::string_view /*text*/) {
  const auto found = rule_sets_.find(hash);
  return found == rule_sets_.end() ? nullptr : found->second;
}

std::shared_ptr<const routing::Condition> SeenRules::ConditionOf(
    std::string_view source, const routing::RuleSet& /*rule_set*/) {
  const auto found = conditions_.find(source);
  return found == conditions_.end() ? nullptr : found->second;
}

}  // namespace strowger::model
