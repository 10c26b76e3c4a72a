#include "tests/model/witness.h"

#include <algorithm>
#include <iterator>
#include <variant>

#include "tests/model/eligibility.h"

namespace strowger::model {

using routing::Cause;
using routing::ContactState;
using routing::EndReason;
using routing::Event;
using routing::EventType;

void Witness::Before(const NaiveRouter& model) {
  queued_before_.clear();
  bounds_before_.clear();
  for (const auto& [id, agent] : model.agents()) {
    bounds_before_[id] = {agent.capacity, agent.outside, agent.handling_cap};
    Paced& paced = paced_[id];
    if (paced.pace != agent.pace) paced = {agent.pace, last_offer_, {}};
  }
  for (const auto& [id, contact] : model.contacts()) {
    if (contact.state == ContactState::kQueued) queued_before_.push_back(contact);
  }
}

std::vector<std::string> Witness::After(const routing::Command& command,
                                        const routing::Result& result,
                                        const routing::EventBuffer& events,
                                        const NaiveRouter& model) {
  complaints_.clear();
  command_ = &command;
  const auto* submit = std::get_if<routing::SubmitContact>(&command.body);
  CheckFrame(command, events);
  for (const Event& event : events) {
    if (submit != nullptr && event.contact == submit->contact && result.ok()) {
      Seen& seen = contacts_[submit->contact];
      // Deadlines before the command may speak of an earlier contact of this id.
      const bool begins = event.type == EventType::kQueued || event.type == EventType::kEnded;
      if (begins && seen.stage == Stage::kEnded) {
        seen = {Stage::kQueued, submit->channel, {}, {}, {}};
        if (event.type == EventType::kQueued) continue;
      }
    }
    See(event, model);
  }
  CheckOrder(command, events, model);
  CheckWorkConservation(model);
  CheckState(model);
  return complaints_;
}

// Sequence, index and time of the events of one command.
void Witness::CheckFrame(const routing::Command& command, const routing::EventBuffer& events) {
  std::uint32_t index = 0;
  for (const Event& event : events) {
    if (event.sequence != command.sequence) Complain("an event with another sequence");
    if (event.index != index++) Complain("event indices do not count from 0");
    if (event.time < last_time_ || event.time > command.time) Complain("event out of time");
    last_time_ = event.time;
  }
}

void Witness::See(const Event& event, const NaiveRouter& model) {
  const std::string contact(event.contact);
  const std::string agent(event.agent);
  Seen& seen = contacts_[contact];
  switch (event.type) {
    case EventType::kQueued:
      return Complain("queued again: " + contact);
    case EventType::kOffered:
      return SeeOffered(event, model);
    case EventType::kAssigned:
      return SeeAssigned(event, model);
    case EventType::kDeclined:
    case EventType::kExpired:
    case EventType::kRescinded:
      if (seen.offered.erase(agent) == 0) {
        Complain("an offer ended that was not open: " + contact + " to " + agent);
      }
      Release(agent, contact, HoldKind::kReserved);
      if (seen.stage == Stage::kOffered && seen.offered.empty()) seen.stage = Stage::kQueued;
      return;
    case EventType::kTransferred:
      if (seen.stage != Stage::kHandling || seen.agent != agent) {
        Complain("transferred by who does not have it: " + contact);
      }
      Release(agent, contact, HoldKind::kHandling);
      seen.stage = Stage::kQueued;
      return;
    case EventType::kRequeued:
      if (seen.stage == Stage::kHandling) {
        Release(seen.agent, contact, HoldKind::kHandling);
        if (event.cause != Cause::kAgentGone) Complain("taken from its agent: " + contact);
      } else if (seen.stage != Stage::kQueued) {
        Complain("requeued from nowhere: " + contact);
      }
      seen.stage = Stage::kQueued;
      return;
    case EventType::kOverflowed:
      ++queues_[std::string(event.queue)].overflowed;
      return;
    case EventType::kEnded:
      return SeeEnded(event);
    case EventType::kWrapUp:
      return SeeWrapUp(event, model);
    case EventType::kWrapUpEnded:
      return Release(agent, contact, HoldKind::kWrapUp);
    case EventType::kAgentRemoved:
      if (!holds_[agent].empty()) Complain("removed with work in hand: " + agent);
      paced_.erase(agent);
      return;
    default:
      return;
  }
}

void Witness::SeeOffered(const Event& event, const NaiveRouter& model) {
  const std::string contact(event.contact);
  const std::string agent(event.agent);
  Seen& seen = contacts_[contact];
  if (seen.stage != Stage::kQueued && seen.stage != Stage::kOffered) {
    Complain("offered while not waiting: " + contact);
  }
  if (event.offer != ++last_offer_) Complain("offer numbers do not count by one");
  const Held held = WhatIsHeld(event, model);
  CheckBounds(held, event, model, true);
  holds_[agent].push_back({contact, held, HoldKind::kReserved, true});
  seen.stage = Stage::kOffered;
  if (!seen.offered.insert(agent).second) Complain("offered twice: " + contact + " to " + agent);
}

Held Witness::WhatIsHeld(const Event& event, const NaiveRouter& model) {
  const std::string contact(event.contact);
  Held held{contacts_[contact].channel, std::string(event.queue), {}};
  const auto known = model.contacts().find(contact);
  if (known == model.contacts().end()) return held;
  held.labels = known->second.labels;
  if (LabelsAreKnown(contact)) return held;
  const auto offer = model.offers().find(event.offer);
  if (offer != model.offers().end()) {
    held.labels = offer->second.labels;
  } else if (known->second.state == ContactState::kHandling) {
    held.labels = known->second.taken_labels;
  } else {
    held.labels.clear();  // offered and over before the command changed them: nobody knows any more
  }
  return held;
}

// Before the agent takes one more. Whoever assigns by hand is bound by capacity alone.
void Witness::CheckBounds(const Held& held, const Event& event, const NaiveRouter& model,
                          bool caps_bind) {
  const std::string agent(event.agent);
  const std::vector<Held> in_hand = InHand(agent);
  caps_bind = caps_bind && LabelsAreKnown(std::string(event.contact));
  const auto fit = [&](const Bounds& bounds) {
    return Fits(bounds.capacity, ChannelsOf(in_hand, bounds.outside), held.channel) &&
           (!caps_bind || IsUnderCaps(bounds.caps, in_hand, held.queue, held.labels));
  };
  // An upsert changes the bounds between the deadlines before it and what follows from it.
  const auto before = bounds_before_.find(agent);
  const auto after = model.agents().find(agent);
  const bool fitted = before != bounds_before_.end() && fit(before->second);
  const bool fits =
      after == model.agents().end() ||
      fit({after->second.capacity, after->second.outside, after->second.handling_cap});
  if (!fitted && !fits) {
    Complain("capacity or cap exceeded: " + agent + " by " + std::string(event.contact));
  }
}

// Unless this very command changed them.
bool Witness::LabelsAreKnown(const std::string& contact) const {
  const auto* update = std::get_if<routing::UpdateContact>(&command_->body);
  return update == nullptr || update->contact != contact;
}

std::vector<Held> Witness::InHand(const std::string& agent) {
  std::vector<Held> in_hand;
  for (const Hold& hold : holds_[agent]) {
    if (hold.uses_capacity) in_hand.push_back(hold.what);
  }
  return in_hand;
}

void Witness::SeeAssigned(const Event& event, const NaiveRouter& model) {
  const std::string contact(event.contact);
  const std::string agent(event.agent);
  Seen& seen = contacts_[contact];
  const auto* by_hand = std::get_if<routing::AssignContact>(&command_->body);
  const bool is_by_hand =
      by_hand != nullptr && by_hand->contact == contact && by_hand->agent == agent;
  Held what = WhatIsHeld(event, model);
  if (event.offer == 0) {
    if (seen.stage != Stage::kQueued && seen.stage != Stage::kOffered) {
      Complain("assigned while not waiting: " + contact);
    }
    CheckBounds(what, event, model, !is_by_hand);
  } else {
    if (seen.offered.erase(agent) == 0) {
      Complain("assigned without an open offer: " + contact + " to " + agent);
    }
    for (const Hold& hold : holds_[agent]) {
      const bool offered = hold.contact == contact && hold.kind == HoldKind::kReserved;
      if (offered) what.labels = hold.what.labels;
    }
    Release(agent, contact, HoldKind::kReserved);
  }
  holds_[agent].push_back({contact, what, HoldKind::kHandling, true});
  seen.stage = Stage::kHandling;
  seen.agent = agent;
  seen.held = what;
  ++queues_[std::string(event.queue)].assigned;
  if (!is_by_hand) CheckPace(event, model);
}

// One that this very command changed counts from the next on.
void Witness::CheckPace(const Event& event, const NaiveRouter& model) {
  const std::string agent(event.agent);
  Paced& paced = paced_[agent];
  paced.assigned.push_back(event.time);
  if (event.offer != 0 && event.offer <= paced.offers_before) return;
  const auto recent =
      std::count_if(paced.assigned.begin(), paced.assigned.end(),
                    [&](routing::TimeNs time) { return time > event.time - paced.pace.per; });
  const auto known = model.agents().find(agent);
  const bool is_same = known != model.agents().end() && known->second.pace == paced.pace;
  if (is_same && paced.pace.contacts != 0 && recent > paced.pace.contacts)
    Complain("too fast: " + agent);
}

void Witness::SeeWrapUp(const Event& event, const NaiveRouter& model) {
  const Seen& seen = contacts_[std::string(event.contact)];
  const bool uses_capacity =
      model.queues().at(seen.held.queue).settings.wrap_up_scope != routing::WrapUpScope::kQueue;
  holds_[std::string(event.agent)].push_back(
      {std::string(event.contact), seen.held, HoldKind::kWrapUp, uses_capacity});
}

void Witness::SeeEnded(const Event& event) {
  const std::string contact(event.contact);
  Seen& seen = contacts_[contact];
  if (seen.stage == Stage::kEnded) Complain("ended twice: " + contact);
  if (!seen.offered.empty()) Complain("ended with an open offer: " + contact);
  const bool completed = event.reason == EndReason::kCompleted;
  if ((seen.stage == Stage::kHandling) != completed) {
    Complain("a handling that does not end completed: " + contact);
  }
  if (completed) {
    if (event.agent != seen.agent) Complain("completed by another agent: " + contact);
    Release(seen.agent, contact, HoldKind::kHandling);
  }
  if (!event.queue.empty()) {
    ++queues_[std::string(event.queue)].ended[static_cast<std::size_t>(event.reason)];
  }
  seen.stage = Stage::kEnded;
}

void Witness::Release(const std::string& agent, const std::string& contact, HoldKind kind) {
  std::vector<Hold>& holds = holds_[agent];
  const auto hold = std::find_if(holds.begin(), holds.end(), [&](const Hold& candidate) {
    return candidate.contact == contact && candidate.kind == kind;
  });
  if (hold == holds.end()) return Complain("released what was not held: " + contact);
  holds.erase(hold);
}

// ---- Promises about the state -----------------------------------------------------------------

// Judged over contacts that stood still in their line all through the command, so that what is
// compared is known for the very instant of the offer. While contacts are replanned, and until all
// who wait are placed after it, new rules may let agents take those alone who have just been asked
// for.
void Witness::CheckOrder(const routing::Command& command, const routing::EventBuffer& events,
                         const NaiveRouter& model) {
  const bool replanned = std::any_of(events.begin(), events.end(), [](const Event& event) {
    return event.type == EventType::kReplanned;
  });
  if (replanned && model.ReplansLeft()) return;
  const auto* update = std::get_if<routing::UpdateContact>(&command.body);
  std::map<std::string_view, std::uint32_t> touched;  // index of the last event
  for (const Event& event : events) touched[event.contact] = event.index;
  for (const Event& event : events) {
    if (event.type != EventType::kOffered || touched[event.contact] != event.index) continue;
    if (update != nullptr && update->contact == event.contact) continue;
    const auto taken = model.contacts().find(std::string(event.contact));
    if (taken == model.contacts().end() || !taken->second.live()) continue;
    const NaiveContact& later = taken->second;
    for (const NaiveContact& earlier : queued_before_) {
      const auto still = model.contacts().find(earlier.id);
      if (touched.contains(earlier.id) || still == model.contacts().end()) continue;
      const NaiveContact& same = still->second;
      const bool stood_still = same.number == earlier.number && same.queue == earlier.queue &&
                               same.requirement == earlier.requirement &&
                               same.priority == earlier.priority && same.ranks == earlier.ranks &&
                               same.labels == earlier.labels && same.arrival == earlier.arrival &&
                               earlier.bars.empty() && !earlier.request.has_value();
      const bool comparable =
          !later.wished && later.queue == earlier.queue && later.channel == earlier.channel &&
          later.requirement == earlier.requirement && later.priority == earlier.priority &&
          later.ranks == earlier.ranks && later.labels == earlier.labels && later.not_before == 0 &&
          earlier.not_before == 0;
      const bool comes_first =
          std::pair(earlier.arrival, earlier.number) < std::pair(later.arrival, later.number);
      if (stood_still && comparable && comes_first) {
        Complain("passed over: " + earlier.id + " by " + later.id);
      }
    }
  }
}

namespace {

// What the agent's queue list and the contact's band of ranks say.
bool IsForAgent(const NaiveAgent& agent, const NaiveContact& contact, routing::TimeNs now) {
  std::int64_t rank = agent.rank;
  if (!agent.queues.empty()) {
    const auto entry = agent.queues.find(contact.queue);
    if (entry == agent.queues.end()) return false;
    if (std::max(contact.arrival, contact.not_before) > now - entry->second.delay) return false;
    rank = entry->second.rank.value_or(agent.rank);
  }
  return (!contact.ranks.low || *contact.ranks.low <= rank) &&
         (!contact.ranks.high || rank <= *contact.ranks.high);
}

}  // namespace

void Witness::CheckWorkConservation(const NaiveRouter& model) {
  if (model.ReplansLeft()) return;  // judged when none is left
  for (const auto& waiting : model.contacts()) {
    const NaiveContact& contact = waiting.second;
    const bool in_line =
        contact.state == ContactState::kQueued && contact.not_before <= model.now();
    // Agents become less busy as time passes, which the router notices within a second.
    if (!in_line || model.queues().at(contact.queue).settings.max_occupancy.has_value()) continue;
    for (const auto& entry : model.agents()) {
      const std::string& agent_id = entry.first;
      const NaiveAgent& agent = entry.second;
      if (!agent.ready() || agent.barred_until != 0) continue;
      const bool barred = std::any_of(contact.bars.begin(), contact.bars.end(),
                                      [&](const NaiveBar& bar) { return bar.agent == agent_id; });
      const bool wrapping = std::any_of(agent.wrap_ups.begin(), agent.wrap_ups.end(),
                                        [&contact](const NaiveWrapUp& wrap_up) {
                                          return wrap_up.scope == routing::WrapUpScope::kAgent ||
                                                 (wrap_up.scope == routing::WrapUpScope::kQueue &&
                                                  wrap_up.queue == contact.queue);
                                        });
      if (barred || wrapping || !IsForAgent(agent, contact, model.now())) continue;
      if (contact.request.has_value() && contact.request->agent != agent_id) continue;
      if (IsPaceUsedUp(agent)) continue;
      const std::vector<Held> in_hand = InHand(agent_id);
      if (Fits(agent.capacity, ChannelsOf(in_hand, agent.outside), contact.channel) &&
          IsUnderCaps(agent.handling_cap, in_hand, contact.queue, contact.labels) &&
          Satisfies(contact.requirement,
                    {agent_id, agent.skills, agent.team, agent.location, agent.attributes})) {
        Complain("waits although " + agent_id + " could take it: " + contact.id);
      }
    }
  }
}

bool Witness::IsPaceUsedUp(const NaiveAgent& agent) {
  const std::vector<Hold>& holds = holds_[agent.id];
  const auto offers = std::count_if(holds.begin(), holds.end(), [](const Hold& hold) {
    return hold.kind == HoldKind::kReserved;
  });
  const auto taken = static_cast<std::int64_t>(agent.paced.size()) + offers;
  return agent.pace.contacts != 0 && taken >= agent.pace.contacts;
}

void Witness::CheckState(const NaiveRouter& model) {
  for (const auto& [id, contact] : model.contacts()) {
    const Seen& seen = contacts_[id];
    if (static_cast<int>(seen.stage) != static_cast<int>(contact.state)) {
      Complain("the events say otherwise about the state of " + id);
    }
    if (contact.state == ContactState::kHandling && contact.agent != seen.agent) {
      Complain("the events say otherwise about the agent of " + id);
    }
  }
  for (const auto& [name, queue] : model.queues()) {
    const QueueCounts& counts = queues_[name];
    if (counts.assigned != queue.assigned || counts.overflowed != queue.overflowed ||
        !std::equal(std::begin(counts.ended), std::end(counts.ended), std::begin(queue.ended))) {
      Complain("the events say otherwise about the counters of " + name);
    }
  }
}

}  // namespace strowger::model
