// What ends unless it is renewed: an agent's stay, and the handling of a contact. A deadline at the
// instant of a renewal fires before it, so that a lapse at that instant is a lapse.
#include "routing-core/engine/engine.h"
#include "routing-core/engine/form.h"

namespace strowger::routing {

// Of the agent's own length, from now; whatever ran before ends.
void Router::Engine::StartLease(AgentSlot slot) { RunLease(slot, agents_[slot].lease); }

void Router::Engine::RunLease(AgentSlot slot, DurationNs length) {
  EndLease(slot);
  AgentRecord& agent = agents_.Change(slot);
  if (length == 0 || agent.state == AgentState::kOffline) return;
  agent.lease_until = now_ + length;
  Deadline deadline;
  deadline.time = agent.lease_until;
  deadline.turn = turn_;
  deadline.kind = DeadlineKind::kAgentLease;
  deadline.number = agent.number;
  deadline.target = slot;
  agent.lease_deadline = deadlines_.Set(deadline);
}

void Router::Engine::EndLease(AgentSlot slot) {
  AgentRecord& agent = agents_.Change(slot);
  agent.lease_until = 0;
  deadlines_.Cancel(agent.lease_deadline);
}

void Router::Engine::AgentLeaseLapsed(AgentSlot slot) {
  const std::size_t state_event = events_->size();
  ChangeState(slot, AgentState::kOffline, {}, true);
  (*events_)[state_event].cause = Cause::kLeaseLapsed;
  agents_changed_ = true;
}

// The platform knows of the agent: what a restart made it wait for has come.
void Router::Engine::Confirm(AgentSlot slot) {
  if (agents_[slot].lease == 0 && agents_[slot].lease_until != 0) EndLease(slot);
}

// Of the length that the queue says now; where it says none, the lease ends.
void Router::Engine::StartHandlingLease(HoldSlot slot) {
  Hold& hold = holds_.Change(slot);
  deadlines_.Cancel(hold.deadline);
  hold.until = 0;
  const DurationNs length = queues_[hold.queue].settings.handling_lease;
  if (length == 0) return;
  hold.until = now_ + length;
  Deadline deadline;
  deadline.time = hold.until;
  deadline.turn = turn_;
  deadline.kind = DeadlineKind::kHandlingLease;
  deadline.number = agents_[hold.agent].number;
  deadline.second_number = hold.contact_number;
  deadline.target = slot;
  hold.deadline = deadlines_.Set(deadline);
}

void Router::Engine::HandlingLeaseLapsed(HoldSlot slot) {
  CompleteHandling(holds_[slot].contact, Cause::kLeaseLapsed, false);
}

Result Router::Engine::Renew(const RenewLease& command) {
  if (Result result = CheckForm(command); !result.ok()) return result;
  const ContactSlot contact = ContactNamed(command.contact);
  if (!command.contact.empty() && contact == kNoSlot) return {Outcome::kUnknownContact, "contact"};
  const AgentSlot agent = AgentNamed(command.agent);
  if (!command.agent.empty() && agent == kNoSlot) return {Outcome::kUnknownAgent, "agent"};
  if (contact == kNoSlot) {
    if (agents_[agent].lease_until == 0) return {Outcome::kWrongState, "agent"};
    StartLease(agent);
    return {};
  }
  if (contacts_[contact].state != ContactState::kHandling) return {Outcome::kWrongState, "contact"};
  const HoldSlot slot = contacts_[contact].first_hold;
  const Hold& hold = holds_[slot];
  if (agent != kNoSlot && hold.agent != agent) return {Outcome::kWrongState, "agent"};
  if (hold.until == 0 && queues_[hold.queue].settings.handling_lease == 0) {
    return {Outcome::kWrongState, "contact"};
  }
  Confirm(hold.agent);
  StartHandlingLease(slot);
  return {};
}

// ---- After an outage --------------------------------------------------------------------------

// No lease lapses in it; which ones ran is still to be seen by their ends.
void Router::Engine::HoldLeases() {
  restarting_ = true;
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
    if (!agents_[slot].in_use) continue;
    deadlines_.Cancel(agents_.Change(slot).lease_deadline);
    for (HoldSlot h = agents_[slot].first_hold; h != kNoSlot; h = holds_[h].next_of_agent) {
      if (holds_[h].kind == AgentWork::Kind::kHandling) {
        deadlines_.Cancel(holds_.Change(h).deadline);
      }
    }
  }
}

Result Router::Engine::Restart(const Restarted& command) {
  restarting_ = false;
  batch_ = true;
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
    const AgentRecord& agent = agents_[slot];
    if (!agent.in_use) continue;
    RunLease(slot, agent.lease > 0 ? agent.lease : command.grace);
    for (HoldSlot h = agent.first_hold; h != kNoSlot; h = holds_[h].next_of_agent) {
      const bool leased = holds_[h].kind == AgentWork::Kind::kHandling && holds_[h].until != 0;
      if (leased) StartHandlingLease(h);
    }
  }
  return {};
}

}  // namespace strowger::routing
