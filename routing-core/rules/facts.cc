#include "routing-core/rules/facts.h"

#include <algorithm>

#include "routing-core/cel/program.h"

namespace strowger::rules {
namespace {

using cel::Comparison;
using cel::Formula;
using cel::Kind;
using cel::Value;

Outcomes Negated(Outcomes outcomes) {
  const int flipped = ((outcomes & kMayBeTrue) != 0 ? kMayBeFalse : 0) |
                      ((outcomes & kMayBeFalse) != 0 ? kMayBeTrue : 0) | (outcomes & kMayFail);
  return static_cast<Outcomes>(flipped);
}

// Of && over parts; || is the same with true and false exchanged.
Outcomes Conjunction(Outcomes a, Outcomes b) {
  const bool both = (a & b & kMayBeTrue) != 0;
  const bool either_false = ((a | b) & kMayBeFalse) != 0;
  const bool a_fails = (a & kMayFail) != 0 && (b & (kMayBeTrue | kMayFail)) != 0;
  const bool b_fails = (b & kMayFail) != 0 && (a & (kMayBeTrue | kMayFail)) != 0;
  return static_cast<Outcomes>((both ? kMayBeTrue : 0) | (either_false ? kMayBeFalse : 0) |
                               (a_fails || b_fails ? kMayFail : 0));
}

}  // namespace

// ---- Assuming -----------------------------------------------------------------------------------

const Known& Facts::KnownOf(std::uint32_t slot) const {
  for (const auto& [number, known] : slots_) {
    if (number == slot) return known;
  }
  return domains_->Of(slot);
}

Known& Facts::Change(std::uint32_t slot) {
  for (auto& [number, known] : slots_) {
    if (number == slot) return known;
  }
  slots_.emplace_back(slot, domains_->Of(slot));
  return slots_.back().second;
}

// The program of the let that a comparison with true or false asks about; else null.
const cel::Program* Facts::LetBehind(const Formula& comparison) const {
  const Slot& slot = domains_->scope().slots()[comparison.slot];
  if (slot.kind != Slot::Kind::kLet || comparison.comparison != Comparison::kEqual ||
      !comparison.constants[0].is(Kind::kBool)) {
    return nullptr;
  }
  const auto& program = domains_->scope().lets()[slot.index].program;
  return program->result_type().Is(Kind::kBool) ? program.get() : nullptr;
}

bool Facts::AssumeEqual(std::uint32_t slot, const Value& value) {
  return Narrow(Change(slot), Comparison::kEqual, {value});
}

bool Facts::AssumeComparison(const Formula& comparison, bool truth) {
  const Comparison relation = comparison.comparison;
  Known& known = Change(comparison.slot);
  if (relation == Comparison::kHas) {
    if (truth) return Narrow(known, relation, {});
    known.absent = !known.present;
    return known.absent;
  }
  if (!truth && relation == Comparison::kIn) {
    for (const Value& constant : comparison.constants) {
      if (!Narrow(known, Comparison::kNotEqual, {constant})) return false;
    }
    return true;
  }
  if (!Narrow(known, truth ? relation : Opposite(relation), comparison.constants)) return false;
  if (const cel::Program* let = LetBehind(comparison)) {
    return Assume(let->formula(), comparison.constants[0].boolean() == truth);
  }
  return true;
}

// Of several alternatives: what is left when only one can be, or when all are about one slot.
bool Facts::AssumeOneOf(const std::vector<Formula>& parts, bool truth) {
  const Outcomes wanted = truth ? kMayBeTrue : kMayBeFalse;
  std::vector<const Formula*> possible;
  for (const Formula& part : parts) {
    if ((OutcomesOf(part) & wanted) != 0) possible.push_back(&part);
  }
  if (possible.empty()) return false;
  if (possible.size() == 1) return Assume(*possible[0], truth);
  std::vector<Value> values;
  for (const Formula* part : possible) {
    const bool alike =
        part->form == Formula::Form::kComparison && part->slot == possible[0]->slot &&
        (part->comparison == Comparison::kEqual || part->comparison == Comparison::kIn);
    if (!alike || !truth) return true;
    values.insert(values.end(), part->constants.begin(), part->constants.end());
  }
  return Narrow(Change(possible[0]->slot), Comparison::kIn, values);
}

bool Facts::Assume(const Formula& formula, bool truth) {
  switch (formula.form) {
    case Formula::Form::kConstant:
      return formula.constant == truth;
    case Formula::Form::kNot:
      return Assume(formula.parts[0], !truth);
    case Formula::Form::kAnd:
    case Formula::Form::kOr:
      if (truth != (formula.form == Formula::Form::kAnd)) return AssumeOneOf(formula.parts, truth);
      return std::all_of(formula.parts.begin(), formula.parts.end(),
                         [&](const Formula& part) { return Assume(part, truth); });
    case Formula::Form::kComparison:
      return AssumeComparison(formula, truth);
    case Formula::Form::kOther:
      return true;
  }
  return true;
}

// ---- Judging ------------------------------------------------------------------------------------

Outcomes Facts::OfComparison(const Formula& comparison, bool same_queue) const {
  const bool foreign = !same_queue && domains_->IsOwnQueue(comparison.slot);
  const Known& known = foreign ? domains_->Of(comparison.slot) : KnownOf(comparison.slot);
  if (comparison.comparison == Comparison::kHas) {
    if (known.present) return kMayBeTrue;
    return known.absent ? kMayBeFalse : kMayBeTrue | kMayBeFalse;
  }
  if (known.absent) return kMayFail;
  if (known.present) return rules::OutcomesOf(known, comparison.comparison, comparison.constants);
  if (const cel::Program* let = LetBehind(comparison)) {
    const Outcomes outcomes = OutcomesOf(let->formula(), same_queue);
    return comparison.constants[0].boolean() ? outcomes : Negated(outcomes);
  }
  return static_cast<Outcomes>(
      rules::OutcomesOf(known, comparison.comparison, comparison.constants) | kMayFail);
}

Outcomes Facts::OutcomesOf(const Formula& formula, bool same_queue) const {
  switch (formula.form) {
    case Formula::Form::kConstant:
      return formula.constant ? kMayBeTrue : kMayBeFalse;
    case Formula::Form::kNot:
      return Negated(OutcomesOf(formula.parts[0], same_queue));
    case Formula::Form::kAnd:
    case Formula::Form::kOr: {
      const bool disjunction = formula.form == Formula::Form::kOr;
      Outcomes all = kMayBeTrue;
      for (const Formula& part : formula.parts) {
        const Outcomes outcomes = OutcomesOf(part, same_queue);
        all = Conjunction(all, disjunction ? Negated(outcomes) : outcomes);
      }
      return disjunction ? Negated(all) : all;
    }
    case Formula::Form::kComparison:
      return OfComparison(formula, same_queue);
    case Formula::Form::kOther:
      return kAnyOutcome;
  }
  return kAnyOutcome;
}

}  // namespace strowger::rules
