#include "routing/limits.h"
#include "services/grpc/convert_commands.h"
#include "services/grpc/convert_plan.h"

namespace strowger::grpc_api {
namespace {

void ConvertTimes(const v1::Contact& from, Violations& violations, routing::SubmitContact& to) {
  to.not_before.reset();
  if (from.has_not_before()) to.not_before = ToTime(from.not_before(), "not_before", violations);
  to.virtual_arrival.reset();
  if (from.has_virtual_arrival()) {
    to.virtual_arrival = ToTime(from.virtual_arrival(), "virtual_arrival", violations);
  }
}

void ConvertRequest(const v1::Contact& from, Violations& violations, routing::AgentRequest& to) {
  AllowName(from.requested_agent(), "requested_agent", violations);
  to.agent = from.requested_agent();
  to.lasts.reset();
  if (from.has_requested_for()) {
    to.lasts = ToDuration(from.requested_for(), "requested_for", violations);
  }
  to.only.reset();
  if (from.has_requested_only()) to.only = from.requested_only();
}

void ConvertResume(const v1::Resume& from, Violations& violations, routing::Resume& to) {
  const Violations::Step step(violations, "resume");
  RequireName(from.key(), "key", violations);
  to.key = from.key();
  if (from.has_within()) {
    to.within = ToDuration(from.within(), "within", violations).value_or(0);
  } else {
    violations.Add("within", "is required");
  }
}

void ConvertPriority(const v1::Priority& from, Conversion& conversion,
                     std::optional<routing::Priority>& to) {
  const Violations::Step step(conversion.violations, "priority");
  Convert(from, conversion, to.emplace());
}

}  // namespace

void Convert(const v1::Contact& from, Conversion& conversion, routing::SubmitContact& to) {
  Violations& violations = conversion.violations;
  const rules::Vocabulary& vocabulary = conversion.vocabulary;
  RequireName(from.id(), "id", violations);
  RequireName(from.channel(), "channel", violations);
  if (!from.channel().empty()) {
    RequireKnown(from.channel(), vocabulary.channels, "channel", "channel", violations);
  }
  AllowName(from.location(), "location", violations);
  if (!from.location().empty()) {
    RequireKnown(from.location(), vocabulary.locations, "location", "location", violations);
  }
  to.contact = from.id();
  to.channel = from.channel();
  to.location = from.location();
  ConvertAttributes(from.attributes(), "attributes", Bearer::kContact, conversion, to.attributes);
  rules::SetApart(vocabulary, to.attributes, to.unstored);
  to.decided.reset();
  ConvertTimes(from, violations, to);
  ConvertLabels(from.labels(), "labels", violations, to.labels);
  to.priority.reset();
  if (from.has_priority()) ConvertPriority(from.priority(), conversion, to.priority);
  ConvertRequest(from, violations, to.requested);
  to.resume.reset();
  if (from.has_resume()) ConvertResume(from.resume(), violations, to.resume.emplace());
  to.plan.reset();
  if (from.has_plan()) {
    const Violations::Step step(violations, "plan");
    Convert(from.plan(), conversion, to.plan.emplace());
  }
}

void Convert(const v1::UpdateContact& from, Conversion& conversion, routing::UpdateContact& to) {
  Violations& violations = conversion.violations;
  RequireName(from.contact_id(), "contact_id", violations);
  to.contact = from.contact_id();
  ConvertAttributes(from.attributes(), "attributes", Bearer::kContact, conversion, to.attributes);
  for (std::size_t i = 0; i < to.attributes.size(); ++i) {
    if (rules::IsStored(conversion.vocabulary, to.attributes[i].name)) continue;
    const Violations::Step step(violations, "attributes", static_cast<int>(i));
    violations.Add("name", to.attributes[i].name + " is not stored: it is given at arrival alone");
  }
  to.priority.reset();
  if (from.has_priority()) ConvertPriority(from.priority(), conversion, to.priority);
  to.requirement.reset();
  if (from.has_requirement()) {
    const Violations::Step step(violations, "requirement");
    Convert(from.requirement(), conversion, to.requirement.emplace());
  }
  to.virtual_arrival.reset();
  if (from.has_virtual_arrival()) {
    to.virtual_arrival = ToTime(from.virtual_arrival(), "virtual_arrival", violations);
    if (from.has_priority()) violations.Add("virtual_arrival", "not together with priority");
  }
  to.labels.reset();
  if (from.has_labels()) {
    const Violations::Step step(violations, "labels");
    ConvertLabels(from.labels().labels(), "labels", violations, to.labels.emplace());
  }
  to.replan = from.replan();
  if (from.replan() && from.has_requirement()) {
    violations.Add("replan", "not together with requirement");
  }
}

void Convert(const v1::CancelContact& from, Conversion& conversion, routing::CancelContact& to) {
  Violations& violations = conversion.violations;
  RequireName(from.contact_id(), "contact_id", violations);
  to.contact = from.contact_id();
  to.by_customer = from.cause() == v1::CANCEL_CAUSE_CUSTOMER;
  if (from.cause() == v1::CANCEL_CAUSE_UNSPECIFIED) {
    violations.Add("cause", "is required");
  } else if (!v1::CancelCause_IsValid(from.cause())) {
    UnknownEnum(from.cause(), "cause", violations);
  }
}

}  // namespace strowger::grpc_api
