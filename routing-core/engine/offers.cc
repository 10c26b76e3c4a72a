// Holds: an agent's capacity from offer over handling to wrap-up.
#include <algorithm>
#include <utility>

#include "routing-core/engine/check.h"
#include "routing-core/engine/engine.h"
#include "routing-core/engine/form.h"

namespace strowger::routing {

// ---- Holds ------------------------------------------------------------------------------------

HoldSlot Router::Engine::AddHold(ContactSlot contact, AgentSlot agent_slot) {
  const HoldSlot slot = holds_.Take();
  Hold& hold = holds_.Change(slot);
  AgentRecord& agent = agents_.Change(agent_slot);
  hold.contact = contact;
  hold.agent = agent_slot;
  hold.channel = contacts_[contact].channel;
  hold.queue = contacts_[contact].queue;
  hold.labels = contacts_[contact].labels;
  label_sets_.Refer(hold.labels);
  hold.since = now_;
  hold.contact_number = contacts_[contact].number;
  LinkToAgent(slot);
  HoldSlot* link = &contacts_.Change(contact).first_hold;
  while (*link != kNoSlot) link = &holds_.Change(*link).next_of_contact;
  *link = slot;
  for (CapacityLine& line : agent.lines) line.used += line.channel == hold.channel;
  CountHold(hold, 1);
  CountService(hold.queue, 1);
  return slot;
}

// At the end: what began last stands last.
void Router::Engine::LinkToAgent(HoldSlot slot) {
  Hold& hold = holds_.Change(slot);
  AgentRecord& agent = agents_.Change(hold.agent);
  hold.previous_of_agent = agent.last_hold;
  hold.next_of_agent = kNoSlot;
  HoldSlot& link =
      agent.last_hold == kNoSlot ? agent.first_hold : holds_.Change(agent.last_hold).next_of_agent;
  link = slot;
  agent.last_hold = slot;
}

void Router::Engine::UnlinkFromAgent(HoldSlot slot) {
  const HoldSlot before = holds_[slot].previous_of_agent;
  const HoldSlot after = holds_[slot].next_of_agent;
  AgentRecord& agent = agents_.Change(holds_[slot].agent);
  (before == kNoSlot ? agent.first_hold : holds_.Change(before).next_of_agent) = after;
  (after == kNoSlot ? agent.last_hold : holds_.Change(after).previous_of_agent) = before;
}

void Router::Engine::UnlinkFromContact(HoldSlot slot) {
  const ContactSlot contact = holds_[slot].contact;
  if (contact == kNoSlot) return;
  HoldSlot* link = &contacts_.Change(contact).first_hold;
  while (*link != slot) link = &holds_.Change(*link).next_of_contact;
  *link = holds_[slot].next_of_contact;
  holds_.Change(slot).next_of_contact = kNoSlot;
  holds_.Change(slot).contact = kNoSlot;
}

// Gives the capacity back; the agent may take something else.
void Router::Engine::ReleaseHold(HoldSlot slot) {
  UnlinkFromContact(slot);
  Hold& hold = holds_.Change(slot);
  AgentRecord& agent = agents_.Change(hold.agent);
  UnlinkFromAgent(slot);
  const bool used = hold.UsesCapacity();
  for (CapacityLine& line : agent.lines) line.used -= used && line.channel == hold.channel;
  CountHold(hold, -1);
  CountService(hold.queue, -1);
  label_sets_.Release(hold.labels);
  if (hold.kind != AgentWork::Kind::kReserved) {
    CountServed(hold.queue);
    agent.idle_since = now_;
  }
  deadlines_.Cancel(hold.deadline);
  bytes_.Free(hold.contact_id);
  const AgentSlot agent_slot = hold.agent;
  holds_.Release(slot);
  NoteWork(agent_slot);
  RefreshMasks(agent_slot);
  FreeAgent(agent_slot);
}

void Router::Engine::CountHold(const Hold& hold, int change) {
  AgentRecord& agent = agents_.Change(hold.agent);
  const auto delta = static_cast<std::uint32_t>(change);
  switch (hold.kind) {
    case AgentWork::Kind::kReserved:
      agent.reserved += delta;
      break;
    case AgentWork::Kind::kHandling:
      agent.handling += delta;
      if (agent.pending && agent.handling == 0) pending_due_.push_back(hold.agent);
      break;
    case AgentWork::Kind::kWrapUp:
      agent.wrapping_up += delta;
      if (hold.scope == WrapUpScope::kAgent) agent.whole_agent_wrap_ups += delta;
      if (hold.scope == WrapUpScope::kQueue) agent.queue_wrap_ups += delta;
      break;
  }
}

// ---- Offers -----------------------------------------------------------------------------------

// Out of the lines: it is on offer, or about to be.
void Router::Engine::BeginOffers(ContactSlot slot) {
  LeaveLine(slot);
  PauseVigil(slot);
  contacts_.Change(slot).state = ContactState::kOffered;
  --queued_count_;
  ++offered_count_;
  ++queues_[contacts_[slot].queue].offered;
}

// To the agent and, where the queue offers to several at once, to the best of all others who are
// eligible now. Or without an offer, where the queue's decision is the assignment.
void Router::Engine::Offer(ContactSlot contact, AgentSlot agent) {
  QueueRecord& queue = queues_[contacts_[contact].queue];
  BeginOffers(contact);
  if (queue.settings.offer_assigns) {
    NoteChosen(queue, agent);
    return Assign(contact, AddHold(contact, agent));
  }
  MakeOffer(contact, agent);
  for (std::int64_t made = 1; made < queue.settings.offer_parallel; ++made) {
    const AgentSlot other = ChooseAgent(contact);
    if (other == kNoSlot) return;
    RememberChoice(contact, false);
    MakeOffer(contact, other);
  }
}

// Where the queue goes round, the next one's turn follows.
void Router::Engine::NoteChosen(QueueRecord& queue, AgentSlot agent) {
  if (queue.settings.select == Strategy::kRoundRobin) queue.last_chosen = agents_[agent].id;
}

void Router::Engine::MakeOffer(ContactSlot contact_slot, AgentSlot agent) {
  QueueRecord& queue = queues_[contacts_[contact_slot].queue];
  NoteChosen(queue, agent);
  const HoldSlot slot = AddHold(contact_slot, agent);
  Hold& hold = holds_.Change(slot);
  hold.offer = ++offers_made_;
  hold.until = now_ + queue.settings.offer_timeout;
  Deadline deadline;
  deadline.time = hold.until;
  deadline.turn = turn_;
  deadline.kind = DeadlineKind::kOfferExpiry;
  deadline.number = hold.offer;
  deadline.target = slot;
  hold.deadline = deadlines_.Set(deadline);
  RefreshMasks(agent);
  Event& event = EmitContact(EventType::kOffered, contact_slot);
  event.agent = Keep(agents_[agent].id);
  event.queue = Keep(names_.name(queue.name));
  event.offer = hold.offer;
  event.until = hold.until;
}

// 0 means the newest of the pair.
HoldSlot Router::Engine::FindOffer(const ContactRecord& contact, AgentSlot agent,
                                   std::uint64_t offer) const {
  HoldSlot found = kNoSlot;
  for (HoldSlot h = contact.first_hold; h != kNoSlot; h = holds_[h].next_of_contact) {
    const Hold& hold = holds_[h];
    if (hold.kind != AgentWork::Kind::kReserved || hold.agent != agent) continue;
    if (offer == 0 || hold.offer == offer) found = h;
  }
  return found;
}

Result Router::Engine::Accept(const AcceptOffer& command) {
  if (Result r = CheckPair(command.contact, command.agent, false, false); !r.ok()) return r;
  const ContactSlot contact_slot = ContactNamed(command.contact);
  if (contact_slot == kNoSlot) return {Outcome::kUnknownContact, "contact"};
  const AgentSlot agent_slot = AgentNamed(command.agent);
  if (agent_slot == kNoSlot) return {Outcome::kUnknownAgent, "agent"};
  const HoldSlot slot = FindOffer(contacts_[contact_slot], agent_slot, command.offer);
  if (slot == kNoSlot) return {Outcome::kOfferNotOpen, "offer"};
  Confirm(agent_slot);
  Assign(contact_slot, slot);
  return {};
}

Result Router::Engine::Decline(const DeclineOffer& command) {
  if (Result r = CheckPair(command.contact, command.agent, false, false); !r.ok()) return r;
  const ContactSlot contact = ContactNamed(command.contact);
  if (contact == kNoSlot) return {Outcome::kUnknownContact, "contact"};
  const AgentSlot agent = AgentNamed(command.agent);
  if (agent == kNoSlot) return {Outcome::kUnknownAgent, "agent"};
  const HoldSlot hold = FindOffer(contacts_[contact], agent, command.offer);
  if (hold == kNoSlot) return {Outcome::kOfferNotOpen, "offer"};
  Confirm(agent);
  OfferFailed(hold, EventType::kDeclined, Cause::kDeclined);
  return {};
}

// In an outage the agent had no way to answer.
void Router::Engine::OfferExpired(HoldSlot hold) {
  if (!restarting_) return OfferFailed(hold, EventType::kExpired, Cause::kExpired);
  const ContactSlot contact = holds_[hold].contact;
  Rescind(hold, Cause::kRestart);
  Requeue(contact, Cause::kRestart);
}

void Router::Engine::OfferFailed(HoldSlot slot, EventType type, Cause cause) {
  const ContactSlot contact = holds_[slot].contact;
  const AgentSlot agent_slot = holds_[slot].agent;
  AgentRecord& agent = agents_.Change(agent_slot);
  Event& event = EmitContact(type, contact);
  event.agent = Keep(agent.id);
  event.offer = holds_[slot].offer;
  ReleaseHold(slot);

  const QueueSettings& settings = queues_[contacts_[contact].queue].settings;
  const bool declined = type == EventType::kDeclined;
  const OfferFailure& failure = declined ? settings.on_decline : settings.on_expire;
  std::int64_t& in_row = declined ? agent.declined_in_row : agent.expired_in_row;
  ++in_row;
  const bool stands_down = failure.not_ready_after > 0 && in_row >= failure.not_ready_after;
  AddBar(contact, agent_slot, settings);
  if (stands_down) {
    in_row = 0;
    AnnounceNotReady(agent_slot, failure.reason);
  } else if (failure.back_off > 0) {
    BackOff(agent_slot, failure.back_off);
  }
  Requeue(contact, cause);
  if (stands_down) {
    agents_changed_ = true;
    GiveUpWork(agent_slot, false);
  }
}

// As ChangeState to not_ready, but what is on offer is given up by the caller, later.
void Router::Engine::AnnounceNotReady(AgentSlot slot, std::string_view reason) {
  AgentRecord& agent = agents_.Change(slot);
  agent.state = AgentState::kNotReady;
  agent.state_since = now_;
  agent.reason = reason;
  Event& event = Emit(EventType::kAgentState);
  event.agent = Keep(agent.id);
  event.state = AgentState::kNotReady;
  event.text = Keep(agent.reason);
  NoteWork(slot);
  RefreshMasks(slot);
}

// The caller requeues or ends the contact.
void Router::Engine::Rescind(HoldSlot slot, Cause cause) {
  Event& event = EmitContact(EventType::kRescinded, holds_[slot].contact);
  event.agent = Keep(agents_[holds_[slot].agent].id);
  event.offer = holds_[slot].offer;
  event.cause = cause;
  ReleaseHold(slot);
}

// Of a contact that is about to end: back to plain waiting.
void Router::Engine::RescindAll(ContactSlot slot, Cause cause) {
  if (contacts_[slot].state != ContactState::kOffered) return;
  while (contacts_[slot].first_hold != kNoSlot) Rescind(contacts_[slot].first_hold, cause);
  contacts_.Change(slot).state = ContactState::kQueued;
  --queues_[contacts_[slot].queue].offered;
  --offered_count_;
  ++queued_count_;
}

// From offered, when no other offer is open, or from handling given up by force.
void Router::Engine::Requeue(ContactSlot slot, Cause cause) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.first_hold != kNoSlot) return;
  ++contact.attempt;
  QueueRecord& queue = queues_[contact.queue];
  const bool was_handled = contact.state == ContactState::kHandling;
  contact.state = ContactState::kQueued;
  ++queued_count_;
  if (was_handled) {
    --queue.handling;
    --handling_count_;
    contact.assigned_at = 0;
    contact.plan_start = now_;
    contact.plan_turn = turn_;
    contact.steps_due = contact.steps_passed;
    contact.overflow_due = contact.overflow_spent;
    ComeTo(slot, contact.queue);
  } else {
    --queue.offered;
    --offered_count_;
  }
  EnterLine(slot);
  Event& event = EmitContact(EventType::kRequeued, slot);
  event.queue = Keep(names_.name(queue.name));
  event.cause = cause;
  if (was_handled) ArmPlan(slot, false);
  ResumeVigil(slot);
  ReplanLater(slot);
  LookAtOverflowSoon(slot);
  JudgeExclusion(slot);
  AskForPlacement(slot);
}

// ---- The end of handling ----------------------------------------------------------------------

Result Router::Engine::Complete(const CompleteContact& command) {
  HoldSlot hold = kNoSlot;
  if (Result r = FindHandling(command.contact, command.agent, hold); !r.ok()) return r;
  Confirm(holds_[hold].agent);
  CompleteHandling(holds_[hold].contact, Cause::kNone, true);
  return {};
}

// The contact's record may be forgotten while a wrap-up lasts.
void Router::Engine::KeepContactId(HoldSlot slot, const ContactRecord& contact) {
  const std::string_view id = IdOf(contact);
  ByteStore::Block& block = holds_.Change(slot).contact_id;
  block = bytes_.Allocate(static_cast<std::uint32_t>(id.size()));
  std::copy(id.begin(), id.end(), block.data);
}

void Router::Engine::BeginWrapUp(HoldSlot slot, DurationNs length) {
  Hold& hold = holds_.Change(slot);
  deadlines_.Cancel(hold.deadline);  // of its lease
  CountHold(hold, -1);
  hold.kind = AgentWork::Kind::kWrapUp;
  hold.scope = queues_[hold.queue].settings.wrap_up_scope;
  hold.since = now_;
  hold.until = now_ + length;
  CountHold(hold, 1);
  if (!hold.UsesCapacity()) {
    AgentRecord& agent = agents_.Change(hold.agent);
    for (CapacityLine& line : agent.lines) line.used -= line.channel == hold.channel;
    agent.idle_since = now_;
    FreeAgent(hold.agent);
  }
  UnlinkFromAgent(slot);
  LinkToAgent(slot);
  Deadline deadline;
  deadline.time = hold.until;
  deadline.turn = turn_;
  deadline.kind = DeadlineKind::kWrapUp;
  deadline.number = agents_[hold.agent].number;
  deadline.second_number = hold.contact_number;
  deadline.target = slot;
  hold.deadline = deadlines_.Set(deadline);
  NoteWork(hold.agent);
  RefreshMasks(hold.agent);
  Event& event = Emit(EventType::kWrapUp);
  event.agent = Keep(agents_[hold.agent].id);
  event.contact = Keep(hold.contact_id.view());
  event.until = hold.until;
}

Result Router::Engine::FinishWrapUps(const FinishWrapUp& command) {
  if (Result r = CheckPair(command.contact, command.agent, true, false); !r.ok()) return r;
  const AgentSlot agent = AgentNamed(command.agent);
  if (agent == kNoSlot) return {Outcome::kUnknownAgent, "agent"};
  bool found = false;
  for (HoldSlot slot = agents_[agent].first_hold; slot != kNoSlot;) {
    const Hold& hold = holds_[slot];
    const HoldSlot next = hold.next_of_agent;
    const bool meant = command.contact.empty() || hold.contact_id.view() == command.contact;
    if (hold.kind == AgentWork::Kind::kWrapUp && meant) {
      EndWrapUp(slot);
      found = true;
    }
    slot = next;
  }
  if (!found) return {Outcome::kWrongState, "agent"};
  Confirm(agent);
  return {};
}

void Router::Engine::EndWrapUp(HoldSlot slot) {
  const Hold& hold = holds_[slot];
  Event& event = Emit(EventType::kWrapUpEnded);
  event.agent = Keep(agents_[hold.agent].id);
  event.contact = Keep(hold.contact_id.view());
  event.queue = Keep(names_.name(queues_[hold.queue].name));
  event.duration = now_ - hold.since;
  ReleaseHold(slot);
}

}  // namespace strowger::routing
