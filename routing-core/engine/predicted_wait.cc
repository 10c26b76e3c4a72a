// What prediction/ is told of events, the figure that rules read, and how good predictions were.
#include <algorithm>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {

// One contact in so many is measured, and more while few are under way.
constexpr std::uint64_t kMeasuredOneIn = 64;
constexpr std::size_t kFewMeasured = 4;
constexpr std::size_t kMostMeasured = 256;

// Contacts of the line's channel that one agent holds at once, if it takes nothing else.
std::int64_t PlacesOf(const CapacityLine& line, const Capacity& capacity) {
  if (!capacity.total || line.cost == 0) return line.max;
  return std::min(line.max, *capacity.total / line.cost);
}

}  // namespace

// ---- What the meters are told -------------------------------------------------------------------

void Router::Engine::CountService(QueueSlot queue, int change) {
  queues_[queue].service.Expose(now_, change);
  service_.Expose(now_, change);
}

void Router::Engine::CountServed(QueueSlot queue) {
  queues_[queue].service.Happened(now_);
  service_.Happened(now_);
}

void Router::Engine::CountPatience(QueueSlot queue, int change) {
  queues_[queue].patience.Expose(now_, change);
  patience_.Expose(now_, change);
}

void Router::Engine::CountGivenUp(QueueSlot queue) {
  queues_[queue].patience.Happened(now_);
  patience_.Happened(now_);
}

void Router::Engine::CountInLine(const Line& line, int change) {
  const auto delta = static_cast<std::uint32_t>(change);
  in_line_count_ += delta;
  queues_[line.key.queue].queued += delta;
  if (counts_demand_) CountDemand(line.key.requirement, change);
  if (line.key.start >= 0) return;
  below_zero_count_ += delta;
  queues_[line.key.queue].below_zero += delta;
}

void Router::Engine::CountPlaces(const AgentRecord& agent, int change) {
  if (agent.capacity.one_of_any) any_places_ += change;
  for (const CapacityLine& line : agent.lines) {
    places_[line.channel] += change * PlacesOf(line, agent.capacity);
  }
}

// ---- The mean, as rules see it ------------------------------------------------------------------

// One more contact that starts at 0 and asks for nothing. Whoever waits is ahead of it but those
// whose priority starts below; how much they have gained meanwhile is left out. Of other queues'
// contacts, and of places, it counts the part that agents who serve its queue are of all.
DurationNs Router::Engine::PredictedWait(const QueueRecord& queue) const {
  const std::uint32_t own = queue.queued - queue.below_zero;
  return PredictedWait(queue, own, in_line_count_ - below_zero_count_ - own);
}

DurationNs Router::Engine::PredictedWait(const QueueRecord& queue, std::uint32_t own,
                                         std::uint32_t of_others) const {
  const Staff staff = StaffOf(queue);
  if (staff.ready == 0) return kNever;
  if (staff.free > 0) return 0;
  const Share others = Share{of_others} * kWhole;
  WaitStage stage = StageOf(queue, own * kWhole, others / everyone_.staffed * staff.staffed);
  const std::int64_t most = *std::max_element(places_.begin(), places_.end());
  stage.servers =
      std::max<std::int64_t>(any_places_ + most, 1) * kWhole / everyone_.ready * staff.ready;
  stage.overtaken_every = arrivals_.AboveOf(now_, 0).every;
  return MeanWait(stage);
}

WaitStage Router::Engine::StageOf(const QueueRecord& queue, Share own, Share others) const {
  return StageBehind({own, &queue.service, &queue.patience}, {others, &service_, &patience_}, now_);
}

// ---- How good it was ----------------------------------------------------------------------------

void Router::Engine::PrepareMeasures() {
  asked_agents_.Prepare(limits_.agents);
  measures_.resize(kMostMeasured);
  for (std::uint16_t i = 0; i < kMostMeasured; ++i) free_measures_.push_back(i);
}

// After the turn in which it came, for one that has to wait.
void Router::Engine::BeginMeasuring(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.line == kNoSlot || free_measures_.empty()) return;
  const std::size_t under_way = kMostMeasured - free_measures_.size();
  if (contact.number % kMeasuredOneIn != 0 && under_way >= kFewMeasured) return;
  contact.measure = free_measures_.back();
  free_measures_.pop_back();
  measures_[contact.measure] = {contact.queue, now_, PredictionOf(slot)};
}

void Router::Engine::EndMeasuring(ContactSlot slot, bool served) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.measure == kNoMeasure) return;
  if (served) {
    const Measure& measure = measures_[contact.measure];
    const DurationNs wait = now_ - measure.since;
    const WaitPrediction& said = measure.prediction;
    QueueRecord& queue = queues_[measure.queue];
    queue.accuracy.predicted.Measure(said.mean, said.p90, wait);
    queue.accuracy.length_over_rate.Measure(said.length_over_rate, 0, wait);
    queue.accuracy.last_to_enter.Measure(said.last_to_enter, 0, wait);
  }
  free_measures_.push_back(contact.measure);
  contact.measure = kNoMeasure;
}

}  // namespace strowger::routing
