#include "tests/model/random_world.h"

#include <algorithm>
#include <map>

namespace strowger::model {

using routing::Atom;
using routing::DurationNs;
using routing::Figure;
using routing::Formula;
using routing::kMillisecond;
using routing::kSecond;
using routing::Plan;
using routing::Requirement;
using routing::Truth;

std::string Numbered(std::string prefix, std::uint64_t number) {
  return prefix.append(std::to_string(number));
}

const std::vector<std::string>& Skills() {
  static const std::vector<std::string> kSkills = {"billing", "gold", "spanish", "tech"};
  return kSkills;
}

const std::vector<std::string>& Teams() {
  static const std::vector<std::string> kTeams = {"back", "front", ""};
  return kTeams;
}

const std::vector<std::string>& Places() {
  static const std::vector<std::string> kPlaces = {"lon", "man", ""};
  return kPlaces;
}

const std::vector<std::string>& Channels() {
  static const std::vector<std::string> kChannels = {"chat", "email", "voice"};
  return kChannels;
}

const std::vector<std::string>& Treatments() {
  static const std::vector<std::string> kTreatments = {"busy", "callback", "voicemail"};
  return kTreatments;
}

const std::vector<std::string>& Tiers() {
  static const std::vector<std::string> kTiers = {"bronze", "gold", "silver"};
  return kTiers;
}

const std::vector<std::string>& Flags() {
  static const std::vector<std::string> kFlags = {"emergency", "promotion"};
  return kFlags;
}

const std::vector<std::string>& Labels() {
  static const std::vector<std::string> kLabels = {"blue", "green", "red"};
  return kLabels;
}

// ---- Conditions -------------------------------------------------------------------------------

namespace {

using Test = FakeCondition::Test;

constexpr std::string_view kFigureNames[routing::kFigureCount] = {
    "waiting",     "oldest_wait", "predicted_wait", "agents_staffed", "agents_ready",
    "agents_free", "occupancy",   "service_level",  "abandon_rate"};

std::string Source(const Test& test) {
  const std::string figure = (test.queue.empty() ? "queue." : "queues." + test.queue + ".") +
                             std::string(kFigureNames[static_cast<int>(test.figure)]);
  switch (test.kind) {
    case Test::Kind::kFigureOver:
      return figure + " > " + std::to_string(test.value);
    case Test::Kind::kFigureIs:
      return figure + " == " + std::to_string(test.value);
    case Test::Kind::kTierIs:
      return "contact.tier == '" + test.text + "'";
    case Test::Kind::kAttemptOver:
      return "contact.attempt > " + std::to_string(test.value);
    case Test::Kind::kAgeOver:
      return "contact.age > " + std::to_string(test.value);
    case Test::Kind::kFlagOn:
      return "flags." + test.text;
    case Test::Kind::kGroupOver: {
      const bool team = test.owner == routing::FigureOwner::kTeam;
      return (team ? "team." : "location.") + test.queue + "." +
             std::string(kFigureNames[static_cast<int>(test.figure)]) + " > " +
             std::to_string(test.value);
    }
    case Test::Kind::kNever:
      return "false";
  }
  return {};
}

bool ReadsFigure(const Test& test) {
  return test.kind == Test::Kind::kFigureOver || test.kind == Test::Kind::kFigureIs;
}

Truth Of(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

Truth HoldsTier(const Test& test, const routing::ContactFacts& contact) {
  for (const routing::AttributeView& attribute : contact.attributes) {
    const auto* text = std::get_if<std::string_view>(&attribute.value);
    if (attribute.name == "tier" && text != nullptr) return Of(*text == test.text);
  }
  return Truth::kError;
}

Truth HoldsTest(const Test& test, const routing::ConditionInput& input) {
  switch (test.kind) {
    case Test::Kind::kFigureOver:
    case Test::Kind::kFigureIs: {
      const std::string_view queue = test.queue.empty() ? input.queue : test.queue;
      const auto value = input.figures->QueueFigure(queue, test.figure);
      if (!value.has_value()) return Truth::kError;
      return Of(test.kind == Test::Kind::kFigureIs ? *value == test.value : *value > test.value);
    }
    case Test::Kind::kTierIs:
      return HoldsTier(test, *input.contact);
    case Test::Kind::kAttemptOver:
      return Of(input.contact->attempt > test.value);
    case Test::Kind::kAgeOver:
      return Of(input.now - input.contact->arrival > test.value);
    case Test::Kind::kFlagOn: {
      const auto on = input.figures->Flag(test.text);
      return on.has_value() ? Of(*on) : Truth::kError;
    }
    case Test::Kind::kGroupOver: {
      const auto value = input.figures->GroupFigure(test.owner, test.queue, test.figure);
      return value.has_value() ? Of(*value > test.value) : Truth::kError;
    }
    case Test::Kind::kNever:
      return Truth::kFalse;
  }
  return Truth::kError;
}

}  // namespace

FakeCondition::FakeCondition(std::vector<Test> tests) : tests_(std::move(tests)) {
  std::map<std::string, routing::FigureSet> by_queue;
  for (const Test& test : tests_) {
    source_ += (source_.empty() ? "" : " && ") + Source(test);
    if (test.kind == Test::Kind::kAgeOver) reads_time_ = true;
    if (test.kind == Test::Kind::kFlagOn) flags_.push_back(test.text);
    if (test.kind == Test::Kind::kGroupOver) {
      reads_.push_back({test.queue, Bit(test.figure), test.owner});
      if ((Bit(test.figure) & routing::kCounts) == 0) reads_time_ = true;
    }
    if (!ReadsFigure(test)) continue;
    by_queue[test.queue] |= Bit(test.figure);
    if ((Bit(test.figure) & routing::kCounts) == 0) reads_time_ = true;
  }
  for (const auto& [queue, figures] : by_queue) reads_.push_back({queue, figures});
}

Truth FakeCondition::Holds(const routing::ConditionInput& input) const {
  for (const Test& test : tests_) {
    const Truth truth = HoldsTest(test, input);
    if (truth != Truth::kTrue) return truth;
  }
  return Truth::kTrue;
}

namespace {

Test RandomTest(Dice& dice, const std::vector<std::string>& queues) {
  using Kind = Test::Kind;
  const std::string queue = dice.Chance(60) ? std::string() : dice.Pick(queues);
  constexpr Figure kOfGroups[] = {Figure::kAgentsStaffed, Figure::kAgentsReady, Figure::kAgentsFree,
                                  Figure::kOccupancy};
  switch (dice.Below(17)) {
    case 0:
    case 1:
    case 2:
      return {Kind::kFigureOver, queue, Figure::kWaiting, dice.Between(0, 4), {}};
    case 3:
      return {Kind::kFigureIs, queue, Figure::kAgentsReady, dice.Between(0, 2), {}};
    case 4:
      return {Kind::kFigureIs, queue, Figure::kAgentsFree, 0, {}};
    case 5:
      return {Kind::kFigureOver, queue, Figure::kAgentsStaffed, dice.Between(0, 4), {}};
    case 6:
      return {Kind::kFigureOver, queue, Figure::kOldestWait, dice.Between(0, 40) * kSecond, {}};
    case 7:
      return {Kind::kFigureOver, queue, Figure::kPredictedWait, dice.Between(0, 300) * kSecond, {}};
    case 8:
      return {Kind::kFigureOver, queue, Figure::kOccupancy, dice.Between(0, 9) * 100'000, {}};
    case 9:
      return {Kind::kFigureOver, queue, Figure::kServiceLevel, dice.Between(0, 9) * 100'000, {}};
    case 10:
      return {Kind::kFigureOver, queue, Figure::kAbandonRate, dice.Between(0, 9) * 100'000, {}};
    case 11:
      return {Kind::kTierIs, {}, Figure::kWaiting, 0, dice.Pick(Tiers())};
    case 12:
      return {Kind::kAttemptOver, {}, Figure::kWaiting, dice.Between(0, 2), {}};
    case 13:
    case 14:
      return {Kind::kFlagOn, {}, Figure::kWaiting, 0, dice.Pick(Flags())};
    case 15: {
      const bool team = dice.Chance(50);
      const Figure figure = kOfGroups[dice.Below(4)];
      const std::int64_t value =
          figure == Figure::kOccupancy ? dice.Between(0, 9) * 100'000 : dice.Between(0, 3);
      return {Kind::kGroupOver,
              team ? Teams()[dice.Below(2)] : Places()[dice.Below(2)],
              figure,
              value,
              {},
              team ? routing::FigureOwner::kTeam : routing::FigureOwner::kLocation};
    }
    default:
      return dice.Chance(30) ? Test{Kind::kNever, {}, Figure::kWaiting, 0, {}}
                             : Test{Kind::kAgeOver, {}, Figure::kWaiting, RandomDuration(dice), {}};
  }
}

}  // namespace

std::shared_ptr<const routing::Condition> RandomCondition(Dice& dice,
                                                          const std::vector<std::string>& queues) {
  std::vector<Test> tests = {RandomTest(dice, queues)};
  if (dice.Chance(25)) tests.push_back(RandomTest(dice, queues));
  return std::make_shared<FakeCondition>(std::move(tests));
}

// ---- Pieces of plans --------------------------------------------------------------------------

DurationNs RandomDuration(Dice& dice) {
  static const std::vector<DurationNs> kDurations = {
      0,           1,           500 * kMillisecond, kSecond,      1500 * kMillisecond,
      2 * kSecond, 5 * kSecond, 10 * kSecond,       20 * kSecond, 30 * kSecond,
      60 * kSecond};
  return dice.Pick(kDurations);
}

namespace {

Atom RandomAtom(Dice& dice) {
  Atom atom;
  switch (dice.Below(6)) {
    case 0:
      atom.kind = Atom::Kind::kTeam;
      atom.name = Teams()[dice.Below(2)];
      break;
    case 1:
      atom.kind = Atom::Kind::kLocation;
      atom.name = Places()[dice.Below(2)];
      break;
    case 2:
      atom.kind = Atom::Kind::kAgentId;
      atom.name = Numbered("a", dice.Below(10));
      break;
    case 3:
      atom.kind = Atom::Kind::kAttribute;
      atom.name = "desk";
      atom.value = dice.Pick(Tiers());
      break;
    default:
      atom.kind = Atom::Kind::kSkillAtLeast;
      atom.name = dice.Pick(Skills());
      atom.at_least = dice.Between(1, 8);
      break;
  }
  return atom;
}

void AppendFormula(Dice& dice, int depth, Formula& formula) {
  using Op = Formula::Op;
  const std::uint64_t choice = depth == 0 ? 0 : dice.Below(8);
  if (choice < 4) {
    formula.terms.push_back({Op::kAtom, static_cast<std::uint32_t>(formula.atoms.size())});
    formula.atoms.push_back(RandomAtom(dice));
  } else if (choice == 4) {
    AppendFormula(dice, depth - 1, formula);
    formula.terms.push_back({Op::kNot, 0});
  } else if (choice == 5) {
    formula.terms.push_back({dice.Chance(80) ? Op::kTrue : Op::kFalse, 0});
  } else {
    AppendFormula(dice, depth - 1, formula);
    AppendFormula(dice, depth - 1, formula);
    formula.terms.push_back({choice == 6 ? Op::kAnd : Op::kOr, 0});
  }
}

std::optional<routing::PriorityChange> RandomChange(Dice& dice) {
  if (!dice.Chance(30)) return std::nullopt;
  routing::PriorityChange change;
  if (dice.Chance(40)) {
    change.set = RandomPriority(dice);
  } else {
    change.add = dice.Between(-5, 10);
  }
  return change;
}

std::vector<routing::Preference> RandomPrefer(Dice& dice) {
  static const std::vector<std::string> kTerms = {"billing",    "gold",           "spanish",
                                                  "last_agent", "same_location",  "distance",
                                                  "idleness",   "spare_capacity", "scarcity"};
  std::vector<routing::Preference> prefer;
  for (const std::string& term : kTerms) {
    if (dice.Chance(25)) prefer.push_back({term, dice.Between(0, 8) * 125'000});
  }
  return prefer;
}

std::vector<routing::Step> RandomSteps(Dice& dice, const std::vector<std::string>& queues,
                                       const std::vector<std::string>& inner) {
  std::vector<routing::Step> steps;
  DurationNs after = 0;
  const std::uint64_t count = dice.Below(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    routing::Step step;
    step.id = Numbered("s", steps.size());
    if (dice.Chance(70)) after += RandomDuration(dice);
    step.after = after;
    if (after == 0 || dice.Chance(35)) step.when = RandomCondition(dice, queues);
    if (dice.Chance(65)) step.requirement = RandomRequirement(dice);
    step.priority = RandomChange(dice);
    if (dice.Chance(20)) step.queue = dice.Pick(inner);
    if (dice.Chance(25)) {
      step.ranks.emplace();
      if (dice.Chance(40)) step.ranks->low = dice.Between(-1, 1);
      if (dice.Chance(40)) step.ranks->high = dice.Between(0, 3);
      if (dice.Chance(50)) step.ranks->raise = dice.Between(1, 3);
    }
    if (dice.Chance(15)) step.lift = dice.Between(-1, 3);
    if (dice.Chance(15)) step.prefer = RandomPrefer(dice);
    step.skip_if_empty = dice.Chance(70);
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace

Requirement RandomRequirement(Dice& dice) {
  Requirement requirement;
  if (dice.Chance(25)) return requirement;
  for (const std::string& skill : Skills()) {
    if (dice.Chance(25)) requirement.require.push_back({skill, dice.Between(1, 7)});
  }
  if (dice.Chance(30)) AppendFormula(dice, 2, requirement.who);
  return requirement;
}

Formula RandomFormula(Dice& dice) {
  Formula formula;
  AppendFormula(dice, 2, formula);
  return formula;
}

routing::Priority RandomPriority(Dice& dice) {
  routing::Priority priority;
  if (dice.Chance(40)) return priority;
  priority.start = dice.Between(-2, 5);
  if (dice.Chance(40)) priority.gain_per_minute = dice.Between(1, 60);
  if (dice.Chance(30)) priority.max = priority.start + dice.Between(0, 10);
  return priority;
}

routing::Destination RandomDestination(Dice& dice, const std::vector<std::string>& queues) {
  routing::Destination to;
  if (dice.Chance(25)) {
    to.treatment = dice.Pick(Treatments());
    return to;
  }
  to.queue = dice.Pick(queues);
  if (dice.Chance(30)) to.requirement = RandomRequirement(dice);
  to.keep_requirement = dice.Chance(50);
  to.priority = RandomChange(dice);
  return to;
}

Plan RandomPlan(Dice& dice, const std::vector<std::string>& queues,
                const std::vector<std::string>& inner) {
  Plan plan;
  plan.queue = dice.Chance(95) ? dice.Pick(inner) : dice.Pick(queues);
  plan.requirement = RandomRequirement(dice);
  plan.priority = RandomPriority(dice);
  if (dice.Chance(8)) {
    plan.requested.agent = Numbered("a", dice.Below(10));
    if (dice.Chance(60)) plan.requested.lasts = RandomDuration(dice);
    if (dice.Chance(40)) plan.requested.only = true;
  }
  if (dice.Chance(25)) {
    if (dice.Chance(60)) plan.ranks.low = dice.Between(-1, 1);
    if (dice.Chance(60)) plan.ranks.high = dice.Between(0, 2);
  }
  if (dice.Chance(15)) plan.lift = dice.Between(0, 2);
  if (dice.Chance(30)) plan.prefer = RandomPrefer(dice);
  if (dice.Chance(60)) plan.steps = RandomSteps(dice, queues, inner);
  const std::uint64_t overflows = dice.Chance(40) ? dice.Below(4) : 0;
  for (std::uint64_t i = 0; i < overflows; ++i) {
    routing::Overflow overflow;
    overflow.id = Numbered("o", plan.overflow.size());
    if (dice.Chance(60)) overflow.after = RandomDuration(dice);
    if (dice.Chance(70)) overflow.when = RandomCondition(dice, queues);
    overflow.to = RandomDestination(dice, queues);
    plan.overflow.push_back(std::move(overflow));
  }
  if (dice.Chance(30)) {
    plan.wait_limit.emplace();
    plan.wait_limit->after = dice.Chance(90) ? 2 * RandomDuration(dice) : 0;
    if (dice.Chance(50)) plan.wait_limit->treatment = dice.Pick(Treatments());
  }
  plan.skip_if_empty = dice.Chance(30);
  return plan;
}

}  // namespace strowger::model
