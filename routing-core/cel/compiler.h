#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/env.h"
#include "routing-core/cel/finding.h"
#include "routing-core/cel/program.h"

namespace strowger::cel {

struct CompileOptions {
  /// False leaves out the type checker: unknown names and functions become errors of evaluation.
  bool check = true;
  /// Lets `<`, `<=`, `>` and `>=` stand between numbers of different types, which evaluation always
  /// compares by value. The language definition has the checker refuse them.
  bool order_unlike_numbers = false;
  /// The type the whole must have; unset accepts any. Looked at only when checking.
  std::optional<Type> result;
  /// How deeply parentheses, brackets, braces and the arguments of calls may stand in one another.
  /// (The tree as a whole may be 512 deep: a chain of that many operators.)
  uint32_t max_nesting = 32;
  /// Bytes of source text.
  uint32_t max_source = 64 * 1024;
  /// What the cost bound takes for the number of items of a list that is not constant.
  uint32_t max_list_items = 256;
  /// Zone of getHours() and its like without an argument: a name of the zone database or an offset.
  /// Looked at only where an expression uses one of them.
  std::string time_zone = "UTC";
};

struct CompileResult {
  /// Null exactly when there are findings.
  std::shared_ptr<const Program> program;
  /// One parse error, or all the errors of checking, in the order of the source.
  std::vector<Finding> findings;

  bool ok() const { return program != nullptr; }
};

/// Parses, checks and compiles. Any bytes are fit to be given; nothing is thrown. Constant
/// sub-expressions are computed here. Constant zones, patterns and the constant arguments of
/// timestamp() and duration() are resolved here, a bad one being a finding of the check stage, or
/// without checking an error of evaluation. Reads the zone database; not for the routing path.
CompileResult Compile(const Env& env, std::string_view source, const CompileOptions& options = {});

}  // namespace strowger::cel
