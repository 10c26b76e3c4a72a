#include <string_view>

#include "services/grpc/convert_values.h"
#include "services/grpc/convert_views.h"

namespace strowger::grpc_api {
namespace {

using routing::Event;
using routing::EventType;

std::string Text(std::string_view text) { return std::string(text); }

// Events that say the same of a contact, an agent and an offer.
template <typename Message>
void SetOfferAnswer(const Event& from, Message* to) {
  to->set_contact_id(Text(from.contact));
  to->set_agent_id(Text(from.agent));
  to->set_offer_id(from.offer);
}

template <typename Message>
void SetStep(const Event& from, Message* to) {
  to->set_contact_id(Text(from.contact));
  to->set_step(Text(from.text));
}

void SetOverflowed(const Event& from, v1::OverflowedEvent* to) {
  to->set_contact_id(Text(from.contact));
  to->set_from_queue(Text(from.queue));
  to->set_to_queue(Text(from.to_queue));
  to->set_overflow(Text(from.text));
  to->set_cause(static_cast<v1::Cause>(from.cause));
}

void SetTransferred(const Event& from, v1::TransferredEvent* to) {
  to->set_contact_id(Text(from.contact));
  to->set_from_agent_id(Text(from.agent));
  to->set_to_agent_id(Text(from.text));
  to->set_from_queue(Text(from.queue));
  to->set_to_queue(Text(from.to_queue));
}

void SetEnded(const Event& from, v1::EndedEvent* to) {
  to->set_contact_id(Text(from.contact));
  to->set_reason(static_cast<v1::EndReason>(from.reason));
  to->set_treatment(Text(from.text));
  to->set_cause(static_cast<v1::Cause>(from.cause));
  to->set_queue(Text(from.queue));
  to->set_agent_id(Text(from.agent));
}

void SetQueued(const Event& from, v1::QueuedEvent* to) {
  to->set_contact_id(Text(from.contact));
  to->set_queue(Text(from.queue));
  to->set_position(static_cast<std::uint32_t>(from.number));
  to->set_rule(Text(from.text));
}

void SetOffered(const Event& from, v1::OfferedEvent* to) {
  SetOfferAnswer(from, to);
  to->set_queue(Text(from.queue));
  SetTime(from.until, to->mutable_expires_at());
}

void SetAgentState(const Event& from, v1::AgentStateEvent* to) {
  to->set_agent_id(Text(from.agent));
  to->set_state(ToProto(from.state));
  to->set_reason(Text(from.text));
}

void SetOfContact(const Event& from, v1::Event* to) {
  switch (from.type) {
    case EventType::kQueued:
      return SetQueued(from, to->mutable_queued());
    case EventType::kRequeued:
      to->mutable_requeued()->set_contact_id(Text(from.contact));
      to->mutable_requeued()->set_queue(Text(from.queue));
      to->mutable_requeued()->set_cause(static_cast<v1::Cause>(from.cause));
      return;
    case EventType::kStep:
      return SetStep(from, to->mutable_step());
    case EventType::kStepSkipped:
      return SetStep(from, to->mutable_step_skipped());
    case EventType::kOverflowed:
      return SetOverflowed(from, to->mutable_overflowed());
    case EventType::kTransferred:
      return SetTransferred(from, to->mutable_transferred());
    case EventType::kEnded:
      return SetEnded(from, to->mutable_ended());
    case EventType::kReplanned:
      to->mutable_replanned()->set_contact_id(Text(from.contact));
      to->mutable_replanned()->set_queue(Text(from.queue));
      to->mutable_replanned()->set_rule(Text(from.text));
      return;
    default:
      return;
  }
}

void SetOfOffer(const Event& from, v1::Event* to) {
  switch (from.type) {
    case EventType::kOffered:
      return SetOffered(from, to->mutable_offered());
    case EventType::kAssigned:
      SetOfferAnswer(from, to->mutable_assigned());
      to->mutable_assigned()->set_queue(Text(from.queue));
      return;
    case EventType::kDeclined:
      return SetOfferAnswer(from, to->mutable_declined());
    case EventType::kExpired:
      return SetOfferAnswer(from, to->mutable_expired());
    case EventType::kRescinded:
      SetOfferAnswer(from, to->mutable_rescinded());
      to->mutable_rescinded()->set_cause(static_cast<v1::Cause>(from.cause));
      return;
    default:
      return;
  }
}

void SetOfAgent(const Event& from, v1::Event* to) {
  switch (from.type) {
    case EventType::kWrapUp:
      to->mutable_wrap_up()->set_agent_id(Text(from.agent));
      to->mutable_wrap_up()->set_contact_id(Text(from.contact));
      SetTime(from.until, to->mutable_wrap_up()->mutable_ends_at());
      return;
    case EventType::kWrapUpEnded:
      to->mutable_wrap_up_ended()->set_agent_id(Text(from.agent));
      to->mutable_wrap_up_ended()->set_contact_id(Text(from.contact));
      return;
    case EventType::kAgentState:
      return SetAgentState(from, to->mutable_agent_state());
    case EventType::kAgentRemoved:
      to->mutable_agent_removed()->set_agent_id(Text(from.agent));
      return;
    default:
      return;
  }
}

}  // namespace

void SetEvent(const Event& from, v1::Event* to) {
  to->mutable_position()->set_sequence(from.sequence);
  to->mutable_position()->set_index(from.index);
  SetTime(from.time, to->mutable_time());
  if (from.type == EventType::kActivated) {
    to->mutable_activated()->set_rule_set(Text(from.text));
    to->mutable_activated()->set_version(from.number);
    return;
  }
  // Each kind is known to one of them; the others leave the message alone.
  SetOfContact(from, to);
  SetOfOffer(from, to);
  SetOfAgent(from, to);
}

}  // namespace strowger::grpc_api
