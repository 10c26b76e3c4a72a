// Which fields the engine's own records have, for checkpoints. What follows from the rest (lines,
// orders, masks, counts of what is there) is left out and made again.
//
// Slots stand as places in the sections of the checkpoint: the writer renumbers copies of the
// records, the reader counts its slots in the same order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "routing-core/engine/checkpoint_bytes.h"
#include "routing-core/engine/checkpoint_values.h"
#include "routing-core/engine/records.h"
#include "routing-core/prediction/arrivals.h"

namespace strowger::routing {

// How many there are of what records refer to.
struct SectionSizes {
  std::size_t channels = 0;
  std::size_t queues = 0;
  std::size_t rules = 0;
  std::size_t requirements = 0;
  std::size_t plans = 0;
  std::size_t agents = 0;
  std::size_t contacts = 0;
};

// time 0: none. Kind, number and target follow from what it belongs to.
static_assert(kAllFieldsVisited<Deadline, 48>);
struct SavedDeadline {
  TimeNs time = 0;
  std::uint64_t turn = 0;
};
template <typename A>
void Fields(A& archive, As<A, SavedDeadline>& deadline) {
  archive.Time(deadline.time);
  archive(deadline.turn);
}

static_assert(kAllFieldsVisited<RankTerms, 12>);
template <typename A>
void Fields(A& archive, As<A, RankTerms>& ranks) {
  archive(ranks.low, ranks.high, ranks.lift);
}

// The queue by its slot, which stays.
static_assert(kAllFieldsVisited<ServedQueue, 24>);
template <typename A>
void Fields(A& archive, As<A, ServedQueue>& served) {
  archive(served.queue, served.order, served.rank, served.has_rank, served.delay);
}

// Not here: labels (a list of texts), line and nodes (made again), the lists of holds, bars and
// members and of the ended (sections of their own), data and treatment (texts), deadlines; in_queue
// and waiting_for_placement follow from the state. One that has not ended has an end of defaults.
static_assert(kAllFieldsVisited<ContactRecord, 256> && kAllFieldsVisited<EndRecord, 40>);
template <typename A>
void ContactFields(A& archive, As<A, ContactRecord>& contact, As<A, EndRecord>& end,
                   const SectionSizes& sizes) {
  archive(contact.number);
  archive.Time(contact.arrival);
  archive.Time(contact.plan_start);
  archive(contact.plan_turn);
  archive.Time(contact.not_before);
  archive.Time(contact.assigned_at);
  archive.Time(end.at);
  archive(contact.start, contact.gain_per_minute, contact.max, contact.attempt);
  archive.Index(contact.channel, sizes.channels);
  archive.OptionalIndex(contact.queue, kNoSlot, sizes.queues);
  archive.OptionalIndex(contact.base_queue, kNoSlot, sizes.queues);
  archive.OptionalIndex(contact.plan, kNoSlot, sizes.plans);
  archive.OptionalIndex(contact.requirement, kNoSlot, sizes.requirements);
  archive.OptionalIndex(contact.rule, kNoSlot, sizes.rules);
  archive(contact.overflow_due, contact.overflow_spent, contact.step_taken, contact.steps_passed,
          contact.steps_due);
  archive.Enum(contact.state, 4);
  archive.Enum(end.reason, kEndReasonCount);
  archive.Enum(end.cause, kCauseCount);
  archive(contact.priority_updated);
  archive(contact.ranks);
  archive(contact.prefer_of);
  archive(contact.resumable);
  archive.Time(contact.entered_at);
  archive(contact.replan_due);
}

static_assert(kAllFieldsVisited<Request, 32>);
template <typename A>
void RequestFields(A& archive, As<A, Request>& request, const SectionSizes& sizes) {
  archive.Index(request.agent, sizes.agents);
  archive(request.lasts, request.only);
}

// Its vigil follows from its contact; since when nobody is there for it stands beside it.
static_assert(kAllFieldsVisited<Ward, 40> && kAllFieldsVisited<Vigil, 64>);
template <typename A>
void WardFields(A& archive, As<A, Ward>& ward) {
  archive.Time(ward.joined);
  archive(ward.grace, ward.past, ward.ready, ward.spent);
}

// The place of a hold among those of its agent is that in its section; among those of its contact
// it is written, for the two need not agree. Not here: labels (a list of texts).
static_assert(kAllFieldsVisited<Hold, 104>);
template <typename A>
void HoldFields(A& archive, As<A, Hold>& hold, const SectionSizes& sizes) {
  archive.Enum(hold.kind, 3);
  archive.Enum(hold.scope, 3);
  archive.OptionalIndex(hold.contact, kNoSlot, sizes.contacts);
  archive.Index(hold.agent, sizes.agents);
  archive.Index(hold.channel, sizes.channels);
  archive.Index(hold.queue, sizes.queues);
  archive(hold.offer);
  archive.Time(hold.since);
  archive.Time(hold.until);
  archive(hold.contact_number);
  archive.Time(hold.held_since);
  archive(hold.hold_time);
}

static_assert(kAllFieldsVisited<Bar, 40>);
template <typename A>
void BarFields(A& archive, As<A, Bar>& bar, const SectionSizes& sizes) {
  archive.Index(bar.agent, sizes.agents);
  archive.Time(bar.parted_at);
  archive.Time(bar.until);
  archive(bar.cleared);
}

template <typename A, std::size_t kFields>
void Fields(A& archive, BucketWindow<kFields>& window) {
  BucketWindow<kFields>::Visit(archive, window);
}
template <typename A, std::size_t kFields>
void Fields(A& archive, const BucketWindow<kFields>& window) {
  BucketWindow<kFields>::Visit(archive, window);
}
template <typename A>
void Fields(A& archive, As<A, Accuracy>& accuracy) {
  archive(accuracy.measured, accuracy.never, accuracy.bias, accuracy.absolute, accuracy.within_p90);
  if constexpr (A::kLoads) {
    constexpr DurationNs kMost = std::int64_t{1} << 61;
    const bool fits = accuracy.bias >= -kMost && accuracy.bias <= kMost && accuracy.absolute >= 0 &&
                      accuracy.absolute <= kMost;
    archive.Require(fits, "an accuracy that cannot be");
  }
}
// How many are exposed follows from holds and contacts: what they did up to now is part of it.
template <typename A>
void MeterFields(A& archive, As<A, HazardMeter>& meter, TimeNs now) {
  if constexpr (A::kLoads) {
    HazardMeter::Visit(archive, meter);
    if (!archive.Require(meter.CanBeOf(now), "a meter that cannot be")) {
      meter = HazardMeter(kPredictionWindow, kNever);
    }
  } else {
    HazardMeter until_now = meter;
    until_now.Expose(now, 0);
    HazardMeter::Visit(archive, std::as_const(until_now));
  }
}

static_assert(kAllFieldsVisited<PacedAssignment, 16>);
template <typename A>
void Fields(A& archive, As<A, PacedAssignment>& assignment) {
  archive.Time(assignment.time);
  archive(assignment.turn);
}

// Not here: lines, counts of holds and of outside work, the deadline of the pace, loads and places
// in orders.
static_assert(kAllFieldsVisited<AgentRecord, 1184> && kAllFieldsVisited<CapacityLine, 56> &&
              kAllFieldsVisited<AgentLoad, 64>);
template <typename A>
void Fields(A& archive, As<A, AgentRecord>& agent) {
  archive(agent.number, agent.id);
  archive.Enum(agent.state, 3);
  archive(agent.reason, agent.skills, agent.team, agent.location, agent.attributes, agent.rank,
          agent.capacity, agent.wrap_up, agent.handling_cap, agent.pace, agent.paced, agent.outside,
          agent.lease);
  archive.Time(agent.lease_until);
  bool waits = agent.pending.has_value();
  archive(waits);
  AgentState pending = agent.pending.value_or(AgentState::kOffline);
  archive.Enum(pending, 3);
  if constexpr (A::kLoads) {
    if (waits) agent.pending = pending;
  }
  archive(agent.pending_reason);
  archive.Time(agent.state_since);
  archive.Time(agent.logged_in_at);
  archive.Time(agent.idle_since);
  archive.Time(agent.barred_until);
  archive(agent.handled, agent.declined_in_row, agent.expired_in_row, agent.busy_total);
  archive.Time(agent.busy_since);
  archive(agent.resting_total);
  archive.Time(agent.resting_since);
  archive(agent.work);
  archive(agent.queues);
  archive(agent.weight);
  archive(agent.handle_time);
}

// Not here: what the active rule set says, the counts of who is there, and what follows from the
// agents' queue lists.
static_assert(kAllFieldsVisited<QueueRecord, 3744>);
template <typename A>
void Fields(A& archive, As<A, QueueRecord>& queue) {
  archive(queue.window, queue.entered, queue.assigned);
  for (auto& ended : queue.ended) archive(ended);
  archive(queue.overflowed, queue.wait_sum, queue.handle_sum, queue.hold_sum, queue.closed,
          queue.last_chosen, queue.longest_wait);
}

// The condition is that of its first member.
static_assert(kAllFieldsVisited<Watch, 72>);
template <typename A>
void WatchFields(A& archive, As<A, Watch>& watch, const SectionSizes& sizes) {
  archive.Index(watch.queue, sizes.queues);
  archive(watch.number);
  archive.Time(watch.last_look);
  archive(watch.last_counts);
}

static_assert(kAllFieldsVisited<Member, 24>);
template <typename A>
void MemberFields(A& archive, As<A, Member>& member, const SectionSizes& sizes) {
  archive.Index(member.contact, sizes.contacts);
  archive(member.is_step, member.index);
}

// What predictions have learnt. Not here: measures that are under way.
template <typename A, typename Queues>
void Predictions(A& archive, As<A, HazardMeter>& service, As<A, HazardMeter>& patience,
                 As<A, ArrivalsByPriority>& arrivals, Queues& queues, TimeNs now) {
  archive.Mark("predictions");
  MeterFields(archive, service, now);
  MeterFields(archive, patience, now);
  ArrivalsByPriority::Visit(archive, arrivals);
  for (auto& queue : queues) {
    MeterFields(archive, queue.service, now);
    MeterFields(archive, queue.patience, now);
    Yardsticks::Visit(archive, queue.yardsticks);
    archive(queue.accuracy.predicted, queue.accuracy.length_over_rate,
            queue.accuracy.last_to_enter);
  }
}

// What is derived alone. A field that comes here needs no visit, unless it holds something new.
static_assert(kAllFieldsVisited<Line, 120> && kAllFieldsVisited<LineKey, 64> &&
              kAllFieldsVisited<CurveKey, 56> && kAllFieldsVisited<Standing, 20> &&
              kAllFieldsVisited<PlanRecord, 192>);

}  // namespace strowger::routing
