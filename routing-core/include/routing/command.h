// Everything that can be asked of the router. A command is decoded and checked for form outside
// the core; its strings belong to it, and the router copies what it keeps.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "routing/attribute.h"
#include "routing/plan.h"
#include "routing/time.h"

namespace strowger::routing {

class RuleSet;  // rule_set.h

// ---- Contacts ---------------------------------------------------------------------------------

// A contact that comes back after it abandoned regains its arrival.
struct Resume {
  std::string key;        // common to both contacts: a customer's number, say
  DurationNs within = 0;  // since the other abandoned

  bool operator==(const Resume&) const = default;
};

// Without `plan` the active rules decide. `priority` and each key of `requested` go before that of
// rule or plan.
struct SubmitContact {
  std::string contact;
  std::string channel;
  std::vector<Attribute> attributes;  // each name once
  std::string location;
  std::optional<TimeNs> not_before;
  std::optional<TimeNs> virtual_arrival;  // not later than the command
  std::optional<Priority> priority;
  AgentRequest requested;           // of an agent that is registered
  std::optional<Resume> resume;     // not where virtual_arrival is given
  std::optional<Plan> plan;         // with a queue, never a treatment
  std::vector<std::string> labels;  // in byte order, each once; at most kMaxLabels
  // Attributes that the rules see when they decide, and nobody after that: no part of the contact.
  // Whoever keeps a record of the command leaves them out and says what was decided by them.
  std::vector<Attribute> unstored;
  // The rule that decided, found before by Router::Decide; empty: none matched. The rules in force
  // (or the candidate, whose share it is) are not asked again.
  std::optional<std::string> decided;
};

// What is given changes, the rest stays; attributes are replaced one by one, by name.
struct UpdateContact {
  std::string contact;
  std::vector<Attribute> attributes;
  std::optional<Priority> priority;  // not together with virtual_arrival
  std::optional<Requirement> requirement;
  std::optional<TimeNs> virtual_arrival;
  bool replan = false;  // the active rules decide again, with the attributes as updated
  std::optional<std::vector<std::string>> labels;  // replace all that it has; as in a submission
};

struct CancelContact {
  std::string contact;
  bool by_customer = false;  // true: ends abandoned; false: ends canceled
};

// A contact that has ended is forgotten as if it had never been, with the key by which it could be
// resumed. That none of that id is known is no error.
struct EraseContactData {
  std::string contact;
};

// ---- Agents -----------------------------------------------------------------------------------

enum class AgentState : std::uint8_t { kOffline = 0, kNotReady = 1, kReady = 2 };

struct SkillLevel {
  std::string skill;
  std::int64_t proficiency = 1;  // 1..kMaxProficiency

  bool operator==(const SkillLevel&) const = default;
};

struct ChannelCapacity {
  std::string channel;
  std::int64_t max = 1;   // contacts at once, 0..kMaxCapacity
  std::int64_t cost = 1;  // of each against total, 0..kMaxCapacity
  // A contact of one of these channels does not count this channel's contacts against the total.
  std::vector<std::string> interruptible_by;

  bool operator==(const ChannelCapacity&) const = default;
};

// A contact of channel c fits when n[c] < max[c] and cost[c] + sum of cost[d] n[d] <= total, over
// the channels d that are not interruptible by c; n counts reserved, handling and wrap-up.
struct Capacity {
  std::optional<std::int64_t> total;      // absent: only the maxima bind
  std::vector<ChannelCapacity> channels;  // in byte order of channel; others are not served
  bool one_of_any = false;                // one contact of any channel: what no capacity means

  bool operator==(const Capacity&) const = default;
};

struct Cap {
  std::string name;       // of the label or queue
  std::int64_t most = 0;  // 0..kMaxCapacity

  bool operator==(const Cap&) const = default;
};

// At most so many contacts at once of a label, or of a queue: reserved, handled, or in a wrap-up
// that uses capacity. What is not named is not bounded.
struct HandlingCap {
  std::vector<Cap> labels;  // in byte order, each once; at most kMaxCaps
  std::vector<Cap> queues;  // the same

  bool operator==(const HandlingCap&) const = default;
};

// At most `contacts` within any `per`: assignments in (t - per, t], and open offers. 0 and 0: not
// bounded.
struct Pace {
  std::int64_t contacts = 0;  // 0..kMaxCapacity
  DurationNs per = 0;         // above 0 if contacts is

  bool operator==(const Pace&) const = default;
};

struct ChannelCount {
  std::string channel;
  std::int64_t contacts = 0;  // 0..kMaxCapacity

  bool operator==(const ChannelCount&) const = default;
};

// What the platform gave the agent past the router; uses capacity like what the router gave.
struct OutsideWork {
  std::vector<ChannelCount> channels;  // in byte order of channel, each once
  bool resets_idle = false;            // its end counts as the end of work

  bool operator==(const OutsideWork&) const = default;
};

// A queue that an agent serves.
struct AgentQueue {
  std::string queue;
  std::int64_t order = 0;            // 0..kMaxQueueOrder; contacts of a lower one come first
  DurationNs delay = 0;              // contacts that have waited less are not for this agent
  std::optional<std::int64_t> rank;  // in this queue; absent: the agent's

  bool operator==(const AgentQueue&) const = default;
};

// A key that is given replaces that whole key; one that is not stays (new agents: the default).
struct AgentUpdate {
  std::string agent;
  std::optional<std::vector<SkillLevel>> skills;  // in byte order of skill, each once
  std::optional<std::string> team;
  std::optional<std::string> location;
  std::optional<std::vector<Attribute>> attributes;
  std::optional<std::int64_t> rank;
  // In byte order of queue, each once; an empty list: the agent serves every queue.
  std::optional<std::vector<AgentQueue>> queues;
  std::optional<std::int64_t> weight;  // 1..kMaxWeight, for the strategy `random`
  std::optional<Capacity> capacity;
  std::optional<DurationNs> wrap_up;
  std::optional<HandlingCap> handling_cap;
  std::optional<Pace> pace;
  std::optional<OutsideWork> outside;
  // Logged in without being renewed for so long, the agent goes offline by force. 0: for ever.
  // Given: starts anew.
  std::optional<DurationNs> lease;
  std::optional<AgentState> state;  // new agents: offline
  std::string reason;               // of a not_ready state
  bool pending = false;             // as in SetAgentState; with a state
};

// One command, applied whole: later updates of one agent build on earlier ones, and all is refused
// if one is.
struct UpsertAgents {
  std::vector<AgentUpdate> agents;
};

// The platform's whole list, as after it came back: all agents that are not in it go offline, by
// force; then as UpsertAgents, and by force too.
struct SyncAgents {
  std::vector<AgentUpdate> agents;
};

struct SetAgentState {
  std::string agent;
  AgentState state = AgentState::kReady;
  std::string reason;
  bool force = false;  // offline: requeue what is in hand
  // While contacts are handled: only once the last of them has ended, taking more till then. Not
  // with ready, nor with force.
  bool pending = false;
  std::optional<DurationNs> lease = {};  // as in AgentUpdate
};

struct RemoveAgent {
  std::string agent;
  bool force = false;
};

// The lease of the agent, or of its handling of the contact, runs its full time again. At least one
// is given; both: the agent must be the one that handles the contact.
struct RenewLease {
  std::string agent;
  std::string contact;
};

// ---- Offers and handling ----------------------------------------------------------------------

// `offer` 0 means the newest open offer of the pair.
struct AcceptOffer {
  std::string contact;
  std::string agent;
  std::uint64_t offer = 0;
};

struct DeclineOffer {
  std::string contact;
  std::string agent;
  std::uint64_t offer = 0;
};

struct CompleteContact {
  std::string contact;
  std::string agent;  // empty: whoever handles it; otherwise it must be this one
};

// Handed on by who handles it: it waits again, with its arrival, for a queue or for one agent.
struct TransferContact {
  std::string contact;
  std::string queue;                       // exactly one of queue and agent is set
  std::string agent;                       // the contact stays in its queue
  std::optional<Requirement> requirement;  // absent: anyone
  std::optional<PriorityChange> priority;
};

// Somebody decided apart from the rules: the agent has the contact from now on, whatever is on
// offer and whoever was to be kept apart. Never past the agent's capacity.
struct AssignContact {
  std::string contact;  // waiting
  std::string agent;    // logged in
};

// The customer is parked, or no longer, while the handling goes on.
struct HoldContact {
  std::string contact;
  std::string agent;  // empty: whoever handles it; otherwise it must be this one
};

struct ResumeContact {
  std::string contact;
  std::string agent;  // as in HoldContact
};

struct FinishWrapUp {
  std::string agent;
  std::string contact;  // empty: every wrap-up of the agent
};

// ---- Rules and time ---------------------------------------------------------------------------

// The new version is the active one plus 1.
struct ActivateRuleSet {
  std::shared_ptr<const RuleSet> rule_set;
  std::optional<std::uint64_t> if_version;
  // False: waiting contacts keep the plan that they have. True: those without a plan of their own
  // are asked for again by the new rules, kReplanSlice after each command from this one on.
  bool replan = false;
};

// ---- Queues -----------------------------------------------------------------------------------

// A closed queue takes no new contact, as if it were full; those that wait in it go on.
struct SetQueueOpen {
  std::string queue;
  bool open = true;
};

// All who wait in one queue go over to another, with their plans, places and open offers.
struct MoveContacts {
  std::string from;
  std::string to;  // not external
};

// An operator's switch. It keeps its position when another rule set with a flag of that name comes
// into force.
struct SetFlag {
  std::string flag;
  bool on = false;
};

// A rule set beside the active one, to be tried: it replaces the candidate before it, and goes with
// the next activation. Without a share it decides nothing and is only compared.
struct SetCandidate {
  std::shared_ptr<const RuleSet> rule_set;  // null: no candidate any more
  std::int64_t share = 0;                   // of contacts it decides for, in millionths
  std::optional<std::uint64_t> if_version;  // of the active rule set
};

// Only lets time pass.
struct Tick {};

// The service was away since the last command. What came due meanwhile fires first, in order, each
// at its own time, but nothing is matched until all of it has: offers that ran out are rescinded,
// leases do not lapse. Then leases run anew, and each logged-in agent without one gets one of
// `grace`, which whatever the platform says of the agent ends.
struct Restarted {
  DurationNs grace = 60 * kSecond;  // 0: none
};

using CommandBody =
    std::variant<Tick, SubmitContact, UpdateContact, CancelContact, UpsertAgents, SetAgentState,
                 RemoveAgent, AcceptOffer, DeclineOffer, CompleteContact, FinishWrapUp,
                 ActivateRuleSet, RenewLease, SyncAgents, Restarted, SetFlag, SetCandidate,
                 TransferContact, AssignContact, HoldContact, ResumeContact, SetQueueOpen,
                 MoveContacts, EraseContactData>;

struct Command {
  std::uint64_t sequence = 0;  // strictly increasing
  TimeNs time = 0;             // never decreasing, in (0, kLatestTime]
  CommandBody body;
};

}  // namespace strowger::routing
