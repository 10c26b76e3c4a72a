#pragma once

#include <cstdint>

#include "routing-core/cel/ast.h"

namespace strowger::cel {

/// The bound that Program::cost() documents, of a folded tree.
uint64_t CostOf(const Node& node, uint32_t max_list_items);

}  // namespace strowger::cel
