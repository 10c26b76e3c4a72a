#include <optional>
#include <string>

#include "routing-core/cel/runtime.h"
#include "routing-core/cel/zone.h"

namespace strowger::cel {
namespace {

Value CallOperator(Function function, absl::Span<const Value> operands, Scratch& scratch) {
  const Value& a = operands[0];
  if (function == Function::kNegate) return Negate(a);
  if (function == Function::kNot) {
    return a.is(Kind::kBool) ? Value::Bool(!a.boolean()) : NoSuchOverload();
  }
  const Value& b = operands[1];
  switch (function) {
    case Function::kAdd:
      return Add(a, b, scratch);
    case Function::kSubtract:
      return Subtract(a, b);
    case Function::kMultiply:
      return Multiply(a, b);
    case Function::kDivide:
      return Divide(a, b);
    case Function::kModulo:
      return Modulo(a, b);
    case Function::kEqual:
      return Value::Bool(Equal(a, b));
    case Function::kNotEqual:
      return Value::Bool(!Equal(a, b));
    case Function::kIn:
      return In(a, b);
    case Function::kIndex:
      return Index(a, b);
    default:
      return Compare(function, a, b);
  }
}

Value CallGetter(Function function, absl::Span<const Value> arguments, const Zone& default_zone) {
  if (arguments.size() == 1) return CallTimeGetter(function, arguments[0], default_zone);
  if (!arguments[0].is(Kind::kTimestamp) || !arguments[1].is(Kind::kString)) {
    return NoSuchOverload();
  }
  const std::optional<Zone> zone = Zone::Load(arguments[1].string());
  if (!zone) return Value::Error(ErrorCode::kBadArgument, "unknown time zone");
  return CallTimeGetter(function, arguments[0], *zone);
}

}  // namespace

Value CallFunction(Function function, absl::Span<const Value> arguments,
                   const CallContext& context) {
  if (function <= Function::kIndex) return CallOperator(function, arguments, context.scratch);
  if (function <= Function::kToDyn) return Convert(function, arguments[0], context.scratch);
  if (function == Function::kTypeOf) return TypeOf(arguments[0]);
  if (function <= Function::kMatches) return CallStringFunction(function, arguments);
  if (function <= Function::kGetSeconds)
    return CallGetter(function, arguments, context.default_zone);
  if (function <= Function::kQuote) {
    return CallStringExtension(function, arguments, context.scratch);
  }
  return CallMathExtension(function, arguments);
}

}  // namespace strowger::cel
