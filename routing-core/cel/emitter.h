#pragma once

#include "routing-core/cel/ast.h"
#include "routing-core/cel/code.h"

namespace strowger::cel {

/// Appends to `code` the instructions that compute `root` and return it. Constants that the tree
/// refers to are not copied: the pool that owns them must come to live as long as `code`. Constant
/// zones and patterns are taken to be well formed where they can be; a bad one becomes an error of
/// evaluation. False when the program would need more than 65,535 registers.
bool Emit(Node* root, Code* code);

}  // namespace strowger::cel
