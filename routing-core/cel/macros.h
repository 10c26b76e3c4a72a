#pragma once

#include <string>

#include "routing-core/cel/ast.h"

namespace strowger::cel {

/// What came of looking at a call as a macro.
struct MacroResult {
  enum class Outcome { kNotAMacro, kExpanded, kMisused };
  Outcome outcome = Outcome::kNotAMacro;
  const Node* culprit = nullptr;  // kMisused: the argument that is wrong
  std::string message;
};

/// Turns `call`, a kCall or kMethod with its arguments in place, into the node of the macro that it
/// names. A call with another number of arguments than the macro takes is left to be a function.
MacroResult ExpandMacro(Node* call);

}  // namespace strowger::cel
