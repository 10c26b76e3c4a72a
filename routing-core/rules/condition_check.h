// What is suspicious in a condition that compiles, and which rules can never be reached.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "routing-core/cel/finding.h"
#include "routing-core/cel/program.h"
#include "routing-core/rules/known.h"

namespace strowger::rules {

// The parts of a condition that must all be true.
struct Conjunct {
  const cel::Formula* formula = nullptr;
  std::string text;  // equal for equal text up to spaces; empty when it cannot be told apart
};
std::vector<Conjunct> ConjunctsOf(const cel::Program& condition);

// That it can never be true, or never anything else; and attributes that it reads although they may
// be absent, without asking has().
std::vector<cel::Finding> CheckCondition(const cel::Program& condition, Domains& domains);
// Only the last.
std::vector<cel::Finding> CheckAttributes(const cel::Program& program, const Scope& scope);

// A rule for the question of what it leaves to later ones.
struct RuleCondition {
  const cel::Program* when = nullptr;  // null: always
  std::string_view queue;
  bool own_queue = false;  // whether it reads queue.*
  bool usable = true;      // false: it did not compile, and nothing is known of it
};

struct Shadow {
  std::size_t rule = 0;
  // One rule that holds whenever this one does; or several of which always one does.
  std::vector<std::size_t> by;
  bool and_all_after = false;  // `by` holds always; no more are answered then
};

// The rules that are never reached because of earlier ones, ascending. The effort is bounded: in a
// document of thousands of rules that are hard to tell apart it may miss some.
std::vector<Shadow> FindShadowed(absl::Span<const RuleCondition> rules, Domains& domains);

}  // namespace strowger::rules
