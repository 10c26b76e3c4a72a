#include "routing-core/rules/compiled_rule_set.h"

#include <algorithm>
#include <utility>

#include "routing-core/rules/distance.h"
#include "routing-core/rules/evaluation.h"
#include "routing/siphash.h"

namespace strowger::rules {

namespace {

// Looking at so few in turn is quicker than finding out which of them can match.
constexpr std::size_t kFewRules = 16;

}  // namespace

CompiledRuleSet::CompiledRuleSet(Parts parts, Indexing indexing)
    : parts_(std::move(parts)),
      hash_(routing::SipHash128(parts_.text).ToHex()),
      frame_(routing::SipHash128(parts_.frame).ToHex()) {
  for (const Slot& slot : parts_.scope->slots()) {
    if (slot.kind != Slot::Kind::kFigure || slot.owner == routing::FigureOwner::kQueue) continue;
    const bool known = std::any_of(groups_.begin(), groups_.end(), [&](const auto& group) {
      return group.owner == slot.owner && group.name == slot.queue;
    });
    if (!known) groups_.push_back({slot.owner, slot.queue});
  }
  plans_.reserve(parts_.rules.size());
  tests_.reserve(parts_.rules.size());
  std::vector<const cel::Program*> conditions;
  conditions.reserve(parts_.rules.size());
  for (const CompiledRule& rule : parts_.rules) {
    plans_.push_back(&rule.plan);
    conditions.push_back(rule.when.get());
    tests_.push_back({rule.when.get(), rule.plan.queue});
  }
  if (indexing == Indexing::kOn && parts_.rules.size() > kFewRules) {
    auto index = std::make_unique<const RuleIndex>(*parts_.scope, conditions);
    if (index->slot_count() > 0) index_ = std::move(index);
  }
}

routing::Decision CompiledRuleSet::Classify(const routing::ContactFacts& contact,
                                            routing::TimeNs now,
                                            const routing::FigureSource& figures) const {
  routing::ConditionInput input;
  input.contact = &contact;
  input.now = now;
  input.figures = &figures;
  Evaluation evaluation(*parts_.scope, input);
  routing::Decision decision;
  const auto decides = [&](std::size_t number) {
    const Test& test = tests_[number];
    evaluation.set_queue(test.queue);
    if (test.when != nullptr && evaluation.Evaluate(*test.when) != routing::Truth::kTrue) {
      return false;
    }
    const CompiledRule& rule = parts_.rules[number];
    decision = {rule.id, &rule.plan};
    return true;
  };
  if (index_ != nullptr) {
    index_->VisitCandidates([&](std::uint32_t slot) { return evaluation.Load(slot); }, decides);
    return decision;
  }
  for (std::size_t number = 0; number < parts_.rules.size(); ++number) {
    if (decides(number)) break;
  }
  return decision;
}

routing::Decision CompiledRuleSet::DecisionOf(std::string_view rule) const {
  for (const CompiledRule& known : parts_.rules) {
    if (known.id == rule) return {known.id, &known.plan};
  }
  return {};
}

std::int64_t CompiledRuleSet::HighestProficiency(std::string_view skill) const {
  const auto& skills = parts_.scope->vocabulary().skills;
  if (!skills) return routing::kMaxProficiency;
  const auto found = skills->find(skill);
  return found == skills->end() ? routing::kMaxProficiency : found->second.most;
}

std::optional<std::int64_t> CompiledRuleSet::DistanceMetres(std::string_view from,
                                                            std::string_view to) const {
  const auto& locations = parts_.scope->vocabulary().locations;
  if (!locations) return std::nullopt;
  const auto a = locations->find(from);
  const auto b = locations->find(to);
  if (a == locations->end() || b == locations->end()) return std::nullopt;
  if (!a->second.latitude || !b->second.latitude) return std::nullopt;
  return rules::DistanceMetres({*a->second.latitude, *a->second.longitude},
                               {*b->second.latitude, *b->second.longitude});
}

}  // namespace strowger::rules
