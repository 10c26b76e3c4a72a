#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

// A band, or a change of one.
template <typename From, typename To>
void PutEnds(const From& from, To* to) {
  if (from.low) to->set_low(static_cast<std::int32_t>(*from.low));
  if (from.high) to->set_high(static_cast<std::int32_t>(*from.high));
}

template <typename From, typename To>
void GetEnds(const From& from, To& to) {
  if (from.has_low()) to.low = from.low();
  if (from.has_high()) to.high = from.high();
}

using Preferences = google::protobuf::RepeatedPtrField<api::Preference>;

// Weights are whole millionths, which doubles of that size hold to well below one half.
void PutPrefer(const std::vector<routing::Preference>& from, Preferences* to) {
  for (const routing::Preference& preference : from) {
    api::Preference* const added = to->Add();
    added->set_name(preference.name);
    added->set_weight(static_cast<double>(preference.weight) / 1e6);
  }
}

std::vector<routing::Preference> GetPrefer(const Preferences& from) {
  std::vector<routing::Preference> to;
  for (const api::Preference& preference : from) {
    to.push_back({preference.name(), std::llround(preference.weight() * 1e6)});
  }
  return to;
}

void PutStep(const routing::Step& step, api::Step* to) {
  to->set_id(step.id);
  Put(step.after, to->mutable_after());
  if (step.when != nullptr) to->set_when(std::string(step.when->source()));
  if (step.requirement) Put(*step.requirement, to->mutable_requirement());
  if (step.priority) PutChange(*step.priority, to);
  to->set_queue(step.queue);
  to->set_skip_if_empty(step.skip_if_empty);
  if (step.ranks) {
    PutEnds(*step.ranks, to->mutable_ranks());
    to->mutable_ranks()->set_raise(static_cast<std::uint32_t>(step.ranks->raise));
  }
  if (step.lift) to->set_lift(static_cast<std::int32_t>(*step.lift));
  if (step.prefer) PutPrefer(*step.prefer, to->mutable_prefer()->mutable_terms());
}

absl::Status GetStep(const api::Step& from, const routing::RuleSet* rule_set, routing::Step& to) {
  to.id = from.id();
  to.after = Get(from.after());
  to.priority = GetChange(from);
  to.queue = from.queue();
  to.skip_if_empty = !from.has_skip_if_empty() || from.skip_if_empty();
  if (from.has_ranks()) {
    GetEnds(from.ranks(), to.ranks.emplace());
    to.ranks->raise = from.ranks().raise();
  }
  if (from.has_lift()) to.lift = from.lift();
  if (from.has_prefer()) to.prefer = GetPrefer(from.prefer().terms());
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
  if (!plan.treatment.empty() || plan.priority != routing::Priority{} ||
      plan.requested != routing::AgentRequest{}) {
    return absl::UnimplementedError(
        "a plan of the caller's with treatment, priority or a wish for an agent");
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
  if (plan.ranks != routing::RankBand{}) PutEnds(plan.ranks, to->mutable_ranks());
  if (plan.lift) to->set_lift(static_cast<std::int32_t>(*plan.lift));
  PutPrefer(plan.prefer, to->mutable_prefer());
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
  GetEnds(from.ranks(), to.ranks);
  if (from.has_lift()) to.lift = from.lift();
  to.prefer = GetPrefer(from.prefer());
  return absl::OkStatus();
}

}  // namespace strowger::journal
