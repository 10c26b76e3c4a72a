#pragma once

#include <cstdint>
#include <string>

namespace strowger::cel::naive {

struct Tally {
  uint64_t expressions = 0;
  uint64_t errors = 0;   // whose value is an error, on both sides
  uint64_t refused = 0;  // by the checker, of the wild ones
  std::string failure;   // the first difference; empty when there is none
};

/// Makes `count` expressions, half of them wild, and compares what the evaluator makes of their
/// text, with and without the checker, with what the naive one makes of the expressions themselves.
/// Stops at the first difference.
Tally Compare(uint64_t seed, uint64_t count);

}  // namespace strowger::cel::naive
