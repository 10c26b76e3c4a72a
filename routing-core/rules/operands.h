// The parts of a condition that stand between && and ||, as a person reads them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace strowger::rules {

struct Operand {
  std::uint32_t offset = 0;  // in bytes of the condition
  std::uint32_t length = 0;
};

inline constexpr std::size_t kMaxOperands = 64;

// From left to right, through parentheses; what stands in a call, a list or under `!` or `?:` stays
// whole. More than kMaxOperands: the whole. REQUIRES: a condition that compiles.
std::vector<Operand> OperandsOf(std::string_view condition);

}  // namespace strowger::rules
