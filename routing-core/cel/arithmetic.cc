#include <cstdint>

#include "routing-core/cel/runtime.h"

namespace strowger::cel {
namespace {

Value DivideByZero() { return Value::Error(ErrorCode::kDivideByZero, "divide by zero"); }
Value ModulusByZero() { return Value::Error(ErrorCode::kDivideByZero, "modulus by zero"); }

Value AddText(const Value& a, const Value& b, Scratch& scratch) {
  const std::string_view left = a.string();
  const std::string_view right = b.string();
  char* text = scratch.AllocateText(left.size() + right.size());
  if (text == nullptr) return OutOfMemory();
  left.copy(text, left.size());
  right.copy(text + left.size(), right.size());
  return Value::String({text, left.size() + right.size()});
}

bool IsTime(Kind kind) { return kind == Kind::kTimestamp || kind == Kind::kDuration; }

}  // namespace

Value Add(const Value& a, const Value& b, Scratch& scratch) {
  if (IsTime(a.kind()) && IsTime(b.kind())) return AddTime(a, b);
  if (a.kind() != b.kind()) return NoSuchOverload();
  switch (a.kind()) {
    case Kind::kInt: {
      int64_t sum = 0;
      return __builtin_add_overflow(a.integer(), b.integer(), &sum) ? Overflow() : Value::Int(sum);
    }
    case Kind::kUint: {
      uint64_t sum = 0;
      return __builtin_add_overflow(a.unsigned_integer(), b.unsigned_integer(), &sum)
                 ? Overflow()
                 : Value::Uint(sum);
    }
    case Kind::kDouble:
      return Value::Double(a.real() + b.real());
    case Kind::kString:
      return AddText(a, b, scratch);
    case Kind::kList:
      return Concatenate(a, b, scratch);
    default:
      return NoSuchOverload();
  }
}

Value Subtract(const Value& a, const Value& b) {
  if (IsTime(a.kind()) && IsTime(b.kind())) return SubtractTime(a, b);
  if (a.kind() != b.kind()) return NoSuchOverload();
  switch (a.kind()) {
    case Kind::kInt: {
      int64_t difference = 0;
      return __builtin_sub_overflow(a.integer(), b.integer(), &difference) ? Overflow()
                                                                           : Value::Int(difference);
    }
    case Kind::kUint:
      return b.unsigned_integer() > a.unsigned_integer()
                 ? Overflow()
                 : Value::Uint(a.unsigned_integer() - b.unsigned_integer());
    case Kind::kDouble:
      return Value::Double(a.real() - b.real());
    default:
      return NoSuchOverload();
  }
}

Value Multiply(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return NoSuchOverload();
  switch (a.kind()) {
    case Kind::kInt: {
      int64_t product = 0;
      return __builtin_mul_overflow(a.integer(), b.integer(), &product) ? Overflow()
                                                                        : Value::Int(product);
    }
    case Kind::kUint: {
      uint64_t product = 0;
      return __builtin_mul_overflow(a.unsigned_integer(), b.unsigned_integer(), &product)
                 ? Overflow()
                 : Value::Uint(product);
    }
    case Kind::kDouble:
      return Value::Double(a.real() * b.real());
    default:
      return NoSuchOverload();
  }
}

Value Divide(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return NoSuchOverload();
  switch (a.kind()) {
    case Kind::kInt:
      if (b.integer() == 0) return DivideByZero();
      if (a.integer() == INT64_MIN && b.integer() == -1) return Overflow();
      return Value::Int(a.integer() / b.integer());
    case Kind::kUint:
      if (b.unsigned_integer() == 0) return DivideByZero();
      return Value::Uint(a.unsigned_integer() / b.unsigned_integer());
    case Kind::kDouble:
      // Division by zero is defined: the build is for IEEE 754 arithmetic.
      return Value::Double(a.real() / b.real());
    default:
      return NoSuchOverload();
  }
}

Value Modulo(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return NoSuchOverload();
  switch (a.kind()) {
    case Kind::kInt:
      if (b.integer() == 0) return ModulusByZero();
      if (a.integer() == INT64_MIN && b.integer() == -1) return Overflow();
      return Value::Int(a.integer() % b.integer());
    case Kind::kUint:
      if (b.unsigned_integer() == 0) return ModulusByZero();
      return Value::Uint(a.unsigned_integer() % b.unsigned_integer());
    default:
      return NoSuchOverload();
  }
}

Value Negate(const Value& a) {
  if (a.is(Kind::kInt)) return a.integer() == INT64_MIN ? Overflow() : Value::Int(-a.integer());
  return a.is(Kind::kDouble) ? Value::Double(-a.real()) : NoSuchOverload();
}

}  // namespace strowger::cel
