#include <cmath>
#include <cstdint>

#include "routing-core/cel/runtime.h"

namespace strowger::cel {
namespace {

Value Extreme(absl::Span<const Value> values, Order wanted) {
  if (values.empty()) return Value::Error(ErrorCode::kBadArgument, "no numbers to choose from");
  const Value* best = &values[0];
  for (const Value& value : values) {
    if (!value.IsNumber()) return NoSuchOverload();
    if (CompareNumbers(value, *best) == wanted) best = &value;
  }
  return *best;
}

Value ExtremeOf(absl::Span<const Value> arguments, Order wanted) {
  if (arguments.size() == 1 && arguments[0].is(Kind::kList)) {
    return Extreme({arguments[0].items(), arguments[0].size()}, wanted);
  }
  return Extreme(arguments, wanted);
}

/// Half away from zero. The operations used here are exact, hence the same on every machine.
Value OfDouble(Function function, double value) {
  switch (function) {
    case Function::kCeil:
      return Value::Double(std::ceil(value));
    case Function::kFloor:
      return Value::Double(std::floor(value));
    case Function::kRound:
      return Value::Double(std::round(value));
    case Function::kTrunc:
      return Value::Double(std::trunc(value));
    case Function::kIsNan:
      return Value::Bool(std::isnan(value));
    case Function::kIsInf:
      return Value::Bool(std::isinf(value));
    default:
      return Value::Bool(std::isfinite(value));
  }
}

Value Abs(const Value& value) {
  switch (value.kind()) {
    case Kind::kInt:
      return value.integer() < 0 ? Negate(value) : value;
    case Kind::kUint:
      return value;
    case Kind::kDouble:
      return Value::Double(std::fabs(value.real()));
    default:
      return NoSuchOverload();
  }
}

Value SignOf(const Value& value) {
  switch (value.kind()) {
    case Kind::kInt:
      return Value::Int(value.integer() < 0 ? -1 : (value.integer() > 0 ? 1 : 0));
    case Kind::kUint:
      return Value::Uint(value.unsigned_integer() > 0 ? 1 : 0);
    case Kind::kDouble:
      if (value.real() < 0) return Value::Double(-1);
      // Zero keeps its sign, and no number stays none.
      return value.real() > 0 ? Value::Double(1) : value;
    default:
      return NoSuchOverload();
  }
}

uint64_t Combine(Function function, uint64_t a, uint64_t b) {
  if (function == Function::kBitAnd) return a & b;
  return function == Function::kBitOr ? a | b : a ^ b;
}

/// The bits of an integer of either kind, and back.
uint64_t Bits(const Value& value) {
  return value.is(Kind::kInt) ? static_cast<uint64_t>(value.integer()) : value.unsigned_integer();
}
Value FromBits(uint64_t bits, Kind kind) {
  return kind == Kind::kInt ? Value::Int(static_cast<int64_t>(bits)) : Value::Uint(bits);
}
bool IsInteger(const Value& value) { return value.is(Kind::kInt) || value.is(Kind::kUint); }

Value Shift(Function function, const Value& value, const Value& count) {
  if (!IsInteger(value) || !count.is(Kind::kInt)) return NoSuchOverload();
  if (count.integer() < 0) return Value::Error(ErrorCode::kBadArgument, "negative shift");
  if (count.integer() > 63) return FromBits(0, value.kind());
  const uint64_t bits = Bits(value);
  const auto places = static_cast<uint32_t>(count.integer());
  const bool left = function == Function::kBitShiftLeft;
  return FromBits(left ? bits << places : bits >> places, value.kind());
}

Value BitFunction(Function function, absl::Span<const Value> arguments) {
  const Value& a = arguments[0];
  if (function == Function::kBitNot) {
    return IsInteger(a) ? FromBits(~Bits(a), a.kind()) : NoSuchOverload();
  }
  const Value& b = arguments[1];
  if (function == Function::kBitShiftLeft || function == Function::kBitShiftRight) {
    return Shift(function, a, b);
  }
  if (!IsInteger(a) || a.kind() != b.kind()) return NoSuchOverload();
  return FromBits(Combine(function, Bits(a), Bits(b)), a.kind());
}

}  // namespace

Value CallMathExtension(Function function, absl::Span<const Value> arguments) {
  switch (function) {
    case Function::kGreatest:
      return ExtremeOf(arguments, Order::kGreater);
    case Function::kLeast:
      return ExtremeOf(arguments, Order::kLess);
    case Function::kAbs:
      return Abs(arguments[0]);
    case Function::kSign:
      return SignOf(arguments[0]);
    case Function::kSqrt:
      // IEEE 754 rounds square roots exactly, unlike the rest of libm.
      return arguments[0].IsNumber() ? Value::Double(std::sqrt(NumberAsDouble(arguments[0])))
                                     : NoSuchOverload();
    case Function::kBitAnd:
    case Function::kBitOr:
    case Function::kBitXor:
    case Function::kBitNot:
    case Function::kBitShiftLeft:
    case Function::kBitShiftRight:
      return BitFunction(function, arguments);
    default:
      return arguments[0].is(Kind::kDouble) ? OfDouble(function, arguments[0].real())
                                            : NoSuchOverload();
  }
}

}  // namespace strowger::cel
