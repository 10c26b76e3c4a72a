// The actions of a timeline.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "services/rules/scenario.h"
#include "services/rules/scenario_contact.h"

namespace strowger::rules {

// What actions may refer to.
struct ActionScope {
  ContactScope contact;
  // The document that a `rules:` node means, by path or in place. Never null; it may have errors.
  std::function<std::shared_ptr<const TestedRules>(const Node&)> rules;
};

// Names of actions, those that an entry may have.
bool IsAction(std::string_view key);
// The keys of an entry: actions, `at`, `advance`, `expect`, ...; for what is not among them, Fields
// names the nearest.
absl::Span<const std::string_view> EntryKeys();

// `verb` is one for which IsAction holds.
Action ReadAction(const std::string& verb, const Node& node, const ActionScope& scope,
                  Report& report);

}  // namespace strowger::rules
