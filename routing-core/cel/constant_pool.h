#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/value.h"

namespace strowger::cel {

/// Owns what constants point to. Values kept stay valid while the pool lives, also when it is
/// moved.
class ConstantPool {
 public:
  /// A NUL-terminated copy.
  std::string_view Text(std::string_view text) { return texts_.emplace_back(text); }

  /// A deep copy. Types and error texts live for ever and are not copied.
  Value Keep(const Value& value);

 private:
  Value KeepList(const Value& list);
  Value KeepMap(const Value& map);

  std::deque<std::string> texts_;
  std::deque<std::vector<Value>> lists_;
  std::deque<std::vector<MapEntry>> maps_;
};

}  // namespace strowger::cel
