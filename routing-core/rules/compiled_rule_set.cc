#include "routing-core/rules/compiled_rule_set.h"

#include <utility>

#include "routing-core/rules/evaluation.h"
#include "routing/siphash.h"

namespace strowger::rules {

CompiledRuleSet::CompiledRuleSet(Parts parts)
    : parts_(std::move(parts)), hash_(routing::SipHash128(parts_.text).ToHex()) {
  plans_.reserve(parts_.rules.size());
  for (const CompiledRule& rule : parts_.rules) plans_.push_back(&rule.plan);
}

routing::Decision CompiledRuleSet::Classify(const routing::ContactFacts& contact,
                                            routing::TimeNs now,
                                            const routing::FigureSource& figures) const {
  routing::ConditionInput input;
  input.contact = &contact;
  input.now = now;
  input.figures = &figures;
  Evaluation evaluation(*parts_.scope, input);
  for (const CompiledRule& rule : parts_.rules) {
    evaluation.set_queue(rule.plan.queue);
    if (rule.when == nullptr || evaluation.Evaluate(*rule.when) == routing::Truth::kTrue) {
      return {rule.id, &rule.plan};
    }
  }
  return {};
}

}  // namespace strowger::rules
