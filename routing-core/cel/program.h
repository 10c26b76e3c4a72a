#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/activation.h"
#include "routing-core/cel/finding.h"
#include "routing-core/cel/formula.h"
#include "routing-core/cel/scratch.h"
#include "routing-core/cel/type.h"
#include "routing-core/cel/value.h"

namespace strowger::cel {

struct Code;

/// What a rule index can use: the condition can only be true when `slot` holds one of `constants`.
struct IndexTerm {
  uint32_t slot = 0;
  std::vector<Value> constants;  // views into the program
};

/// A compiled expression: immutable, and used by any number of threads at once, each with a Scratch
/// of its own. Constants in results and accessors point into the program.
class Program {
 public:
  explicit Program(std::unique_ptr<const Code> code);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Evaluates. Never throws and takes no lock; allocates nothing once `scratch` is warm, except
  /// for zone names and patterns that are not constants. The result is a value or an error, never
  /// absent; it may point into the program, the activation and `scratch`, the last until its next
  /// use.
  Value Evaluate(const Activation& activation, Scratch& scratch) const;

  /// An error that Evaluate answered, with its place in the source.
  Finding Describe(const Value& error) const;

  const std::string& source() const;
  const Type& result_type() const;

  /// The slots that it may read (has() included), ascending, each once.
  const std::vector<uint32_t>& slots() const;
  /// Whether it calls a function of the host.
  bool calls_host() const;

  /// A bound on the work of one evaluation, in units of about one simple instruction. Every
  /// instruction costs 1; text functions and comparisons 4 more, a pattern match 64, a zone look-up
  /// 16, a host function what its declaration says; a macro costs its body times the items of the
  /// list it walks: their number when it is constant, CompileOptions::max_list_items otherwise.
  /// Saturates at the largest value. An evaluation in which a part of a condition has no value may
  /// compute parts of it twice, which the bound leaves out.
  uint64_t cost() const;

  /// The value, when it depends on nothing. An error is not folded: it is found by evaluating.
  std::optional<Value> constant() const;

  /// The condition's boolean skeleton; a single kOther when the expression has none.
  const Formula& formula() const;

  /// Those of the top-level conjuncts that have the form `slot == constant` or `slot in
  /// [constants]` (a bare slot of type bool counts as `slot == true`, its negation as `slot ==
  /// false`).
  const std::vector<IndexTerm>& index_terms() const;

 private:
  std::unique_ptr<const Code> code_;
};

}  // namespace strowger::cel
