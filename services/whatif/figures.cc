#include "services/whatif/figures.h"

#include <algorithm>
#include <numeric>

namespace strowger::whatif {

using routing::DurationNs;
using routing::EndReason;
using routing::Event;
using routing::EventType;

void QueueFigures::Add(const QueueFigures& other) {
  came += other.came;
  answered += other.answered;
  in_time += other.in_time;
  abandoned += other.abandoned;
  otherwise += other.otherwise;
  waits.insert(waits.end(), other.waits.begin(), other.waits.end());
  services.insert(services.end(), other.services.begin(), other.services.end());
}

double QueueFigures::ServiceLevel() const {
  const std::uint64_t waited = answered + abandoned;
  return waited == 0 ? 1 : static_cast<double>(in_time) / static_cast<double>(waited);
}

DurationNs MeanOf(const std::vector<DurationNs>& durations) {
  if (durations.empty()) return 0;
  const DurationNs sum = std::accumulate(durations.begin(), durations.end(), DurationNs{0});
  return sum / static_cast<DurationNs>(durations.size());
}

DurationNs PercentileOf(std::vector<DurationNs> durations, unsigned percent) {
  if (durations.empty()) return 0;
  const std::size_t rank = (durations.size() * percent + 99) / 100;
  const auto at =
      durations.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1)) - 1;
  std::nth_element(durations.begin(), at, durations.end());
  return *at;
}

void Tally::Add(const Event& event, ContactNumber contact) {
  if (event.time < since_) return;
  AddToQueue(event);
  if (contact == kNoContact) return;
  if (outcomes_.size() <= contact) outcomes_.resize(contact + std::size_t{1});
  AddToOutcome(event, outcomes_[contact]);
}

void Tally::AddToQueue(const Event& event) {
  if (event.entered) ++FiguresOf(event.to_queue.empty() ? event.queue : event.to_queue).came;
  switch (event.type) {
    case EventType::kAssigned: {
      QueueFigures& queue = FiguresOf(event.queue);
      ++queue.answered;
      queue.in_time += event.in_time ? 1 : 0;
      queue.waits.push_back(event.duration);
      return;
    }
    case EventType::kTransferred:
      return FiguresOf(event.queue).services.push_back(event.duration);
    case EventType::kEnded:
      if (event.queue.empty()) return;
      if (event.reason == EndReason::kCompleted) {
        FiguresOf(event.queue).services.push_back(event.duration);
      } else {
        ++(event.reason == EndReason::kAbandoned ? FiguresOf(event.queue).abandoned
                                                 : FiguresOf(event.queue).otherwise);
      }
      return;
    default:
      return;
  }
}

void Tally::AddToOutcome(const Event& event, Outcome& outcome) {
  switch (event.type) {
    case EventType::kQueued:
    case EventType::kReplanned:
      if (!outcome.answered) outcome.rule = Intern(event.text);
      return;
    case EventType::kAssigned:
      if (outcome.answered) return;
      outcome.answered = true;
      outcome.wait = event.duration;
      outcome.queue = Intern(event.queue);
      outcome.agent = Intern(event.agent);
      return;
    case EventType::kEnded:
      outcome.reason = event.reason;
      if (outcome.answered) return;
      outcome.queue = Intern(event.queue);
      outcome.wait = event.duration;
      return;
    default:
      return;
  }
}

QueueFigures& Tally::FiguresOf(std::string_view queue) {
  const auto found = queues_.find(queue);
  return found != queues_.end() ? found->second : queues_[std::string(queue)];
}

std::uint32_t Tally::Intern(std::string_view name) {
  if (name.empty()) return 0;
  const auto [found, is_new] =
      ids_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.emplace_back(name);
  return found->second;
}

}  // namespace strowger::whatif
