#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "re2/re2.h"
#include "routing-core/cel/constant_pool.h"
#include "routing-core/cel/constant_set.h"
#include "routing-core/cel/decision.h"
#include "routing-core/cel/env.h"
#include "routing-core/cel/formula.h"
#include "routing-core/cel/program.h"
#include "routing-core/cel/type.h"
#include "routing-core/cel/value.h"
#include "routing-core/cel/zone.h"

namespace strowger::cel {

/// What an instruction does. `dst` is a register; `a` and `b` are operands unless said otherwise: a
/// register, or a constant when kConstantBit is set. `c` is the index of another instruction. From
/// kEqual to kInSet `a` may also be the slot of a variable, when kSlotBit is set; `c` is then the
/// constant text for the error when the variable is absent. Most conditions are made of these.
enum class Op : uint8_t {
  kMove,     // dst = a
  kLoad,     // dst = variable with slot a; b: constant text for the error when it is absent
  kHasSlot,  // dst = slot a is present
  kFail,     // dst = error with the text of constant a
  kEqual,    // dst = a == b, likewise the next
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kStartsWith,
  kEndsWith,
  kContains,
  kInSet,  // dst = a in constant list b; `extra` is the index of its set
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate,     // dst = -a
  kNot,        // dst = !a
  kIndex,      // dst = a[b]
  kSelect,     // dst = a.b, b a constant string; c: constant text for the error without such a key
  kHasField,   // dst = has(a.b), likewise
  kIn,         // dst = a in b
  kList,       // dst = list of b values from register a
  kMap,        // dst = map of b keys and values in turn from register a
  kCall,       // dst = function `extra` of b values from register a
  kCallHost,   // dst = host function `extra` of b values from register a
  kMatch,      // dst = a matches pattern `extra`
  kGetTime,    // dst = time getter b (a Function) of a timestamp in the default zone or a duration
  kGetInZone,  // dst = time getter b of timestamp a in zone `extra`
  kNewList,    // dst = empty list
  kNewMap,     // dst = empty map
  kIsOne,      // dst = (dst == 1), an error staying one
  kSealMap,    // makes a map of what kInsert has gathered in dst
  kJump,       // go to c
  // The steps of && and all(): dst starts as true. a false: dst = false, go to c. a an error or no
  // bool: dst becomes an error, if it is none already.
  kStopIfFalse,
  kStopIfTrue,  // the same for || and exists(), the other way round
  // From here to kInsertAll: what may leave the line on an error as well.
  kBranch,       // a true: go on; false: go to c; else dst = error and go to b (an instruction)
  kBegin,        // a is a register with the range, not to be walked: dst = error, go to c;
                 // else register a + 1 = 0
  kNext,         // range in register a, position in a + 1. None left: go to c; else a + 2 (and
                 // a + 3 when b is 2) = the next, on to the following position
  kCountIfTrue,  // a true: ++dst; no bool: dst = error, go to c
  kKeepIfTrue,   // a true: go on; false: go to b (an instruction); else dst = error, go to c
  kAppend,       // adds a to list dst; an error: dst = error, go to c
  kInsert,       // adds a: b to map dst, likewise
  kInsertAll,    // adds the entries of map a, likewise
  kReturn,       // the result is a
};

constexpr uint32_t kConstantBit = uint32_t{1} << 31;
constexpr uint32_t kSlotBit = uint32_t{1} << 30;

struct Instruction {
  Op op = Op::kReturn;
  /// Of a comparison (kEqual to kInSet): the next instruction is kStopIfFalse or kStopIfTrue on its
  /// dst, and both are done at once, the dst left unwritten, when the result is a bool.
  bool then_stop = false;
  uint16_t dst = 0;
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t extra = 0;
  uint32_t offset = 0;  // of what it stems from in the source
};

/// A compiled expression with all that it points to.
struct Code {
  std::string source;
  Type result_type;
  /// From the first on the whole expression; then parts that questions run.
  std::vector<Instruction> instructions;
  std::vector<Question> questions;  // empty when it is no condition, or none that they suit
  uint32_t first_question = 0;
  std::vector<Value> constants;
  uint32_t registers = 0;
  ConstantPool pool;      // of the instructions
  ConstantPool literals;  // of the source, and what it was folded to
  std::deque<ConstantSet> sets;
  std::vector<std::unique_ptr<RE2>> patterns;
  std::vector<Zone> zones;              // the first is the default
  std::vector<std::string> zone_names;  // of all but the default
  std::vector<std::vector<HostFunction>> hosts;

  std::vector<uint32_t> slots;
  uint64_t cost = 0;
  Formula formula;
  std::vector<IndexTerm> index_terms;
};

/// The index in code->sets of the set of a list that suits, made when there is none yet.
uint32_t SetOf(const Value& list, Code* code);

/// Runs the instructions. See Program::Evaluate.
Value Run(const Code& code, const Activation& activation, Scratch& scratch);

/// Runs those from `first` on up to their kReturn, in registers that scratch.Begin has answered.
Value RunFrom(const Code& code, uint32_t first, const Activation& activation, Scratch& scratch,
              Value* registers);

/// A pattern as matches() takes it, bounded in memory; null when it is not well formed.
std::unique_ptr<RE2> CompilePattern(std::string_view pattern);

}  // namespace strowger::cel
