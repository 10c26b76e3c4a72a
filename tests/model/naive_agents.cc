// Agents: registration, state, removal.
#include <algorithm>
#include <set>

#include "tests/model/naive_checks.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::AgentState;
using routing::Cause;
using routing::ContactState;
using routing::Event;
using routing::EventType;
using routing::Outcome;

Outcome NaiveRouter::CheckUpdates(const std::vector<routing::AgentUpdate>& updates,
                                  bool forced) const {
  std::set<std::string> named;
  std::size_t added = 0;
  bool unknown_queue = false;
  bool wrong_state = false;
  for (const routing::AgentUpdate& update : updates) {
    if (!WellFormed(update)) return Outcome::kInvalidArgument;
    for (const routing::AgentQueue& entry :
         update.queues.value_or(std::vector<routing::AgentQueue>())) {
      if (!queues_.contains(entry.queue)) unknown_queue = true;
    }
    const auto known = agents_.find(update.agent);
    if (named.insert(update.agent).second && known == agents_.end()) ++added;
    if (known != agents_.end() && update.state == AgentState::kOffline && !update.pending &&
        IsHandling(known->second)) {
      wrong_state = true;
    }
  }
  if (unknown_queue) return Outcome::kUnknownQueue;
  if (wrong_state && !forced) return Outcome::kWrongState;
  if (added > 0 && agents_.size() + added > limits_.agents) return Outcome::kOverLimit;
  return Outcome::kOk;
}

// Those who are not listed first, by number of registration.
Outcome NaiveRouter::Sync(const routing::SyncAgents& command) {
  const Outcome outcome = CheckUpdates(command.agents, /*forced=*/true);
  if (outcome != Outcome::kOk) return outcome;
  std::map<std::uint64_t, NaiveAgent*> absent;
  for (auto& [id, agent] : agents_) absent[agent.number] = &agent;
  for (const routing::AgentUpdate& update : command.agents) {
    const auto listed = agents_.find(update.agent);
    if (listed != agents_.end()) absent.erase(listed->second.number);
  }
  for (const auto& [number, agent] : absent) ChangeState(*agent, AgentState::kOffline, {});
  for (const routing::AgentUpdate& update : command.agents) ApplyUpdate(update);
  batch_ = true;
  agents_changed_ = true;
  return Outcome::kOk;
}

Outcome NaiveRouter::Restart(const routing::Restarted& command) {
  restarting_ = false;
  for (auto& [id, agent] : agents_) {
    StartLease(agent);
    if (!agent.logged_in() || agent.lease != 0 || command.grace == 0) continue;
    agent.lease_until = now_ + command.grace;
  }
  for (auto& [id, contact] : contacts_) {
    if (contact.lease_until != 0) StartHandlingLease(contact);
  }
  batch_ = true;
  return Outcome::kOk;
}

// The platform speaks of the agent, so that it needs no lease that it did not ask for.
void NaiveRouter::Confirm(NaiveAgent& agent) {
  if (agent.lease == 0) agent.lease_until = 0;
}

Outcome NaiveRouter::Upsert(const routing::UpsertAgents& command) {
  const Outcome outcome = CheckUpdates(command.agents, /*forced=*/false);
  if (outcome != Outcome::kOk) return outcome;
  for (const routing::AgentUpdate& update : command.agents) ApplyUpdate(update);
  batch_ = command.agents.size() > 1;
  agents_changed_ = true;
  return Outcome::kOk;
}

void NaiveRouter::ApplyUpdate(const routing::AgentUpdate& update) {
  const bool is_new = !agents_.contains(update.agent);
  NaiveAgent& agent = agents_[update.agent];
  if (is_new) {
    agent.id = update.agent;
    agent.number = ++agents_seen_;
    agent.capacity.one_of_any = true;
  }
  Confirm(agent);
  if (update.skills.has_value()) {
    agent.skills.clear();
    for (const routing::SkillLevel& level : *update.skills) {
      agent.skills[level.skill] = level.proficiency;
    }
  }
  if (update.team.has_value()) agent.team = *update.team;
  if (update.location.has_value()) agent.location = *update.location;
  if (update.attributes.has_value()) {
    agent.attributes.clear();
    for (const routing::Attribute& attribute : *update.attributes) {
      agent.attributes[attribute.name] = attribute.value;
    }
  }
  if (update.rank.has_value()) agent.rank = *update.rank;
  if (update.queues.has_value()) {
    agent.queues.clear();
    for (const routing::AgentQueue& entry : *update.queues) agent.queues[entry.queue] = entry;
  }
  if (update.weight.has_value()) agent.weight = *update.weight;
  if (update.capacity.has_value()) agent.capacity = *update.capacity;
  if (update.wrap_up.has_value()) agent.wrap_up = update.wrap_up;
  if (update.handling_cap.has_value()) agent.handling_cap = *update.handling_cap;
  if (update.pace.has_value()) SetPace(agent, *update.pace);
  if (update.outside.has_value()) SetOutside(agent, *update.outside);
  if (update.lease.has_value()) agent.lease = *update.lease;
  if (update.state.has_value()) {
    AskForState(agent, *update.state, update.reason, update.pending);
  }
  if (update.lease.has_value()) StartLease(agent);
  if (agent.ready()) Freed(agent);
}

void NaiveRouter::SetPace(NaiveAgent& agent, const routing::Pace& pace) {
  agent.pace = pace;
  std::erase_if(agent.paced, [&](const NaiveAssignment& assignment) {
    return pace.contacts == 0 || assignment.time + pace.per <= now_;
  });
}

bool NaiveRouter::IsPaceUsedUp(const NaiveAgent& agent) const {
  const std::size_t taken = agent.paced.size() + OffersOfAgent(agent.id).size();
  return agent.pace.contacts != 0 && taken >= static_cast<std::size_t>(agent.pace.contacts);
}

void NaiveRouter::SetOutside(NaiveAgent& agent, const routing::OutsideWork& outside) {
  std::map<std::string, std::int64_t> now;
  for (const routing::ChannelCount& count : outside.channels) now[count.channel] = count.contacts;
  bool ended = false;
  for (const routing::ChannelCount& before : agent.outside.channels) {
    ended = ended || now[before.channel] < before.contacts;
  }
  if (ended && (agent.outside.resets_idle || outside.resets_idle)) agent.idle_since = now_;
  agent.outside = outside;
}

Outcome NaiveRouter::SetState(const routing::SetAgentState& command) {
  if (!WellFormed(command)) return Outcome::kInvalidArgument;
  const auto found = agents_.find(command.agent);
  if (found == agents_.end()) return Outcome::kUnknownAgent;
  NaiveAgent& agent = found->second;
  if (command.state == AgentState::kOffline && !command.force && !command.pending &&
      IsHandling(agent)) {
    return Outcome::kWrongState;
  }
  Confirm(agent);
  if (command.lease.has_value()) agent.lease = *command.lease;
  AskForState(agent, command.state, command.reason, command.pending);
  if (command.lease.has_value()) StartLease(agent);
  agents_changed_ = true;
  return Outcome::kOk;
}

void NaiveRouter::AskForState(NaiveAgent& agent, AgentState state, const std::string& reason,
                              bool pending) {
  if (!pending || !IsHandling(agent)) return ChangeState(agent, state, reason);
  agent.pending = state;
  agent.pending_reason = state == AgentState::kNotReady ? reason : std::string();
}

// Those who wait for the end of their last contact, which has come.
void NaiveRouter::TakePendingStates() {
  std::vector<NaiveAgent*> due;
  for (auto& [id, agent] : agents_) {
    if (agent.pending.has_value() && !IsHandling(agent)) due.push_back(&agent);
  }
  std::sort(due.begin(), due.end(), [](const NaiveAgent* left, const NaiveAgent* right) {
    return left->number < right->number;
  });
  for (NaiveAgent* agent : due) {
    const std::string reason = agent->pending_reason;
    ChangeState(*agent, *agent->pending, reason);
    agents_changed_ = true;
  }
}

void NaiveRouter::StartLease(NaiveAgent& agent) {
  const bool runs = agent.lease != 0 && agent.logged_in();
  agent.lease_until = runs ? now_ + agent.lease : 0;
  agent.leased = turn_;
}

Outcome NaiveRouter::Renew(const routing::RenewLease& command) {
  if (command.agent.empty() && command.contact.empty()) return Outcome::kInvalidArgument;
  const auto contact = contacts_.find(command.contact);
  if (!command.contact.empty() && contact == contacts_.end()) return Outcome::kUnknownContact;
  const auto agent = agents_.find(command.agent);
  if (!command.agent.empty() && agent == agents_.end()) return Outcome::kUnknownAgent;
  if (command.contact.empty()) {
    if (agent->second.lease_until == 0) return Outcome::kWrongState;
    StartLease(agent->second);
    return Outcome::kOk;
  }
  NaiveContact& handled = contact->second;
  if (handled.state != ContactState::kHandling) return Outcome::kWrongState;
  if (!command.agent.empty() && handled.agent != command.agent) return Outcome::kWrongState;
  const bool will_run = queues_.at(handled.queue).settings.handling_lease != 0;
  if (handled.lease_until == 0 && !will_run) return Outcome::kWrongState;
  Confirm(agents_.at(handled.agent));
  StartHandlingLease(handled);
  return Outcome::kOk;
}

Outcome NaiveRouter::Remove(const routing::RemoveAgent& command) {
  const auto found = agents_.find(command.agent);
  if (found == agents_.end()) return Outcome::kUnknownAgent;
  NaiveAgent& agent = found->second;
  if (!command.force && (IsHandling(agent) || !OffersOfAgent(agent.id).empty())) {
    return Outcome::kInUse;
  }
  agent.state = AgentState::kOffline;
  GiveUpWork(agent);
  for (auto& [id, contact] : contacts_) {
    std::erase_if(contact.bars, [&](const NaiveBar& bar) { return bar.agent == command.agent; });
  }
  Emit(EventType::kAgentRemoved).agent = Keep(command.agent);
  DropRequestsFor(command.agent);
  agents_.erase(command.agent);
  agents_changed_ = true;
  return Outcome::kOk;
}

void NaiveRouter::ChangeState(NaiveAgent& agent, AgentState state, const std::string& reason) {
  const std::string kept = state == AgentState::kNotReady ? reason : std::string();
  agent.pending.reset();
  agent.pending_reason.clear();
  if (agent.state == state && agent.reason == kept) return;
  const AgentState before = agent.state;
  agent.state = state;
  agent.reason = kept;
  if (before == AgentState::kOffline) LogIn(agent);
  if (state == AgentState::kOffline) agent.lease_until = 0;
  Event& event = Emit(EventType::kAgentState);
  event.agent = Keep(agent.id);
  event.state = state;
  event.text = Keep(kept);
  if (before != state) {
    if (state == AgentState::kNotReady) RescindAndRequeueAll(agent, Cause::kAgentState);
    if (state == AgentState::kOffline) GiveUpWork(agent);
    if (state == AgentState::kReady) Freed(agent);
  }
  UpdateSpans(agent);
}

void NaiveRouter::LogIn(NaiveAgent& agent) {
  agent.logged_in_at = now_;
  agent.idle_since = now_;
  agent.handled = 0;
  agent.handle_time = 0;
  agent.declined_in_row = 0;
  agent.expired_in_row = 0;
  agent.barred_until = 0;
  agent.busy = {};
  agent.resting = {};
  StartLease(agent);
}

// What going offline does to offers, handled contacts and wrap-ups.
void NaiveRouter::GiveUpWork(NaiveAgent& agent) {
  RescindAndRequeueAll(agent, Cause::kAgentGone);
  std::vector<NaiveContact*> handled;
  for (auto& [id, contact] : contacts_) {
    if (contact.state == ContactState::kHandling && contact.agent == agent.id) {
      handled.push_back(&contact);
    }
  }
  std::sort(handled.begin(), handled.end(),
            [](const NaiveContact* left, const NaiveContact* right) {
              return left->taken < right->taken;
            });
  for (NaiveContact* contact : handled) {
    agent.idle_since = now_;
    Requeue(*contact, Cause::kAgentGone);
  }
  while (!agent.wrap_ups.empty()) EndWrapUp(agent, 0);
  UpdateSpans(agent);
}

bool NaiveRouter::IsHandling(const NaiveAgent& agent) const {
  return std::any_of(contacts_.begin(), contacts_.end(), [&](const auto& entry) {
    return entry.second.state == ContactState::kHandling && entry.second.agent == agent.id;
  });
}

void NaiveRouter::UpdateSpans(NaiveAgent& agent) {
  const bool busy = agent.logged_in() && (IsHandling(agent) || !agent.wrap_ups.empty());
  agent.busy.Set(busy, now_);
  agent.resting.Set(agent.state == AgentState::kNotReady && !busy, now_);
}

}  // namespace strowger::model
