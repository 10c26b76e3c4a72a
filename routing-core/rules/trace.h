// A decision of the rules once more, with what each condition and each part of it came to: for
// explanations and for coverage, never on the routing path.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "routing/explanation.h"
#include "routing/rule_set.h"

namespace strowger::rules {

struct NamedValue {
  std::string name;   // "contact.tier"
  std::string value;  // as the language writes it; "absent", or what is wrong with it
};

// An operand of && or || in a condition.
struct TracedPart {
  std::string text;
  routing::Truth truth = routing::Truth::kFalse;
  bool known = true;  // false: it depends on a figure that nobody looked at then
  std::vector<NamedValue> values;
};

struct TracedRule {
  std::string rule;
  std::string when;  // empty: always
  routing::Truth truth = routing::Truth::kTrue;
  std::vector<TracedPart> parts;  // of `when`; none when it has but one
  std::vector<NamedValue> values;
};

struct DecisionTrace {
  std::vector<TracedRule> rules;  // in order, the one that decided last
  std::size_t skipped = 0;        // rules before these, left out: more than kMostTraced
  std::string decided;            // id; empty: none matched
};

inline constexpr std::size_t kMostTraced = 200;

// What a decision looked at, as it was remembered.
class RememberedFigures final : public routing::FigureSource {
 public:
  // `seen` must outlive it.
  explicit RememberedFigures(const routing::Classification& seen) : seen_(seen) {}

  std::optional<std::int64_t> QueueFigure(std::string_view queue,
                                          routing::Figure figure) const override;
  std::optional<std::int64_t> GroupFigure(routing::FigureOwner owner, std::string_view name,
                                          routing::Figure figure) const override;
  std::optional<bool> Flag(std::string_view name) const override;

  // Whether a figure was asked for that is not among those, since the last call of this.
  bool TakeMissing() const { return std::exchange(missing_, false); }

 private:
  std::optional<std::int64_t> Find(routing::FigureOwner owner, std::string_view name,
                                   routing::Figure figure) const;

  const routing::Classification& seen_;
  mutable bool missing_ = false;
};

// Nothing when the rule set of the decision is not known any more, or was not made by the compiler.
std::optional<DecisionTrace> TraceDecision(const routing::Classification& decision);

}  // namespace strowger::rules
