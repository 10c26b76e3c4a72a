// The books on an agent's work: how long it was busy or resting in the trailing window.
#include <algorithm>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

// Called whenever state, handling or wrap-up changed: closes the open span and opens the next.
void Router::Engine::NoteWork(AgentSlot slot) {
  AgentRecord& agent = agents_.Change(slot);
  const bool logged_in = agent.state != AgentState::kOffline;
  const bool busy = logged_in && agent.handling + agent.wrapping_up > 0;
  const bool resting = logged_in && !busy && agent.state == AgentState::kNotReady;
  const auto note = [&](bool is, TimeNs& since, DurationNs& total, WorkField field) {
    if (is && since == 0) since = now_;
    if (is || since == 0) return;
    agent.work.AddSpan(since, now_, field);
    total += now_ - since;
    since = 0;
  };
  note(busy, agent.busy_since, agent.busy_total, kBusy);
  note(resting, agent.resting_since, agent.resting_total, kResting);
  CopyLoad(slot);
}

void Router::Engine::CopyLoad(AgentSlot slot) {
  const AgentRecord& agent = agents_[slot];
  AgentLoad& load = loads_[slot];
  load.bucket = AgentLoad::kUnknown;
  load.busy_since = agent.busy_since;
  load.resting_since = agent.resting_since;
  load.logged_in_at = agent.logged_in_at;
}

Router::Engine::Occupancy Router::Engine::OccupancyOf(const AgentRecord& agent) const {
  const auto sums = agent.work.Total(now_);
  const TimeNs begin = agent.work.Begin(now_);
  const auto open = [&](TimeNs since) {
    return since == 0 ? DurationNs{0} : now_ - std::max(since, begin);
  };
  const DurationNs resting = sums[kResting] + open(agent.resting_since);
  Occupancy occupancy;
  occupancy.busy = sums[kBusy] + open(agent.busy_since);
  occupancy.available = std::min(30 * kMinute, now_ - agent.logged_in_at) - resting;
  return occupancy;
}

// The same out of the copy. `bucket` and `begin` are those of the window of now.
Router::Engine::Occupancy Router::Engine::RecentOccupancy(AgentSlot slot, std::int64_t bucket,
                                                          TimeNs begin) {
  AgentLoad& load = loads_[slot];
  if (load.bucket != bucket) {
    const auto sums = agents_[slot].work.Total(now_);
    load.busy = sums[kBusy];
    load.resting = sums[kResting];
    load.bucket = bucket;
  }
  const auto open = [&](TimeNs since) {
    return since == 0 ? DurationNs{0} : now_ - std::max(since, begin);
  };
  Occupancy occupancy;
  occupancy.busy = load.busy + open(load.busy_since);
  const DurationNs resting = load.resting + open(load.resting_since);
  occupancy.available = std::min(30 * kMinute, now_ - load.logged_in_at) - resting;
  return occupancy;
}

}  // namespace strowger::routing
