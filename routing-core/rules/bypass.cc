// Names and conditions for plans that bypass the rules.
#include <utility>

#include "routing-core/rules/compiled_rule_set.h"
#include "routing-core/rules/compiler.h"
#include "routing-core/rules/condition.h"
#include "routing-core/rules/plan_reader.h"

namespace strowger::rules {
namespace {

const CompiledRuleSet* AsCompiled(const routing::RuleSet& rule_set) {
  return dynamic_cast<const CompiledRuleSet*>(&rule_set);
}

// Plans of contacts that bypass the rules.
class RuleSetContext final : public PlanContext {
 public:
  explicit RuleSetContext(const routing::RuleSet& rule_set) : rule_set_(rule_set) {}

  const Vocabulary& vocabulary() const override { return VocabularyOf(rule_set_); }
  bool KnowsQueue(const Node&, Report&) const override { return true; }

  std::shared_ptr<const routing::Condition> CompileWhen(const Node& expression,
                                                        Report& report) const override {
    ConditionResult compiled = CompileCondition(expression.scalar, rule_set_);
    for (const cel::Finding& finding : compiled.findings) {
      report.InExpression(expression, finding);
    }
    return compiled.condition;
  }

 private:
  const routing::RuleSet& rule_set_;
};

}  // namespace

const Vocabulary& VocabularyOf(const routing::RuleSet& rule_set) {
  static const Vocabulary open;
  const CompiledRuleSet* compiled = AsCompiled(rule_set);
  return compiled == nullptr ? open : compiled->scope()->vocabulary();
}

ConditionResult CompileCondition(std::string_view text, const routing::RuleSet& rule_set) {
  const CompiledRuleSet* compiled = AsCompiled(rule_set);
  std::shared_ptr<const Scope> scope =
      compiled == nullptr ? std::make_shared<const Scope>(Scope::Options{}) : compiled->scope();
  Expression expression;
  if (scope->Covers(text)) {
    expression = scope->CompileDeclared(text, true);
  } else {
    auto wider = std::make_shared<Scope>(*scope);
    expression = wider->Compile(text, true);
    scope = std::move(wider);
  }
  ConditionResult result;
  result.findings = std::move(expression.findings);
  if (expression.program != nullptr) {
    result.condition = std::make_shared<CompiledCondition>(std::move(scope), std::move(expression));
  }
  return result;
}

std::unique_ptr<PlanContext> ContextOf(const routing::RuleSet& rule_set) {
  return std::make_unique<RuleSetContext>(rule_set);
}

}  // namespace strowger::rules
