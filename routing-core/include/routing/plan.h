// The routing plan of a contact, by names: what a rule gives, or what a caller who bypasses the
// rules sends. The router interns it; nothing here is a slot number.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "routing/attribute.h"
#include "routing/time.h"

namespace strowger::routing {

class Condition;  // rule_set.h

// ---- Requirement ------------------------------------------------------------------------------

// "agent.skills.billing >= 6", "agent.team == 'senior'", ... A skill that an agent lacks has no
// proficiency and satisfies no atom; only a surrounding `not` makes it count.
struct Atom {
  enum class Kind : std::uint8_t { kSkillAtLeast, kTeam, kLocation, kAgentId, kAttribute };
  Kind kind = Kind::kSkillAtLeast;
  std::string name;           // of the skill, team, location, agent or attribute
  std::int64_t at_least = 1;  // kSkillAtLeast: 1..kMaxProficiency
  AttributeValue value = {};  // kAttribute: string, int, double or bool; equality

  bool operator==(const Atom&) const = default;
};

// A boolean formula over atoms in postfix order; empty means "anyone".
struct Formula {
  enum class Op : std::uint8_t { kAtom, kAnd, kOr, kNot, kTrue, kFalse };
  struct Term {
    Op op = Op::kAtom;
    std::uint32_t atom = 0;  // index into atoms, for kAtom

    bool operator==(const Term&) const = default;
  };
  std::vector<Atom> atoms;
  std::vector<Term> terms;  // at most kMaxRequirementTerms

  bool operator==(const Formula&) const = default;
};

struct SkillMinimum {
  std::string skill;
  std::int64_t at_least = 1;  // 1..kMaxProficiency

  bool operator==(const SkillMinimum&) const = default;
};

// What a contact asks of an agent. Both parts must hold.
struct Requirement {
  std::vector<SkillMinimum> require;  // by skill name in byte order, each skill once
  Formula who;

  bool operator==(const Requirement&) const = default;
};

// ---- Priority ---------------------------------------------------------------------------------

// Effective priority = min(max, start + gain x wait).
struct Priority {
  std::int64_t start = 0;            // -kMaxPriority..kMaxPriority
  std::int64_t gain_per_minute = 0;  // 0..kMaxPriority
  std::optional<std::int64_t> max;   // >= start

  bool operator==(const Priority&) const = default;
};

// ---- Ranks and preferences --------------------------------------------------------------------

// The ranks that an agent may have, both ends included; an end that is absent is open.
struct RankBand {
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;

  bool operator==(const RankBand&) const = default;
};

// What a step makes of the band: the ends that it names move there, then the upper end, where there
// is one, rises by `raise`.
struct RankChange {
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;
  std::int64_t raise = 0;  // 0..kMaxRank

  bool operator==(const RankChange&) const = default;
};

// What `prefer` may weigh besides skills.
enum class PreferTerm : std::uint8_t {
  kLastAgent,      // the agent whom the contact's attribute `last_agent` names
  kSameLocation,   // as the contact
  kDistance,       // nearness: 1 - d / (d + 100 km)
  kIdleness,       // t / (t + 5 min)
  kSpareCapacity,  // free / total
  kScarcity,       // 1 / (1 + waiting contacts that need the agent's other skills)
};
inline constexpr std::size_t kPreferTermCount = 6;

// By the names of rule documents: "last_agent", "same_location", ... Anything else is a skill.
std::optional<PreferTerm> PreferTermNamed(std::string_view name);

// One term of `prefer`: a skill, or the name of a PreferTerm; weight in millionths.
struct Preference {
  std::string name;
  std::int64_t weight = 0;  // 0..kMaxPreferWeight

  bool operator==(const Preference&) const = default;
};

// ---- What happens while it waits --------------------------------------------------------------

// `add` raises the start (and leaves gain and max); otherwise the whole priority is replaced.
struct PriorityChange {
  std::optional<Priority> set;
  std::int64_t add = 0;

  bool operator==(const PriorityChange&) const = default;
};

// Due when `after` has passed since plan start and `when`, if any, holds.
struct Step {
  std::string id;  // unique in its plan
  DurationNs after = 0;
  std::shared_ptr<const Condition> when;
  std::optional<Requirement> requirement;  // replaces the one in force
  std::optional<PriorityChange> priority;
  std::string queue;  // empty: stays
  std::optional<RankChange> ranks;
  std::optional<std::int64_t> lift;
  std::optional<std::vector<Preference>> prefer;  // replaces those in force
  bool skip_if_empty = true;
};

// Where a contact goes that does not stay: another queue, or out of routing.
struct Destination {
  std::string queue;  // exactly one of queue and treatment is set
  std::string treatment;
  std::optional<Requirement> requirement;  // with queue: replaces; absent: dropped
  bool keep_requirement = false;
  std::optional<PriorityChange> priority;  // with queue

  bool operator==(const Destination&) const = default;
};

struct Overflow {
  std::string id;  // unique in its plan
  DurationNs after = 0;
  std::shared_ptr<const Condition> when;
  Destination to;
};

struct WaitLimit {
  DurationNs after = 0;
  std::string treatment;  // empty: the contact ends expired

  bool operator==(const WaitLimit&) const = default;
};

// The wish for one agent. While it lasts the contact is for this agent alone, and comes before
// every other contact of the agent.
struct AgentRequest {
  std::string agent;                // empty: no wish
  std::optional<DurationNs> lasts;  // from plan start; absent: until a step names a requirement
  std::optional<bool> only;         // the agent is all that counts, not the requirement

  bool operator==(const AgentRequest&) const = default;
};

struct Plan {
  std::string queue;      // exactly one of queue and treatment is set
  std::string treatment;  // the contact is not routed: it ends treated, cause rule
  Requirement requirement;
  Priority priority;
  AgentRequest requested;            // what the contact says goes before it, key by key
  RankBand ranks;                    // agents of other ranks are not eligible
  std::optional<std::int64_t> lift;  // ranks below this one compare as if they were it
  std::vector<Preference> prefer;    // each name once
  std::vector<Step> steps;           // `after` does not decrease
  std::vector<Overflow> overflow;
  std::optional<WaitLimit> wait_limit;
  bool skip_if_empty = false;  // of the base requirement
};

}  // namespace strowger::routing
