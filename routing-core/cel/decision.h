#pragma once

#include <cstdint>

#include "routing-core/cel/value.h"

namespace strowger::cel {

struct Code;
struct Node;
class Activation;
class ConstantSet;
class Scratch;

/// One question of a decision. The left operand is the variable with `slot`.
enum class Ask : uint8_t {
  kEqualText,  // to the constant
  kEqualInt,
  kEqual,  // to any other
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kInSet,       // in the constant list, of which `set` is made
  kMember,      // the constant is in it
  kStartsWith,  // the constant text
  kEndsWith,
  kContains,
  kTrue,
  kHas,   // it is present
  kCode,  // the instructions from `index` on return true
};

/// A condition's `&&`, `||` and `!` turned into jumps: each question leads to the next one or to an
/// answer.
struct Question {
  Ask ask = Ask::kCode;
  uint32_t slot = 0;
  uint32_t index = 0;  // of an instruction
  uint32_t on_true = 0;
  uint32_t on_false = 0;
  Value constant;
  const ConstantSet* set = nullptr;
};

/// Places that are answers instead of questions.
constexpr uint32_t kYes = UINT32_MAX;
constexpr uint32_t kNo = UINT32_MAX - 1;

/// Lays out the decision that `root` stands for, in code->questions; leaves them empty when it is
/// no skeleton of `&&`, `||`, `!` and comparisons. False when it needs too many registers.
bool BuildDecision(Node* root, Code* code);

/// The condition's answer; absent when a question had none (an error, an absent variable, no bool),
/// which only the instructions know how to weigh against the other parts.
Value Decide(const Code& code, const Activation& activation, Scratch& scratch);

}  // namespace strowger::cel
