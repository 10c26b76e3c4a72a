#include "routing-core/rules/known.h"

#include <algorithm>
#include <utility>

#include "routing-core/cel/program.h"

namespace strowger::rules {
namespace {

using cel::Comparison;
using cel::Kind;
using cel::Value;

// Whole numbers up to this meet doubles without rounding.
constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;

template <typename T>
int Sign(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

std::optional<double> AsDouble(const Value& value) {
  if (value.is(Kind::kDouble)) return value.real();
  if (!value.is(Kind::kInt)) return std::nullopt;
  const std::int64_t whole = value.integer();
  if (whole > kExactInDouble || whole < -kExactInDouble) return std::nullopt;
  return static_cast<double>(whole);
}

// Less than, equal to or greater than 0; nothing for values that have no order, or none here.
std::optional<int> Order(const Value& a, const Value& b) {
  if (a.is(Kind::kInt) && b.is(Kind::kInt)) return Sign(a.integer(), b.integer());
  if (a.is(Kind::kDuration) && b.is(Kind::kDuration)) return Sign(a.duration(), b.duration());
  if (a.is(Kind::kString) && b.is(Kind::kString)) return Sign(a.string(), b.string());
  if (a.is(Kind::kTimestamp) && b.is(Kind::kTimestamp)) {
    const auto pair = [](const Value& v) {
      return std::pair(v.timestamp().seconds, v.timestamp().nanos);
    };
    return Sign(pair(a), pair(b));
  }
  const auto left = AsDouble(a);
  const auto right = AsDouble(b);
  if (!left || !right || *left != *left || *right != *right) return std::nullopt;  // NaN
  return Sign(*left, *right);
}

bool AreComparable(const Value& a, const Value& b) {
  return a.kind() == b.kind() || (a.IsNumber() && b.IsNumber());
}

bool IsOneOf(const Value& value, const std::vector<Value>& values) {
  return std::any_of(values.begin(), values.end(),
                     [&](const Value& other) { return cel::Equal(value, other); });
}

// Whether a value that is present compares as asked; nothing when that cannot be said.
std::optional<bool> Holds(const Value& value, Comparison comparison,
                          const std::vector<Value>& constants) {
  if (comparison == Comparison::kIn) return IsOneOf(value, constants);
  if (constants.size() != 1 || !AreComparable(value, constants[0])) return std::nullopt;
  if (comparison == Comparison::kEqual) return cel::Equal(value, constants[0]);
  if (comparison == Comparison::kNotEqual) return !cel::Equal(value, constants[0]);
  const auto order = Order(value, constants[0]);
  if (!order) return std::nullopt;
  switch (comparison) {
    case Comparison::kLess:
      return *order < 0;
    case Comparison::kLessOrEqual:
      return *order <= 0;
    case Comparison::kGreater:
      return *order > 0;
    case Comparison::kGreaterOrEqual:
      return *order >= 0;
    default:
      return std::nullopt;
  }
}

Outcomes OutcomeOf(std::optional<bool> truth) {
  if (!truth) return kAnyOutcome;
  return *truth ? kMayBeTrue : kMayBeFalse;
}

// ---- Bounds -------------------------------------------------------------------------------------

Known::Bound MakeBound(const Value& value, bool inclusive) {
  Known::Bound bound;
  bound.value = value;
  bound.inclusive = inclusive;
  return bound;
}

bool IsBelow(const Value& value, const Known::Bound& least) {
  const auto order = Order(value, least.value);
  return order && (*order < 0 || (*order == 0 && !least.inclusive));
}

bool IsAbove(const Value& value, const Known::Bound& most) {
  const auto order = Order(value, most.value);
  return order && (*order > 0 || (*order == 0 && !most.inclusive));
}

bool IsPossible(const Value& value, const Known& known) {
  if (known.allowed && !IsOneOf(value, *known.allowed)) return false;
  return !IsOneOf(value, known.excluded) && !(known.least && IsBelow(value, *known.least)) &&
         !(known.most && IsAbove(value, *known.most));
}

void Raise(Known& known, const Known::Bound& least) {
  if (!known.least || IsAbove(least.value, MakeBound(known.least->value, true)) ||
      (cel::Equal(least.value, known.least->value) && !least.inclusive)) {
    known.least = least;
  }
}

void Lower(Known& known, const Known::Bound& most) {
  if (!known.most || IsBelow(most.value, MakeBound(known.most->value, true)) ||
      (cel::Equal(most.value, known.most->value) && !most.inclusive)) {
    known.most = most;
  }
}

// Whether a value is left.
bool Settle(Known& known) {
  if (known.allowed) {
    std::vector<Value> left;
    for (const Value& value : *known.allowed) {
      if (IsPossible(value, known)) left.push_back(value);
    }
    known.allowed = std::move(left);
    return !known.allowed->empty();
  }
  if (!known.least || !known.most) return true;
  const auto order = Order(known.least->value, known.most->value);
  if (!order) return true;
  if (*order > 0) return false;
  const bool both_in = known.least->inclusive && known.most->inclusive;
  if (*order == 0) return both_in && !IsOneOf(known.least->value, known.excluded);
  // Between 5 and 6 lies no whole number.
  const bool whole = known.least->value.is(Kind::kInt) && known.most->value.is(Kind::kInt);
  return !(whole && !known.least->inclusive && !known.most->inclusive &&
           known.most->value.integer() - known.least->value.integer() == 1);
}

void Allow(Known& known, const std::vector<Value>& values) {
  std::vector<Value> both;
  for (const Value& value : values) {
    if (IsPossible(value, known)) both.push_back(value);
  }
  known.allowed = std::move(both);
}

// ---- Declarations -------------------------------------------------------------------------------

void AllowBools(Known& known) { known.allowed = {Value::Bool(true), Value::Bool(false)}; }

void AllowStrings(Known& known, const std::vector<std::string_view>& names) {
  known.allowed.emplace();
  for (const std::string_view name : names) known.allowed->push_back(Value::String(name));
}

Known OfFigure(routing::Figure figure) {
  Known known;
  known.present = true;
  switch (figure) {
    case routing::Figure::kOldestWait:
    case routing::Figure::kPredictedWait:
      known.least = MakeBound(Value::Duration(0), true);
      break;
    case routing::Figure::kOccupancy:
    case routing::Figure::kServiceLevel:
    case routing::Figure::kAbandonRate:
      known.least = MakeBound(Value::Double(0), true);
      known.most = MakeBound(Value::Double(1), true);
      break;
    default:
      known.least = MakeBound(Value::Int(0), true);
      break;
  }
  return known;
}

Known OfAttribute(const ContactAttribute& attribute) {
  Known known;
  known.present = attribute.default_value.has_value();
  if (attribute.type == AttributeType::kBool) AllowBools(known);
  if (!attribute.values.empty()) {
    AllowStrings(known, {attribute.values.begin(), attribute.values.end()});
  }
  return known;
}

Known OfSlot(const Scope& scope, const Slot& slot) {
  Known known;
  known.present = true;
  switch (slot.kind) {
    case Slot::Kind::kFigure:
      return OfFigure(slot.figure);
    case Slot::Kind::kAttribute:
      return OfAttribute(*scope.attributes()[slot.index]);
    case Slot::Kind::kChannel:
      if (const auto& channels = scope.vocabulary().channels) {
        AllowStrings(known, {channels->begin(), channels->end()});
      }
      return known;
    case Slot::Kind::kLocation:
      if (const auto& locations = scope.vocabulary().locations) {
        std::vector<std::string_view> names = {""};
        for (const auto& [name, location] : *locations) names.push_back(name);
        AllowStrings(known, names);
      }
      return known;
    case Slot::Kind::kAge:
      known.least = MakeBound(Value::Duration(0), true);
      return known;
    case Slot::Kind::kAttempt:
      known.least = MakeBound(Value::Int(0), true);
      return known;
    case Slot::Kind::kOpen:
    case Slot::Kind::kFlag:
      AllowBools(known);
      return known;
    case Slot::Kind::kLet:
      known.present = false;
      if (scope.lets()[slot.index].program->result_type().Is(Kind::kBool)) AllowBools(known);
      return known;
    case Slot::Kind::kPlace:
      AllowStrings(known, {scope.places()[slot.index]});
      return known;
    case Slot::Kind::kOpensIn:
    case Slot::Kind::kClosesIn:
      known.present = false;
      return known;
    case Slot::Kind::kContactId:
    case Slot::Kind::kNow:
      return known;
  }
  return {};
}

}  // namespace

Comparison Opposite(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return Comparison::kNotEqual;
    case Comparison::kNotEqual:
      return Comparison::kEqual;
    case Comparison::kLess:
      return Comparison::kGreaterOrEqual;
    case Comparison::kLessOrEqual:
      return Comparison::kGreater;
    case Comparison::kGreater:
      return Comparison::kLessOrEqual;
    case Comparison::kGreaterOrEqual:
      return Comparison::kLess;
    default:
      return comparison;
  }
}

bool Narrow(Known& known, Comparison comparison, const std::vector<Value>& constants) {
  if (known.absent) return false;
  known.present = true;
  switch (comparison) {
    case Comparison::kEqual:
    case Comparison::kIn:
      Allow(known, constants);
      break;
    case Comparison::kNotEqual:
      known.excluded.push_back(constants[0]);
      break;
    case Comparison::kLess:
    case Comparison::kLessOrEqual:
      Lower(known, MakeBound(constants[0], comparison == Comparison::kLessOrEqual));
      break;
    case Comparison::kGreater:
    case Comparison::kGreaterOrEqual:
      Raise(known, MakeBound(constants[0], comparison == Comparison::kGreaterOrEqual));
      break;
    case Comparison::kContains:
    case Comparison::kHas:
      break;
  }
  return Settle(known);
}

Outcomes OutcomesOf(const Known& known, Comparison comparison,
                    const std::vector<Value>& constants) {
  if (known.allowed) {
    Outcomes outcomes = 0;
    for (const Value& value : *known.allowed) {
      outcomes |= OutcomeOf(Holds(value, comparison, constants));
    }
    return outcomes;
  }
  constexpr Outcomes kEither = kMayBeTrue | kMayBeFalse;
  if (comparison == Comparison::kContains) return kEither;
  if (comparison == Comparison::kEqual || comparison == Comparison::kIn) {
    const bool possible = std::any_of(constants.begin(), constants.end(),
                                      [&](const Value& c) { return IsPossible(c, known); });
    return possible ? kEither : kMayBeFalse;
  }
  if (comparison == Comparison::kNotEqual) {
    return IsPossible(constants[0], known) ? kEither : kMayBeTrue;
  }
  // An order: decided when all that is possible lies on one side.
  Known inside = known;
  if (!Narrow(inside, comparison, constants)) return kMayBeFalse;
  Known outside = known;
  return Narrow(outside, Opposite(comparison), constants) ? kEither : kMayBeTrue;
}

const Known& Domains::Of(std::uint32_t slot) {
  while (known_.size() <= slot) known_.emplace_back();
  std::optional<Known>& known = known_[slot];
  if (!known) known = OfSlot(scope_, scope_.slots()[slot]);
  return *known;
}

bool Domains::IsOwnQueue(std::uint32_t number) const {
  const Slot& slot = scope_.slots()[number];
  if (slot.kind == Slot::Kind::kLet) return scope_.lets()[slot.index].reads.own_queue;
  return slot.kind == Slot::Kind::kFigure && slot.queue.empty();
}

}  // namespace strowger::rules
