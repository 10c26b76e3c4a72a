#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>

#include "routing-core/cel/code.h"
#include "routing-core/cel/runtime.h"
#include "routing-core/cel/text_compare.h"

namespace strowger::cel {
namespace {

Value NoBool() { return Value::Error(ErrorCode::kNoSuchOverload, "no such overload: not a bool"); }

bool FitsKind(const Type& type, const Value& value) {
  return type.IsDyn() || type.Is(value.kind());
}

const HostFunction* ChooseOverload(const std::vector<HostFunction>& overloads,
                                   absl::Span<const Value> arguments) {
  for (const HostFunction& overload : overloads) {
    if (overload.arguments.size() != arguments.size()) continue;
    bool fits = true;
    for (size_t i = 0; i < arguments.size(); ++i) {
      fits = fits && FitsKind(overload.arguments[i], arguments[i]);
    }
    if (fits) return &overload;
  }
  return nullptr;
}

/// One evaluation. Lists and maps under construction have room for the next power of two of items,
/// so that their size alone tells when they are full.
class Machine {
 public:
  Machine(const Code& code, const Activation& activation, Scratch& scratch, Value* registers)
      : code_(code), activation_(activation), scratch_(scratch), registers_(registers) {}

  Value Run(uint32_t start) {
    const Instruction* const first = code_.instructions.data();
    const Instruction* at = first + start;
    for (;;) {
      const Instruction& now = *at;
      Value& dst = registers_[now.dst];
      switch (now.op) {
        case Op::kMove:
          dst = Get(now.a);
          break;
        case Op::kLoad:
          dst = LoadSlot(now.a, now.b);
          break;
        case Op::kEqual:
          if (TakeUp(Equality(now, true), at)) continue;
          break;
        case Op::kNotEqual:
          if (TakeUp(Equality(now, false), at)) continue;
          break;
        case Op::kLess:
          if (TakeUp(Relation(now, Function::kLess, std::less<>()), at)) continue;
          break;
        case Op::kLessOrEqual:
          if (TakeUp(Relation(now, Function::kLessOrEqual, std::less_equal<>()), at)) continue;
          break;
        case Op::kGreater:
          if (TakeUp(Relation(now, Function::kGreater, std::greater<>()), at)) continue;
          break;
        case Op::kGreaterOrEqual:
          if (TakeUp(Relation(now, Function::kGreaterOrEqual, std::greater_equal<>()), at))
            continue;
          break;
        case Op::kStartsWith:
        case Op::kEndsWith:
        case Op::kContains:
          if (TakeUp(TextTest(now), at)) continue;
          break;
        case Op::kInSet:
          if (TakeUp(InSet(now), at)) continue;
          break;
        case Op::kStopIfFalse:
        case Op::kStopIfTrue:
          if (Stops(now, dst)) {
            at = first + now.c;
            continue;
          }
          break;
        case Op::kJump:
          at = first + now.c;
          continue;
        case Op::kReturn:
          return Placed(Get(now.a), now);
        default:
          if (!MayLeave(now.op)) {
            dst = Compute(now);
          } else if (const uint32_t target = Step(now, dst); target != kOn) {
            dst = Placed(dst, now);
            at = first + target;
            continue;
          }
          break;
      }
      if (dst.is(Kind::kError)) dst = Placed(dst, now);
      ++at;
    }
  }

 private:
  static constexpr uint32_t kOn = UINT32_MAX;
  static bool MayLeave(Op op) { return op >= Op::kBranch && op <= Op::kInsertAll; }

  const Value& Get(uint32_t operand) const {
    return (operand & kConstantBit) != 0 ? code_.constants[operand & ~kConstantBit]
                                         : registers_[operand];
  }

  /// An error that has no place yet gets that of the instruction it came up in.
  static Value Placed(const Value& value, const Instruction& now) {
    if (!value.is(Kind::kError) || value.error_offset() != Value::kNoOffset) return value;
    return Value::Error(value.error_code(), value.error_text(), now.offset);
  }

  Value LoadSlot(uint32_t slot, uint32_t absence_text) const {
    const Value value = activation_.Load(slot);
    if (!value.is(Kind::kAbsent)) return value;
    return Value::Error(ErrorCode::kNoSuchAttribute, Get(absence_text).string().data());
  }

  /// The left operand of the instructions from kEqual to kInSet.
  Value GetLeft(const Instruction& now) const {
    if ((now.a & (kSlotBit | kConstantBit)) != kSlotBit) return Get(now.a);
    return LoadSlot(now.a & ~kSlotBit, now.c);
  }

  static bool AreEqual(const Value& a, const Value& b) {
    if (a.kind() == b.kind()) {
      if (a.is(Kind::kString)) return SameText(a.string(), b.string());
      if (a.is(Kind::kInt)) return a.integer() == b.integer();
    }
    return Equal(a, b);
  }

  Value Equality(const Instruction& now, bool wanted) const {
    const Value a = GetLeft(now);
    const Value& b = Get(now.b);
    if (a.is(Kind::kError)) return a;
    if (b.is(Kind::kError)) return b;
    return Value::Bool(AreEqual(a, b) == wanted);
  }

  template <typename Compare>
  Value Relation(const Instruction& now, Function function, Compare compare) const {
    const Value a = GetLeft(now);
    const Value& b = Get(now.b);
    if (a.is(Kind::kInt) && b.is(Kind::kInt)) return Value::Bool(compare(a.integer(), b.integer()));
    if (a.is(Kind::kDouble) && b.is(Kind::kDouble)) return Value::Bool(compare(a.real(), b.real()));
    if (a.is(Kind::kError)) return a;
    if (b.is(Kind::kError)) return b;
    return cel::Compare(function, a, b);
  }

  Value TextTest(const Instruction& now) const {
    const Value a = GetLeft(now);
    const Value& b = Get(now.b);
    if (a.is(Kind::kError)) return a;
    if (b.is(Kind::kError)) return b;
    if (!a.is(Kind::kString) || !b.is(Kind::kString)) return NoSuchOverload();
    if (now.op == Op::kStartsWith) return Value::Bool(StartsWith(a.string(), b.string()));
    if (now.op == Op::kEndsWith) return Value::Bool(EndsWith(a.string(), b.string()));
    return Value::Bool(a.string().find(b.string()) != std::string_view::npos);
  }

  Value InSet(const Instruction& now) const {
    const Value item = GetLeft(now);
    const ConstantSet& set = code_.sets[now.extra];
    if (set.Covers(item)) return Value::Bool(set.Contains(item));
    return item.is(Kind::kError) ? item : In(item, Get(now.b));
  }

  /// Stores the result of the comparison `at`, or does the step that follows too: then moves `at`
  /// on and answers true.
  bool TakeUp(const Value& result, const Instruction*& at) {
    if (!at->then_stop || !result.is(Kind::kBool)) {
      registers_[at->dst] = result;
      return false;
    }
    const Instruction& step = at[1];
    if (result.boolean() == (step.op == Op::kStopIfTrue)) {
      registers_[step.dst] = result;
      at = code_.instructions.data() + step.c;
    } else {
      at += 2;
    }
    return true;
  }

  /// A step of `&&`, `||`, all() or exists(): whether the result is settled.
  bool Stops(const Instruction& now, Value& dst) const {
    const Value& a = Get(now.a);
    const bool stop = now.op == Op::kStopIfTrue;
    if (a.is(Kind::kBool)) {
      if (a.boolean() != stop) return false;
      dst = a;
      return true;
    }
    if (!dst.is(Kind::kError)) dst = a.is(Kind::kError) ? a : Placed(NoBool(), now);
    return false;
  }

  /// Instructions that compute a value of their operands and are not worth a case of their own
  /// above.
  Value Compute(const Instruction& now) {
    switch (now.op) {
      case Op::kHasSlot: {
        const Value value = activation_.Load(now.a);
        return value.is(Kind::kError) ? value : Value::Bool(!value.is(Kind::kAbsent));
      }
      case Op::kFail:
        return Value::Error(ErrorCode::kUnknownName, Get(now.a).string().data());
      case Op::kList:
        return MakeList(now);
      case Op::kMap:
        return MakeMapLiteral(now);
      case Op::kCall:
        return Call(now);
      case Op::kCallHost:
        return CallHost(now);
      case Op::kNewList:
        return Value::List(nullptr, 0);
      case Op::kNewMap:
        return Value::Map(nullptr, 0);
      case Op::kIsOne: {
        const Value& count = registers_[now.dst];
        return count.is(Kind::kError) ? count : Value::Bool(count.integer() == 1);
      }
      case Op::kSealMap: {
        const Value& map = registers_[now.dst];
        // The entries lie in scratch memory of this evaluation, so they may be put in order there.
        return map.is(Kind::kError) ? map
                                    : MakeMap(const_cast<MapEntry*>(map.entries()), map.size());
      }
      case Op::kNegate:
      case Op::kNot:
      case Op::kMatch:
      case Op::kGetTime:
      case Op::kGetInZone:
        return ComputeUnary(now);
      default:
        return ComputeBinary(now);
    }
  }

  Value ComputeUnary(const Instruction& now) const {
    const Value& a = Get(now.a);
    if (a.is(Kind::kError)) return a;
    switch (now.op) {
      case Op::kNegate:
        return Negate(a);
      case Op::kNot:
        return a.is(Kind::kBool) ? Value::Bool(!a.boolean()) : NoBool();
      case Op::kMatch: {
        if (!a.is(Kind::kString)) return NoSuchOverload();
        const re2::StringPiece text(a.string().data(), a.string().size());
        return Value::Bool(RE2::PartialMatch(text, *code_.patterns[now.extra]));
      }
      case Op::kGetInZone:
        if (!a.is(Kind::kTimestamp)) return NoSuchOverload();
        return CallTimeGetter(static_cast<Function>(now.b), a, code_.zones[now.extra]);
      default:
        return CallTimeGetter(static_cast<Function>(now.b), a, code_.zones[0]);
    }
  }

  Value Select(const Instruction& now, const Value& container, const Value& field) const {
    const Value found = SelectField(container, field);
    const bool missing = found.is(Kind::kError) && found.error_code() == ErrorCode::kNoSuchKey;
    if (!missing) return found;
    return Value::Error(ErrorCode::kNoSuchKey, Get(now.c).string().data());
  }

  Value ComputeBinary(const Instruction& now) {
    const Value& a = Get(now.a);
    const Value& b = Get(now.b);
    if (a.is(Kind::kError)) return a;
    if (b.is(Kind::kError)) return b;
    switch (now.op) {
      case Op::kAdd:
        return Add(a, b, scratch_);
      case Op::kSubtract:
        return Subtract(a, b);
      case Op::kMultiply:
        return Multiply(a, b);
      case Op::kDivide:
        return Divide(a, b);
      case Op::kModulo:
        return Modulo(a, b);
      case Op::kIndex:
        return Index(a, b);
      case Op::kSelect:
        return Select(now, a, b);
      case Op::kHasField:
        return HasField(a, b);
      default:
        return In(a, b);
    }
  }

  absl::Span<const Value> Arguments(const Instruction& now, uint32_t count) const {
    return {registers_ + now.a, count};
  }

  static const Value* FindError(absl::Span<const Value> values) {
    for (const Value& value : values) {
      if (value.is(Kind::kError)) return &value;
    }
    return nullptr;
  }

  Value MakeList(const Instruction& now) {
    const absl::Span<const Value> values = Arguments(now, now.b);
    if (const Value* error = FindError(values); error != nullptr) return *error;
    Value* items = scratch_.AllocateValues(values.size());
    if (items == nullptr) return OutOfMemory();
    std::copy(values.begin(), values.end(), items);
    return Value::List(items, values.size());
  }

  Value MakeMapLiteral(const Instruction& now) {
    const absl::Span<const Value> values = Arguments(now, now.b * 2);
    if (const Value* error = FindError(values); error != nullptr) return *error;
    MapEntry* entries = scratch_.AllocateEntries(now.b);
    if (entries == nullptr) return OutOfMemory();
    for (size_t i = 0; i < now.b; ++i) entries[i] = {values[2 * i], values[2 * i + 1]};
    return MakeMap(entries, now.b);
  }

  Value Call(const Instruction& now) {
    const absl::Span<const Value> arguments = Arguments(now, now.b);
    if (const Value* error = FindError(arguments); error != nullptr) return *error;
    return CallFunction(static_cast<Function>(now.extra), arguments,
                        CallContext{scratch_, code_.zones[0]});
  }

  Value CallHost(const Instruction& now) {
    const absl::Span<const Value> arguments = Arguments(now, now.b);
    if (const Value* error = FindError(arguments); error != nullptr) return *error;
    const HostFunction* host = ChooseOverload(code_.hosts[now.extra], arguments);
    if (host == nullptr) return NoSuchOverload();
    const Value result = host->function(activation_.host_context(), host->tag, arguments);
    if (!result.is(Kind::kAbsent)) return result;
    return Value::Error(ErrorCode::kHost, "the function has no value for these arguments");
  }

  /// Instructions that may leave the line: answers where to, or kOn.
  uint32_t Step(const Instruction& now, Value& dst) {
    switch (now.op) {
      case Op::kBranch: {
        const Value& condition = Get(now.a);
        if (condition.is(Kind::kBool)) return condition.boolean() ? kOn : now.c;
        dst = condition.is(Kind::kError) ? condition : NoBool();
        return now.b;
      }
      case Op::kBegin:
        return Begin(now, dst);
      case Op::kNext:
        return Next(now, dst);
      case Op::kCountIfTrue:
      case Op::kKeepIfTrue:
        return Judge(now, dst);
      default:
        return Gather(now, dst) ? kOn : now.c;
    }
  }

  uint32_t Begin(const Instruction& now, Value& dst) {
    const Value& range = registers_[now.a];
    if (range.is(Kind::kList) || range.is(Kind::kMap)) {
      registers_[now.a + 1] = Value::Int(0);
      return kOn;
    }
    dst = range.is(Kind::kError) ? range : NoSuchOverload();
    return now.c;
  }

  uint32_t Next(const Instruction& now, Value& dst) {
    const Value& range = registers_[now.a];
    const int64_t position = registers_[now.a + 1].integer();
    if (position == range.size()) return now.c;
    if (!scratch_.TakeStep()) {
      // The end of the loop expects a result in the making, so leave as one that cannot be made.
      dst = Value::Error(ErrorCode::kLimit, "evaluation takes more steps than it is allowed");
      return now.c;
    }
    registers_[now.a + 1] = Value::Int(position + 1);
    const bool two = now.b == 2;
    if (range.is(Kind::kList)) {
      registers_[now.a + 2] = two ? Value::Int(position) : range.items()[position];
      if (two) registers_[now.a + 3] = range.items()[position];
    } else {
      registers_[now.a + 2] = range.entries()[position].key;
      if (two) registers_[now.a + 3] = range.entries()[position].value;
    }
    return kOn;
  }

  uint32_t Judge(const Instruction& now, Value& dst) {
    const Value& condition = Get(now.a);
    if (!condition.is(Kind::kBool)) {
      dst = condition.is(Kind::kError) ? condition : NoBool();
      return now.c;
    }
    if (now.op == Op::kKeepIfTrue) return condition.boolean() ? kOn : now.b;
    if (condition.boolean()) dst = Value::Int(dst.integer() + 1);
    return kOn;
  }

  /// Adds to the list or map under construction. False when that has become an error.
  bool Gather(const Instruction& now, Value& dst) {
    const Value& a = Get(now.a);
    if (a.is(Kind::kError)) {
      dst = a;
    } else if (now.op == Op::kAppend) {
      Append(a, dst);
    } else if (now.op == Op::kInsert) {
      const Value& b = Get(now.b);
      if (b.is(Kind::kError)) {
        dst = b;
      } else {
        Insert({a, b}, dst);
      }
    } else if (!a.is(Kind::kMap)) {
      dst = NoSuchOverload();
    } else {
      for (uint32_t i = 0; i < a.size() && dst.is(Kind::kMap); ++i) Insert(a.entries()[i], dst);
    }
    return !dst.is(Kind::kError);
  }

  static bool IsFull(uint32_t size) { return size == 0 || std::has_single_bit(size); }

  void Append(const Value& item, Value& list) {
    const uint32_t size = list.size();
    auto* items = const_cast<Value*>(list.items());
    if (IsFull(size)) {
      items = scratch_.AllocateValues(size == 0 ? 1 : size_t{size} * 2);
      if (items == nullptr) {
        list = OutOfMemory();
        return;
      }
      std::copy(list.items(), list.items() + size, items);
    }
    items[size] = item;
    list = Value::List(items, size_t{size} + 1);
  }

  void Insert(const MapEntry& entry, Value& map) {
    const uint32_t size = map.size();
    auto* entries = const_cast<MapEntry*>(map.entries());
    if (IsFull(size)) {
      entries = scratch_.AllocateEntries(size == 0 ? 1 : size_t{size} * 2);
      if (entries == nullptr) {
        map = OutOfMemory();
        return;
      }
      std::copy(map.entries(), map.entries() + size, entries);
    }
    entries[size] = entry;
    map = Value::Map(entries, size_t{size} + 1);
  }

  const Code& code_;
  const Activation& activation_;
  Scratch& scratch_;
  Value* registers_;
};

}  // namespace

Value Run(const Code& code, const Activation& activation, Scratch& scratch) {
  return RunFrom(code, 0, activation, scratch, scratch.Begin(code.registers));
}

Value RunFrom(const Code& code, uint32_t first, const Activation& activation, Scratch& scratch,
              Value* registers) {
  return Machine(code, activation, scratch, registers).Run(first);
}

}  // namespace strowger::cel
