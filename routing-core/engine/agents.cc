// Transitions of agents: profile, state, capacity.
#include <algorithm>
#include <utility>

#include "routing-core/engine/check.h"
#include "routing-core/engine/engine.h"
#include "routing-core/engine/form.h"

namespace strowger::routing {

AgentSlot Router::Engine::AgentNamed(std::string_view id) const {
  const auto found = agents_by_id_.find(absl::string_view(id.data(), id.size()));
  return found == agents_by_id_.end() ? kNoSlot : found->second;
}

// ---- Upsert -----------------------------------------------------------------------------------

// `forced`: an agent may go offline while it handles something.
Result Router::Engine::CheckUpdates(const std::vector<AgentUpdate>& updates, bool forced) const {
  for (const AgentUpdate& update : updates) {
    if (Result result = CheckForm(update); !result.ok()) return result;
  }
  for (const AgentUpdate& update : updates) {
    if (!update.queues) continue;
    for (const AgentQueue& served : *update.queues) {
      const std::uint32_t name = names_.Find(served.queue);
      if (name == kNoSlot || !queues_by_name_.contains(name)) {
        return {Outcome::kUnknownQueue, "agents.queues"};
      }
    }
  }
  absl::flat_hash_map<std::string_view, bool> added;
  absl::flat_hash_map<std::string_view, bool> new_channels;
  for (const AgentUpdate& update : updates) {
    const AgentSlot slot = AgentNamed(update.agent);
    if (slot == kNoSlot) {
      added[update.agent] = true;
    } else if (update.state == AgentState::kOffline && !update.pending && !forced &&
               agents_[slot].handling > 0) {
      return {Outcome::kWrongState, "agents.state"};
    }
    if (!update.capacity) continue;
    for (const ChannelCapacity& channel : update.capacity->channels) {
      if (channels_.Find(channel.channel) == kNoSlot) new_channels[channel.channel] = true;
      for (const std::string& by : channel.interruptible_by) {
        if (channels_.Find(by) == kNoSlot) new_channels[by] = true;
      }
    }
  }
  if (agents_by_id_.size() + added.size() > limits_.agents) return {Outcome::kOverLimit, "agents"};
  if (channels_.size() + new_channels.size() > kMaxChannels) {
    return {Outcome::kOverLimit, "agents.capacity"};
  }
  return {};
}

Result Router::Engine::Upsert(const UpsertAgents& command) {
  if (Result r = CheckUpdates(command.agents, false); !r.ok()) return r;
  batch_ = command.agents.size() > 1;
  ApplyUpdates(command.agents);
  return {};
}

void Router::Engine::ApplyUpdates(const std::vector<AgentUpdate>& updates) {
  for (const AgentUpdate& update : updates) {
    AgentSlot slot = AgentNamed(update.agent);
    const bool is_new = slot == kNoSlot;
    if (is_new) slot = AddAgent(update.agent);
    ApplyUpdate(slot, update, is_new);
  }
  agents_changed_ = true;
}

Result Router::Engine::Sync(const SyncAgents& command) {
  if (Result r = CheckUpdates(command.agents, true); !r.ok()) return r;
  absl::flat_hash_map<std::string_view, bool> listed;
  for (const AgentUpdate& update : command.agents) listed[update.agent] = true;
  std::vector<AgentSlot> absent;
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
    if (logged_in_.Test(slot) && !listed.contains(agents_[slot].id)) absent.push_back(slot);
  }
  std::sort(absent.begin(), absent.end(),
            [this](AgentSlot a, AgentSlot b) { return agents_[a].number < agents_[b].number; });
  batch_ = true;
  for (const AgentSlot slot : absent) ChangeState(slot, AgentState::kOffline, {}, true);
  ApplyUpdates(command.agents);
  return {};
}

AgentSlot Router::Engine::AddAgent(std::string_view id) {
  const AgentSlot slot = agents_.Take();
  AgentRecord& agent = agents_.Change(slot);
  agent.in_use = true;
  agent.number = ++agents_seen_;
  agent.id = id;
  agent.capacity.one_of_any = true;
  agent.state_since = now_;
  agents_by_id_.emplace(agent.id, slot);
  const std::size_t extent = agents_.extent();
  if (logged_in_.words() * 64 < extent) {
    for (BitColumn* column : {&listed_, &logged_in_, &ready_, &available_, &free_, &wrapping_up_,
                              &backing_off_, &pace_used_up_, &reserving_, &bounded_}) {
      column->Resize(extent);
    }
    for (BitColumn& column : fits_) column.Resize(extent);
  }
  if (loads_.size() < extent) loads_.resize(extent);
  if (tallies_.size() < extent) tallies_.resize(extent);
  tallies_[slot] = AgentTally{};
  ids_changed_ = true;
  for (const QueueSlot queue : share_queues_) FindShare(queues_[queue], slot);
  RefreshTraits(slot);
  return slot;
}

void Router::Engine::ApplyUpdate(AgentSlot slot, const AgentUpdate& update, bool is_new) {
  Confirm(slot);
  AgentRecord& agent = agents_.Change(slot);
  if (update.skills) agent.skills = *update.skills;
  if (update.team) agent.team = *update.team;
  if (update.location) agent.location = *update.location;
  if (update.attributes) agent.attributes = *update.attributes;
  if (update.rank) {
    agent.rank = *update.rank;
    ++agents_version_;
  }
  agents_moved_ = ~std::uint32_t{0};
  if (update.wrap_up) agent.wrap_up = *update.wrap_up;
  if (update.weight) agent.weight = *update.weight;
  if (update.handling_cap) agent.handling_cap = *update.handling_cap;
  if (update.pace) SetPace(slot, *update.pace);
  if (update.outside) SetOutside(slot, *update.outside);
  if (update.capacity || is_new) SetCapacity(slot, update.capacity.value_or(agent.capacity));
  if (update.lease) agent.lease = *update.lease;
  if (update.queues) SetServedQueues(slot, *update.queues);
  if (update.skills || update.team || update.location || update.attributes || update.queues) {
    RefreshTraits(slot);
  }
  if (update.state) {
    AskForState(slot, *update.state, update.reason, update.pending);
  } else {
    RefreshMasks(slot);
  }
  if (update.lease) StartLease(slot);
  if (agents_[slot].state == AgentState::kReady) FreeAgent(slot);
}

void Router::Engine::SetCapacity(AgentSlot slot, const Capacity& capacity) {
  AgentRecord& agent = agents_.Change(slot);
  const bool counted = ready_.Test(slot);
  if (counted) CountPlaces(agent, -1);
  agent.capacity = capacity;
  agent.lines.clear();
  for (const ChannelCapacity& given : capacity.channels) {
    CapacityLine line;
    line.channel = ChannelNamed(given.channel);
    line.max = given.max;
    line.cost = given.cost;
    for (const std::string& by : given.interruptible_by) {
      line.interruptible_by.push_back(ChannelNamed(by));
    }
    agent.lines.push_back(std::move(line));
  }
  CountUsed(agent);
  if (counted) CountPlaces(agent, 1);
}

void Router::Engine::CountUsed(AgentRecord& agent) {
  for (CapacityLine& line : agent.lines) {
    line.used = 0;
    for (HoldSlot slot = agent.first_hold; slot != kNoSlot; slot = holds_[slot].next_of_agent) {
      line.used += holds_[slot].channel == line.channel && holds_[slot].UsesCapacity();
    }
    for (const ChannelCount& count : agent.outside.channels) {
      if (count.channel == channels_.name(line.channel)) line.used += count.contacts;
    }
  }
}

void Router::Engine::RefreshTraits(AgentSlot slot) {
  agents_moved_ = ~std::uint32_t{0};
  ++agents_version_;
  for (Order* order : {&by_idleness_, &by_registration_}) order->BeforeAtomsChange(slot);
  eligibility_.AgentChanged(slot, TraitsOf(slot));
  for (Order* order : {&by_idleness_, &by_registration_}) order->AfterAtomsChange(slot);
  skill_levels_.AgentChanged(slot, agents_[slot].skills);
  AgentTally& tally = tallies_[slot];
  tally.skills = static_cast<std::uint32_t>(agents_[slot].skills.size());
  const std::string& place = agents_[slot].location;
  tally.location = place.empty() ? kNoSlot : locations_.Intern(place);
}

AgentTraits Router::Engine::TraitsOf(AgentSlot slot) const {
  const AgentRecord& agent = agents_[slot];
  return {agent.id, agent.team, agent.location, &agent.skills, &agent.attributes, &agent.queues};
}

ChannelId Router::Engine::ChannelNamed(std::string_view name) {
  const ChannelId id = channels_.Intern(name);
  Check(id != kNoSlot, "channels within the limit, as checked before");
  while (fits_.size() < channels_.size()) {
    const auto channel = static_cast<ChannelId>(fits_.size());
    fits_.emplace_back().Resize(std::max<std::size_t>(agents_.extent(), 1));
    for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
      if (agents_[slot].in_use) fits_[channel].Set(slot, Fits(agents_[slot], channel));
      for (Order* order : {&by_idleness_, &by_registration_}) {
        if (order->Contains(slot)) order->SetOpen(slot, OpenChannels(slot));
      }
    }
  }
  return id;
}

// The newest, which no contact and no agent has: as if nobody had named it.
void Router::Engine::ForgetNewestChannel() {
  channels_.ForgetNewest();
  fits_.pop_back();
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
    for (Order* order : {&by_idleness_, &by_registration_}) {
      if (order->Contains(slot)) order->SetOpen(slot, OpenChannels(slot));
    }
  }
}

// ---- State ------------------------------------------------------------------------------------

Result Router::Engine::SetState(const SetAgentState& command) {
  if (Result result = CheckForm(command); !result.ok()) return result;
  const AgentSlot slot = AgentNamed(command.agent);
  if (slot == kNoSlot) return {Outcome::kUnknownAgent, "agent"};
  const bool leaves = command.state == AgentState::kOffline;
  if (leaves && agents_[slot].handling > 0 && !command.force && !command.pending) {
    return {Outcome::kWrongState, "state"};
  }
  Confirm(slot);
  if (command.lease) agents_.Change(slot).lease = *command.lease;
  AskForState(slot, command.state, command.reason, command.pending);
  if (command.lease) StartLease(slot);
  agents_changed_ = true;
  return {};
}

// A later wish replaces an earlier one that still waits.
void Router::Engine::AskForState(AgentSlot slot, AgentState state, std::string_view reason,
                                 bool pending) {
  if (!pending || agents_[slot].handling == 0) return ChangeState(slot, state, reason, true);
  AgentRecord& agent = agents_.Change(slot);
  agent.pending = state;
  agent.pending_reason = state == AgentState::kNotReady ? reason : std::string_view();
  RefreshMasks(slot);
}

// What agents asked for while they handled something, now that the last of it has ended.
void Router::Engine::TakePendingStates() {
  std::sort(pending_due_.begin(), pending_due_.end(),
            [this](AgentSlot a, AgentSlot b) { return agents_[a].number < agents_[b].number; });
  for (const AgentSlot slot : pending_due_) {
    const AgentRecord& agent = agents_[slot];
    if (!agent.in_use || !agent.pending || agent.handling > 0) continue;
    reason_scratch_ = agent.pending_reason;  // which the change clears
    ChangeState(slot, *agent.pending, reason_scratch_, true);
    agents_changed_ = true;
  }
  pending_due_.clear();
}

// `announce`: emits agent_state where something changed.
void Router::Engine::ChangeState(AgentSlot slot, AgentState state, std::string_view reason,
                                 bool announce) {
  AgentRecord& agent = agents_.Change(slot);
  if (state != AgentState::kNotReady) reason = {};
  agent.pending.reset();
  agent.pending_reason.clear();
  if (agent.state == state && agent.reason == reason) return RefreshMasks(slot);
  const bool changed = agent.state != state;
  const bool logs_in = agent.state == AgentState::kOffline && changed;
  agent.state = state;
  agent.reason = reason;
  if (logs_in) {
    agent.logged_in_at = agent.idle_since = now_;
    agent.handled = 0;
    agent.handle_time = 0;
    agent.declined_in_row = agent.expired_in_row = 0;
    agent.busy_total = agent.resting_total = 0;
    agent.work = BucketWindow<2>();
    agent.barred_until = 0;
    deadlines_.Cancel(agent.back_off_deadline);
  }
  if (changed) agent.state_since = now_;
  if (logs_in) StartLease(slot);
  if (changed && state == AgentState::kOffline) EndLease(slot);
  if (announce) {
    Event& event = Emit(EventType::kAgentState);
    event.agent = Keep(agent.id);
    event.state = state;
    event.text = Keep(agent.reason);
  }
  NoteWork(slot);
  RefreshMasks(slot);
  if (changed && state == AgentState::kReady) FreeAgent(slot);
  if (changed && state != AgentState::kReady) GiveUpWork(slot, state == AgentState::kOffline);
}

// Open offers are rescinded; `all`: handling is given back too and wrap-ups end.
void Router::Engine::GiveUpWork(AgentSlot slot, bool all) {
  const Cause cause = all ? Cause::kAgentGone : Cause::kAgentState;
  for (HoldSlot hold = agents_[slot].first_hold; hold != kNoSlot;) {
    const HoldSlot next = holds_[hold].next_of_agent;
    if (holds_[hold].kind == AgentWork::Kind::kReserved) {
      const ContactSlot contact = holds_[hold].contact;
      Rescind(hold, cause);
      Requeue(contact, cause);
    }
    hold = next;
  }
  if (!all) return;
  for (HoldSlot hold = agents_[slot].first_hold; hold != kNoSlot;) {
    const HoldSlot next = holds_[hold].next_of_agent;
    if (holds_[hold].kind == AgentWork::Kind::kHandling) {
      const ContactSlot contact = holds_[hold].contact;
      ReleaseHold(hold);
      Requeue(contact, cause);
    }
    hold = next;
  }
  while (agents_[slot].first_hold != kNoSlot) EndWrapUp(agents_[slot].first_hold);
}

Result Router::Engine::Remove(const RemoveAgent& command) {
  if (Result result = CheckForm(command); !result.ok()) return result;
  const AgentSlot slot = AgentNamed(command.agent);
  if (slot == kNoSlot) return {Outcome::kUnknownAgent, "agent"};
  if ((agents_[slot].handling > 0 || agents_[slot].reserved > 0) && !command.force) {
    return {Outcome::kInUse, "agent"};
  }
  ChangeState(slot, AgentState::kOffline, {}, false);
  AgentRecord& agent = agents_.Change(slot);
  Emit(EventType::kAgentRemoved).agent = Keep(agent.id);
  DropBarsOfAgent(slot);
  DropRequestsOfAgent(slot);
  deadlines_.Cancel(agent.back_off_deadline);
  deadlines_.Cancel(agent.pace_deadline);
  by_idleness_.Remove(slot);
  by_registration_.Remove(slot);
  DropServedQueues(slot);
  eligibility_.AgentRemoved(slot);
  skill_levels_.AgentRemoved(slot);
  agents_by_id_.erase(agent.id);
  ids_changed_ = true;
  freed_.erase(std::remove(freed_.begin(), freed_.end(), slot), freed_.end());
  agent = AgentRecord{};
  agents_.Release(slot);
  agents_changed_ = true;
  return {};
}

// ---- Capacity ---------------------------------------------------------------------------------

namespace {

// One more of the channel, where so many of each line are in use.
template <typename Used>
bool FitsBeside(const AgentRecord& agent, ChannelId channel, Used used) {
  const CapacityLine* wanted = nullptr;
  for (const CapacityLine& line : agent.lines) {
    if (line.channel == channel) wanted = &line;
  }
  if (wanted == nullptr || used(*wanted) >= wanted->max) return false;
  if (!agent.capacity.total) return true;
  std::int64_t cost = wanted->cost;
  for (const CapacityLine& line : agent.lines) {
    const auto& by = line.interruptible_by;
    const bool gives_way = std::find(by.begin(), by.end(), channel) != by.end();
    if (!gives_way) cost += line.cost * used(line);
  }
  return cost <= *agent.capacity.total;
}

}  // namespace

bool Router::Engine::Fits(const AgentRecord& agent, ChannelId channel) const {
  if (agent.capacity.one_of_any) return agent.contacts() + agent.outside_contacts == 0;
  return FitsBeside(agent, channel, [](const CapacityLine& line) { return line.used; });
}

// Had the agent no open offers.
bool Router::Engine::FitsWithoutOffers(const AgentRecord& agent, ChannelId channel) const {
  if (agent.capacity.one_of_any) {
    return agent.contacts() - agent.reserved + agent.outside_contacts == 0;
  }
  return FitsBeside(agent, channel, [&](const CapacityLine& line) {
    std::int64_t used = line.used;
    for (HoldSlot slot = agent.first_hold; slot != kNoSlot; slot = holds_[slot].next_of_agent) {
      const Hold& hold = holds_[slot];
      used -= hold.kind == AgentWork::Kind::kReserved && hold.channel == line.channel ? 1 : 0;
    }
    return used;
  });
}

// One more contact of some channel fits.
bool Router::Engine::HasRoom(const AgentRecord& agent) const {
  if (agent.capacity.one_of_any) return agent.contacts() + agent.outside_contacts == 0;
  return std::any_of(agent.lines.begin(), agent.lines.end(),
                     [&](const CapacityLine& line) { return Fits(agent, line.channel); });
}

bool Router::Engine::IsAvailable(const AgentRecord& agent) const {
  return agent.state == AgentState::kReady && agent.whole_agent_wrap_ups == 0 &&
         agent.barred_until == 0 && !IsPaceUsedUp(agent);
}

// Those of which the agent can take one more now.
ChannelMask Router::Engine::OpenChannels(AgentSlot slot) const {
  if (!free_.Test(slot)) return 0;
  ChannelMask open = 0;
  for (ChannelId channel = 0; channel < fits_.size(); ++channel) {
    if (fits_[channel].Test(slot)) open |= ChannelMask{1} << channel;
  }
  return open;
}

void Router::Engine::RefreshMasks(AgentSlot slot) {
  const AgentRecord& agent = agents_[slot];
  const bool logged_in = agent.state != AgentState::kOffline;
  const bool available = IsAvailable(agent);
  const bool free = available && HasRoom(agent);
  const bool ready = agent.state == AgentState::kReady;
  agents_moved_ |= static_cast<std::uint32_t>(logged_in != logged_in_.Test(slot)) |
                   static_cast<std::uint32_t>(ready != ready_.Test(slot)) << 1 |
                   static_cast<std::uint32_t>(free != free_.Test(slot)) << 2;
  if (ready != ready_.Test(slot)) CountPlaces(agent, ready ? 1 : -1);
  if (logged_in != logged_in_.Test(slot)) ++agents_version_;
  available_.Set(slot, available);
  wrapping_up_.Set(slot, agent.whole_agent_wrap_ups > 0);
  backing_off_.Set(slot, agent.barred_until != 0);
  pace_used_up_.Set(slot, IsPaceUsedUp(agent));
  reserving_.Set(slot, agent.reserved > 0);
  if (logged_in != logged_in_.Test(slot) || ready != ready_.Test(slot) ||
      free != free_.Test(slot)) {
    CountStaff(slot, -1);
    logged_in_.Set(slot, logged_in);
    ready_.Set(slot, ready);
    free_.Set(slot, free);
    CountStaff(slot, 1);
  }
  const HandlingCap& cap = agent.handling_cap;
  const bool bounded =
      logged_in && (agent.queue_wrap_ups > 0 || !cap.labels.empty() || !cap.queues.empty());
  bounded_count_ +=
      static_cast<std::uint32_t>(bounded) - static_cast<std::uint32_t>(bounded_.Test(slot));
  bounded_.Set(slot, bounded);
  for (ChannelId channel = 0; channel < fits_.size(); ++channel) {
    fits_[channel].Set(slot, Fits(agent, channel));
  }
  const ChannelMask open = OpenChannels(slot);
  by_idleness_.Put(slot, agent.rank, agent.idle_since, open);
  by_registration_.Put(slot, agent.rank, static_cast<std::int64_t>(agent.number), open);
  loads_[slot].contacts = agent.contacts();
  tallies_[slot].handled = agent.handled;
  tallies_[slot].handle_time = agent.handle_time;
  tallies_[slot].weight = static_cast<std::uint32_t>(agent.weight);
}

void Router::Engine::FreeAgent(AgentSlot slot) {
  AgentRecord& agent = agents_.Change(slot);
  if (agent.freed) return;
  agent.freed = true;
  freed_.push_back(slot);
}

}  // namespace strowger::routing
