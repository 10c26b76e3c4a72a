#include "routing-core/cel/runtime.h"

namespace strowger::cel {

Value NoSuchOverload() {
  return Value::Error(ErrorCode::kNoSuchOverload, "no such overload for these types");
}

Value Overflow() { return Value::Error(ErrorCode::kOverflow, "result out of range"); }

Value OutOfMemory() {
  return Value::Error(ErrorCode::kLimit, "evaluation needs more memory than it is allowed");
}

}  // namespace strowger::cel
