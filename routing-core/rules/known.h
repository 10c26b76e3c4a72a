// What is known of the value of a name that conditions use: by declaration, or because a condition
// holds.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "routing-core/cel/formula.h"
#include "routing-core/rules/scope.h"

namespace strowger::rules {

// The outcomes that an evaluation may have, as bits.
using Outcomes = std::uint8_t;
inline constexpr Outcomes kMayBeTrue = 1;
inline constexpr Outcomes kMayBeFalse = 2;
inline constexpr Outcomes kMayFail = 4;  // an error, absent attributes included
inline constexpr Outcomes kAnyOutcome = kMayBeTrue | kMayBeFalse | kMayFail;

// What is known of the value of one slot.
struct Known {
  struct Bound {
    cel::Value value;
    bool inclusive = true;
  };
  bool present = false;                            // neither absent nor an error
  bool absent = false;                             // surely not present
  std::optional<std::vector<cel::Value>> allowed;  // one of these, when it is present
  std::vector<cel::Value> excluded;
  std::optional<Bound> least;
  std::optional<Bound> most;
};

// Adds that the comparison is true; false when no value is left.
bool Narrow(Known& known, cel::Comparison comparison, const std::vector<cel::Value>& constants);

// How the comparison can come out for a value that is present.
Outcomes OutcomesOf(const Known& known, cel::Comparison comparison,
                    const std::vector<cel::Value>& constants);

// The comparison that is true of a value when this one is false; itself where there is none.
cel::Comparison Opposite(cel::Comparison comparison);

// What declarations say of every slot of a scope, worked out as it is asked for.
class Domains {
 public:
  // The scope may grow, and must outlive this.
  explicit Domains(const Scope& scope) : scope_(scope) {}

  const Scope& scope() const { return scope_; }
  const Known& Of(std::uint32_t slot);
  // Whether its value depends on which queue the rule names.
  bool IsOwnQueue(std::uint32_t slot) const;

 private:
  const Scope& scope_;
  std::deque<std::optional<Known>> known_;  // by slot
};

}  // namespace strowger::rules
