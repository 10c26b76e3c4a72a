// What the router asks of compiled rules. The compiler behind it lives in routing-core/rules; tests
// may bring rules of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "routing/attribute.h"
#include "routing/limits.h"
#include "routing/plan.h"
#include "routing/time.h"

namespace strowger::routing {

// ---- What conditions look at ------------------------------------------------------------------

enum class Figure : std::uint8_t {
  kWaiting,        // contacts queued or offered
  kOldestWait,     // ns; 0 when none waits
  kPredictedWait,  // ns; kNever when infinite
  kAgentsStaffed,  // logged in
  kAgentsReady,
  kAgentsFree,    // ready, and could take one more contact of some channel
  kOccupancy,     // millionths
  kServiceLevel,  // millionths
  kAbandonRate,   // millionths
};
inline constexpr int kFigureCount = 9;

// A set of figures, as bits 1 << Figure.
using FigureSet = std::uint32_t;
constexpr FigureSet Bit(Figure figure) { return 1U << static_cast<unsigned>(figure); }
// Those that change only with commands; the others move with time alone.
inline constexpr FigureSet kCounts = Bit(Figure::kWaiting) | Bit(Figure::kAgentsStaffed) |
                                     Bit(Figure::kAgentsReady) | Bit(Figure::kAgentsFree);

// Those that a team or a location has too: of the agents that are of it.
inline constexpr FigureSet kAgentFigures = Bit(Figure::kAgentsStaffed) | Bit(Figure::kAgentsReady) |
                                           Bit(Figure::kAgentsFree) | Bit(Figure::kOccupancy);

// What a figure is a figure of.
enum class FigureOwner : std::uint8_t { kQueue, kTeam, kLocation };

class FigureSource {
 public:
  virtual ~FigureSource() = default;
  // Nothing when there is no such queue.
  virtual std::optional<std::int64_t> QueueFigure(std::string_view queue, Figure figure) const = 0;
  // Of a team or location; only kAgentFigures. Nothing when no rule set in force reads any of it.
  virtual std::optional<std::int64_t> GroupFigure(FigureOwner /*owner*/, std::string_view /*name*/,
                                                  Figure /*figure*/) const {
    return std::nullopt;
  }
  // Whether an operator's switch is on. Nothing when the rule set in force has no such flag.
  virtual std::optional<bool> Flag(std::string_view /*name*/) const { return std::nullopt; }
};

// A contact as conditions see it. Views live as long as the call.
struct ContactFacts {
  std::string_view id;
  std::string_view channel;
  std::string_view location;
  absl::Span<const AttributeView> attributes;  // each name once, any order
  TimeNs arrival = 0;
  std::int64_t attempt = 0;  // how often it was requeued
};

struct ConditionInput {
  const ContactFacts* contact = nullptr;
  std::string_view queue = {};  // the one that `queue.*` means
  TimeNs now = 0;
  const FigureSource* figures = nullptr;
};

enum class Truth : std::uint8_t { kFalse, kTrue, kError };  // an error does not match

struct FigureRead {
  std::string queue;  // empty: the queue of the input; the name of a team or location
  FigureSet figures = 0;
  FigureOwner owner = FigureOwner::kQueue;
};

// The `when` of a step or an overflow. Immutable, shared by threads.
class Condition {
 public:
  virtual ~Condition() = default;
  virtual Truth Holds(const ConditionInput& input) const = 0;
  virtual absl::Span<const FigureRead> reads() const = 0;
  // True when it can change with time alone: a calendar, now, contact.age, a figure past kCounts.
  virtual bool reads_time() const = 0;
  virtual std::string_view source() const = 0;
  // The names of the flags that it reads: a change of one is looked at like one of a count.
  virtual absl::Span<const std::string> flags() const { return {}; }
  // Equal for conditions that mean the same, whoever compiled them: what rule set they were
  // compiled against, and their source. Contacts that wait for the same thing are looked at
  // together.
  virtual std::string_view identity() const = 0;
};

// ---- Queues -----------------------------------------------------------------------------------

enum class Strategy : std::uint8_t {
  kLongestIdle,
  kLeastBusy,
  kBestSkill,
  kInOrder,
  kFewestContacts,
  kLeastHandleTime,
  kLeastSkilled,
  kRoundRobin,
  kRandom,
  kAllocation,
  kScore,
};
inline constexpr std::size_t kStrategyCount = 11;

// What part of a queue's contacts an agent is to get, beside the others' parts.
struct AgentShare {
  std::string agent;
  std::int64_t share = 0;  // millionths, 1..kMaxShare
};

struct ServiceLevel {
  enum class Abandoned : std::uint8_t { kLate, kIgnored, kCredited };
  std::int64_t target = 800'000;  // millionths
  DurationNs within = 20 * kSecond;
  Abandoned abandoned = Abandoned::kLate;
};

// Applied when an agent declines or lets an offer expire.
struct OfferFailure {
  DurationNs back_off = 0;           // bars the agent from every contact
  std::int64_t not_ready_after = 0;  // this many in a row; 0: never
  std::string reason;
};

// Whom a freed agent takes first, of those who wait in the queue.
enum class Serve : std::uint8_t {
  kPriority,
  kGreatestNeed,  // wait / service_level.within; priorities count for nothing
};

// Agents who serve the queue too while the condition holds. It sees no contact.
struct Borrow {
  std::shared_ptr<const Condition> when;
  Formula who;
};

// What becomes of a contact for whose requirement there is nobody. It is looked at at arrival and
// while queued; it happens when that has been so for `after`, and at least `after` + `grace` after
// the contact came to the queue.
struct WhenEmpty {
  enum class Nobody : std::uint8_t { kLoggedIn, kReady, kFree };
  Nobody nobody = Nobody::kLoggedIn;
  DurationNs after = 0;
  DurationNs grace = 0;
  Destination to;
};

// What a wrap-up leaves the agent: all but the contact's own capacity, nothing at all, or all but
// contacts of its queue.
enum class WrapUpScope : std::uint8_t { kUnit, kAgent, kQueue };

struct QueueSettings {
  std::string name;
  Strategy select = Strategy::kLongestIdle;
  std::vector<AgentShare> shares;  // for kAllocation, each agent once; others come last
  Serve serve = Serve::kPriority;
  // Who has waited that long comes before all others of an agent's order level, oldest first.
  std::optional<DurationNs> starvation_bound;
  std::vector<Borrow> borrow;                 // at most kMaxBorrows
  std::optional<std::int64_t> max_occupancy;  // millionths; busier agents are not eligible
  bool use_rank = true;                       // false: agents are chosen among whatever their ranks
  DurationNs offer_timeout = 20 * kSecond;
  std::int64_t offer_parallel = 1;  // 1..kMaxParallelOffers: to so many at once, the first takes it
  bool offer_assigns = false;       // no offer: the decision is the assignment
  DurationNs exclude_for = 30 * kSecond;
  DurationNs retry = 1 * kSecond;
  OfferFailure on_decline{0, 0, "declined"};
  OfferFailure on_expire{0, 1, "no_answer"};
  DurationNs wrap_up = 0;
  WrapUpScope wrap_up_scope = WrapUpScope::kUnit;
  // A handling that is not renewed for so long ends as completed, without wrap-up. 0: never.
  DurationNs handling_lease = 0;
  std::optional<std::int64_t> max_waiting;
  std::optional<Destination> when_full;
  std::optional<WhenEmpty> when_empty;
  ServiceLevel service_level;
  DurationNs window = 30 * kMinute;  // a whole number of 30 buckets
  bool external = false;             // a contact sent here leaves: treated, treatment = name
};

// ---- The set ----------------------------------------------------------------------------------

// An operator's switch, as the rule set declares it.
struct FlagDefault {
  std::string name;
  bool on = false;
};

// A team or location of which conditions read figures.
struct FigureGroup {
  FigureOwner owner = FigureOwner::kTeam;
  std::string name;
};

// `plan` belongs to the rule set. No match: plan is null, and the contact is refused.
struct Decision {
  std::string_view rule = {};
  const Plan* plan = nullptr;
};

// Immutable, shared by threads. Classify takes no lock and, once warmed up, allocates nothing.
class RuleSet {
 public:
  virtual ~RuleSet() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view hash() const = 0;  // of the text, hexadecimal
  virtual std::string_view text() const = 0;
  virtual std::string_view time_zone() const { return "UTC"; }  // of the site, by its tz name
  virtual absl::Span<const QueueSettings> queues() const = 0;
  // Every plan of the rules, so that the router can intern them when the set is activated.
  virtual absl::Span<const Plan* const> plans() const = 0;
  // What the vocabulary says of a skill: the upper end of its range.
  virtual std::int64_t HighestProficiency(std::string_view /*skill*/) const {
    return kMaxProficiency;
  }
  // Between two locations; nothing unless the vocabulary has coordinates of both.
  virtual std::optional<std::int64_t> DistanceMetres(std::string_view /*from*/,
                                                     std::string_view /*to*/) const {
    return std::nullopt;
  }
  virtual Decision Classify(const ContactFacts& contact, TimeNs now,
                            const FigureSource& figures) const = 0;
  // What Classify gives when that rule is the first to match; no plan: there is none of the name.
  virtual Decision DecisionOf(std::string_view /*rule*/) const { return {}; }
  virtual absl::Span<const FlagDefault> flags() const { return {}; }
  virtual absl::Span<const FigureGroup> groups() const { return {}; }
  // Equal for two sets that differ in nothing but lets, rules, calendars and tests, so that one can
  // be tried beside the other.
  virtual std::string_view frame() const { return {}; }
};

}  // namespace strowger::routing
