#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "routing-core/cel/ast.h"
#include "routing-core/cel/finding.h"

namespace strowger::cel {

struct ParseLimits {
  uint32_t max_nesting = 32;
  uint32_t max_source = 64 * 1024;
};

struct ParseResult {
  std::unique_ptr<Ast> ast;  // null when there is an error
  Finding error;
};

/// Reads one expression and expands its macros. Stops at the first error.
ParseResult Parse(std::string_view source, const ParseLimits& limits);

/// The deepest tree that the later phases, which walk it by recursion, are given.
inline constexpr uint16_t kMaxTreeDepth = 512;

}  // namespace strowger::cel
