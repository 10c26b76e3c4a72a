// A document tree as text again.
#pragma once

#include <string>

#include "routing-core/rules/document.h"

namespace strowger::rules {

// One line of YAML that reads as the same tree: what a document inside another one is stored,
// shown and hashed as.
std::string CanonicalText(const Node& node);

}  // namespace strowger::rules
