#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/numeric/int128.h"
#include "routing-core/cel/value.h"

namespace strowger::cel::naive {

enum class Is {
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kTime,
  kDuration,
  kList,
  kMap,
  kType,
  kError
};

struct Entry;

/// A value that owns all of itself, with nothing done for speed.
struct Thing {
  Is is = Is::kNull;
  bool boolean = false;
  absl::int128 integer = 0;  // kInt, kUint; kTime and kDuration in nanoseconds
  double real = 0;
  std::string text;  // kString; kType: its name
  std::vector<Thing> items;
  std::vector<Entry> entries;  // in the order of their keys
};

struct Entry {
  Thing first;   // the key
  Thing second;  // the value
};

Thing Error();
Thing Bool(bool value);
Thing Int(int64_t value);
Thing Uint(uint64_t value);
Thing Double(double value);
Thing String(std::string value);
Thing Time(absl::int128 nanoseconds);
Thing Duration(absl::int128 nanoseconds);
Thing List(std::vector<Thing> items);
/// An error when a key may not be one or is repeated.
Thing Map(std::vector<Entry> entries);

bool IsNumber(const Thing& thing);
/// The language's ==.
bool Equal(const Thing& a, const Thing& b);
/// What is under the key, or null.
const Thing* Find(const Thing& map, const Thing& key);
/// The result of the evaluator as one of ours.
Thing FromValue(const Value& value);
/// Whether both are the same in kind and content, or both errors; NaN is itself.
bool Same(const Thing& a, const Thing& b);
std::string ToText(const Thing& thing);

}  // namespace strowger::cel::naive
