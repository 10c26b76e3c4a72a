// The figures that conditions read, counted anew at every question.
#include <algorithm>
#include <map>

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
      return static_cast<std::int64_t>(CountAgents(name, figure));
    case Figure::kOccupancy:
      return OccupancyOfQueue(queue.settings.name);
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
  routing::WaitingCrowd own{0, &queue.service, &queue.patience};
  routing::WaitingCrowd others{0, &service_, &patience_};
  for (const auto& [id, contact] : contacts_) {
    if (!InLine(contact) || &contact == except || contact.priority.start < 0) continue;
    (contact.queue == queue.settings.name ? own : others).ahead += routing::kWhole;
  }
  const std::string& name = queue.settings.name;
  const std::uint64_t ready = CountAgents(name, Figure::kAgentsReady);
  if (ready == 0) return routing::kNever;
  if (CountAgents(name, Figure::kAgentsFree) > 0) return 0;
  std::int64_t everyone_staffed = 0;
  std::int64_t everyone_ready = 0;
  for (const auto& [id, agent] : agents_) {
    if (agent.logged_in()) ++everyone_staffed;
    if (agent.ready()) ++everyone_ready;
  }
  const auto staffed = static_cast<std::int64_t>(CountAgents(name, Figure::kAgentsStaffed));
  others.ahead = others.ahead / everyone_staffed * staffed;
  routing::WaitStage stage = routing::StageBehind(own, others, now_);
  stage.servers = std::max<std::int64_t>(Places(), 1) * routing::kWhole / everyone_ready *
                  static_cast<std::int64_t>(ready);
  stage.overtaken_every = arrivals_.AboveOf(now_, 0).every;
  return routing::MeanWait(stage);
}

bool NaiveRouter::CountsAs(const NaiveAgent& agent, Figure figure) const {
  if (figure == Figure::kAgentsStaffed) return agent.logged_in();
  if (figure == Figure::kAgentsReady) return agent.ready();
  return IsFree(agent);
}

// Contacts that the ready could hold at once, of the channel of which they could hold most.
std::int64_t NaiveRouter::Places() const {
  std::int64_t any = 0;
  std::map<std::string, std::int64_t> by_channel;
  for (const auto& [id, agent] : agents_) {
    if (!agent.ready()) continue;
    if (agent.capacity.one_of_any) ++any;
    for (const routing::ChannelCapacity& channel : agent.capacity.channels) {
      std::int64_t most = channel.max;
      if (agent.capacity.total && channel.cost > 0) {
        most = std::min(most, *agent.capacity.total / channel.cost);
      }
      by_channel[channel.channel] += most;
    }
  }
  std::int64_t most = 0;
  for (const auto& [channel, places] : by_channel) most = std::max(most, places);
  return any + most;
}

void NaiveRouter::ServiceEnded(const std::string& queue) {
  queues_.at(queue).service.Happened(now_);
  service_.Happened(now_);
}

// How many are in service and waiting from now on, counted anew after every turn.
void NaiveRouter::TellMeters() {
  std::map<std::string, std::int64_t> in_service;
  std::map<std::string, std::int64_t> waiting;
  for (const auto& [number, offer] : offers_) ++in_service[offer.queue];
  for (const auto& [id, contact] : contacts_) {
    if (contact.state == ContactState::kHandling) ++in_service[contact.queue];
    if (contact.waiting()) ++waiting[contact.queue];
  }
  for (const auto& [id, agent] : agents_) {
    for (const NaiveWrapUp& wrap_up : agent.wrap_ups) ++in_service[wrap_up.queue];
  }
  const auto tell = [this](routing::HazardMeter& meter, std::int64_t exposed) {
    meter.Expose(now_, exposed - meter.exposed());
    return exposed;
  };
  std::int64_t all_in_service = 0;
  std::int64_t all_waiting = 0;
  for (auto& [name, queue] : queues_) {
    all_in_service += tell(queue.service, in_service[name]);
    all_waiting += tell(queue.patience, waiting[name]);
  }
  tell(service_, all_in_service);
  tell(patience_, all_waiting);
}

std::uint64_t NaiveRouter::CountAgents(std::string_view queue, Figure figure) const {
  std::uint64_t count = 0;
  for (const auto& [id, agent] : agents_) {
    if (CountsAs(agent, figure) && Serves(agent, std::string(queue))) ++count;
  }
  return count;
}

std::int64_t NaiveRouter::OccupancyOfQueue(const std::string& queue) const {
  DurationNs busy = 0;
  DurationNs measured = 0;
  for (const auto& [id, agent] : agents_) {
    if (!agent.logged_in() || !Serves(agent, queue)) continue;
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
