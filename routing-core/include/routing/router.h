// The routing engine: a deterministic state machine. Commands in, events out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing/accuracy.h"
#include "routing/canonical.h"
#include "routing/checkpoint.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/explanation.h"
#include "routing/limits.h"
#include "routing/outcome.h"
#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::routing {

enum class ContactState : std::uint8_t { kQueued = 0, kOffered = 1, kHandling = 2, kEnded = 3 };
std::string_view Name(ContactState state);

// ---- Views: copies made for readers, valid as long as the reader keeps them -----------------

struct OfferView {
  std::uint64_t offer = 0;
  std::string agent;
  TimeNs until = 0;
};

// Why a wait is predicted to be infinite.
enum class NeverBecause : std::uint8_t { kNone, kNobodyLoggedIn, kNobodySatisfies, kNobodyReady };

// What is still to be waited; kNever: infinite, or, of the yardsticks, nothing to go by.
struct WaitPrediction {
  DurationNs mean = 0;
  DurationNs median = 0;
  DurationNs p90 = 0;
  NeverBecause never = NeverBecause::kNone;
  DurationNs length_over_rate = kNever;  // the two yardsticks, prediction/yardsticks.h
  DurationNs last_to_enter = kNever;
};

// Of a contact that has not come: what its submission would come to, and what its own steps and
// overflow would do that come due at once, with it among those who wait. What its coming would make
// others do is left out.
struct ArrivalPrediction {
  enum class Fate : std::uint8_t { kRefused, kEnded, kAtOnce, kWaits };

  Fate fate = Fate::kRefused;
  Result refusal;                           // kRefused: as the submission's
  std::string rule;                         // that decides; empty: none, or an explicit plan
  std::string queue;                        // the last one that it came to; empty: none
  EndReason end_reason = EndReason::kNone;  // kEnded: treated, rejected or expired
  Cause end_cause = Cause::kNone;
  std::string treatment;
  std::uint64_t position = 0;  // kWaits: in its queue; 0 before its not_before
  WaitPrediction wait;         // kWaits
};

// Measured over a part of the contacts, once their waits were known.
struct PredictionAccuracy {
  Accuracy predicted;
  Accuracy length_over_rate;
  Accuracy last_to_enter;
};

struct ContactView {
  std::string contact;
  std::string channel;
  std::string queue;  // empty when it never had one
  std::string rule;   // empty with an explicit plan
  ContactState state = ContactState::kQueued;
  EndReason end_reason = EndReason::kNone;
  Cause end_cause = Cause::kNone;
  std::string treatment;
  std::uint64_t position = 0;  // 0 when not queued
  Priority priority;
  std::int64_t effective_priority_thousandths = 0;  // rounded down
  std::string step;                                 // the last one taken, or empty
  std::string requested_agent;                      // while the wish lasts
  Requirement requirement;
  RankBand ranks;
  std::optional<std::int64_t> lift;
  std::vector<Attribute> attributes;
  std::vector<std::string> labels;  // in byte order
  std::string location;
  TimeNs arrival = 0;  // virtual, where given
  TimeNs not_before = 0;
  TimeNs assigned_at = 0;
  TimeNs ended_at = 0;
  WaitPrediction predicted_wait;  // while queued
  std::string agent;              // handling it, or holding its newest open offer
  std::vector<OfferView> offers;  // the open ones, oldest first
  TimeNs held_since = 0;          // while parked by who handles it, else 0
  DurationNs hold_time = 0;       // of this handling, so far
};

// Which of the live contacts are meant; what is empty does not narrow it.
struct ContactFilter {
  std::optional<ContactState> state;
  std::string queue;
  std::string agent;  // handles it, or has an open offer of it
  std::string channel;
  TimeNs since = 0;  // arrived at or after
  TimeNs until = 0;  // arrived before; 0: whenever
};

inline constexpr std::uint64_t kNoPlace = UINT64_MAX;

struct AgentWork {
  std::string contact;
  std::string channel;
  std::string queue;
  enum class Kind : std::uint8_t { kReserved, kHandling, kWrapUp } kind = Kind::kReserved;
  std::uint64_t offer = 0;
  TimeNs since = 0;
  TimeNs until = 0;  // of the offer, the wrap-up, or the lease of the handling; 0: none
  WrapUpScope scope = WrapUpScope::kUnit;  // of a wrap-up
};

struct AgentView {
  std::string agent;
  AgentState state = AgentState::kOffline;
  std::string reason;
  std::vector<SkillLevel> skills;
  std::string team;
  std::string location;
  std::vector<Attribute> attributes;
  std::int64_t rank = 0;
  std::vector<AgentQueue> queues;  // in byte order of queue; empty: every queue
  std::int64_t weight = 1;
  Capacity capacity;
  DurationNs wrap_up = 0;
  bool wrap_up_given = false;
  HandlingCap handling_cap;
  Pace pace;
  OutsideWork outside;
  DurationNs lease = 0;               // 0: none
  TimeNs lease_until = 0;             // 0: none runs
  std::optional<AgentState> pending;  // what it goes to when the last handling has ended
  std::string pending_reason;
  std::vector<AgentWork> work;  // in the order in which it was taken
  TimeNs state_since = 0;
  TimeNs logged_in_at = 0;
  TimeNs idle_since = 0;
  std::uint64_t handled = 0;   // contacts completed since log-in
  DurationNs handle_time = 0;  // of those, wrap-up left out
};

// Counters only rise; the rest is of the instant.
struct QueueView {
  std::string queue;
  bool external = false;
  bool closed = false;  // takes no new contact
  std::uint64_t waiting = 0;
  std::uint64_t offered = 0;  // of those waiting
  std::uint64_t handling = 0;
  DurationNs oldest_wait = 0;
  DurationNs predicted_wait = 0;  // kNever: infinite
  std::uint64_t agents_staffed = 0;
  std::uint64_t agents_ready = 0;
  std::uint64_t agents_free = 0;
  std::int64_t occupancy = 0;      // millionths
  std::int64_t service_level = 0;  // millionths, of the window
  std::int64_t abandon_rate = 0;   // millionths, of the window
  std::uint64_t entered = 0;
  std::uint64_t assigned = 0;
  std::uint64_t ended[kEndReasonCount] = {};
  std::uint64_t overflowed = 0;  // left for another queue
  DurationNs wait_sum = 0;       // of assigned contacts
  DurationNs handle_sum = 0;     // of handlings that ended in completion or transfer
  DurationNs hold_sum = 0;       // of those, how long the customer was parked
  DurationNs longest_wait = 0;   // of a contact at its assignment
  std::optional<DurationNs> starvation_bound;
  PredictionAccuracy prediction;
};

struct FlagView {
  std::string flag;
  bool on = false;
  bool changed = false;  // not as the rule set declares it
};

// A contact about which a candidate in shadow decides otherwise than the rules in force.
struct CandidateDifference {
  std::uint64_t sequence = 0;
  std::string contact;
  std::string rule;            // that decided; empty: none
  std::string candidate_rule;  // that would have decided
};

inline constexpr std::size_t kKeptDifferences = 100;

// Counts and differences are those since it became the candidate in this process: no part of the
// state.
struct CandidateView {
  std::shared_ptr<const RuleSet> rule_set;
  std::int64_t share = 0;        // millionths; 0: in shadow
  std::uint64_t seen = 0;        // contacts classified since
  std::uint64_t decided = 0;     // by the candidate: its share
  std::uint64_t other_rule = 0;  // in shadow: decided by a rule of another id
  std::uint64_t other_plan = 0;  // in shadow: by the same rule, which gives another plan
  std::vector<CandidateDifference> differences;  // the last ones, oldest first
};

struct DomainView {
  std::uint64_t sequence = 0;
  TimeNs time = 0;
  std::uint64_t rule_set_version = 0;
  std::shared_ptr<const RuleSet> rule_set;
  std::uint64_t contacts_queued = 0;
  std::uint64_t contacts_offered = 0;
  std::uint64_t contacts_handling = 0;
  std::uint64_t agents_by_state[3] = {};
  std::uint64_t rule_errors = 0;  // conditions that ended in a run-time error
  std::uint64_t deadlines = 0;
};

// ---- The router -----------------------------------------------------------------------------

// Single-threaded: one writer owns it. Apply takes no lock and, in steady state, allocates nothing
// (activating a rule set, a plan or agent never seen before, and tables growing to their working
// size are not steady state). Broken invariants end the process.
class Router {
 public:
  // The rule set is in force as version 1.
  Router(const Limits& limits, std::shared_ptr<const RuleSet> rule_set);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Fires the deadlines that the stamp has reached, each at its own time, then does what the
  // command says, then matches. Appends to `events`. A refused command still lets time pass.
  // REQUIRES: a sequence above, and a time not below, those of the last command.
  Result Apply(const Command& command, EventBuffer& events);

  // What the rules say, as of the last command, of a submission with unstored attributes and no
  // plan: `decided` of the same one without them, which then does the same.
  std::string Decide(const SubmitContact& command);

  // What would become of such a contact, had it been submitted with the last command. Leaves the
  // state as it was: no event, no change of hash, counter or figure, nothing remembered. Cost as
  // that of a submission and of a wait's prediction; allocates.
  ArrivalPrediction Predict(const SubmitContact& command) const;

  // When a Tick is wanted at the latest; kNever when nothing is due.
  TimeNs next_deadline() const;

  // Of the logical state, whatever its layout. Cost grows with the state: not for the path.
  StateHash Hash() const;
  // The complete state between two commands. Cost as that of Hash.
  void Save(const ByteSink& sink) const;
  // The router that Save wrote, with its limits. The bytes are untrusted.
  static LoadedRouter Load(std::string_view bytes, RuleSource& source);
  // Every entity that the hash covers; what the naive twin is compared by.
  CanonicalState Canonical() const;

  std::optional<ContactView> FindContact(std::string_view contact) const;
  std::optional<AgentView> FindAgent(std::string_view agent) const;
  std::optional<QueueView> FindQueue(std::string_view queue) const;
  DomainView Domain() const;
  std::vector<FlagView> Flags() const;  // in the order of the rule set
  std::optional<CandidateView> Candidate() const;
  // In byte order of id, ids greater than `after`, at most `limit`.
  std::vector<AgentView> ListAgents(std::string_view after, std::size_t limit,
                                    const std::function<bool(const AgentView&)>& keep) const;
  // Live contacts that the filter means, in no order that means anything. Looks at no more than
  // `look_at` places, from `place` on, and stops when it has `limit` of them; `place` is then where
  // to go on, or kNoPlace at the end. Whoever is live from the first call to the last comes once.
  std::vector<ContactView> ListContacts(const ContactFilter& filter, std::uint64_t& place,
                                        std::size_t look_at, std::size_t limit) const;
  std::vector<QueueView> ListQueues() const;  // in the order of the rule set, then retired ones

  // What the contact waits for, from the state of now; nothing when the id is unknown.
  std::optional<WaitView> WhyWaiting(std::string_view contact) const;
  // What is remembered of the decisions about a contact: the last few thousand of all contacts.
  // Another contact of the same id, before it, is another contact. Nothing when the id is unknown.
  std::optional<Decisions> DecisionsAbout(std::string_view contact) const;
  // From now on decisions about other contacts are not remembered: for routers that look back at
  // one. Changes nothing that is decided.
  void RememberOnly(std::string_view contact);

  // Ends the process with a message when a structure disagrees with itself; for tests.
  void CheckInvariants() const;

 private:
  class Engine;
  explicit Router(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace strowger::routing
