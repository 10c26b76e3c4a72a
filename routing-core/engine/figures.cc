// Figures of the instant: what conditions look at and readers are shown.
#include <algorithm>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

constexpr std::int64_t kMillionths = 1'000'000;

// 0 / 0 is 0; rounded down.
std::int64_t Ratio(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return 0;
  return static_cast<std::int64_t>(absl::int128(part) * kMillionths / whole);
}

}  // namespace

std::optional<std::int64_t> Router::Engine::QueueFigure(std::string_view name,
                                                        Figure figure) const {
  const QueueSlot slot = QueueNamed(name);
  if (slot == kNoSlot) return std::nullopt;
  return FigureOf(queues_[slot], figure);
}

std::int64_t Router::Engine::FigureOf(const QueueRecord& queue, Figure figure) const {
  switch (figure) {
    case Figure::kWaiting:
      return static_cast<std::int64_t>(Waiting(queue));
    case Figure::kOldestWait:
      return OldestWait(queue);
    case Figure::kPredictedWait:
      return PredictedWait(queue);
    case Figure::kAgentsStaffed:
      return StaffOf(queue).staffed;
    case Figure::kAgentsReady:
      return StaffOf(queue).ready;
    case Figure::kAgentsFree:
      return StaffOf(queue).free;
    case Figure::kOccupancy:
      return QueueOccupancy(queue);
    case Figure::kServiceLevel:
      return ServiceLevelOf(queue);
    case Figure::kAbandonRate:
      return AbandonRateOf(queue);
  }
  return 0;
}

std::int64_t Router::Engine::CountMembers(RequirementId members, const BitColumn& of) const {
  return static_cast<std::int64_t>(eligibility_.CountSatisfying(members, of));
}

std::int64_t Router::Engine::OccupancyOfMembers(RequirementId members) const {
  std::int64_t busy = 0;
  std::int64_t available = 0;
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
    if (!logged_in_.Test(slot) || !eligibility_.Satisfies(slot, members)) continue;
    const Occupancy one = OccupancyOf(agents_[slot]);
    busy += one.busy;
    available += one.available;
  }
  return Ratio(busy, available);
}

std::optional<std::int64_t> Router::Engine::GroupFigure(FigureOwner owner, std::string_view name,
                                                        Figure figure) const {
  for (const std::vector<Group>* const groups : {&groups_, &candidate_.groups}) {
    for (const Group& group : *groups) {
      if (group.owner != owner || group.name != name) continue;
      switch (figure) {
        case Figure::kAgentsStaffed:
          return CountMembers(group.members, logged_in_);
        case Figure::kAgentsReady:
          return CountMembers(group.members, ready_);
        case Figure::kAgentsFree:
          return CountMembers(group.members, free_);
        case Figure::kOccupancy:
          return OccupancyOfMembers(group.members);
        default:
          return std::nullopt;
      }
    }
  }
  return std::nullopt;
}

std::optional<bool> Router::Engine::Flag(std::string_view name) const {
  for (const FlagRecord& flag : flags_) {
    if (flag.name == name) return flag.on;
  }
  return std::nullopt;
}

DurationNs Router::Engine::OldestWait(const QueueRecord& queue) const {
  const ContactSlot oldest = queue_set_.First(queue.waiting_root);
  if (oldest == kNoSlot) return 0;
  return std::max<DurationNs>(0, now_ - contacts_[oldest].wait_base);
}

// Of all who are logged in and serve it.
std::int64_t Router::Engine::QueueOccupancy(const QueueRecord& queue) const {
  const auto queue_slot = static_cast<QueueSlot>(&queue - queues_.data());
  std::int64_t busy = 0;
  std::int64_t available = 0;
  for (AgentSlot slot = 0; slot < agents_.extent(); ++slot) {
    const AgentRecord& agent = agents_[slot];
    if (!agent.in_use || agent.state == AgentState::kOffline) continue;
    if (listed_.Test(slot) && FindServed(agent.queues, queue_slot) == nullptr) continue;
    const Occupancy one = OccupancyOf(agent);
    busy += one.busy;
    available += one.available;
  }
  return Ratio(busy, available);
}

std::int64_t Router::Engine::ServiceLevelOf(const QueueRecord& queue) const {
  const auto sums = queue.window.Total(now_);
  const std::int64_t answered = sums[kAnsweredInTime] + sums[kAnsweredLate];
  const std::int64_t abandoned = sums[kAbandonedInTime] + sums[kAbandonedLate];
  switch (queue.settings.service_level.abandoned) {
    case ServiceLevel::Abandoned::kIgnored:
      return Ratio(sums[kAnsweredInTime], answered);
    case ServiceLevel::Abandoned::kCredited:
      return Ratio(sums[kAnsweredInTime] + sums[kAbandonedInTime], answered + abandoned);
    case ServiceLevel::Abandoned::kLate:
      return Ratio(sums[kAnsweredInTime], answered + abandoned);
  }
  return 0;
}

std::int64_t Router::Engine::AbandonRateOf(const QueueRecord& queue) const {
  const auto sums = queue.window.Total(now_);
  const std::int64_t answered = sums[kAnsweredInTime] + sums[kAnsweredLate];
  const std::int64_t abandoned = sums[kAbandonedInTime] + sums[kAbandonedLate];
  return Ratio(abandoned, answered + abandoned);
}

}  // namespace strowger::routing
