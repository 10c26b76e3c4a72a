// Commands about agents: profiles, states, bounds, leases.
#include <algorithm>
#include <utility>

#include "tests/model/command_generator.h"

namespace strowger::model {

using routing::AgentState;

AgentState CommandGenerator::RandomState() {
  const std::uint64_t draw = dice_.Below(100);
  return draw < 70 ? AgentState::kReady : draw < 86 ? AgentState::kNotReady : AgentState::kOffline;
}

std::string CommandGenerator::Reason() {
  static const std::vector<std::string> kReasons = {"", "break", "lunch"};
  return dice_.Pick(kReasons);
}

routing::Capacity CommandGenerator::RandomCapacity() {
  routing::Capacity capacity;
  switch (dice_.Below(6)) {
    case 0:
      capacity.one_of_any = true;
      break;
    case 1:
      capacity.channels = {{"chat", 3, 1, {}}, {"voice", 1, 1, {}}};
      break;
    case 2:
    case 3:
      capacity.total = 6;
      capacity.channels = {{"chat", 3, 2, {}}, {"email", 5, 1, {"voice"}}, {"voice", 1, 6, {}}};
      break;
    case 4:
      capacity.total = dice_.Between(0, 4);
      capacity.channels = {{"chat", dice_.Between(0, 3), dice_.Between(0, 2), {"email"}},
                           {"email", 2, 1, {"chat", "voice"}}};
      break;
    default:
      break;
  }
  return capacity;
}

std::vector<std::string> CommandGenerator::RandomLabels() {
  std::vector<std::string> labels;
  for (const std::string& label : Labels()) {
    if (dice_.Chance(40)) labels.push_back(label);
  }
  return labels;
}

// Caps, pace, work from outside and leases.
void CommandGenerator::AddBounds(routing::AgentUpdate& update, bool is_new) {
  if (dice_.Chance(is_new ? 30 : 10)) {
    update.handling_cap.emplace();
    for (const std::string& label : Labels()) {
      if (dice_.Chance(30)) update.handling_cap->labels.push_back({label, dice_.Between(0, 2)});
    }
    for (const std::string queue : {"general", "sales"}) {
      if (dice_.Chance(30)) update.handling_cap->queues.push_back({queue, dice_.Between(0, 2)});
    }
  }
  if (dice_.Chance(is_new ? 20 : 8)) {
    update.pace.emplace();
    if (dice_.Chance(80)) *update.pace = {dice_.Between(1, 3), RandomDuration(dice_) + 1};
  }
  if (dice_.Chance(10)) {
    update.outside.emplace();
    for (const std::string& channel : Channels()) {
      if (dice_.Chance(25)) update.outside->channels.push_back({channel, dice_.Between(0, 2)});
    }
    update.outside->resets_idle = dice_.Chance(50);
  }
  if (dice_.Chance(is_new ? 25 : 10)) {
    update.lease = dice_.Chance(75) ? 10 * RandomDuration(dice_) : 0;
  }
}

// Some empty, which is every queue.
std::vector<routing::AgentQueue> CommandGenerator::RandomQueues(const NaiveRouter& model) {
  std::vector<routing::AgentQueue> list;
  for (const auto& [name, queue] : model.queues()) {
    if (!dice_.Chance(55)) continue;
    routing::AgentQueue& entry = list.emplace_back();
    entry.queue = name;
    if (dice_.Chance(50)) entry.order = dice_.Between(0, 2);
    if (dice_.Chance(35)) entry.delay = RandomDuration(dice_);
    if (dice_.Chance(35)) entry.rank = dice_.Between(-1, 2);
  }
  return list;
}

routing::AgentUpdate CommandGenerator::RandomUpdate(const NaiveRouter& model) {
  routing::AgentUpdate update;
  update.agent = AnyAgent();
  const bool is_new = !model.agents().contains(update.agent);
  if (is_new || dice_.Chance(35)) {
    update.skills.emplace();
    for (const std::string& skill : Skills()) {
      if (dice_.Chance(65)) update.skills->push_back({skill, dice_.Between(1, 10)});
    }
  }
  if (dice_.Chance(25)) update.team = dice_.Pick(Teams());
  if (dice_.Chance(20)) update.location = dice_.Pick(Places());
  if (dice_.Chance(20)) {
    update.attributes.emplace();
    update.attributes->push_back({"desk", dice_.Pick(Tiers())});
  }
  if (dice_.Chance(15)) update.rank = dice_.Between(-1, 2);
  if (dice_.Chance(10)) update.weight = dice_.Between(1, 3);
  if (dice_.Chance(is_new ? 25 : 15)) update.queues = RandomQueues(model);
  if (dice_.Chance(is_new ? 70 : 25)) update.capacity = RandomCapacity();
  if (dice_.Chance(15)) update.wrap_up = RandomDuration(dice_);
  if (dice_.Chance(is_new ? 85 : 30)) update.state = RandomState();
  update.reason = Reason();
  update.pending =
      update.state.has_value() && update.state != AgentState::kReady && dice_.Chance(50);
  AddBounds(update, is_new);
  return update;
}

routing::UpsertAgents CommandGenerator::Upsert(const NaiveRouter& model) {
  routing::UpsertAgents upsert;
  const std::uint64_t count = dice_.Chance(70) ? 1 : dice_.Below(5);
  for (std::uint64_t i = 0; i < count; ++i) upsert.agents.push_back(RandomUpdate(model));
  if (upsert.agents.empty() || !dice_.Chance(4)) return upsert;
  routing::AgentUpdate& last = upsert.agents.back();
  switch (dice_.Below(10)) {
    case 0:
      last.agent.clear();
      break;
    case 3:
      last.handling_cap = routing::HandlingCap{{{"blue", -1}}, {}};
      break;
    case 4:
      last.pace = routing::Pace{1, 0};
      break;
    case 5:
      last.outside = routing::OutsideWork{{{"chat", routing::kMaxCapacity + 1}}, false};
      break;
    case 6:
      last.pending = true;
      last.state = AgentState::kReady;
      break;
    case 7:
      last.queues.emplace().push_back({"nowhere", 0, 0, std::nullopt});
      break;
    case 8:
      last.queues.emplace().push_back({"sales", -1, 0, std::nullopt});
      break;
    case 1:
      last.skills = std::vector<routing::SkillLevel>{{"billing", 101}};
      break;
    case 2:
      last.rank = routing::kMaxRank + 1;
      break;
    default:
      last.wrap_up = -1;
      break;
  }
  return upsert;
}

routing::SetAgentState CommandGenerator::SetState(const NaiveRouter& model) {
  routing::SetAgentState set{KnownAgent(model), RandomState(), Reason(),
                             dice_.Chance(30),  false,         std::nullopt};
  set.pending = dice_.Chance(set.state == AgentState::kReady || set.force ? 3 : 50);
  if (dice_.Chance(15)) set.lease = 10 * RandomDuration(dice_);
  return set;
}

// What has a lease, most of the time.
routing::RenewLease CommandGenerator::Renew(const NaiveRouter& model) {
  std::vector<routing::RenewLease> all;
  for (const auto& [id, agent] : model.agents()) {
    if (agent.lease_until != 0) all.push_back({id, ""});
  }
  for (const auto& [id, contact] : model.contacts()) {
    if (contact.lease_until == 0) continue;
    all.push_back({dice_.Chance(50) ? contact.agent : "", id});
  }
  if (!all.empty() && dice_.Chance(85)) return dice_.Pick(all);
  return {dice_.Chance(60) ? KnownAgent(model) : "", dice_.Chance(60) ? HandledContact(model) : ""};
}

routing::RemoveAgent CommandGenerator::Remove(const NaiveRouter& model) {
  return {KnownAgent(model), dice_.Chance(50)};
}

routing::SyncAgents CommandGenerator::Sync(const NaiveRouter& model) {
  routing::SyncAgents sync;
  for (const auto& [id, agent] : model.agents()) {
    if (dice_.Chance(30)) continue;
    sync.agents.emplace_back();
    sync.agents.back().agent = id;
    if (dice_.Chance(30)) sync.agents.back().state = RandomState();
  }
  if (dice_.Chance(40)) sync.agents.push_back(RandomUpdate(model));
  if (!sync.agents.empty() && dice_.Chance(5)) sync.agents.back().rank = routing::kMaxRank + 1;
  return sync;
}

// The command before it was the last before a crash.

}  // namespace strowger::model
