// What a document declares and nothing uses.
#pragma once

#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "routing-core/cel/program.h"
#include "routing-core/rules/compiled_rule_set.h"
#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "routing-core/rules/scope.h"

namespace strowger::rules {

// Warns of skills, calendars, lets and queues of the document that no rule comes to. `programs` are
// all of its expressions, lets included.
void ReportUnused(const Node& root, const Scope& scope, const CompiledRuleSet::Parts& parts,
                  absl::Span<const std::shared_ptr<const cel::Program>> programs, Report& report);

}  // namespace strowger::rules
