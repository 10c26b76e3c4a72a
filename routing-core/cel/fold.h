#pragma once

#include <vector>

#include "routing-core/cel/ast.h"
#include "routing-core/cel/compiler.h"
#include "routing-core/cel/finding.h"
#include "routing-core/cel/zone.h"

namespace strowger::cel {

/// Replaces every sub-expression that depends on nothing by its value, which the tree's pool then
/// owns. One that ends in an error stays as it is, for `false && 1 / 0 > 2` is false. When
/// `strict`, answers constant zones, patterns and arguments of timestamp() and duration() that are
/// bad.
std::vector<Finding> Fold(std::string_view source, const Zone& default_zone, bool strict, Ast* ast);

}  // namespace strowger::cel
