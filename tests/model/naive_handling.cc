// How an agent comes to have a contact, parks it and hands it on.
#include <algorithm>

#include "tests/model/eligibility.h"
#include "tests/model/naive_checks.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::AgentState;
using routing::Cause;
using routing::ContactState;
using routing::EndReason;
using routing::Event;
using routing::EventType;
using routing::Outcome;

// `offer`: the one that was accepted, no longer open; none: nothing was offered to the agent.
void NaiveRouter::Assign(NaiveContact& contact, NaiveAgent& agent, const NaiveOffer* offer) {
  Event& event = Emit(EventType::kAssigned);
  event.contact = Keep(contact.id);
  event.agent = Keep(agent.id);
  event.queue = Keep(contact.queue);
  event.offer = offer == nullptr ? 0 : offer->number;
  event.duration = WaitOf(contact);
  event.in_time = IsInTime(queues_.at(contact.queue), event.duration);
  contact.taken = offer == nullptr ? ++holds_made_ : offer->hold;
  contact.taken_labels = offer == nullptr ? contact.labels : offer->labels;
  // It counts for another queue than it was offered in.
  if (offer != nullptr && offer->queue != contact.queue) Freed(agent);
  RescindOffersOf(contact, Cause::kAssigned);
  NaiveQueue& queue = queues_.at(contact.queue);
  const routing::DurationNs wait = WaitOf(contact);
  ++queue.assigned;
  if (queue.assigned_to.contains(agent.id)) ++queue.assigned_to[agent.id];
  queue.wait_sum += wait;
  queue.longest_wait = std::max(queue.longest_wait, wait);
  RecordFact(queue, wait, /*assigned=*/true);
  contact.state = ContactState::kHandling;
  contact.agent = agent.id;
  contact.assigned_at = now_;
  contact.bars.clear();
  StartHandlingLease(contact);
  if (agent.pace.contacts != 0) agent.paced.push_back({now_, turn_});
  contact.replan_due = false;
  EndRequest(contact);
  agent.declined_in_row = 0;
  agent.expired_in_row = 0;
  UpdateSpans(agent);
}

Outcome NaiveRouter::AssignByHand(const routing::AssignContact& command) {
  const auto found = contacts_.find(command.contact);
  if (found == contacts_.end()) return Outcome::kUnknownContact;
  const auto known = agents_.find(command.agent);
  if (known == agents_.end()) return Outcome::kUnknownAgent;
  NaiveContact& contact = found->second;
  NaiveAgent& agent = known->second;
  if (!contact.waiting() || !agent.logged_in()) return Outcome::kWrongState;
  const NaiveOffer* offer = nullptr;
  FindOffer(contact.id, agent.id, 0, &offer);
  if (offer == nullptr && !HasRoomFor(agent, contact)) return Outcome::kOverLimit;
  Confirm(agent);
  if (!contact.opened) {
    contact.opened = true;
    contact.not_before = 0;
  }
  if (offer == nullptr) {
    Assign(contact, agent, nullptr);
  } else {
    const NaiveOffer taken = *offer;
    offers_.erase(taken.number);
    Assign(contact, agent, &taken);
  }
  return Outcome::kOk;
}

bool NaiveRouter::HasRoomFor(const NaiveAgent& agent, const NaiveContact& contact) const {
  return Fits(agent.capacity, ChannelsOf(InHand(agent), agent.outside), contact.channel);
}

// ---- Parking ----------------------------------------------------------------------------------

Outcome NaiveRouter::FindHandling(const std::string& contact, const std::string& agent,
                                  NaiveContact** found) {
  const auto known = contacts_.find(contact);
  if (known == contacts_.end()) return Outcome::kUnknownContact;
  if (!agent.empty() && !agents_.contains(agent)) return Outcome::kUnknownAgent;
  *found = &known->second;
  if (known->second.state != ContactState::kHandling) return Outcome::kWrongState;
  return agent.empty() || agent == known->second.agent ? Outcome::kOk : Outcome::kWrongState;
}

Outcome NaiveRouter::Park(const routing::HoldContact& command) {
  NaiveContact* contact = nullptr;
  const Outcome outcome = FindHandling(command.contact, command.agent, &contact);
  if (outcome != Outcome::kOk) return outcome;
  if (contact->held_since != 0) return Outcome::kWrongState;
  Confirm(agents_.at(contact->agent));
  contact->held_since = now_;
  return Outcome::kOk;
}

Outcome NaiveRouter::Unpark(const routing::ResumeContact& command) {
  NaiveContact* contact = nullptr;
  const Outcome outcome = FindHandling(command.contact, command.agent, &contact);
  if (outcome != Outcome::kOk) return outcome;
  if (contact->held_since == 0) return Outcome::kWrongState;
  Confirm(agents_.at(contact->agent));
  contact->hold_time += now_ - contact->held_since;
  contact->held_since = 0;
  return Outcome::kOk;
}

// ---- The end of handling ----------------------------------------------------------------------

void NaiveRouter::StartHandlingLease(NaiveContact& contact) {
  const routing::DurationNs length = queues_.at(contact.queue).settings.handling_lease;
  contact.lease_until = length == 0 ? 0 : now_ + length;
  contact.leased = turn_;
}

void NaiveRouter::CompleteHandling(NaiveContact& contact, Cause cause,
                                   const std::optional<NaiveWrapUp>& wrap_up) {
  NaiveAgent& agent = agents_.at(contact.agent);
  const std::string queue = contact.queue;
  CountHandling(contact);
  End(contact, EndReason::kCompleted, {}, cause, agent.id);
  LetGo(agent, queue, wrap_up);
}

void NaiveRouter::CountHandling(const NaiveContact& contact) {
  NaiveAgent& agent = agents_.at(contact.agent);
  NaiveQueue& queue = queues_.at(contact.queue);
  const routing::DurationNs handle_time = now_ - contact.assigned_at;
  ++agent.handled;
  agent.handle_time += handle_time;
  queue.handle_sum += handle_time;
  queue.hold_sum += HoldTimeOf(contact);
}

routing::DurationNs NaiveRouter::HoldTimeOf(const NaiveContact& contact) const {
  return contact.hold_time + (contact.held_since != 0 ? now_ - contact.held_since : 0);
}

// The contact, which came from that queue, is not with the agent any more.
void NaiveRouter::LetGo(NaiveAgent& agent, const std::string& queue,
                        const std::optional<NaiveWrapUp>& wrap_up) {
  if (wrap_up.has_value()) {
    agent.wrap_ups.push_back(*wrap_up);
    Event& event = Emit(EventType::kWrapUp);
    event.agent = Keep(agent.id);
    event.contact = Keep(wrap_up->contact);
    event.until = wrap_up->until;
  } else {
    ServiceEnded(queue);
  }
  if (!wrap_up.has_value() || wrap_up->scope == routing::WrapUpScope::kQueue) {
    agent.idle_since = now_;
    Freed(agent);
  }
  UpdateSpans(agent);
}

// ---- Transfer ---------------------------------------------------------------------------------

Outcome NaiveRouter::Transfer(const routing::TransferContact& command) {
  if (!WellFormed(command)) return Outcome::kInvalidArgument;
  const auto found = contacts_.find(command.contact);
  if (found == contacts_.end()) return Outcome::kUnknownContact;
  if (!command.agent.empty() && !agents_.contains(command.agent)) return Outcome::kUnknownAgent;
  const auto queue = queues_.find(command.queue);
  if (!command.queue.empty() && (queue == queues_.end() || queue->second.retired)) {
    return Outcome::kUnknownQueue;
  }
  NaiveContact& contact = found->second;
  if (contact.state != ContactState::kHandling) return Outcome::kWrongState;

  NaiveAgent& giver = agents_.at(contact.agent);
  routing::Destination to;
  to.queue = command.queue.empty() ? contact.queue : command.queue;
  to.requirement = command.requirement;
  to.priority = command.priority;
  Event& event = Emit(EventType::kTransferred);
  event.contact = Keep(contact.id);
  event.agent = Keep(giver.id);
  event.queue = Keep(contact.queue);
  event.to_queue = Keep(to.queue);
  event.text = Keep(command.agent);
  event.duration = now_ - contact.assigned_at;
  event.hold = HoldTimeOf(contact);
  const std::optional<NaiveWrapUp> wrap_up = WrapUpAfter(contact, giver);
  CountHandling(contact);
  Confirm(giver);
  contact.state = ContactState::kQueued;
  contact.agent.clear();
  contact.assigned_at = 0;
  contact.held_since = contact.hold_time = contact.lease_until = 0;
  const std::string from = contact.queue;
  LetGo(giver, from, wrap_up);
  AdoptDestination(contact, to);
  contact.queues_entered = {contact.queue};
  if (queues_.at(contact.queue).settings.external) {
    End(contact, EndReason::kTreated, contact.queue, Cause::kTransfer);
    return Outcome::kOk;
  }
  if (!command.agent.empty()) MakeRequest(contact, {command.agent, routing::kNever, false});
  ++contact.attempt;
  if (contact.queue != from) ++queues_.at(contact.queue).entered;
  contact.entered_at = now_;
  Event& requeued = Emit(EventType::kRequeued);
  requeued.contact = Keep(contact.id);
  requeued.queue = Keep(contact.queue);
  requeued.cause = Cause::kTransfer;
  requeued.entered = contact.queue != from;
  Exclude(contact, giver.id);
  RequirementChanged(contact);
  return Outcome::kOk;
}

}  // namespace strowger::model
