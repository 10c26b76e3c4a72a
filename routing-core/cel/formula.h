#pragma once

#include <cstdint>
#include <vector>

#include "routing-core/cel/value.h"

namespace strowger::cel {

enum class Comparison : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,        // slot in [constants]
  kContains,  // constant in slot
  kHas,       // has(slot), or the bare slot of type bool: kEqual with true
};

/// The boolean skeleton of a condition, for callers that answer it from an index instead of
/// evaluating it. `kOther` is a part that has no such form; callers evaluate the whole program
/// then. Constants are views into the program.
struct Formula {
  enum class Form : uint8_t { kConstant, kAnd, kOr, kNot, kComparison, kOther };

  Form form = Form::kOther;
  bool constant = false;                       // kConstant
  std::vector<Formula> parts;                  // kAnd, kOr: two or more; kNot: one
  Comparison comparison = Comparison::kEqual;  // kComparison, with the slot on the left
  uint32_t slot = 0;                           // kComparison
  std::vector<Value> constants;                // kComparison: one; kIn: any number
  uint32_t offset = 0;                         // of its main token in the source
  uint32_t length = 0;
};

}  // namespace strowger::cel
