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

Outcome NaiveRouter::Upsert(const routing::UpsertAgents& command) {
  std::set<std::string> named;
  std::size_t added = 0;
  bool unknown_queue = false;
  bool wrong_state = false;
  for (const routing::AgentUpdate& update : command.agents) {
    if (!WellFormed(update)) return Outcome::kInvalidArgument;
    for (const routing::AgentQueue& entry :
         update.queues.value_or(std::vector<routing::AgentQueue>())) {
      if (!queues_.contains(entry.queue)) unknown_queue = true;
    }
    const auto known = agents_.find(update.agent);
    if (named.insert(update.agent).second && known == agents_.end()) ++added;
    if (known != agents_.end() && update.state == AgentState::kOffline &&
        IsHandling(known->second)) {
      wrong_state = true;
    }
  }
  if (unknown_queue) return Outcome::kUnknownQueue;
  if (wrong_state) return Outcome::kWrongState;
  if (added > 0 && agents_.size() + added > limits_.agents) return Outcome::kOverLimit;
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
  if (update.capacity.has_value()) agent.capacity = *update.capacity;
  if (update.wrap_up.has_value()) agent.wrap_up = update.wrap_up;
  if (update.state.has_value()) ChangeState(agent, *update.state, update.reason);
  if (agent.ready()) Freed(agent);
}

Outcome NaiveRouter::SetState(const routing::SetAgentState& command) {
  const auto found = agents_.find(command.agent);
  if (found == agents_.end()) return Outcome::kUnknownAgent;
  NaiveAgent& agent = found->second;
  if (command.state == AgentState::kOffline && !command.force && IsHandling(agent)) {
    return Outcome::kWrongState;
  }
  ChangeState(agent, command.state, command.reason);
  agents_changed_ = true;
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
  if (agent.state == state && agent.reason == kept) return;
  const AgentState before = agent.state;
  agent.state = state;
  agent.reason = kept;
  if (before == AgentState::kOffline) LogIn(agent);
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
  agent.declined_in_row = 0;
  agent.expired_in_row = 0;
  agent.barred_until = 0;
  agent.busy = {};
  agent.resting = {};
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
