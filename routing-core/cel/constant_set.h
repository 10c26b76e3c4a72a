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
  /// `list` must suit and outlive the set.
  explicit ConstantSet(const Value& list);

  /// The items it was made of.
  const Value* items() const { return items_; }
  /// Whether the answer for `item` can be had here; otherwise the list must be walked.
  bool Covers(const Value& item) const { return item.is(kind_); }
  bool Contains(const Value& item) const;

 private:
  bool ContainsText(std::string_view text) const;
  bool ContainsInteger(int64_t integer) const;

  Kind kind_;
  const Value* items_;
  struct Text {
    uint64_t first_word;
    std::string_view text;
  };
  std::vector<int64_t> integers_;  // sorted
  std::vector<Text> few_strings_;  // used alone when there are few
  absl::flat_hash_set<absl::string_view> strings_;
};

}  // namespace strowger::cel
