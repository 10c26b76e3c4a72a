// The logical state, spelled out entity by entity in a form that does not depend on how it is
// stored. The state hash is the sum modulo 2^128 of a SipHash-2-4-128 over each entity, so that it
// does not depend on order; the router and its naive twin both produce it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "routing/command.h"
#include "routing/event.h"
#include "routing/plan.h"
#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::routing {

struct StateHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  bool operator==(const StateHash&) const = default;
  std::string ToHex() const;  // 32 digits
};

// A pair that must not meet before `until`. `cleared`: the exclusion was lifted and only the retry
// pause remains.
struct CanonicalBar {
  std::string agent;
  TimeNs parted_at = 0;
  TimeNs until = 0;
  bool cleared = false;

  bool operator==(const CanonicalBar&) const = default;
};

struct CanonicalContact {
  std::string contact;
  std::uint64_t number = 0;  // arrivals counted from 1
  std::uint8_t state = 0;    // ContactState
  EndReason end_reason = EndReason::kNone;
  std::string channel;
  std::string queue;
  std::string rule;
  std::string location;
  std::vector<Attribute> attributes;  // by name
  std::vector<std::string> labels;    // in byte order
  TimeNs arrival = 0;
  TimeNs not_before = 0;  // 0: none
  TimeNs plan_start = 0;
  Priority priority;
  bool priority_updated = false;
  Requirement requirement;
  RankBand ranks;
  std::optional<std::int64_t> lift;
  std::vector<Preference> prefer;
  std::string requested_agent;   // while the wish lasts, with how long and whether alone
  DurationNs requested_for = 0;  // kNever: without end
  bool requested_only = false;
  std::string resume_key;          // while it can still count
  TimeNs resumable_since = 0;      // it abandoned then, and nobody has taken over; else 0
  std::uint32_t steps_passed = 0;  // taken, dropped or skipped: index of the first still to come
  std::string step;                // the last one taken
  std::int64_t attempt = 0;
  TimeNs assigned_at = 0;
  TimeNs lease_until = 0;  // of the handling; 0: none
  std::string agent;       // handling
  TimeNs held_since = 0;
  DurationNs hold_time = 0;                 // spans that have closed
  std::vector<std::string> queues_entered;  // under this plan, in byte order; live ones
  bool replan_due = false;                  // an activation's replanning has yet to reach it
  TimeNs entered_at = 0;                    // waiting: came to its queue
  TimeNs watched_since = 0;        // by when_empty of its queue, for the same requirement; 0: not
  TimeNs empty_since = 0;          // since when nobody is there for it; 0: somebody is
  std::vector<CanonicalBar> bars;  // by agent
};

struct CanonicalOffer {
  std::uint64_t offer = 0;
  std::string contact;
  std::string agent;
  TimeNs made_at = 0;
  TimeNs until = 0;
};

struct CanonicalWrapUp {
  std::string contact;
  std::string channel;
  std::string queue;
  std::vector<std::string> labels;
  TimeNs until = 0;
  WrapUpScope scope = WrapUpScope::kUnit;
};

struct CanonicalAgent {
  std::string agent;
  std::uint64_t number = 0;  // registrations counted from 1
  AgentState state = AgentState::kOffline;
  std::string reason;
  std::vector<SkillLevel> skills;
  std::string team;
  std::string location;
  std::vector<Attribute> attributes;
  std::int64_t rank = 0;
  std::vector<AgentQueue> queues;  // by queue
  std::int64_t weight = 1;
  Capacity capacity;
  std::optional<DurationNs> wrap_up;
  HandlingCap handling_cap;
  Pace pace;
  std::vector<TimeNs> paced;  // assignments that still count, oldest first
  OutsideWork outside;
  DurationNs lease = 0;
  TimeNs lease_until = 0;
  std::optional<AgentState> pending;
  std::string pending_reason;
  TimeNs logged_in_at = 0;
  TimeNs idle_since = 0;
  TimeNs barred_until = 0;  // back-off; 0 when past or none
  std::uint64_t handled = 0;
  DurationNs handle_time = 0;
  std::int64_t declined_in_row = 0;
  std::int64_t expired_in_row = 0;
  std::vector<CanonicalWrapUp> wrap_ups;  // in the order in which they began
  DurationNs busy_total = 0;     // spans since log-in that have closed, handling or wrap-up
  TimeNs busy_since = 0;         // 0: not busy
  DurationNs resting_total = 0;  // the same for not_ready without such work
  TimeNs resting_since = 0;
};

struct CanonicalQueue {
  std::string queue;
  std::uint64_t entered = 0;
  std::uint64_t assigned = 0;
  std::uint64_t ended[kEndReasonCount] = {};
  std::uint64_t overflowed = 0;
  DurationNs wait_sum = 0;
  DurationNs handle_sum = 0;
  DurationNs hold_sum = 0;
  bool closed = false;
  DurationNs longest_wait = 0;
  TimeNs look_due = 0;                     // 0: nobody stands in line, or nothing to look at
  std::vector<bool> borrows;               // by condition: it held at the last look
  std::string last_chosen;                 // of a queue that goes round
  std::vector<std::uint64_t> assigned_to;  // since activation, by the ids that have a share
};

struct CanonicalFlag {
  std::string flag;
  bool on = false;
};

struct CanonicalDomain {
  std::uint64_t rule_set_version = 0;
  std::string rule_set_hash;
  std::vector<CanonicalFlag> flags;  // in the order of the rule set
  std::string candidate_hash;        // empty: none
  std::int64_t candidate_share = 0;
  std::uint64_t contacts_seen = 0;
  std::uint64_t agents_seen = 0;
  std::uint64_t offers_made = 0;
  std::uint64_t random_state = 0;
};

// Each list in byte order of its id (offers by number). The last stamp is left out: a tick that
// fires nothing leaves no trace.
struct CanonicalState {
  CanonicalDomain domain;
  std::vector<CanonicalContact> contacts;
  std::vector<CanonicalOffer> offers;
  std::vector<CanonicalAgent> agents;
  std::vector<CanonicalQueue> queues;
};

StateHash Hash(const CanonicalState& state);
// The same entity by entity, for states of which no second copy is wanted.
StateHash Hash(const CanonicalDomain& domain);
StateHash Hash(const CanonicalContact& contact);
StateHash Hash(const CanonicalOffer& offer);
StateHash Hash(const CanonicalAgent& agent);
StateHash Hash(const CanonicalQueue& queue);
StateHash& operator+=(StateHash& sum, const StateHash& hash);
// One line an entity, for the eye and for a diff.
std::vector<std::string> Describe(const CanonicalState& state);

}  // namespace strowger::routing
