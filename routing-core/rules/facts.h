// What can be said of a condition without evaluating it: whether it can be true, fail or be false,
// given that others hold. For finding mistakes in a document; never on the routing path.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "routing-core/cel/formula.h"
#include "routing-core/rules/known.h"

namespace strowger::rules {

// What follows from conditions that hold at once. Where it cannot follow the language it knows
// nothing, so that what it rules out is ruled out indeed. The formulas' constants must outlive it.
class Facts {
 public:
  // `domains` must outlive it.
  explicit Facts(Domains& domains) : domains_(&domains) {}

  // From now on the formula evaluates to `truth`. False when it cannot: these facts then mean
  // nothing.
  bool Assume(const cel::Formula& formula, bool truth = true);
  bool AssumeEqual(std::uint32_t slot, const cel::Value& value);

  // `same_queue`: queue.* means the same queue to the formula as to what was assumed.
  Outcomes OutcomesOf(const cel::Formula& formula, bool same_queue = true) const;

  const Known& KnownOf(std::uint32_t slot) const;
  // Every slot that something was assumed of, in the order in which that happened.
  const std::vector<std::pair<std::uint32_t, Known>>& slots() const { return slots_; }

 private:
  bool AssumeOneOf(const std::vector<cel::Formula>& parts, bool truth);
  bool AssumeComparison(const cel::Formula& comparison, bool truth);
  const cel::Program* LetBehind(const cel::Formula& comparison) const;
  Outcomes OfComparison(const cel::Formula& comparison, bool same_queue) const;
  Known& Change(std::uint32_t slot);

  Domains* domains_;
  std::vector<std::pair<std::uint32_t, Known>> slots_;
};

}  // namespace strowger::rules
