// A rule document as it works: what it leaves unsaid filled in, what can be said in several ways
// said in one. Two documents that mean the same come out the same but for the order of mappings.
#pragma once

#include <string>

#include "routing-core/rules/document.h"

namespace strowger::rules {

// REQUIRES: a document that compiles. Tests are left out, expressions stay as they were written.
Node EffectiveDocument(const Node& root);

// As YAML, a mapping or list in block style unless it holds scalars alone and is short.
std::string ToYaml(const Node& node);

// Equal for two documents that differ in nothing but let, rules, calendars and tests.
std::string FrameOf(const Node& root);

}  // namespace strowger::rules
