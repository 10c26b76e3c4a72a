#include "tests/model/cel/expression_generator.h"

#include <array>
#include <iterator>
#include <limits>
#include <utility>

namespace strowger::cel::naive {
namespace {

template <typename... Kids>
Expression Make(Form form, std::string text, Kids... kids) {
  Expression e;
  e.form = form;
  e.text = std::move(text);
  (e.kids.push_back(std::move(kids)), ...);
  return e;
}

Expression Quoted(Thing value) {
  Expression e;
  e.literal = std::move(value);
  return e;
}

Thing Strings(const std::vector<std::string>& texts) {
  std::vector<Thing> items;
  for (const std::string& text : texts) items.push_back(String(text));
  return List(std::move(items));
}

constexpr std::array<int64_t, 14> kInts = {0,
                                           1,
                                           -1,
                                           2,
                                           3,
                                           5,
                                           7,
                                           10,
                                           -3,
                                           100,
                                           1'000'000'000'000,
                                           std::numeric_limits<int64_t>::max(),
                                           std::numeric_limits<int64_t>::min(),
                                           63};
constexpr std::array<uint64_t, 7> kUints = {
    0, 1, 2, 3, 10, uint64_t{1} << 63, std::numeric_limits<uint64_t>::max()};
constexpr std::array<double, 10> kDoubles = {0.0,  -0.0, 1.0,   -1.0,  0.5,
                                             2.25, 1e18, 1e300, -2e19, 9223372036854775808.0};
constexpr std::array<const char*, 12> kTexts = {"",
                                                "a",
                                                "b",
                                                "ab",
                                                "abc",
                                                "Gold",
                                                "gold",
                                                "a long text of more than sixteen bytes",
                                                "\u00e9t\u00e9",
                                                "\U0001F600x",
                                                "it's \"\\\n",
                                                "aaaaaaaa"};
constexpr std::array<const char*, 6> kLocals = {"v", "w", "i", "s", "a", "size"};
constexpr std::array<const char*, 6> kRelations = {"<", "<=", ">", ">=", "==", "!="};
constexpr std::array<const char*, 5> kOperators = {"+", "-", "*", "/", "%"};

}  // namespace

const std::vector<Variable>& Variables() {
  static const std::vector<Variable> variables = {
      {"b", "bool", Aim::kBool, Bool(true)},
      {"c.off", "bool", Aim::kBool, Bool(false)},
      {"i", "int", Aim::kInt, Int(3)},
      {"c.big", "int", Aim::kInt, Int(std::numeric_limits<int64_t>::max())},
      {"gone", "int", Aim::kInt, Error()},
      {"u", "uint", Aim::kUint, Uint(3)},
      {"d", "double", Aim::kDouble, Double(3.0)},
      {"c.tiny", "double", Aim::kDouble, Double(-0.5)},
      {"s", "string", Aim::kString, String("gold")},
      {"c.tier", "string", Aim::kString, String("abc")},
      {"c.none", "string", Aim::kString, Error()},
      {"t", "timestamp", Aim::kTime, Time(absl::int128(1234567890) * 1'000'000'000 + 5)},
      {"n", "duration", Aim::kDuration, Duration(90'000'000'001)},
      {"l", "list(int)", Aim::kInts, List({Int(1), Int(3), Int(3)})},
      {"ls", "list(string)", Aim::kStrings, Strings({"vip", "gold", "\u00e9"})},
      {"m", "map(string, int)", Aim::kCounts, Map({{String("a"), Int(1)}, {String("k"), Int(7)}})},
  };
  return variables;
}

Expression ExpressionGenerator::Make(int depth) { return Of(AnyAim(), depth); }

Aim ExpressionGenerator::AnyAim() {
  // Conditions are what the language is for.
  return OneIn(2) ? Aim::kBool : static_cast<Aim>(Below(10));
}

Expression ExpressionGenerator::Of(Aim aim, int depth) {
  if (wild_ && OneIn(12)) aim = AnyAim();
  if (depth <= 0 || OneIn(6)) return Leaf(aim);
  if (OneIn(8)) return Common(aim, depth - 1);
  switch (aim) {
    case Aim::kBool:
      return OfBool(depth - 1);
    case Aim::kInt:
      return OfInt(depth - 1);
    case Aim::kUint:
      return OfUint(depth - 1);
    case Aim::kDouble:
      return OfDouble(depth - 1);
    case Aim::kString:
      return OfString(depth - 1);
    case Aim::kTime:
      return OfTime(depth - 1);
    case Aim::kDuration:
      return OfDuration(depth - 1);
    case Aim::kInts:
      return OfInts(depth - 1);
    case Aim::kStrings:
      return OfStrings(depth - 1);
    default:
      return OfCounts(depth - 1);
  }
}

Expression ExpressionGenerator::Leaf(Aim aim) {
  if (wild_ && OneIn(20)) return Quoted(Thing());
  if (wild_ && OneIn(30)) return naive::Make(Form::kName, OneIn(2) ? "unknown" : "c.unknown");
  std::vector<std::string> names;
  for (const Local& local : locals_) {
    // The last of a name hides those before it.
    bool hidden = false;
    for (const Local* later = &local + 1; later != locals_.data() + locals_.size(); ++later) {
      hidden = hidden || later->name == local.name;
    }
    if (!hidden && local.aim == aim) names.push_back(local.name);
  }
  for (const Variable& variable : Variables()) {
    if (variable.aim != aim) continue;
    bool hidden = false;
    for (const Local& local : locals_) {
      hidden = hidden || local.name == variable.name.substr(0, variable.name.find('.'));
    }
    names.push_back((hidden || OneIn(8) ? "." : "") + variable.name);
  }
  if (!names.empty() && !OneIn(3)) return naive::Make(Form::kName, names[Below(names.size())]);
  return Literal(aim);
}

Expression ExpressionGenerator::Literal(Aim aim) {
  switch (aim) {
    case Aim::kBool:
      return Quoted(Bool(OneIn(2)));
    case Aim::kInt:
      return Quoted(Int(kInts[Below(kInts.size())]));
    case Aim::kUint:
      return Quoted(Uint(kUints[Below(kUints.size())]));
    case Aim::kDouble:
      return Quoted(Double(kDoubles[Below(kDoubles.size())]));
    case Aim::kString:
      return Quoted(String(kTexts[Below(kTexts.size())]));
    case Aim::kTime:
      return naive::Make(Form::kCall, "timestamp",
                         Quoted(Int(static_cast<int64_t>(Below(4'000'000'000)) - 2'000'000'000)));
    case Aim::kDuration:
      return naive::Make(Form::kCall, "duration",
                         Quoted(String(std::to_string(static_cast<int64_t>(Below(4000)) - 2000) +
                                       (OneIn(2) ? "s" : (OneIn(2) ? "h" : "ns")))));
    case Aim::kInts:
      return naive::Make(Form::kList, "", Literal(Aim::kInt), Literal(Aim::kInt));
    case Aim::kStrings:
      return naive::Make(Form::kList, "", Literal(Aim::kString), Literal(Aim::kString));
    default:
      return naive::Make(Form::kMap, "", Literal(Aim::kString), Literal(Aim::kInt));
  }
}

/// What can be of any type.
Expression ExpressionGenerator::Common(Aim aim, int depth) {
  switch (Below(wild_ ? 5 : 4)) {
    case 0:
      return naive::Make(Form::kConditional, "", Of(Aim::kBool, depth), Of(aim, depth),
                         Of(aim, depth));
    case 1: {
      Expression e = naive::Make(Form::kBind, "bind", Of(AnyAim(), depth));
      // Its type is what it was meant to be only when nothing is wild; then it does not matter.
      const Aim bound = AnyAim();
      e.kids[0] = Of(bound, depth);
      e.names = {kLocals[Below(kLocals.size())]};
      locals_.push_back({e.names[0], bound});
      e.kids.push_back(Of(aim, depth));
      locals_.pop_back();
      return e;
    }
    case 2:
      return naive::Make(Form::kIndex, "",
                         naive::Make(Form::kList, "", Of(aim, depth), Of(aim, depth)),
                         OneIn(2) ? Quoted(Int(static_cast<int64_t>(Below(3)))) : Of(Aim::kInt, 0));
    case 3:
      return naive::Make(Form::kCall, "dyn", Of(aim, depth));
    default:
      return naive::Make(Form::kSelect, "k", Of(Aim::kCounts, depth));
  }
}

Expression ExpressionGenerator::Macro(std::string name, Aim range, int variables,
                                      std::vector<Aim> bodies, int depth) {
  Expression e = naive::Make(Form::kMacro, std::move(name), Of(range, depth));
  const Aim item = range == Aim::kInts ? Aim::kInt : Aim::kString;
  const size_t before = locals_.size();
  const size_t first = Below(kLocals.size());
  e.names.push_back(kLocals[first]);
  if (variables == 1) {
    locals_.push_back({e.names[0], item});
  } else {
    e.names.push_back(kLocals[(first + 1) % kLocals.size()]);
    locals_.push_back({e.names[0], range == Aim::kCounts ? Aim::kString : Aim::kInt});
    locals_.push_back({e.names[1], range == Aim::kCounts ? Aim::kInt : item});
  }
  for (const Aim body : bodies) e.kids.push_back(Of(body, depth));
  locals_.erase(std::next(locals_.begin(), static_cast<std::ptrdiff_t>(before)), locals_.end());
  return e;
}

Expression ExpressionGenerator::Logical(int depth) {
  Expression e = naive::Make(OneIn(2) ? Form::kAnd : Form::kOr, "", Of(Aim::kBool, depth),
                             Of(Aim::kBool, depth));
  while (OneIn(3)) e.kids.push_back(Of(Aim::kBool, depth));
  return e;
}

/// Half of the time of a leaf with what some variable holds: equality and its edges must occur.
Expression ExpressionGenerator::Relation(int depth) {
  const bool equality = OneIn(2);
  const Aim aim = static_cast<Aim>(Below(equality ? 10 : 7));
  const char* op = kRelations[equality ? 4 + Below(2) : Below(4)];
  if (aim >= Aim::kInt && aim <= Aim::kString && OneIn(2)) {
    std::vector<const Thing*> held;
    for (const Variable& variable : Variables()) {
      if (variable.aim == aim && variable.value.is != Is::kError) held.push_back(&variable.value);
    }
    return naive::Make(Form::kBinary, op, Leaf(aim), Quoted(*held[Below(held.size())]));
  }
  return naive::Make(Form::kBinary, op, Of(aim, depth), Of(aim, depth));
}

Expression ExpressionGenerator::OfBool(int depth) {
  constexpr std::array<const char*, 4> kQuantifiers = {"all", "exists", "exists_one", "existsOne"};
  constexpr std::array<const char*, 3> kTests = {"contains", "startsWith", "endsWith"};
  switch (Below(10)) {
    case 0:
    case 1:
      return Logical(depth);
    case 2:
      return naive::Make(Form::kNot, "", Of(Aim::kBool, depth));
    case 3:
    case 4:
      return Relation(depth);
    case 5:
      return OneIn(2)
                 ? naive::Make(Form::kBinary, "in", Of(Aim::kInt, depth), Of(Aim::kInts, depth))
                 : naive::Make(Form::kBinary, "in", Of(Aim::kString, depth),
                               Of(OneIn(2) ? Aim::kStrings : Aim::kCounts, depth));
    case 6:
      return naive::Make(Form::kMethod, kTests[Below(3)], Of(Aim::kString, depth),
                         Of(Aim::kString, depth));
    case 7:
      return naive::Make(Form::kHas, OneIn(2) ? "a" : "zz", Of(Aim::kCounts, depth));
    case 8:
      return Macro(kQuantifiers[Below(4)], OneIn(3) ? Aim::kCounts : Aim::kInts,
                   static_cast<int>(1 + Below(2)), {Aim::kBool}, depth);
    default:
      return naive::Make(
          Form::kBinary, kRelations[4 + Below(2)],
          naive::Make(Form::kCall, "type", naive::Make(Form::kCall, "dyn", Of(AnyAim(), depth))),
          naive::Make(Form::kCall, "type", Of(AnyAim(), depth)));
  }
}

Expression ExpressionGenerator::OfInt(int depth) {
  constexpr std::array<const char*, 4> kOfDuration = {"getHours", "getMinutes", "getSeconds",
                                                      "getMilliseconds"};
  constexpr std::array<const char*, 9> kOfTime = {
      "getHours",    "getMinutes", "getSeconds", "getMilliseconds", "getDayOfWeek",
      "getFullYear", "getMonth",   "getDate",    "getDayOfYear"};
  constexpr std::array<const char*, 3> kBits = {"math.bitAnd", "math.bitOr", "math.bitXor"};
  switch (Below(11)) {
    case 0:
    case 1:
      return naive::Make(Form::kBinary, kOperators[Below(5)], Of(Aim::kInt, depth),
                         Of(Aim::kInt, depth));
    case 2:
      return naive::Make(Form::kNegate, "", Of(Aim::kInt, depth));
    case 3:
      return naive::Make(OneIn(2) ? Form::kMethod : Form::kCall, "size",
                         Of(static_cast<Aim>(OneIn(3) ? 4 : 7 + Below(3)), depth));
    case 4:
      return naive::Make(Form::kCall, "int",
                         Of(std::array{Aim::kUint, Aim::kDouble, Aim::kTime}[Below(3)], depth));
    case 5:
      return naive::Make(Form::kIndex, "", Of(Aim::kInts, depth), Of(Aim::kInt, depth));
    case 6:
      return naive::Make(Form::kIndex, "", Of(Aim::kCounts, depth), Of(Aim::kString, depth));
    case 7:
      return OneIn(2) ? naive::Make(Form::kMethod, kOfDuration[Below(4)], Of(Aim::kDuration, depth))
                      : naive::Make(Form::kMethod, kOfTime[Below(9)], Of(Aim::kTime, depth));
    case 8:
      return naive::Make(Form::kMethod, "indexOf", Of(Aim::kString, depth),
                         Of(Aim::kString, depth));
    case 9:
      return naive::Make(Form::kCall, OneIn(2) ? "math.greatest" : "math.least",
                         Of(Aim::kInt, depth), Of(Aim::kInt, depth));
    default:
      return OneIn(2) ? naive::Make(Form::kCall, kBits[Below(3)], Of(Aim::kInt, depth),
                                    Of(Aim::kInt, depth))
                      : naive::Make(Form::kCall, "math.abs", Of(Aim::kInt, depth));
  }
}

Expression ExpressionGenerator::OfUint(int depth) {
  if (OneIn(3)) return naive::Make(Form::kCall, "uint", Of(Aim::kInt, depth));
  return naive::Make(Form::kBinary, kOperators[Below(5)], Of(Aim::kUint, depth),
                     Of(Aim::kUint, depth));
}

Expression ExpressionGenerator::OfDouble(int depth) {
  if (OneIn(4)) {
    return naive::Make(Form::kCall, "double", Of(OneIn(2) ? Aim::kInt : Aim::kUint, depth));
  }
  if (OneIn(6)) return naive::Make(Form::kNegate, "", Of(Aim::kDouble, depth));
  if (OneIn(6)) return naive::Make(Form::kCall, "math.floor", Of(Aim::kDouble, depth));
  return naive::Make(Form::kBinary, kOperators[Below(4)], Of(Aim::kDouble, depth),
                     Of(Aim::kDouble, depth));
}

Expression ExpressionGenerator::OfString(int depth) {
  constexpr std::array<const char*, 3> kChanges = {"lowerAscii", "upperAscii", "reverse"};
  switch (Below(6)) {
    case 0:
      return naive::Make(Form::kBinary, "+", Of(Aim::kString, depth), Of(Aim::kString, depth));
    case 1:
      return naive::Make(Form::kCall, "string", Of(static_cast<Aim>(Below(3)), depth));
    case 2:
      return naive::Make(Form::kMethod, kChanges[Below(3)], Of(Aim::kString, depth));
    case 3:
      return naive::Make(Form::kMethod, OneIn(2) ? "charAt" : "substring", Of(Aim::kString, depth),
                         Of(Aim::kInt, depth));
    case 4:
      return naive::Make(Form::kMethod, "join", Of(Aim::kStrings, depth), Of(Aim::kString, depth));
    default:
      return naive::Make(Form::kIndex, "", Of(Aim::kStrings, depth), Of(Aim::kInt, depth));
  }
}

Expression ExpressionGenerator::OfTime(int depth) {
  return naive::Make(Form::kBinary, OneIn(2) ? "+" : "-", Of(Aim::kTime, depth),
                     Of(Aim::kDuration, depth));
}

Expression ExpressionGenerator::OfDuration(int depth) {
  const Aim aim = OneIn(2) ? Aim::kTime : Aim::kDuration;
  const char* op = aim == Aim::kTime || OneIn(2) ? "-" : "+";
  return naive::Make(Form::kBinary, op, Of(aim, depth), Of(aim, depth));
}

Expression ExpressionGenerator::OfInts(int depth) {
  const Aim range = OneIn(2) ? Aim::kInts : (OneIn(2) ? Aim::kStrings : Aim::kCounts);
  switch (Below(6)) {
    case 0: {
      Expression e = naive::Make(Form::kList, "");
      while (!OneIn(4)) e.kids.push_back(Of(Aim::kInt, depth));
      return e;
    }
    case 1:
      return naive::Make(Form::kBinary, "+", Of(Aim::kInts, depth), Of(Aim::kInts, depth));
    case 2:
      return Macro("map", range, 1, {Aim::kInt}, depth);
    case 3:
      return Macro("map", range, 1, {Aim::kBool, Aim::kInt}, depth);
    case 4:
      return Macro("filter", Aim::kInts, 1, {Aim::kBool}, depth);
    default:
      return OneIn(2) ? Macro("transformList", range, 2, {Aim::kInt}, depth)
                      : Macro("transformList", range, 2, {Aim::kBool, Aim::kInt}, depth);
  }
}

Expression ExpressionGenerator::OfStrings(int depth) {
  switch (Below(4)) {
    case 0: {
      Expression e = naive::Make(Form::kList, "");
      while (!OneIn(4)) e.kids.push_back(Of(Aim::kString, depth));
      return e;
    }
    case 1:
      return Macro("map", OneIn(2) ? Aim::kInts : Aim::kCounts, 1, {Aim::kString}, depth);
    case 2:
      return Macro("filter", OneIn(2) ? Aim::kStrings : Aim::kCounts, 1, {Aim::kBool}, depth);
    default:
      return naive::Make(Form::kBinary, "+", Of(Aim::kStrings, depth), Of(Aim::kStrings, depth));
  }
}

Expression ExpressionGenerator::OfCounts(int depth) {
  switch (Below(3)) {
    case 0: {
      Expression e = naive::Make(Form::kMap, "");
      while (!OneIn(3)) {
        e.kids.push_back(Of(Aim::kString, depth));
        e.kids.push_back(Of(Aim::kInt, depth));
      }
      return e;
    }
    case 1:
      return Macro("transformMap", Aim::kCounts, 2, {Aim::kInt}, depth);
    default:
      return OneIn(2) ? Macro("transformMap", Aim::kCounts, 2, {Aim::kBool, Aim::kInt}, depth)
                      : Macro("transformMapEntry", Aim::kStrings, 2, {Aim::kCounts}, depth);
  }
}

}  // namespace strowger::cel::naive
