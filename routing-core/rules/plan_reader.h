// Routing plans out of document nodes: what stands under `then` in a rule, and what a contact of a
// scenario test carries when it bypasses the rules.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "absl/types/span.h"
#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "routing-core/rules/vocabulary.h"
#include "routing/plan.h"
#include "routing/rule_set.h"

namespace strowger::rules {

// What names in a plan may refer to.
class PlanContext {
 public:
  virtual ~PlanContext() = default;
  virtual const Vocabulary& vocabulary() const = 0;
  // Whether a plan may name this queue; reports when not.
  virtual bool KnowsQueue(const Node& name, Report& report) const = 0;
  // The condition of a step or overflow; null, and a finding, when it does not compile.
  virtual std::shared_ptr<const routing::Condition> CompileWhen(const Node& expression,
                                                                Report& report) const = 0;
};

// Names as the rule set declares them; any queue, since the router itself refuses unknown ones.
// `rule_set` must outlive the context.
std::unique_ptr<PlanContext> ContextOf(const routing::RuleSet& rule_set);

// queue treatment require who priority requested_agent requested_for requested_only ranks lift
// prefer steps overflow wait_limit skip_if_empty: the keys of a plan. Readers of a larger mapping
// add their own and pass the whole to ReadPlan.
absl::Span<const std::string_view> PlanKeys();

// Reads the keys of a plan out of a mapping whose other keys were checked by the caller. The plan
// may lack queue and treatment: the caller knows whether that is wrong.
routing::Plan ReadPlan(const Node& mapping, const PlanContext& context, Report& report);

// A term of `prefer` that is not a skill.
bool IsPreferTerm(std::string_view name);

// The keys requested_agent, requested_for and requested_only of a mapping.
routing::AgentRequest ReadAgentRequest(const Node& mapping, Report& report);

// `5` or `{start, gain, max}`.
std::optional<routing::Priority> ReadPriority(const Node& node, Report& report);
// The same, or `{add: 5}`.
std::optional<routing::PriorityChange> ReadPriorityChange(const Node& node, Report& report);
// The keys `require` and `who` of a mapping; nothing when it has neither.
std::optional<routing::Requirement> ReadRequirement(const Node& mapping, const PlanContext& context,
                                                    Report& report);
// {queue | treatment, require, who, keep_requirement, priority}, also under `to`.
std::optional<routing::Destination> ReadDestination(const Node& node, const PlanContext& context,
                                                    Report& report);
// `voicemail` or `{name: voicemail}`.
std::optional<std::string> ReadTreatment(const Node& node, Report& report);

}  // namespace strowger::rules
