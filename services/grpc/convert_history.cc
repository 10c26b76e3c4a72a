#include "services/grpc/convert_history.h"

#include <algorithm>

#include "routing/event.h"
#include "services/grpc/convert_values.h"
#include "services/grpc/convert_views.h"

namespace strowger::grpc_api {
namespace {

using history::ContactEvent;
using history::EndedContact;
using routing::EventType;

EventType TypeOf(const ContactEvent& event) { return static_cast<EventType>(event.type()); }

// Views into both.
routing::Event EventOf(const EndedContact& contact, const ContactEvent& from) {
  routing::Event to;
  to.type = TypeOf(from);
  to.sequence = from.sequence();
  to.index = from.index();
  to.time = from.time_ns();
  to.contact = contact.contact_id();
  to.agent = from.agent();
  to.queue = from.queue();
  to.to_queue = from.to_queue();
  to.text = from.text();
  to.offer = from.offer();
  to.number = from.number();
  to.until = from.until_ns();
  to.reason = static_cast<routing::EndReason>(from.reason());
  to.cause = static_cast<routing::Cause>(from.cause());
  return to;
}

// From an assignment to what took the contact from the agent.
void SetHandlings(const EndedContact& from, v1::ContactStatus* to) {
  v1::Handling* open = nullptr;
  for (const ContactEvent& event : from.events()) {
    const EventType type = TypeOf(event);
    if (type == EventType::kAssigned) {
      open = to->add_handlings();
      open->set_agent_id(event.agent());
      open->set_queue(event.queue());
      SetTime(event.time_ns(), open->mutable_began_at());
    } else if (open != nullptr && (type == EventType::kTransferred ||
                                   type == EventType::kRequeued || type == EventType::kEnded)) {
      SetTime(event.time_ns(), open->mutable_ended_at());
      open = nullptr;
    }
  }
}

routing::TimeNs WaitedUntil(const EndedContact& from) {
  for (const ContactEvent& event : from.events()) {
    if (TypeOf(event) == EventType::kAssigned) return event.time_ns();
  }
  return from.ended_at_ns();
}

}  // namespace

void SetContact(const EndedContact& from, v1::ContactStatus* to) {
  to->set_contact_id(from.contact_id());
  to->set_channel(from.channel());
  *to->mutable_attributes() = from.attributes();
  *to->mutable_labels() = from.labels();
  to->set_location(from.location());
  v1::Placement& placement = *to->mutable_placement();
  placement.set_state(v1::CONTACT_STATE_ENDED);
  placement.set_queue(from.queue());
  placement.set_rule(from.rule());
  placement.set_end_reason(static_cast<v1::EndReason>(from.reason()));
  placement.set_cause(static_cast<v1::Cause>(from.cause()));
  placement.set_treatment(from.treatment());
  if (from.arrival_ns() != 0) SetTime(from.arrival_ns(), to->mutable_arrived_at());
  if (from.not_before_ns() != 0) SetTime(from.not_before_ns(), to->mutable_not_before());
  if (from.assigned_at_ns() != 0) SetTime(from.assigned_at_ns(), to->mutable_assigned_at());
  SetTime(from.ended_at_ns(), to->mutable_ended_at());
  *to->mutable_priority() = from.priority();
  to->set_rule_set_version(from.rule_set_version());
  SetHandlings(from, to);
  if (to->handlings_size() > 0) placement.set_agent_id(to->handlings().rbegin()->agent_id());
  const routing::TimeNs base = std::max(from.arrival_ns(), from.not_before_ns());
  if (base != 0) {
    SetDuration(std::max<routing::DurationNs>(0, WaitedUntil(from) - base), to->mutable_waited());
  }
}

void SetContact(const EndedContact& from, v1::GetContactResponse* to) {
  SetContact(from, to->mutable_contact());
  for (const ContactEvent& event : from.events()) {
    SetEvent(EventOf(from, event), to->add_events());
  }
  to->set_events_left_out(from.events_left_out());
}

}  // namespace strowger::grpc_api
