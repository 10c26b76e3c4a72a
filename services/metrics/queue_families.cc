#include <cstdint>

#include "routing/event.h"
#include "services/metrics/domain_families.h"

namespace strowger::metrics {
namespace {

using runtime::QueueFigures;

constexpr Definition kEntered{"strowger_queue_entered_total", kCounter,
                              "Contacts that entered the queue."};
constexpr Definition kAssigned{"strowger_queue_assigned_total", kCounter,
                               "Contacts of the queue assigned to an agent."};
constexpr Definition kEnded{"strowger_queue_ended_total", kCounter,
                            "Contacts that ended in the queue, by end reason."};
constexpr Definition kOverflowed{"strowger_queue_overflowed_total", kCounter,
                                 "Contacts that left the queue for another one."};
constexpr Definition kWaitTime{"strowger_queue_wait_seconds_total", kCounter,
                               "Wait of the contacts assigned; by their number: speed of answer."};
constexpr Definition kHandleTime{
    "strowger_queue_handle_seconds_total", kCounter,
    "Handling of the contacts completed or handed on, wrap-up left out."};
constexpr Definition kHoldTime{"strowger_queue_hold_seconds_total", kCounter,
                               "Of that, how long customers were parked."};
constexpr Definition kClosed{"strowger_queue_closed", kGauge,
                             "1 while an operator has closed the queue to new contacts."};
constexpr Definition kWaiting{"strowger_queue_waiting", kGauge, "Contacts queued or offered."};
constexpr Definition kOffered{"strowger_queue_offered", kGauge,
                              "Contacts that are waiting and offered to an agent."};
constexpr Definition kHandling{"strowger_queue_handling", kGauge, "Contacts being handled."};
constexpr Definition kOldestWait{"strowger_queue_oldest_wait_seconds", kGauge,
                                 "Age of the contact that has waited longest; 0 when none waits."};
constexpr Definition kLongestWait{"strowger_queue_longest_wait_seconds", kGauge,
                                  "Longest wait that a contact had at its assignment."};
constexpr Definition kStarvationBound{
    "strowger_queue_starvation_bound_seconds", kGauge,
    "Wait at which a contact goes before all others, where the queue has such a bound."};
constexpr Definition kPredictedWait{
    "strowger_queue_predicted_wait_seconds", kGauge,
    "Expected wait of a plain contact joining now; +Inf when nobody could serve it."};
constexpr Definition kQueueAgents{"strowger_queue_agents", kGauge,
                                  "Agents of the queue: logged in, ready, free."};
constexpr Definition kOccupancy{"strowger_queue_occupancy_ratio", kGauge,
                                "Share of staffed time spent handling or in wrap-up."};
constexpr Definition kServiceLevel{"strowger_queue_service_level_ratio", kGauge,
                                   "Assigned within the threshold, of the queue's window."};
constexpr Definition kAbandonment{"strowger_queue_abandonment_ratio", kGauge,
                                  "Abandoned before an assignment, of the queue's window."};

constexpr Definition kMeasured{
    "strowger_queue_prediction_measured_total", kCounter,
    "Contacts whose predicted wait was compared with the wait itself, by estimator."};
constexpr Definition kNever{"strowger_queue_prediction_never_total", kCounter,
                            "Of further ones it was said that they wait for ever, or nothing."};
constexpr Definition kError{"strowger_queue_prediction_error_seconds_total", kCounter,
                            "Predicted less actual wait without sign; by measured: mean error."};
constexpr Definition kBias{"strowger_queue_prediction_bias_seconds", kGauge,
                           "Predicted less actual wait, summed with sign since the start."};
constexpr Definition kWithinP90{"strowger_queue_prediction_within_p90_total", kCounter,
                                "Waits within the predicted 90th percentile; by measured: 0.9."};

double Elapsed(const runtime::Counter& ns) { return static_cast<double>(ns.Get()) / 1e9; }

void AddCounters(const QueueFigures& queue, const Labels& labels, Families& families) {
  families.Add(kEntered, labels, queue.entered.Get());
  families.Add(kAssigned, labels, queue.assigned.Get());
  families.Add(kOverflowed, labels, queue.overflowed.Get());
  for (std::size_t reason = 1; reason < queue.ended.size(); ++reason) {
    Labels with_reason = labels;
    with_reason.emplace_back("reason", Name(static_cast<routing::EndReason>(reason)));
    families.Add(kEnded, with_reason, queue.ended[reason].Get());
  }
  families.Add(kWaitTime, labels, Elapsed(queue.wait_sum));
  families.Add(kHandleTime, labels, Elapsed(queue.handle_sum));
  families.Add(kHoldTime, labels, Elapsed(queue.hold_sum));
}

void AddPrediction(const QueueFigures::Prediction& prediction, std::string_view estimator,
                   const Labels& labels, Families& families) {
  Labels with_estimator = labels;
  with_estimator.emplace_back("estimator", estimator);
  families.Add(kMeasured, with_estimator, prediction.measured.Get());
  families.Add(kNever, with_estimator, prediction.never.Get());
  families.Add(kError, with_estimator, Elapsed(prediction.absolute));
  families.Add(kBias, with_estimator, static_cast<double>(prediction.bias.Get()) / 1e9);
}

void AddGauges(const QueueFigures& queue, const Labels& labels, routing::DurationNs since_published,
               Families& families) {
  const std::int64_t waiting = queue.waiting.Get();
  families.Add(kWaiting, labels, waiting);
  families.Add(kOffered, labels, queue.offered.Get());
  families.Add(kHandling, labels, queue.handling.Get());
  families.Add(kClosed, labels, queue.closed.Get());
  families.Add(kOldestWait, labels,
               Seconds(waiting > 0 ? queue.oldest_wait.Get() + since_published : 0));
  families.Add(kLongestWait, labels, Seconds(queue.longest_wait.Get()));
  if (const std::int64_t bound = queue.starvation_bound.Get(); bound >= 0) {
    families.Add(kStarvationBound, labels, Seconds(bound));
  }
  families.Add(kPredictedWait, labels, Seconds(queue.predicted_wait.Get()));
  const auto agents = [&](std::string_view state, const runtime::Gauge& count) {
    Labels with_state = labels;
    with_state.emplace_back("state", state);
    families.Add(kQueueAgents, with_state, count.Get());
  };
  agents("staffed", queue.agents_staffed);
  agents("ready", queue.agents_ready);
  agents("free", queue.agents_free);
  families.Add(kOccupancy, labels, Ratio(queue.occupancy.Get()));
  families.Add(kServiceLevel, labels, Ratio(queue.service_level.Get()));
  families.Add(kAbandonment, labels, Ratio(queue.abandon_rate.Get()));
  AddPrediction(queue.predicted, "prediction", labels, families);
  AddPrediction(queue.length_over_rate, "length_over_rate", labels, families);
  AddPrediction(queue.last_to_enter, "last_to_enter", labels, families);
  families.Add(kWithinP90, labels, queue.predicted.within_p90.Get());
}

}  // namespace

void AddQueues(std::string_view domain, const runtime::Figures& figures,
               routing::DurationNs since_published, Families& families) {
  const std::size_t count = figures.queues.size();
  for (std::size_t slot = 0; slot < count; ++slot) {
    const QueueFigures& queue = figures.queues[slot];
    const Labels labels = {{"domain", domain}, {"queue", queue.queue}};
    AddCounters(queue, labels, families);
    // Nobody waits in an external queue.
    if (queue.external.load(std::memory_order_relaxed)) continue;
    AddGauges(queue, labels, since_published, families);
  }
}

}  // namespace strowger::metrics
