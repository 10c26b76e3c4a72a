#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "routing-core/rules/compiler.h"
#include "services/journal/codec_values.h"

namespace strowger::journal {
namespace {

namespace api = ::strowger::v1;

// Step and Overflow have the same fields for a change of priority.
template <typename Message>
void PutChange(const routing::PriorityChange& change, Message* to) {
  if (change.set) {
    Put(*change.set, to->mutable_set_priority());
  } else {
    to->set_add_priority(static_cast<std::int32_t>(change.add));
  }
}

template <typename Message>
std::optional<routing::PriorityChange> GetChange(const Message& from) {
  routing::PriorityChange change;
  if (from.has_set_priority()) {
    change.set = Get(from.set_priority());
  } else if (from.has_add_priority()) {
    change.add = from.add_priority();
  } else {
    return std::nullopt;
  }
  return change;
}

absl::Status GetCondition(const std::string& text, const routing::RuleSet* rule_set,
                          std::shared_ptr<const routing::Condition>& to) {
  if (text.empty()) return absl::OkStatus();
  if (rule_set == nullptr) return absl::DataLossError("a condition before any rule set");
  to = rules::CompileCondition(text, *rule_set).condition;
  return to != nullptr ? absl::OkStatus() : absl::DataLossError("cannot read " + text);
}

void PutStep(const routing::Step& step, api::Step* to) {
  to->set_id(step.id);
  Put(step.after, to->mutable_after());
  if (step.when != nullptr) to->set_when(std::string(step.when->source()));
  if (step.requirement) Put(*step.requirement, to->mutable_requirement());
  if (step.priority) PutChange(*step.priority, to);
  to->set_queue(step.queue);
  to->set_skip_if_empty(step.skip_if_empty);
}

absl::Status GetStep(const api::Step& from, const routing::RuleSet* rule_set, routing::Step& to) {
  to.id = from.id();
  to.after = Get(from.after());
  to.priority = GetChange(from);
  to.queue = from.queue();
  to.skip_if_empty = !from.has_skip_if_empty() || from.skip_if_empty();
  if (from.has_requirement()) {
    if (absl::Status status = Get(from.requirement(), to.requirement.emplace()); !status.ok()) {
      return status;
    }
  }
  return GetCondition(from.when(), rule_set, to.when);
}

void PutOverflow(const routing::Overflow& overflow, api::Overflow* to) {
  to->set_id(overflow.id);
  Put(overflow.after, to->mutable_after());
  if (overflow.when != nullptr) to->set_when(std::string(overflow.when->source()));
  const routing::Destination& destination = overflow.to;
  if (destination.queue.empty()) {
    to->set_treatment(destination.treatment);
  } else {
    to->set_to_queue(destination.queue);
  }
  if (destination.requirement) Put(*destination.requirement, to->mutable_requirement());
  to->set_keep_requirement(destination.keep_requirement);
  if (destination.priority) PutChange(*destination.priority, to);
}

absl::Status GetOverflow(const api::Overflow& from, const routing::RuleSet* rule_set,
                         routing::Overflow& to) {
  to.id = from.id();
  to.after = Get(from.after());
  to.to.queue = from.to_queue();
  to.to.treatment = from.treatment();
  to.to.keep_requirement = from.keep_requirement();
  to.to.priority = GetChange(from);
  if (from.has_requirement()) {
    if (absl::Status status = Get(from.requirement(), to.to.requirement.emplace()); !status.ok()) {
      return status;
    }
  }
  return GetCondition(from.when(), rule_set, to.when);
}

}  // namespace

absl::Status Put(const routing::Plan& plan, api::Plan* to) {
  // The rules' own plans are not recorded; a caller's has none of these, its priority is the
  // contact's.
  if (!plan.prefer.empty() || !plan.treatment.empty() || plan.priority != routing::Priority{} ||
      plan.requested != routing::AgentRequest{}) {
    return absl::UnimplementedError(
        "a plan of the caller's with prefer, treatment, priority or a wish for an agent");
  }
  to->set_queue(plan.queue);
  Put(plan.requirement, to->mutable_requirement());
  for (const routing::Step& step : plan.steps) PutStep(step, to->add_steps());
  for (const routing::Overflow& overflow : plan.overflow) {
    PutOverflow(overflow, to->add_overflows());
  }
  if (plan.wait_limit) {
    Put(plan.wait_limit->after, to->mutable_wait_limit()->mutable_after());
    to->mutable_wait_limit()->set_treatment(plan.wait_limit->treatment);
  }
  to->set_skip_if_empty(plan.skip_if_empty);
  return absl::OkStatus();
}

absl::Status Get(const api::Plan& from, const routing::RuleSet* rule_set, routing::Plan& to) {
  to.queue = from.queue();
  if (absl::Status status = Get(from.requirement(), to.requirement); !status.ok()) return status;
  for (const api::Step& step : from.steps()) {
    if (absl::Status status = GetStep(step, rule_set, to.steps.emplace_back()); !status.ok()) {
      return status;
    }
  }
  for (const api::Overflow& overflow : from.overflows()) {
    absl::Status status = GetOverflow(overflow, rule_set, to.overflow.emplace_back());
    if (!status.ok()) return status;
  }
  if (from.has_wait_limit()) {
    to.wait_limit =
        routing::WaitLimit{Get(from.wait_limit().after()), from.wait_limit().treatment()};
  }
  to.skip_if_empty = from.skip_if_empty();
  return absl::OkStatus();
}

}  // namespace strowger::journal
