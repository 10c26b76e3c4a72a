// What the naive router remembers: plain structs and standard containers. Whatever can be derived
// (who is reserved, what is waiting, which deadline comes next) is not stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routing-core/prediction/hazard_meter.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/plan.h"
#include "routing/router.h"
#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::model {

// A turn is one command or one deadline; turns are counted from 1.
using Turn = std::uint64_t;

struct NaiveBar {
  std::string agent;
  routing::TimeNs parted_at = 0;
  routing::TimeNs until = 0;
  bool cleared = false;
  Turn set = 0;
};

// While it lasts.
struct NaiveRequest {
  std::string agent;
  routing::DurationNs lasts = routing::kNever;  // from plan start
  bool only = false;
  std::optional<routing::TimeNs> due;  // of its end
};

// One contact in a queue with when_empty, while it asks for the same.
struct NaiveVigil {
  std::string queue;
  routing::Requirement requirement;
  routing::RankBand ranks;
  std::string requested;
  routing::WhenEmpty::Nobody nobody = routing::WhenEmpty::Nobody::kLoggedIn;
  routing::DurationNs after = 0;
  routing::DurationNs grace = 0;
  routing::TimeNs joined = 0;
  routing::TimeNs empty_since = 0;  // 0: somebody is there
  bool past = false;                // its own time is
  routing::TimeNs ready_at = 0;     // past and queued since then
  bool spent = false;

  bool WatchesTheSameAs(const NaiveVigil& other) const {
    return queue == other.queue && requirement == other.requirement &&
           ranks.low == other.ranks.low && ranks.high == other.ranks.high &&
           requested == other.requested && nobody == other.nobody && after == other.after &&
           grace == other.grace;
  }
};

struct NaiveStep {
  routing::TimeNs due = 0;
  bool pending = false;  // came due with a false `when`: a watch looks at it
};

struct NaiveOverflow {
  routing::TimeNs due = 0;
  bool came_due = false;
  bool pending = false;
  bool spent = false;
};

struct NaiveContact {
  std::string id;
  std::uint64_t number = 0;
  routing::ContactState state = routing::ContactState::kQueued;
  routing::EndReason end_reason = routing::EndReason::kNone;
  std::string channel;
  std::string queue;
  std::string rule;
  std::string location;
  std::map<std::string, routing::AttributeValue> attributes;
  std::vector<std::string> labels;
  routing::TimeNs arrival = 0;
  routing::TimeNs not_before = 0;
  bool opened = true;  // false until the deadline of not_before has fired
  Turn submitted = 0;
  routing::Priority priority;
  bool priority_updated = false;
  routing::Requirement requirement;
  routing::RankBand ranks;
  std::optional<std::int64_t> lift;
  std::vector<routing::Preference> prefer;
  std::int64_t attempt = 0;
  routing::TimeNs assigned_at = 0;
  std::uint64_t taken = 0;  // number of the hold by which its agent took it
  routing::TimeNs held_since = 0;
  routing::DurationNs hold_time = 0;
  routing::TimeNs entered_at = 0;  // came to its queue
  std::optional<NaiveVigil> vigil;
  bool replan_due = false;
  std::string agent;
  std::vector<std::string> taken_labels;  // what it had when it was offered to its agent
  routing::TimeNs lease_until = 0;        // of its handling; 0: none
  Turn leased = 0;
  std::vector<NaiveBar> bars;
  std::optional<NaiveRequest> request;
  bool wished = false;  // ever had one
  std::string resume_key;
  routing::TimeNs resumable_since = 0;  // it abandoned then and nobody took over; else 0

  // The plan in force. `steps` and `overflow` run parallel to those of the plan.
  std::shared_ptr<const routing::Plan> plan;
  Turn planned = 0;
  routing::TimeNs plan_start = 0;
  std::size_t steps_passed = 0;
  std::string step;
  std::vector<std::string> queues_entered;
  std::vector<NaiveStep> steps;
  std::vector<NaiveOverflow> overflow;
  std::optional<routing::TimeNs> overflow_recheck;  // after a requeue
  std::optional<routing::TimeNs> wait_limit_due;

  bool waiting() const {
    return state == routing::ContactState::kQueued || state == routing::ContactState::kOffered;
  }
  bool live() const { return state != routing::ContactState::kEnded; }
};

struct NaiveOffer {
  std::uint64_t number = 0;
  std::string contact;
  std::string agent;
  std::string queue;  // in which it was made
  std::vector<std::string> labels;
  routing::TimeNs made_at = 0;
  routing::TimeNs until = 0;
  Turn made = 0;
  std::uint64_t hold = 0;  // counted with those that were assigned without an offer
};

struct NaiveWrapUp {
  std::string contact;
  std::uint64_t contact_number = 0;
  std::string channel;
  std::string queue;
  std::vector<std::string> labels;
  routing::TimeNs since = 0;
  routing::TimeNs until = 0;
  routing::WrapUpScope scope = routing::WrapUpScope::kUnit;
  Turn set = 0;
};

struct NaiveAssignment {
  routing::TimeNs time = 0;
  Turn made = 0;
};

// Time spent in some way since log-in.
struct NaiveSpans {
  std::vector<std::pair<routing::TimeNs, routing::TimeNs>> closed;  // those that a window can reach
  routing::DurationNs total = 0;                                    // of all closed ones
  routing::TimeNs since = 0;                                        // 0: none open

  void Set(bool on, routing::TimeNs now);
  // Overlap with [from, now].
  routing::DurationNs Within(routing::TimeNs from, routing::TimeNs now) const;
};

struct NaiveAgent {
  std::string id;
  std::uint64_t number = 0;
  routing::AgentState state = routing::AgentState::kOffline;
  std::string reason;
  std::map<std::string, std::int64_t> skills;
  std::string team;
  std::string location;
  std::map<std::string, routing::AttributeValue> attributes;
  std::int64_t rank = 0;
  std::map<std::string, routing::AgentQueue> queues;  // by queue; none: every queue
  std::int64_t weight = 1;
  routing::Capacity capacity;
  std::optional<routing::DurationNs> wrap_up;
  routing::HandlingCap handling_cap;
  routing::Pace pace;
  std::vector<NaiveAssignment> paced;  // those that count against it
  routing::OutsideWork outside;
  routing::DurationNs lease = 0;
  routing::TimeNs lease_until = 0;  // 0: none runs
  Turn leased = 0;
  std::optional<routing::AgentState> pending;
  std::string pending_reason;
  routing::TimeNs logged_in_at = 0;
  routing::TimeNs idle_since = 0;
  routing::TimeNs barred_until = 0;  // back-off; 0: none
  Turn barred = 0;
  std::uint64_t handled = 0;
  routing::DurationNs handle_time = 0;
  std::int64_t declined_in_row = 0;
  std::int64_t expired_in_row = 0;
  std::vector<NaiveWrapUp> wrap_ups;
  NaiveSpans busy;
  NaiveSpans resting;

  bool logged_in() const { return state != routing::AgentState::kOffline; }
  bool ready() const { return state == routing::AgentState::kReady; }
};

// By its queue list, delays aside.
inline bool Serves(const NaiveAgent& agent, const std::string& queue) {
  return agent.queues.empty() || agent.queues.contains(queue);
}

// Something that counts in a queue's window.
struct NaiveFact {
  routing::TimeNs time = 0;
  bool assigned = false;  // else abandoned
  bool in_time = false;
};

struct NaiveQueue {
  std::uint64_t number = 0;  // queues counted as rule sets brought them
  routing::QueueSettings settings;
  bool retired = false;  // the active rule set has no such queue
  std::uint64_t entered = 0;
  std::uint64_t assigned = 0;
  std::uint64_t ended[routing::kEndReasonCount] = {};
  std::uint64_t overflowed = 0;
  routing::DurationNs wait_sum = 0;
  routing::DurationNs handle_sum = 0;
  routing::DurationNs hold_sum = 0;
  bool closed = false;
  routing::DurationNs longest_wait = 0;
  std::optional<routing::TimeNs> look_due;
  Turn look_set = 0;
  std::vector<bool> borrows;                         // by condition: it held at the last look
  std::string last_chosen;                           // of a queue that goes round
  std::map<std::string, std::uint64_t> assigned_to;  // since activation, where there are shares
  std::vector<NaiveFact> facts;
  routing::HazardMeter service{30 * routing::kMinute, 3 * routing::kMinute};
  routing::HazardMeter patience{30 * routing::kMinute, routing::kNever};
};

// One condition over the figures of one queue, for all contacts that depend on it.
struct NaiveWatch {
  std::shared_ptr<const routing::Condition> condition;
  std::string queue;
  std::uint64_t number = 0;
  routing::TimeNs last_look = 0;
  std::vector<std::optional<std::int64_t>> last_counts;
  std::optional<routing::TimeNs> look_due;
  Turn look_set = 0;
};

enum class DeadlineKind : std::uint8_t {
  kOfferExpiry,
  kWrapUp,
  kAgentLease,
  kHandlingLease,
  kBackOff,
  kPace,
  kBar,
  kNotBefore,
  kRequest,
  kStep,
  kOverflow,
  kWhenEmpty,
  kWaitLimit,
  kLook,
  kDelay,
  kQueueLook,
};

// Derived from the state whenever one is wanted. The members before `contact` are the order.
struct NaiveDeadline {
  routing::TimeNs time = 0;
  Turn set = 0;
  DeadlineKind kind = DeadlineKind::kOfferExpiry;
  std::uint64_t number = 0;
  std::uint64_t second = 0;
  std::string contact;
  std::string agent;

  bool operator<(const NaiveDeadline& other) const;
};

}  // namespace strowger::model
