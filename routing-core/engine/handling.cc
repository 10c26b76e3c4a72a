// Handling: how an agent comes to have a contact, parks it and hands it on.
#include <algorithm>

#include "routing-core/engine/engine.h"
#include "routing-core/engine/form.h"

namespace strowger::routing {

// ---- Assignment -------------------------------------------------------------------------------

// The hold's agent has the contact from now on; what else is on offer of it is withdrawn.
void Router::Engine::Assign(ContactSlot contact_slot, HoldSlot slot) {
  const AgentSlot agent_slot = holds_[slot].agent;
  const std::size_t assigned_event = events_->size();
  Event& event = EmitContact(EventType::kAssigned, contact_slot);
  event.agent = Keep(agents_[agent_slot].id);
  event.queue = Keep(names_.name(queues_[contacts_[contact_slot].queue].name));
  event.offer = holds_[slot].offer;
  BeginHandling(slot);
  for (HoldSlot other = contacts_[contact_slot].first_hold; other != kNoSlot;) {
    const HoldSlot next = holds_[other].next_of_contact;
    if (other != slot) Rescind(other, Cause::kAssigned);
    other = next;
  }

  LeaveQueue(contact_slot);
  Disarm(contact_slot);
  EndRequest(contact_slot);
  DropBars(contact_slot);
  Unwatch(contact_slot);
  ContactRecord& contact = contacts_.Change(contact_slot);
  contact.state = ContactState::kHandling;
  contact.assigned_at = now_;
  contact.replan_due = false;
  --offered_count_;
  ++handling_count_;
  QueueRecord& queue = queues_[contact.queue];
  --queue.offered;
  ++queue.handling;
  ++queue.assigned;
  CountShare(queue, agent_slot);
  const DurationNs wait = std::max<DurationNs>(0, now_ - contact.wait_base);
  queue.wait_sum += wait;
  queue.longest_wait = std::max(queue.longest_wait, wait);
  queue.yardsticks.Served(now_, wait);
  EndMeasuring(contact_slot, true);
  const bool in_time = wait <= queue.settings.service_level.within;
  queue.window.Add(now_, in_time ? kAnsweredInTime : kAnsweredLate, 1);
  (*events_)[assigned_event].duration = wait;
  (*events_)[assigned_event].in_time = in_time;
}

// What was reserved is handled from now on.
void Router::Engine::BeginHandling(HoldSlot slot) {
  Hold& hold = holds_.Change(slot);
  deadlines_.Cancel(hold.deadline);
  CountHold(hold, -1);
  hold.kind = AgentWork::Kind::kHandling;
  hold.since = now_;
  hold.until = 0;
  CountHold(hold, 1);
  AgentRecord& agent = agents_.Change(hold.agent);
  agent.declined_in_row = agent.expired_in_row = 0;
  if (agent.pace.contacts > 0) NoteAssignment(hold.agent);
  // Moved by a step while it was offered, it may have made room under a cap of its queue; and
  // whoever is let choose for one reason takes what has become possible for another.
  const QueueSlot queue = contacts_[hold.contact].queue;
  if (hold.queue != queue) FreeAgent(hold.agent);
  CountService(hold.queue, -1);
  CountService(queue, 1);
  hold.queue = queue;
  if (queues_[queue].settings.handling_lease > 0) StartHandlingLease(slot);
  NoteWork(hold.agent);
  RefreshMasks(hold.agent);
}

// Capacity alone binds whoever decides by hand: neither caps nor pace do.
Result Router::Engine::AssignByHand(const AssignContact& command) {
  if (Result r = CheckPair(command.contact, command.agent, false, false); !r.ok()) return r;
  const ContactSlot slot = ContactNamed(command.contact);
  if (slot == kNoSlot) return {Outcome::kUnknownContact, "contact"};
  const AgentSlot agent = AgentNamed(command.agent);
  if (agent == kNoSlot) return {Outcome::kUnknownAgent, "agent"};
  const ContactState state = contacts_[slot].state;
  if (state != ContactState::kQueued && state != ContactState::kOffered) {
    return {Outcome::kWrongState, "contact"};
  }
  if (agents_[agent].state == AgentState::kOffline) return {Outcome::kWrongState, "agent"};
  HoldSlot hold = FindOffer(contacts_[slot], agent, 0);
  if (hold == kNoSlot && !Fits(agents_[agent], contacts_[slot].channel)) {
    return {Outcome::kOverLimit, "agent.capacity"};
  }
  Confirm(agent);
  LiftNotBefore(slot);
  if (state == ContactState::kQueued) BeginOffers(slot);
  if (hold == kNoSlot) hold = AddHold(slot, agent);
  Assign(slot, hold);
  return {};
}

// It is taken before its time, which no longer matters, also if it comes back.
void Router::Engine::LiftNotBefore(ContactSlot slot) {
  if (contacts_[slot].not_before_deadline == kNoSlot) return;
  LeaveQueue(slot);
  ContactRecord& contact = contacts_.Change(slot);
  deadlines_.Cancel(contact.not_before_deadline);
  contact.not_before = 0;
  contact.wait_base = contact.arrival;
  EnterQueue(slot, contact.queue);
}

// ---- Parking ----------------------------------------------------------------------------------

// The hold of the handling, if the contact is handled, by that agent where one is named.
Result Router::Engine::FindHandling(const std::string& contact, const std::string& agent,
                                    HoldSlot& found) const {
  if (Result r = CheckPair(contact, agent, false, true); !r.ok()) return r;
  const ContactSlot slot = ContactNamed(contact);
  if (slot == kNoSlot) return {Outcome::kUnknownContact, "contact"};
  const AgentSlot named = agent.empty() ? kNoSlot : AgentNamed(agent);
  if (!agent.empty() && named == kNoSlot) return {Outcome::kUnknownAgent, "agent"};
  if (contacts_[slot].state != ContactState::kHandling) return {Outcome::kWrongState, "contact"};
  found = contacts_[slot].first_hold;
  if (named != kNoSlot && named != holds_[found].agent) return {Outcome::kWrongState, "agent"};
  return {};
}

Result Router::Engine::Park(const HoldContact& command) {
  HoldSlot slot = kNoSlot;
  if (Result r = FindHandling(command.contact, command.agent, slot); !r.ok()) return r;
  if (holds_[slot].held_since != 0) return {Outcome::kWrongState, "contact"};
  Confirm(holds_[slot].agent);
  holds_.Change(slot).held_since = now_;
  return {};
}

Result Router::Engine::Unpark(const ResumeContact& command) {
  HoldSlot slot = kNoSlot;
  if (Result r = FindHandling(command.contact, command.agent, slot); !r.ok()) return r;
  if (holds_[slot].held_since == 0) return {Outcome::kWrongState, "contact"};
  Confirm(holds_[slot].agent);
  Hold& hold = holds_.Change(slot);
  hold.hold_time += now_ - hold.held_since;
  hold.held_since = 0;
  return {};
}

DurationNs Router::Engine::HoldTimeOf(const Hold& hold) const {
  return hold.hold_time + (hold.held_since == 0 ? 0 : now_ - hold.held_since);
}

// ---- The end of handling ----------------------------------------------------------------------

// Counts it and takes the contact off the agent's hands. Answers how long the wrap-up will be; what
// becomes of the capacity is for LetGo to say, after the contact's own events.
DurationNs Router::Engine::EndHandling(ContactSlot slot, bool with_wrap_up) {
  ContactRecord& contact = contacts_.Change(slot);
  const HoldSlot hold_slot = contact.first_hold;
  AgentRecord& agent = agents_.Change(holds_[hold_slot].agent);
  QueueRecord& queue = queues_[contact.queue];
  const DurationNs handle_time = now_ - contact.assigned_at;
  queue.handle_sum += handle_time;
  queue.hold_sum += HoldTimeOf(holds_[hold_slot]);
  --queue.handling;
  --handling_count_;
  ++agent.handled;
  agent.handle_time += handle_time;
  const DurationNs wrap_up = with_wrap_up ? agent.wrap_up.value_or(queue.settings.wrap_up) : 0;
  UnlinkFromContact(hold_slot);
  if (wrap_up > 0) KeepContactId(hold_slot, contact);
  return wrap_up;
}

void Router::Engine::LetGo(HoldSlot slot, DurationNs wrap_up) {
  if (wrap_up > 0) {
    BeginWrapUp(slot, wrap_up);
  } else {
    ReleaseHold(slot);
  }
}

// Ends the contact as completed; the agent is free, or in wrap-up.
void Router::Engine::CompleteHandling(ContactSlot slot, Cause cause, bool with_wrap_up) {
  const HoldSlot hold = contacts_[slot].first_hold;
  const AgentSlot agent = holds_[hold].agent;
  const DurationNs handle_time = now_ - contacts_[slot].assigned_at;
  const DurationNs hold_time = HoldTimeOf(holds_[hold]);
  const DurationNs wrap_up = EndHandling(slot, with_wrap_up);
  const std::size_t ended_event = events_->size();
  End(slot, EndReason::kCompleted, {}, cause);
  Event& event = (*events_)[ended_event];
  event.agent = Keep(agents_[agent].id);
  event.duration = handle_time;
  event.hold = hold_time;
  LetGo(hold, wrap_up);
}

// ---- Transfer ---------------------------------------------------------------------------------

Result Router::Engine::CheckTransfer(const TransferContact& command) const {
  if (Result r = CheckForm(command); !r.ok()) return r;
  const ContactSlot slot = ContactNamed(command.contact);
  if (slot == kNoSlot) return {Outcome::kUnknownContact, "contact"};
  if (!command.agent.empty() && AgentNamed(command.agent) == kNoSlot) {
    return {Outcome::kUnknownAgent, "to.agent"};
  }
  if (!command.queue.empty() && QueueNamed(command.queue) == kNoSlot) {
    return {Outcome::kUnknownQueue, "to.queue"};
  }
  if (contacts_[slot].state != ContactState::kHandling) return {Outcome::kWrongState, "contact"};
  return {};
}

Result Router::Engine::Transfer(const TransferContact& command) {
  if (Result r = CheckTransfer(command); !r.ok()) return r;
  const ContactSlot slot = ContactNamed(command.contact);
  const RequirementId requirement =
      command.requirement ? InternRequirement(*command.requirement) : kNoSlot;
  if (command.requirement && requirement == kNoSlot) return {Outcome::kOverLimit, "require"};
  const QueueSlot from = contacts_[slot].queue;
  const QueueSlot target = command.queue.empty() ? from : QueueNamed(command.queue);
  const HoldSlot hold = contacts_[slot].first_hold;
  const AgentSlot giver = holds_[hold].agent;
  Event& event = EmitContact(EventType::kTransferred, slot);
  event.agent = Keep(agents_[giver].id);
  event.queue = Keep(names_.name(queues_[from].name));
  event.to_queue = Keep(names_.name(queues_[target].name));
  event.text = Keep(command.agent);
  event.duration = now_ - contacts_[slot].assigned_at;
  event.hold = HoldTimeOf(holds_[hold]);
  Confirm(giver);
  LetGo(hold, EndHandling(slot, true));

  Destination to;
  to.priority = command.priority;
  Divert(slot, to, target, requirement);
  ForgetVisits(slot);
  if (requirement != kNoSlot) eligibility_.Release(requirement);
  contacts_.Change(slot).assigned_at = 0;
  if (queues_[target].settings.external) {
    End(slot, EndReason::kTreated, queues_[target].settings.name, Cause::kTransfer);
    return {};
  }
  if (!command.agent.empty()) AddRequest(slot, AgentNamed(command.agent), kNever, false);
  ContactRecord& contact = contacts_.Change(slot);
  contact.state = ContactState::kQueued;
  ++contact.attempt;
  ++queued_count_;
  const bool entered = target != from;
  if (entered) ++queues_[target].entered;
  ComeTo(slot, target);
  EnterLine(slot);
  Event& requeued = EmitContact(EventType::kRequeued, slot);
  requeued.queue = Keep(names_.name(queues_[target].name));
  requeued.cause = Cause::kTransfer;
  requeued.entered = entered;
  AddBar(slot, giver, queues_[target].settings);
  JudgeExclusion(slot);
  AskForPlacement(slot);
  return {};
}

}  // namespace strowger::routing
