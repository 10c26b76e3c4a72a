#pragma once

#include <string_view>
#include <vector>

#include "routing-core/cel/ast.h"
#include "routing-core/cel/compiler.h"
#include "routing-core/cel/env.h"
#include "routing-core/cel/finding.h"

namespace strowger::cel {

/// Says what every name and call of the tree stands for, gives every node its type, and answers all
/// that is wrong, in the order of the source. Without `check` nothing is wrong: what does not
/// resolve is marked kUnknown, and types are left to evaluation.
std::vector<Finding> Check(const Env& env, std::string_view source, const CompileOptions& options,
                           Ast* ast);

/// The type constant that `name` denotes ("int", "google.protobuf.Timestamp"); absent if none.
Value TypeDenotation(std::string_view name);

}  // namespace strowger::cel
