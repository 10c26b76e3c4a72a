// The entities of the state, as the engine stores them: dense, referring to each other by slot.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "routing-core/engine/byte_store.h"
#include "routing-core/engine/deadlines.h"
#include "routing-core/engine/label_sets.h"
#include "routing-core/engine/pool.h"
#include "routing-core/matching/eligibility.h"
#include "routing-core/matching/head_heap.h"
#include "routing-core/matching/serving.h"
#include "routing-core/matching/treap.h"
#include "routing-core/prediction/bucket_window.h"
#include "routing-core/prediction/hazard_meter.h"
#include "routing-core/prediction/yardsticks.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/plan.h"
#include "routing/router.h"
#include "routing/rule_set.h"

namespace strowger::routing {

using ContactSlot = std::uint32_t;
using AgentSlot = std::uint32_t;
using QueueSlot = std::uint32_t;
using ChannelId = std::uint32_t;
using PlanSlot = std::uint32_t;
using LineSlot = std::uint32_t;
using StandingSlot = std::uint32_t;
using CurveSlot = std::uint32_t;
using HoldSlot = std::uint32_t;
using BarSlot = std::uint32_t;
using WatchSlot = std::uint32_t;
using MemberSlot = std::uint32_t;
using RequestSlot = std::uint32_t;
using VisitSlot = std::uint32_t;
using VigilSlot = std::uint32_t;
using WardSlot = std::uint32_t;
using EndSlot = std::uint32_t;

// Of a contact whose predicted wait is not measured.
inline constexpr std::uint16_t kNoMeasure = UINT16_MAX;
// max of a Priority that has none.
inline constexpr std::int64_t kNoMax = INT64_MAX;

struct ContactRecord {
  std::uint64_t number = 0;
  TimeNs arrival = 0;    // virtual where given
  TimeNs wait_base = 0;  // arrival, or not_before if that is later
  TimeNs plan_start = 0;
  TimeNs entered_at = 0;        // came to its queue
  std::uint64_t plan_turn = 0;  // in which the plan was made: the turn of its deadlines
  TimeNs not_before = 0;        // 0: none
  TimeNs assigned_at = 0;
  std::int64_t start = 0;  // priority
  std::int64_t gain_per_minute = 0;
  std::int64_t max = kNoMax;
  ByteStore::Block data;  // id, location, key, attributes: contact_data.h
  std::uint32_t attempt = 0;
  EndSlot end = kNoSlot;  // once it has ended

  ChannelId channel = kNoSlot;
  QueueSlot queue = kNoSlot;
  QueueSlot base_queue = kNoSlot;  // of the plan, before steps and destinations
  PlanSlot plan = kNoSlot;         // kNoSlot: nothing is still to come
  RequirementId requirement = kNoSlot;
  LabelSetId labels = kNoLabels;
  RankTerms ranks;
  std::uint32_t rule = kNoSlot;  // name id
  LineSlot line = kNoSlot;       // while it can be matched
  TreapNode line_node;
  TreapNode standing_node;
  TreapNode queue_node;

  HoldSlot first_hold = kNoSlot;  // open offers, newest last; or the handling
  BarSlot first_bar = kNoSlot;
  RequestSlot request = kNoSlot;    // while the wish for one agent lasts
  WardSlot ward = kNoSlot;          // while when_empty watches it
  VisitSlot first_visit = kNoSlot;  // queues that it left under this plan
  MemberSlot first_member = kNoSlot;
  Deadlines::Handle not_before_deadline = kNoSlot;
  Deadlines::Handle step_deadline = kNoSlot;
  Deadlines::Handle overflow_deadline = kNoSlot;
  Deadlines::Handle wait_limit_deadline = kNoSlot;

  std::uint16_t overflow_due = 0;  // bit per overflow: its time came
  std::uint16_t overflow_spent = 0;
  std::uint8_t step_taken = 0;    // 1 + index of the last one taken under this plan; 0: none
  std::uint8_t steps_passed = 0;  // taken, dropped or skipped
  std::uint8_t steps_due = 0;     // those before came due
  std::uint8_t prefer_of = 0;     // 1 + index of the step whose `prefer` is in force; 0: the plan's
  std::uint8_t id_bytes = 0;
  ContactState state = ContactState::kQueued;
  std::uint16_t measure = kNoMeasure;  // of its predicted wait
  bool priority_updated = false;
  bool in_queue = false;   // counts as waiting
  bool resumable = false;  // ended, and found by its resume key
  bool waiting_for_placement = false;
  bool replan_due = false;  // by an activation
};
static_assert(kMaxOverflows <= 16 && kMaxSteps < 256 && kMaxIdBytes < 256);

// How a contact ended. Not part of its record: those who wait are many.
struct EndRecord {
  TimeNs at = 0;
  ByteStore::Block treatment;  // its name
  EndReason reason = EndReason::kNone;
  Cause cause = Cause::kNone;
  ContactSlot previous = kNoSlot;  // of those that ended, the one before
  ContactSlot next = kNoSlot;
};

// Whom a contact asks for, delays aside.
struct Reach {
  RequirementId requirement = kNoSlot;
  QueueSlot queue = kNoSlot;
  RankTerms ranks;

  bool operator==(const Reach&) const = default;
};

// Capacity owned by a contact: reserved by an offer, used by handling or wrap-up.
struct Hold {
  AgentWork::Kind kind = AgentWork::Kind::kReserved;
  WrapUpScope scope = WrapUpScope::kUnit;  // of a wrap-up
  ContactSlot contact = kNoSlot;
  AgentSlot agent = kNoSlot;
  ChannelId channel = kNoSlot;
  QueueSlot queue = kNoSlot;
  LabelSetId labels = kNoLabels;  // of the contact when it was offered
  std::uint64_t offer = 0;
  TimeNs since = 0;
  TimeNs until = 0;  // of an offer, a wrap-up, or the lease of a handling
  // A wrap-up outlives its contact, whose record may be forgotten meanwhile.
  std::uint64_t contact_number = 0;
  TimeNs held_since = 0;     // of handling: the customer is parked
  DurationNs hold_time = 0;  // before that
  ByteStore::Block contact_id;
  Deadlines::Handle deadline = kNoSlot;
  HoldSlot previous_of_agent = kNoSlot;
  HoldSlot next_of_agent = kNoSlot;
  HoldSlot next_of_contact = kNoSlot;

  bool UsesCapacity() const {
    return kind != AgentWork::Kind::kWrapUp || scope != WrapUpScope::kQueue;
  }
};

// A wish for one agent, while it lasts.
struct Request {
  ContactSlot contact = kNoSlot;
  AgentSlot agent = kNoSlot;
  DurationNs lasts = kNever;  // from plan start
  bool only = false;          // the requirement waits until the wish is over
  Deadlines::Handle deadline = kNoSlot;
  RequestSlot previous_of_agent = kNoSlot;
  RequestSlot next_of_agent = kNoSlot;
};

// A queue where the contact has been under its plan, and will not be sent again.
struct Visit {
  QueueSlot queue = kNoSlot;
  VisitSlot next = kNoSlot;
};

// Contacts of one queue that ask for the same, watched for whether there is anybody for them.
struct VigilKey {
  Reach reach;  // without a lift, which admits nobody
  AgentSlot requested = kNoSlot;
  WhenEmpty::Nobody nobody = WhenEmpty::Nobody::kLoggedIn;
  DurationNs after = 0;

  bool operator==(const VigilKey&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const VigilKey& key) {
    return H::combine(std::move(h), key.reach.queue, key.reach.requirement, key.reach.ranks,
                      key.requested, static_cast<int>(key.nobody), key.after);
  }
};

struct Vigil {
  VigilKey key;
  TimeNs since = 0;  // nobody has been there; 0: somebody is
  std::uint32_t wards = 0;
  WardSlot first_ready = kNoSlot;
  Deadlines::Handle deadline = kNoSlot;  // while nobody is there and somebody is ready
  std::uint32_t place = 0;               // index in the list of vigils
};

// One contact under a vigil.
struct Ward {
  ContactSlot contact = kNoSlot;
  VigilSlot vigil = kNoSlot;
  TimeNs joined = 0;
  DurationNs grace = 0;
  bool past = false;   // its own time is
  bool ready = false;  // past and queued: only the state decides
  bool spent = false;  // it could not be sent where it was to go
  Deadlines::Handle deadline = kNoSlot;
  WardSlot previous = kNoSlot;  // among those who are ready
  WardSlot next = kNoSlot;
};

// A contact that an activation wants to be asked for again. Void when something changed meanwhile.
struct ReplanEntry {
  TimeNs arrival = 0;
  std::uint64_t number = 0;
  ContactSlot contact = kNoSlot;

  bool Before(const ReplanEntry& other) const {
    return arrival != other.arrival ? arrival < other.arrival : number < other.number;
  }
};

// The pair must not meet before `until`.
struct Bar {
  ContactSlot contact = kNoSlot;
  AgentSlot agent = kNoSlot;
  TimeNs parted_at = 0;
  TimeNs until = 0;
  bool cleared = false;
  Deadlines::Handle deadline = kNoSlot;
  BarSlot next_of_contact = kNoSlot;
};

struct CapacityLine {
  ChannelId channel = kNoSlot;
  std::int64_t max = 0;
  std::int64_t cost = 0;
  std::int64_t used = 0;  // holds of this channel that use capacity, and outside work
  std::vector<ChannelId> interruptible_by;
};

// An assignment that counts against the pace of its agent.
struct PacedAssignment {
  TimeNs time = 0;
  std::uint64_t turn = 0;
};

struct AgentRecord {
  bool in_use = false;
  std::uint64_t number = 0;
  std::string id;
  AgentState state = AgentState::kOffline;
  std::string reason;
  std::vector<SkillLevel> skills;
  std::string team;
  std::string location;
  std::vector<Attribute> attributes;
  std::int64_t rank = 0;
  ServedQueues queues;
  Capacity capacity;
  std::vector<CapacityLine> lines;
  std::optional<DurationNs> wrap_up;
  std::int64_t weight = 1;
  HandlingCap handling_cap;
  Pace pace;
  std::vector<PacedAssignment> paced;  // oldest first, while there is a pace
  Deadlines::Handle pace_deadline = kNoSlot;
  OutsideWork outside;
  std::int64_t outside_contacts = 0;  // of all channels
  DurationNs lease = 0;               // 0: none of its own
  TimeNs lease_until = 0;             // 0: none runs
  Deadlines::Handle lease_deadline = kNoSlot;
  std::optional<AgentState> pending;  // once it handles nothing any more
  std::string pending_reason;

  HoldSlot first_hold = kNoSlot;
  HoldSlot last_hold = kNoSlot;
  RequestSlot first_request = kNoSlot;
  LineSlot first_line = kNoSlot;  // of those with contacts that wish for this agent
  std::uint32_t reserved = 0;
  std::uint32_t handling = 0;
  std::uint32_t wrapping_up = 0;
  std::uint32_t whole_agent_wrap_ups = 0;
  std::uint32_t queue_wrap_ups = 0;  // use no capacity

  TimeNs state_since = 0;
  TimeNs logged_in_at = 0;
  TimeNs idle_since = 0;
  TimeNs barred_until = 0;
  Deadlines::Handle back_off_deadline = kNoSlot;
  std::uint64_t handled = 0;
  DurationNs handle_time = 0;
  std::int64_t declined_in_row = 0;
  std::int64_t expired_in_row = 0;
  bool freed = false;  // stands in the list of freed agents

  // Occupancy: spans that have closed; the open one runs from the `since`, if that is not 0.
  DurationNs busy_total = 0;
  TimeNs busy_since = 0;
  DurationNs resting_total = 0;
  TimeNs resting_since = 0;
  BucketWindow<2> work;

  // That use capacity.
  std::uint32_t contacts() const { return reserved + handling + wrapping_up - queue_wrap_ups; }
};
enum WorkField : std::size_t { kBusy = 0, kResting = 1 };

// What least_busy looks at, copied out of the record: one cache line an agent.
struct alignas(64) AgentLoad {
  static constexpr std::int64_t kUnknown = -1;

  std::int64_t bucket = kUnknown;  // to which the sums of the window belong
  DurationNs busy = 0;
  DurationNs resting = 0;
  TimeNs busy_since = 0;
  TimeNs resting_since = 0;
  TimeNs logged_in_at = 0;
  std::uint32_t contacts = 0;
};

// What strategies compare besides, likewise.
struct AgentTally {
  std::uint64_t handled = 0;
  DurationNs handle_time = 0;
  std::uint32_t skills = 0;
  std::uint32_t weight = 1;
  std::uint32_t location = kNoSlot;  // number of its name
};

// A share of a queue's contacts, and what came of it since activation.
struct ShareRecord {
  std::string agent;
  std::int64_t share = 0;
  std::uint64_t assigned = 0;
};

// How many agents are there.
struct Staff {
  std::uint32_t staffed = 0;
  std::uint32_t ready = 0;
  std::uint32_t free = 0;
};

// That many queue lists have this delay.
struct QueueDelay {
  DurationNs length = 0;
  std::uint32_t agents = 0;
};

// What a queue's settings make of the order of service.
struct ServeTerms {
  static constexpr DurationNs kNoBound = INT64_MAX;

  bool by_need = false;
  DurationNs within = 1;  // by_need: what waits are measured by, above 0
  DurationNs bound = kNoBound;

  bool IsPlain() const { return !by_need && bound == kNoBound; }
  bool operator==(const ServeTerms&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const ServeTerms& terms) {
    return H::combine(std::move(h), terms.by_need, terms.within, terms.bound);
  }
};

// Agents lent to a queue.
struct BorrowRecord {
  RequirementId who = kNoSlot;
  bool holds = false;  // at the last look
};

// What predictions look back on, and what is taken for service while nothing is known.
inline constexpr DurationNs kPredictionWindow = 30 * kMinute;
inline constexpr DurationNs kUnknownServiceTime = 3 * kMinute;

// A prediction whose truth is yet to be seen.
struct Measure {
  QueueSlot queue = kNoSlot;
  TimeNs since = 0;
  WaitPrediction prediction;
};

struct QueueRecord {
  std::uint32_t name = kNoSlot;
  bool retired = false;  // the active rule set does not have it
  QueueSettings settings;
  bool closed = false;
  RequirementId when_full_requirement = kNoSlot;
  RequirementId when_empty_requirement = kNoSlot;
  std::uint32_t waiting_root = kNoSlot;  // queued and offered, by wait base
  std::uint32_t queued = 0;              // in a line
  std::uint32_t below_zero = 0;          // of those: priority starts there
  std::uint32_t offered = 0;
  std::uint32_t handling = 0;
  std::vector<StandingSlot> standings;  // those with contacts
  std::vector<LineSlot> lines;          // those with contacts
  Staff listed;                         // of the agents whose queue lists have it
  std::uint32_t own_ranks = 0;          // entries of those lists with a rank
  std::vector<QueueDelay> delays;       // of those lists, rising
  Deadlines::Handle delay_deadline = kNoSlot;
  RequirementId serving = kNoSlot;      // who serves it, once a list has it
  std::string last_chosen;              // id of the agent, for kRoundRobin
  std::vector<ShareRecord> shares;      // by agent, for kAllocation
  std::vector<std::uint32_t> share_of;  // by agent slot: index into shares, or kNoSlot
  ServeTerms serve_terms;
  std::vector<BorrowRecord> borrows;  // as in the settings
  Deadlines::Handle look_deadline = kNoSlot;
  TimeNs look_due = 0;
  DurationNs longest_wait = 0;
  HazardMeter service{kPredictionWindow, kUnknownServiceTime};  // of an agent's hold
  HazardMeter patience{kPredictionWindow, kNever};              // of those waiting
  Yardsticks yardsticks{kPredictionWindow};
  PredictionAccuracy accuracy;
  BucketWindow<4> window;

  std::uint64_t entered = 0;
  std::uint64_t assigned = 0;
  std::uint64_t ended[kEndReasonCount] = {};
  std::uint64_t overflowed = 0;
  DurationNs wait_sum = 0;
  DurationNs handle_sum = 0;
  DurationNs hold_sum = 0;
};
enum ServiceField : std::size_t {
  kAnsweredInTime = 0,
  kAnsweredLate = 1,
  kAbandonedInTime = 2,
  kAbandonedLate = 3,
};

// Contacts that differ in nothing that matching looks at but arrival and number, so that their
// order never changes: what is kept sorted once stays sorted.
struct LineKey {
  QueueSlot queue = kNoSlot;
  RequirementId requirement = kNoSlot;
  ChannelId channel = kNoSlot;
  LabelSetId labels = kNoLabels;
  std::int64_t start = 0;
  std::int64_t gain_per_minute = 0;
  std::int64_t max = kNoMax;
  DurationNs delay = 0;  // wait base - arrival: with it, order by arrival is order by wait
  RankTerms ranks = {};
  AgentSlot requested = kNoSlot;

  bool operator==(const LineKey&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const LineKey& key) {
    return H::combine(std::move(h), key.queue, key.requirement, key.channel, key.labels, key.start,
                      key.gain_per_minute, key.max, key.delay, key.ranks, key.requested);
  }
};

struct Line {
  LineKey key;
  StandingSlot standing = kNoSlot;
  std::uint32_t root = kNoSlot;
  ContactSlot head = kNoSlot;  // the first of them, and what its turn depends on
  TimeNs head_wait_base = 0;
  TimeNs head_arrival = 0;
  std::uint64_t head_number = 0;
  std::uint32_t place_in_active = 0;  // index in the list of lines with contacts
  // Index in QueueRecord::lines, while it has contacts and those wish for nobody.
  std::uint32_t place_in_queue = 0;
  // Among those with contacts of the same requirement, or of a wish for the same agent.
  LineSlot previous = kNoSlot;
  LineSlot next = kNoSlot;
};

// By which the order of service is decided at one instant.
struct Turn {
  // Who comes first whatever the rest says.
  enum class Class : std::uint8_t { kStarved, kNeedy, kOrdinary, kContent };

  Class kind = Class::kOrdinary;
  DurationNs within = 1;     // kNeedy, kContent: urgency is measured by it
  absl::int128 urgency = 0;  // effective priority; wait where that is what counts
  TimeNs arrival = 0;
  std::uint64_t number = 0;

  bool Before(const Turn& other) const {
    if (kind != other.kind) return kind < other.kind;
    if (within == other.within) {
      if (urgency != other.urgency) return urgency > other.urgency;
    } else {
      const absl::int128 mine = urgency * other.within;
      const absl::int128 others = other.urgency * within;
      if (mine != others) return mine > others;
    }
    return arrival != other.arrival ? arrival < other.arrival : number < other.number;
  }
};

// How effective priority moves with time, as far as it bears on the order of two contacts: on one
// curve that order never changes. Without gain that is so for all; without a maximum for all of one
// gain; else for those alike in everything.
struct CurveKey {
  std::int64_t gain_per_minute = 0;
  std::int64_t start = 0;
  std::int64_t max = kNoMax;
  DurationNs delay = 0;
  ServeTerms terms = {};

  bool operator==(const CurveKey&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const CurveKey& key) {
    return H::combine(std::move(h), key.gain_per_minute, key.start, key.max, key.delay, key.terms);
  }
};

// Counted by its standings.
struct Curve {
  CurveKey key;
  HeadHeap heads;  // of its lines with contacts
  std::uint32_t references = 0;
  std::uint32_t place_in_active = 0;  // index in the list of curves with contacts
};

// The contacts in lines of one queue on one curve, in order of service: for positions. Counted by
// its lines.
struct Standing {
  QueueSlot queue = kNoSlot;
  CurveSlot curve = kNoSlot;
  std::uint32_t root = kNoSlot;
  std::uint32_t references = 0;
  std::uint32_t place_in_queue = 0;  // index in QueueRecord::standings, while it has contacts
};

// A plan with its names resolved. Interned; counted by the contacts under it and, while its rule
// set is active, by that.
struct PlanRecord {
  // Of `plan`, when a rule gave it; else what its conditions, if any, were compiled against.
  std::shared_ptr<const RuleSet> owner;
  std::unique_ptr<const Plan> own;  // of `plan`, when a caller gave it
  const Plan* plan = nullptr;
  std::string key;  // of a caller's plan, by which it is found again
  QueueSlot queue = kNoSlot;
  RequirementId requirement = kNoSlot;
  RankTerms ranks;
  std::vector<RequirementId> step_requirements;      // kNoSlot: stays
  std::vector<QueueSlot> step_queues;                // kNoSlot: stays
  std::vector<RequirementId> overflow_requirements;  // of the destinations; kNoSlot: none named
  std::vector<std::vector<std::string>> preferred_skills;  // of the plan, then of each step
  std::uint32_t references = 0;
};

// A condition over the figures of a queue, with the contacts whose triggers wait for it.
struct Watch {
  std::shared_ptr<const Condition> condition;
  QueueSlot queue = kNoSlot;
  std::uint64_t number = 0;
  TimeNs last_look = 0;
  std::vector<std::int64_t> last_counts;
  MemberSlot first_member = kNoSlot;
  Deadlines::Handle look_deadline = kNoSlot;
};

struct Member {
  WatchSlot watch = kNoSlot;
  ContactSlot contact = kNoSlot;
  bool is_step = false;
  std::uint8_t index = 0;  // of the step or overflow
  MemberSlot previous_of_watch = kNoSlot;
  MemberSlot next_of_watch = kNoSlot;
  MemberSlot next_of_contact = kNoSlot;
};

}  // namespace strowger::routing
