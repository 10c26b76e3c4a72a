#include "services/grpc/convert_commands.h"

#include "absl/strings/str_cat.h"

namespace strowger::grpc_api {
namespace {

// Accept and decline have the same fields.
template <typename From, typename To>
void ConvertAnswer(const From& from, Conversion& conversion, To& to) {
  RequireName(from.contact_id(), "contact_id", conversion.violations);
  RequireName(from.agent_id(), "agent_id", conversion.violations);
  to.contact = from.contact_id();
  to.agent = from.agent_id();
  to.offer = from.offer_id();
}

// What is done to a handling: by whoever has the contact, unless an agent is named.
template <typename From, typename To>
void ConvertHandling(const From& from, Conversion& conversion, To& to) {
  RequireName(from.contact_id(), "contact_id", conversion.violations);
  AllowName(from.agent_id(), "agent_id", conversion.violations);
  to.contact = from.contact_id();
  to.agent = from.agent_id();
}

void Convert(const v1::Tick&, Conversion&, routing::Tick&) {}

struct BodyReader {
  Conversion& conversion;
  routing::CommandBody& to;
  const char* name = "";  // of the body found

  template <typename Body, typename From>
  void As(const char* field, const From& from) {
    if (*name != '\0') {
      conversion.violations.Add(field, absl::StrCat("not together with ", name));
      return;
    }
    name = field;
    const Violations::Step step(conversion.violations, field);
    Convert(from, conversion, BodyIn<Body>(to));
  }
};

}  // namespace

void Convert(const v1::AcceptOffer& from, Conversion& conversion, routing::AcceptOffer& to) {
  ConvertAnswer(from, conversion, to);
}

void Convert(const v1::DeclineOffer& from, Conversion& conversion, routing::DeclineOffer& to) {
  ConvertAnswer(from, conversion, to);
}

void Convert(const v1::CompleteContact& from, Conversion& conversion,
             routing::CompleteContact& to) {
  ConvertHandling(from, conversion, to);
}

void Convert(const v1::FinishWrapUp& from, Conversion& conversion, routing::FinishWrapUp& to) {
  RequireName(from.agent_id(), "agent_id", conversion.violations);
  AllowName(from.contact_id(), "contact_id", conversion.violations);
  to.agent = from.agent_id();
  to.contact = from.contact_id();
}

void Convert(const v1::RenewLease& from, Conversion& conversion, routing::RenewLease& to) {
  AllowName(from.agent_id(), "agent_id", conversion.violations);
  AllowName(from.contact_id(), "contact_id", conversion.violations);
  if (from.agent_id().empty() && from.contact_id().empty()) {
    conversion.violations.Add("agent_id", "is required without contact_id");
  }
  to.agent = from.agent_id();
  to.contact = from.contact_id();
}

void Convert(const v1::AssignContact& from, Conversion& conversion, routing::AssignContact& to) {
  RequireName(from.contact_id(), "contact_id", conversion.violations);
  RequireName(from.agent_id(), "agent_id", conversion.violations);
  to.contact = from.contact_id();
  to.agent = from.agent_id();
}

void Convert(const v1::HoldContact& from, Conversion& conversion, routing::HoldContact& to) {
  ConvertHandling(from, conversion, to);
}

void Convert(const v1::ResumeContact& from, Conversion& conversion, routing::ResumeContact& to) {
  ConvertHandling(from, conversion, to);
}

void Convert(const v1::CloseQueue& from, Conversion& conversion, routing::SetQueueOpen& to) {
  RequireName(from.queue(), "queue", conversion.violations);
  to.queue = from.queue();
  to.open = false;
}

void Convert(const v1::OpenQueue& from, Conversion& conversion, routing::SetQueueOpen& to) {
  RequireName(from.queue(), "queue", conversion.violations);
  to.queue = from.queue();
  to.open = true;
}

void Convert(const v1::MoveContacts& from, Conversion& conversion, routing::MoveContacts& to) {
  RequireName(from.from_queue(), "from_queue", conversion.violations);
  RequireName(from.to_queue(), "to_queue", conversion.violations);
  if (from.from_queue() == from.to_queue()) {
    conversion.violations.Add("to_queue", "must not be the queue they leave");
  }
  to.from = from.from_queue();
  to.to = from.to_queue();
}

// One `if` a body, in the order of the message; those that came later than the rest.
static void ConvertLaterBodies(const v1::Command& from, BodyReader& read) {
  if (from.has_renew_lease()) read.As<routing::RenewLease>("renew_lease", from.renew_lease());
  if (from.has_sync_agents()) read.As<routing::SyncAgents>("sync_agents", from.sync_agents());
  if (from.has_transfer_contact()) {
    read.As<routing::TransferContact>("transfer_contact", from.transfer_contact());
  }
  if (from.has_assign_contact()) {
    read.As<routing::AssignContact>("assign_contact", from.assign_contact());
  }
  if (from.has_hold_contact()) read.As<routing::HoldContact>("hold_contact", from.hold_contact());
  if (from.has_resume_contact()) {
    read.As<routing::ResumeContact>("resume_contact", from.resume_contact());
  }
  if (from.has_close_queue()) read.As<routing::SetQueueOpen>("close_queue", from.close_queue());
  if (from.has_open_queue()) read.As<routing::SetQueueOpen>("open_queue", from.open_queue());
  if (from.has_move_contacts()) {
    read.As<routing::MoveContacts>("move_contacts", from.move_contacts());
  }
}

// One `if` a body, in the order of the message.
const char* ConvertBody(const v1::Command& from, bool virtual_time, Conversion& conversion,
                        routing::CommandBody& to) {
  BodyReader read{conversion, to};
  if (from.has_submit_contact()) {
    read.As<routing::SubmitContact>("submit_contact", from.submit_contact());
  }
  if (from.has_update_contact()) {
    read.As<routing::UpdateContact>("update_contact", from.update_contact());
  }
  if (from.has_cancel_contact()) {
    read.As<routing::CancelContact>("cancel_contact", from.cancel_contact());
  }
  if (from.has_upsert_agents()) {
    read.As<routing::UpsertAgents>("upsert_agents", from.upsert_agents());
  }
  if (from.has_set_agent_state()) {
    read.As<routing::SetAgentState>("set_agent_state", from.set_agent_state());
  }
  if (from.has_remove_agent()) read.As<routing::RemoveAgent>("remove_agent", from.remove_agent());
  if (from.has_accept_offer()) read.As<routing::AcceptOffer>("accept_offer", from.accept_offer());
  if (from.has_decline_offer()) {
    read.As<routing::DeclineOffer>("decline_offer", from.decline_offer());
  }
  if (from.has_complete_contact()) {
    read.As<routing::CompleteContact>("complete_contact", from.complete_contact());
  }
  if (from.has_finish_wrap_up()) {
    read.As<routing::FinishWrapUp>("finish_wrap_up", from.finish_wrap_up());
  }
  if (from.has_tick()) {
    if (!virtual_time) conversion.violations.Add("tick", "only with clock: virtual");
    read.As<routing::Tick>("tick", from.tick());
  }
  ConvertLaterBodies(from, read);
  if (*read.name == '\0') conversion.violations.Add("one body must be set");
  return read.name;
}

routing::TimeNs ConvertAt(const google::protobuf::Timestamp* at, bool virtual_time,
                          Violations& violations) {
  if (at != nullptr && !virtual_time) violations.Add("at", "only with clock: virtual");
  if (at == nullptr && virtual_time) violations.Add("at", "is required with clock: virtual");
  if (at == nullptr || !virtual_time) return 0;
  return ToTime(*at, "at", violations).value_or(0);
}

}  // namespace strowger::grpc_api
