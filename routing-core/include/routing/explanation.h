// Why a contact went where it went, and why it still waits: copies made for readers, never on the
// routing path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing/attribute.h"
#include "routing/plan.h"
#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::routing {

// The first test that an agent fails for a contact, in the order of the tests: whoever fails a
// later one came nearer to the contact.
enum class Obstacle : std::uint8_t {
  kOffline = 0,
  kOtherQueue = 1,   // does not serve the contact's queue
  kRequirement = 2,  // does not satisfy what the contact asks for now, or is not whom it wishes for
  kRank = 3,         // outside the contact's band of ranks
  kNotReady = 4,
  kBusy = 5,      // no room for the contact's channel, even without open offers; or in wrap-up
  kReserved = 6,  // no room but for open offers
  kExcluded = 7,  // declined the contact or let it expire, or backs off from all
  kDelay = 8,     // takes older contacts of this queue only
  kCap = 9,       // has had as many as its caps or its pace allow
  kNone = 10,     // eligible
};
inline constexpr int kObstacleCount = 11;
std::string_view Name(Obstacle obstacle);

// What a waiting contact waits for: the first that holds.
enum class WaitCode : std::uint8_t {
  kNone = 0,  // it does not wait, or somebody is about to get it
  kNobodyLoggedIn = 1,
  kNobodySatisfies = 2,
  kNobodyReady = 3,
  kAllBusy = 4,
  kReserved = 5,  // offered, or who could take it is reserved for others
  kExcluded = 6,
  kDelay = 7,
  kNotBefore = 8,
  kCap = 9,
};
inline constexpr int kWaitCodeCount = 10;
std::string_view Name(WaitCode code);

struct AgentObstacle {
  std::string agent;
  Obstacle obstacle = Obstacle::kNone;
  // What would have to be otherwise, for people: "has billing 4, not 6", "lunch"; may be empty.
  std::string detail;
  TimeNs until = 0;       // when it is over at the latest, or is expected to be; 0: not known
  bool expected = false;  // `until` is a guess: now or then, a mean handle time after it began
};

inline constexpr std::size_t kMaxNamedAgents = 100;

// ---- Why a contact waits ------------------------------------------------------------------------

struct OpenOffer {
  std::uint64_t offer = 0;
  std::string agent;
  TimeNs until = 0;
};

struct NextStep {
  std::string id;
  TimeNs at = 0;       // not in the past
  std::string when;    // the condition that must hold besides; empty: none
  bool opens = false;  // it has a requirement of its own
  Requirement requirement;
  // Logged-in agents whom the contact reaches then and not now: band and queue count too.
  std::uint64_t newcomers = 0;
  std::string queue;  // that it moves to; empty: stays
};

struct WaitView {
  std::string contact;
  WaitCode code = WaitCode::kNone;
  bool waiting = false;
  std::string queue;
  std::string channel;
  TimeNs now = 0;
  DurationNs waited = 0;
  std::uint64_t position = 0;
  Requirement requirement;
  std::string wished_agent;       // whom it asks for alone, while that lasts; empty: nobody
  DurationNs predicted_wait = 0;  // the mean; kNever: infinite
  TimeNs not_before = 0;          // ahead of now, or 0
  std::uint64_t agents[kObstacleCount] = {};
  // At most kMaxNamedAgents, nearest first: those who satisfy the requirement, then the rest.
  std::vector<AgentObstacle> named;
  TimeNs next_free = 0;  // the earliest `until` of those named; 0: not known
  std::vector<OpenOffer> offers;
  std::optional<NextStep> next_step;
  TimeNs wait_limit_at = 0;  // 0: none
};

// ---- Decisions ----------------------------------------------------------------------------------

// A figure as a rule saw it.
struct FigureSeen {
  FigureOwner owner = FigureOwner::kQueue;
  std::string name;
  Figure figure = Figure::kWaiting;
  std::optional<std::int64_t> value;  // none: there was no such queue
};

// Rules gave a contact its plan. With what is kept the rules decide again as they did then.
struct Classification {
  std::uint64_t sequence = 0;
  TimeNs time = 0;
  std::uint64_t rule_set_version = 0;
  std::shared_ptr<const RuleSet> rule_set;
  bool replanned = false;
  std::string rule;  // empty: none matched

  std::string contact;
  std::string channel;
  std::string location;
  std::vector<Attribute> attributes;
  TimeNs arrival = 0;
  std::int64_t attempt = 0;
  bool by_candidate = false;  // whose share the contact is of
  std::vector<std::string> flags_on;
  std::vector<FigureSeen> figures;
  bool all_figures = true;  // false: more were looked at than are kept
};

// What one term of `prefer` gave an agent: weight times value, both in millionths.
struct ScoredTerm {
  std::string name;
  std::int64_t weight = 0;
  std::int64_t value = 0;
};

// One of those who could have been chosen. `key` is what the strategy compares: longest_idle: idle
// since; least_busy: occupancy in millionths; best_skill: sum of proficiencies; in_order: number of
// the registration; score: the sum over `terms` of weight times value, and of terms that are not
// kept.
struct Candidate {
  std::string agent;
  std::int64_t key = 0;
  std::vector<ScoredTerm> terms;  // of a score, in the order of `prefer`
};

// A contact and an agent were brought together.
struct Choice {
  std::uint64_t sequence = 0;
  TimeNs time = 0;
  bool agent_chose = false;  // a freed agent took the next contact
  std::uint64_t offer = 0;
  std::string queue;
  Strategy strategy = Strategy::kLongestIdle;
  bool wished = false;  // the contact asked for this agent: no strategy chose
  std::string step;
  std::optional<Requirement> requirement;  // none: forgotten since
  DurationNs waited = 0;
  std::uint64_t waiting = 0;  // in the queue, this one among them
  // In order of preference: the chosen one, the runner-up and, where the order says who, others.
  std::vector<Candidate> candidates;
  // How many were eligible; none: the domain has too many agents for each to be looked at.
  std::optional<std::uint64_t> eligible;
  std::vector<AgentObstacle> passed_over;  // at most kMaxNamedAgents; without the eligible
  std::uint64_t agents[kObstacleCount] = {};
};

// What is remembered of one contact, oldest first.
struct Decisions {
  std::vector<Classification> classifications;
  std::vector<Choice> choices;
  std::uint64_t oldest_sequence = 0;  // from it on every decision is remembered, of any contact
  bool complete = false;              // nothing about this contact has been forgotten
};

}  // namespace strowger::routing
