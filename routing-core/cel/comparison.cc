#include "routing-core/cel/runtime.h"

namespace strowger::cel {
namespace {

template <typename T>
Order OrderOf(const T& a, const T& b) {
  return a < b ? Order::kLess : (b < a ? Order::kGreater : Order::kEqual);
}

Order OrderOfTimes(Timestamp a, Timestamp b) {
  return a.seconds != b.seconds ? OrderOf(a.seconds, b.seconds) : OrderOf(a.nanos, b.nanos);
}

/// Of two values of one kind, not numbers. False when the kind has no order.
bool OrderOfKind(const Value& a, const Value& b, Order* order) {
  switch (a.kind()) {
    case Kind::kBool:
      *order = OrderOf(a.boolean(), b.boolean());
      return true;
    case Kind::kString:
      *order = OrderOf(a.string(), b.string());
      return true;
    case Kind::kTimestamp:
      *order = OrderOfTimes(a.timestamp(), b.timestamp());
      return true;
    case Kind::kDuration:
      *order = OrderOf(a.duration(), b.duration());
      return true;
    default:
      return false;
  }
}

bool Holds(Function relation, Order order) {
  switch (relation) {
    case Function::kLess:
      return order == Order::kLess;
    case Function::kLessOrEqual:
      return order == Order::kLess || order == Order::kEqual;
    case Function::kGreater:
      return order == Order::kGreater;
    default:
      return order == Order::kGreater || order == Order::kEqual;
  }
}

}  // namespace

Value Compare(Function relation, const Value& a, const Value& b) {
  Order order = Order::kUnordered;
  if (a.IsNumber() && b.IsNumber()) {
    order = CompareNumbers(a, b);
  } else if (a.kind() != b.kind() || !OrderOfKind(a, b, &order)) {
    return NoSuchOverload();
  }
  return Value::Bool(Holds(relation, order));
}

}  // namespace strowger::cel
