// What bounds an agent besides its capacity: caps by label and queue, a wrap-up that keeps it from
// one queue, its pace, and work from outside.
#include <algorithm>
#include <utility>

#include "routing-core/engine/check.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {

// Whether caps and wrap-ups let the agent have one more contact of the queue with these labels.
bool Router::Engine::IsWithinBounds(const AgentRecord& agent, QueueSlot queue,
                                    LabelSetId labels) const {
  if (agent.queue_wrap_ups > 0) {
    for (HoldSlot slot = agent.first_hold; slot != kNoSlot; slot = holds_[slot].next_of_agent) {
      if (holds_[slot].queue == queue && !holds_[slot].UsesCapacity()) return false;
    }
  }
  return IsUnderCap(agent, queue, labels);
}

bool Router::Engine::IsUnderCap(const AgentRecord& agent, QueueSlot queue,
                                LabelSetId labels) const {
  const auto is_left = [&](const Cap& cap, auto counts) {
    std::int64_t held = 0;
    for (HoldSlot slot = agent.first_hold; slot != kNoSlot; slot = holds_[slot].next_of_agent) {
      held += holds_[slot].UsesCapacity() && counts(holds_[slot]);
    }
    return held < cap.most;
  };
  for (const Cap& cap : agent.handling_cap.labels) {
    if (!label_sets_.Has(labels, cap.name)) continue;
    const auto has_label = [&](const Hold& hold) { return label_sets_.Has(hold.labels, cap.name); };
    if (!is_left(cap, has_label)) return false;
  }
  for (const Cap& cap : agent.handling_cap.queues) {
    if (cap.name != names_.name(queues_[queue].name)) continue;
    if (!is_left(cap, [queue](const Hold& hold) { return hold.queue == queue; })) return false;
  }
  return true;
}

// ---- Pace -------------------------------------------------------------------------------------

bool Router::Engine::IsPaceUsedUp(const AgentRecord& agent) const {
  return agent.pace.contacts > 0 &&
         agent.paced.size() + agent.reserved >= static_cast<std::size_t>(agent.pace.contacts);
}

// What was assigned while there was a pace goes on counting, over the new time.
void Router::Engine::SetPace(AgentSlot slot, const Pace& pace) {
  AgentRecord& agent = agents_.Change(slot);
  agent.pace = pace;
  if (pace.contacts == 0) {
    agent.paced.clear();
  } else {
    std::erase_if(agent.paced, [&](const PacedAssignment& assignment) {
      return assignment.time + pace.per <= now_;
    });
    agent.paced.reserve(static_cast<std::size_t>(pace.contacts));
  }
  SetPaceDeadline(slot);
}

void Router::Engine::NoteAssignment(AgentSlot slot) {
  AgentRecord& agent = agents_.Change(slot);
  agent.paced.push_back({now_, turn_});
  if (agent.paced.size() == 1) SetPaceDeadline(slot);
}

// At which the oldest assignment no longer counts.
void Router::Engine::SetPaceDeadline(AgentSlot slot) {
  AgentRecord& agent = agents_.Change(slot);
  deadlines_.Cancel(agent.pace_deadline);
  if (agent.paced.empty()) return;
  Deadline deadline;
  deadline.time = agent.paced.front().time + agent.pace.per;
  deadline.turn = agent.paced.front().turn;
  deadline.kind = DeadlineKind::kPace;
  deadline.number = agent.number;
  deadline.target = slot;
  agent.pace_deadline = deadlines_.Set(deadline);
}

void Router::Engine::PaceMovesOn(AgentSlot slot) {
  AgentRecord& agent = agents_.Change(slot);
  agent.paced.erase(agent.paced.begin());
  SetPaceDeadline(slot);
  RefreshMasks(slot);
  FreeAgent(slot);
}

// ---- Outside work -----------------------------------------------------------------------------

void Router::Engine::SetOutside(AgentSlot slot, const OutsideWork& outside) {
  AgentRecord& agent = agents_.Change(slot);
  const auto count_in = [](const OutsideWork& work, std::string_view channel) {
    std::int64_t contacts = 0;
    for (const ChannelCount& count : work.channels) {
      if (count.channel == channel) contacts = count.contacts;
    }
    return contacts;
  };
  const bool some_ended = std::any_of(
      agent.outside.channels.begin(), agent.outside.channels.end(),
      [&](const ChannelCount& count) { return count_in(outside, count.channel) < count.contacts; });
  if (some_ended && (agent.outside.resets_idle || outside.resets_idle)) agent.idle_since = now_;
  agent.outside = outside;
  agent.outside_contacts = 0;
  for (const ChannelCount& count : outside.channels) agent.outside_contacts += count.contacts;
  CountUsed(agent);
}

}  // namespace strowger::routing
