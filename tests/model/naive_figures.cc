// The figures that conditions read, counted anew at every question.
#include <algorithm>

#include "absl/numeric/int128.h"
#include "tests/model/eligibility.h"
#include "tests/model/naive_figures.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::ContactState;
using routing::DurationNs;
using routing::Figure;
using routing::TimeNs;

namespace {

constexpr std::int64_t kMillion = 1'000'000;

std::int64_t Millionths(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return 0;
  return static_cast<std::int64_t>(absl::int128(part) * kMillion / whole);
}

}  // namespace

std::optional<std::int64_t> NaiveRouter::FigureOf(std::string_view name, Figure figure,
                                                  const NaiveContact* except) const {
  const auto found = queues_.find(std::string(name));
  if (found == queues_.end() || found->second.retired) return std::nullopt;
  const NaiveQueue& queue = found->second;
  switch (figure) {
    case Figure::kWaiting:
      return static_cast<std::int64_t>(Waiting(name, except));
    case Figure::kOldestWait:
      return OldestWait(name, except);
    case Figure::kPredictedWait:
      return PredictedWait(queue, except);
    case Figure::kAgentsStaffed:
    case Figure::kAgentsReady:
    case Figure::kAgentsFree:
      return static_cast<std::int64_t>(CountAgents(figure));
    case Figure::kOccupancy:
      return DomainOccupancy();
    case Figure::kServiceLevel:
    case Figure::kAbandonRate:
      return WindowFigure(queue, figure);
  }
  return std::nullopt;
}

std::uint64_t NaiveRouter::Waiting(std::string_view queue, const NaiveContact* except) const {
  std::uint64_t count = 0;
  for (const auto& [id, contact] : contacts_) {
    if (contact.waiting() && contact.queue == queue && &contact != except) ++count;
  }
  return count;
}

std::int64_t NaiveRouter::OldestWait(std::string_view queue, const NaiveContact* except) const {
  std::int64_t oldest = 0;
  for (const auto& [id, contact] : contacts_) {
    if (contact.waiting() && contact.queue == queue && &contact != except) {
      oldest = std::max(oldest, WaitOf(contact));
    }
  }
  return oldest;
}

DurationNs NaiveRouter::WaitOf(const NaiveContact& contact) const {
  return std::max<DurationNs>(0, now_ - std::max(contact.arrival, contact.not_before));
}

std::int64_t NaiveRouter::PredictedWait(const NaiveQueue& queue, const NaiveContact* except) const {
  std::uint64_t ahead = 0;
  for (const auto& [id, contact] : contacts_) {
    if (InLine(contact) && contact.queue == queue.settings.name && &contact != except) ++ahead;
  }
  return queue.estimator.Predict(ahead, CountAgents(Figure::kAgentsStaffed),
                                 CountAgents(Figure::kAgentsReady),
                                 CountAgents(Figure::kAgentsFree), now_);
}

std::uint64_t NaiveRouter::CountAgents(Figure figure) const {
  std::uint64_t count = 0;
  for (const auto& [id, agent] : agents_) {
    const bool counts = figure == Figure::kAgentsStaffed ? agent.logged_in()
                        : figure == Figure::kAgentsReady ? agent.ready()
                                                         : IsFree(agent);
    if (counts) ++count;
  }
  return count;
}

std::int64_t NaiveRouter::DomainOccupancy() const {
  DurationNs busy = 0;
  DurationNs measured = 0;
  for (const auto& [id, agent] : agents_) {
    if (!agent.logged_in()) continue;
    const auto [agent_busy, agent_measured] = Occupancy(agent);
    busy += agent_busy;
    measured += agent_measured;
  }
  return Millionths(busy, measured);
}

std::int64_t NaiveRouter::WindowFigure(const NaiveQueue& queue, Figure figure) const {
  const DurationNs bucket = queue.settings.window / 30;
  const std::int64_t first_bucket = now_ / bucket - 29;
  std::int64_t assigned = 0;
  std::int64_t assigned_in_time = 0;
  std::int64_t abandoned = 0;
  std::int64_t abandoned_in_time = 0;
  for (const NaiveFact& fact : queue.facts) {
    if (fact.time / bucket < first_bucket) continue;
    (fact.assigned ? assigned : abandoned) += 1;
    if (fact.in_time) (fact.assigned ? assigned_in_time : abandoned_in_time) += 1;
  }
  if (figure == Figure::kAbandonRate) return Millionths(abandoned, assigned + abandoned);
  switch (queue.settings.service_level.abandoned) {
    case routing::ServiceLevel::Abandoned::kLate:
      return Millionths(assigned_in_time, assigned + abandoned);
    case routing::ServiceLevel::Abandoned::kIgnored:
      return Millionths(assigned_in_time, assigned);
    case routing::ServiceLevel::Abandoned::kCredited:
      return Millionths(assigned_in_time + abandoned_in_time, assigned + abandoned);
  }
  return 0;
}

}  // namespace strowger::model
