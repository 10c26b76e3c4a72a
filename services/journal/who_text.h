// The formula of a requirement written out as the expression that compiles into it.
#pragma once

#include <string>

#include "routing/plan.h"

namespace strowger::journal {

// Empty for an empty formula. For a formula from rules::CompileWho the text compiles into the same
// formula again: chains of one operator are written without parentheses, as they were read.
std::string WhoText(const routing::Formula& formula);

}  // namespace strowger::journal
