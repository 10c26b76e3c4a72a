#include "routing-core/rules/trace.h"

#include <algorithm>
#include <memory>

#include "routing-core/cel/value.h"
#include "routing-core/rules/compiled_rule_set.h"
#include "routing-core/rules/evaluation.h"
#include "routing-core/rules/operands.h"
#include "routing-core/rules/scope.h"

namespace strowger::rules {
namespace {

using routing::Truth;

// Views of a remembered contact.
class Facts {
 public:
  explicit Facts(const routing::Classification& seen) {
    lists_.reserve(seen.attributes.size());
    for (const routing::Attribute& attribute : seen.attributes) {
      views_.push_back({attribute.name, std::visit(*this, attribute.value)});
    }
    facts_.id = seen.contact;
    facts_.channel = seen.channel;
    facts_.location = seen.location;
    facts_.attributes = views_;
    facts_.arrival = seen.arrival;
    facts_.attempt = seen.attempt;
  }
  Facts(const Facts&) = delete;
  Facts& operator=(const Facts&) = delete;

  const routing::ContactFacts& facts() const { return facts_; }

  using Value = routing::AttributeView::Value;
  Value operator()(const std::string& text) const { return std::string_view(text); }
  Value operator()(const std::vector<std::string>& items) {
    lists_.emplace_back(items.begin(), items.end());
    return absl::Span<const std::string_view>(lists_.back());
  }
  template <typename T>
  Value operator()(const T& value) const {
    return value;
  }

 private:
  std::vector<std::vector<std::string_view>> lists_;
  std::vector<routing::AttributeView> views_;
  routing::ContactFacts facts_;
};

class Tracer {
 public:
  Tracer(const CompiledRuleSet& set, const routing::Classification& seen)
      : set_(set), facts_(seen), figures_(seen) {
    input_.contact = &facts_.facts();
    input_.now = seen.time;
    input_.figures = &figures_;
  }

  DecisionTrace Run() {
    DecisionTrace trace;
    const std::vector<CompiledRule>& rules = set_.rules();
    std::size_t deciding = rules.size();
    for (std::size_t i = 0; i < rules.size() && deciding == rules.size(); ++i) {
      if (TruthOf(rules[i].when.get(), rules[i].plan.queue) == Truth::kTrue) deciding = i;
    }
    const std::size_t end = std::min(deciding + 1, rules.size());
    trace.skipped = end > kMostTraced ? end - kMostTraced : 0;
    for (std::size_t i = trace.skipped; i < end; ++i) trace.rules.push_back(Trace(rules[i]));
    if (deciding < rules.size()) trace.decided = rules[deciding].id;
    return trace;
  }

 private:
  Truth TruthOf(const cel::Program* program, const std::string& queue) {
    if (program == nullptr) return Truth::kTrue;
    Evaluation evaluation(*set_.scope(), input_);
    evaluation.set_queue(queue);
    return evaluation.Evaluate(*program);
  }

  TracedRule Trace(const CompiledRule& rule) {
    TracedRule traced;
    traced.rule = rule.id;
    if (rule.when == nullptr) return traced;
    const std::string& source = rule.when->source();
    traced.when = set_.scope()->InWords(source);
    traced.truth = TruthOf(rule.when.get(), rule.plan.queue);
    traced.values = ValuesOf(*rule.when, rule.plan.queue);
    const std::vector<Operand> operands = OperandsOf(source);
    if (operands.size() < 2) return traced;
    for (const Operand& operand : operands) {
      traced.parts.push_back(Trace(source.substr(operand.offset, operand.length), rule.plan.queue));
    }
    return traced;
  }

  TracedPart Trace(const std::string& text, const std::string& queue) {
    TracedPart part;
    part.text = set_.scope()->InWords(text);
    const Expression compiled = set_.scope()->CompileDeclared(text, true);
    if (compiled.program == nullptr) {
      part.known = false;
      return part;
    }
    figures_.TakeMissing();
    part.truth = TruthOf(compiled.program.get(), queue);
    part.known = !figures_.TakeMissing();
    part.values = ValuesOf(*compiled.program, queue);
    return part;
  }

  std::vector<NamedValue> ValuesOf(const cel::Program& program, const std::string& queue) {
    std::vector<NamedValue> values;
    Evaluation evaluation(*set_.scope(), input_);
    evaluation.set_queue(queue);
    for (const std::uint32_t number : program.slots()) {
      figures_.TakeMissing();
      const cel::Value value = evaluation.Load(number);
      if (figures_.TakeMissing()) continue;
      const std::string& name = set_.scope()->slots()[number].name;
      values.push_back({set_.scope()->InWords(name),
                        value.is(cel::Kind::kAbsent) ? "absent" : cel::DebugString(value)});
    }
    return values;
  }

  const CompiledRuleSet& set_;
  const Facts facts_;
  const RememberedFigures figures_;
  routing::ConditionInput input_;
};

}  // namespace

std::optional<std::int64_t> RememberedFigures::Find(routing::FigureOwner owner,
                                                    std::string_view name,
                                                    routing::Figure figure) const {
  for (const routing::FigureSeen& seen : seen_.figures) {
    if (seen.owner == owner && seen.name == name && seen.figure == figure) return seen.value;
  }
  missing_ = true;
  return std::nullopt;
}

std::optional<std::int64_t> RememberedFigures::QueueFigure(std::string_view queue,
                                                           routing::Figure figure) const {
  return Find(routing::FigureOwner::kQueue, queue, figure);
}

std::optional<std::int64_t> RememberedFigures::GroupFigure(routing::FigureOwner owner,
                                                           std::string_view name,
                                                           routing::Figure figure) const {
  return Find(owner, name, figure);
}

std::optional<bool> RememberedFigures::Flag(std::string_view name) const {
  for (const routing::FlagDefault& flag : seen_.rule_set->flags()) {
    if (flag.name != name) continue;
    return std::find(seen_.flags_on.begin(), seen_.flags_on.end(), name) != seen_.flags_on.end();
  }
  return std::nullopt;
}

std::optional<DecisionTrace> TraceDecision(const routing::Classification& decision) {
  const auto set = std::dynamic_pointer_cast<const CompiledRuleSet>(decision.rule_set);
  if (set == nullptr) return std::nullopt;
  return Tracer(*set, decision).Run();
}

}  // namespace strowger::rules
