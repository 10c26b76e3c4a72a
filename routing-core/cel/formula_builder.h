#pragma once

#include <vector>

#include "routing-core/cel/ast.h"
#include "routing-core/cel/formula.h"
#include "routing-core/cel/program.h"

namespace strowger::cel {

/// The boolean skeleton of a folded tree. Its constants point into the tree's pool.
Formula BuildFormula(const Node& node);

/// Those of its top-level conjuncts that an index can use.
std::vector<IndexTerm> IndexTermsOf(const Formula& formula);

}  // namespace strowger::cel
