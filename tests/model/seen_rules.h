// The rule sets and conditions that a run has shown a router, so that its checkpoints can be
// loaded: rules made in code cannot be compiled again from their text.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "routing/checkpoint.h"
#include "routing/command.h"
#include "routing/rule_set.h"

namespace strowger::model {

class SeenRules final : public routing::RuleSource {
 public:
  void See(std::shared_ptr<const routing::RuleSet> rule_set);
  void See(const routing::Command& command);

  std::shared_ptr<const routing::RuleSet> RuleSetOf(std::string_view hash,
                                                    std::string_view text) override;
  std::shared_ptr<const routing::Condition> ConditionOf(std::string_view source,
                                                        const routing::RuleSet& rule_set) override;

 private:
  std::map<std::string, std::shared_ptr<const routing::RuleSet>, std::less<>> rule_sets_;
  std::map<std::string, std::shared_ptr<const routing::Condition>, std::less<>> conditions_;
};

}  // namespace strowger::model
