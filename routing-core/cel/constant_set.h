#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "routing-core/cel/value.h"

namespace strowger::cel {

/// Answers `x in list` for a constant list without walking it, where the list is of strings only or
/// of ints only.
class ConstantSet {
 public:
  /// Whether `list` is one of those, with at least one item.
  static bool Suits(const Value& list);
  /// `list` must suit and its strings outlive the set.
  explicit ConstantSet(const Value& list);

  /// Whether the answer for `item` can be had here; otherwise the list must be walked.
  bool Covers(const Value& item) const { return item.is(kind_); }
  bool Contains(const Value& item) const;

 private:
  Kind kind_;
  std::vector<int64_t> integers_;              // sorted
  std::vector<std::string_view> few_strings_;  // used alone when there are few
  absl::flat_hash_set<absl::string_view> strings_;
};

}  // namespace strowger::cel
