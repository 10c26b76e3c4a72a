#include "routing-core/cel/value.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "routing-core/cel/runtime.h"

namespace strowger::cel {
namespace {

int Sign(bool less, bool greater) { return less ? -1 : (greater ? 1 : 0); }

int CompareText(std::string_view a, std::string_view b) {
  const int order = a.compare(b);
  return Sign(order<0, order> 0);
}

int CompareIntegers(const Value& a, const Value& b) {
  if (a.is(Kind::kInt) && b.is(Kind::kInt)) {
    return Sign(a.integer() < b.integer(), a.integer() > b.integer());
  }
  if (a.is(Kind::kInt)) {
    if (a.integer() < 0) return -1;
    const auto left = static_cast<uint64_t>(a.integer());
    return Sign(left<b.unsigned_integer(), left> b.unsigned_integer());
  }
  if (b.is(Kind::kInt)) return -CompareIntegers(b, a);
  return Sign(a.unsigned_integer() < b.unsigned_integer(),
              a.unsigned_integer() > b.unsigned_integer());
}

int KeyRank(Kind kind) {
  if (kind == Kind::kBool) return 0;
  return kind == Kind::kString ? 2 : 1;
}

/// The one total order of map keys: booleans, integers of either kind by value, strings by bytes.
int CompareKeys(const Value& a, const Value& b) {
  const int rank_a = KeyRank(a.kind());
  const int rank_b = KeyRank(b.kind());
  if (rank_a != rank_b) return rank_a < rank_b ? -1 : 1;
  if (rank_a == 0) return Sign(!a.boolean() && b.boolean(), a.boolean() && !b.boolean());
  if (rank_a == 2) return CompareText(a.string(), b.string());
  return CompareIntegers(a, b);
}

bool IsKeyKind(Kind kind) {
  return kind == Kind::kBool || kind == Kind::kInt || kind == Kind::kUint || kind == Kind::kString;
}

/// The integer key equal to `key`, or null when a double equals no integer.
Value AsKey(const Value& key) {
  if (!key.is(Kind::kDouble)) return key;
  const double real = key.real();
  if (real >= -9223372036854775808.0 && real < 9223372036854775808.0) {
    const auto integer = static_cast<int64_t>(real);
    return static_cast<double>(integer) == real ? Value::Int(integer) : Value::Null();
  }
  if (real >= 0 && real < 18446744073709551616.0) {
    return Value::Uint(static_cast<uint64_t>(real));
  }
  return Value::Null();
}

bool EqualMaps(const Value& a, const Value& b) {
  if (a.size() != b.size()) return false;
  for (uint32_t i = 0; i < a.size(); ++i) {
    const MapEntry& left = a.entries()[i];
    const MapEntry& right = b.entries()[i];
    if (CompareKeys(left.key, right.key) != 0 || !Equal(left.value, right.value)) return false;
  }
  return true;
}

bool EqualLists(const Value& a, const Value& b) {
  if (a.size() != b.size()) return false;
  for (uint32_t i = 0; i < a.size(); ++i) {
    if (!Equal(a.items()[i], b.items()[i])) return false;
  }
  return true;
}

bool EqualNumbers(const Value& a, const Value& b) {
  if (a.is(Kind::kDouble) || b.is(Kind::kDouble)) return NumberAsDouble(a) == NumberAsDouble(b);
  return CompareIntegers(a, b) == 0;
}

}  // namespace

double NumberAsDouble(const Value& value) {
  if (value.is(Kind::kInt)) return static_cast<double>(value.integer());
  if (value.is(Kind::kUint)) return static_cast<double>(value.unsigned_integer());
  return value.real();
}

Order CompareNumbers(const Value& a, const Value& b) {
  if (a.is(Kind::kDouble) || b.is(Kind::kDouble)) {
    const double left = NumberAsDouble(a);
    const double right = NumberAsDouble(b);
    if (left < right) return Order::kLess;
    if (left > right) return Order::kGreater;
    return left == right ? Order::kEqual : Order::kUnordered;
  }
  const int order = CompareIntegers(a, b);
  return order < 0 ? Order::kLess : (order > 0 ? Order::kGreater : Order::kEqual);
}

KeyProblem SortEntries(MapEntry* entries, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (!IsKeyKind(entries[i].key.kind())) return KeyProblem::kUnsupportedKind;
  }
  const auto before = [](const MapEntry& a, const MapEntry& b) {
    return CompareKeys(a.key, b.key) < 0;
  };
  std::sort(entries, entries + size, before);
  for (size_t i = 1; i < size; ++i) {
    if (CompareKeys(entries[i - 1].key, entries[i].key) == 0) return KeyProblem::kRepeated;
  }
  return KeyProblem::kNone;
}

const Value* FindKey(const Value& map, const Value& key) {
  const Value wanted = AsKey(key);
  if (!IsKeyKind(wanted.kind())) return nullptr;
  const MapEntry* end = map.entries() + map.size();
  const MapEntry* found = std::lower_bound(
      map.entries(), end, wanted,
      [](const MapEntry& entry, const Value& k) { return CompareKeys(entry.key, k) < 0; });
  return found != end && CompareKeys(found->key, wanted) == 0 ? &found->value : nullptr;
}

bool Equal(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return a.IsNumber() && b.IsNumber() && EqualNumbers(a, b);
  switch (a.kind()) {
    case Kind::kBool:
      return a.boolean() == b.boolean();
    case Kind::kInt:
    case Kind::kDuration:
      return a.integer() == b.integer();
    case Kind::kUint:
      return a.unsigned_integer() == b.unsigned_integer();
    case Kind::kDouble:
      return a.real() == b.real();
    case Kind::kString:
    case Kind::kType:
      return a.string() == b.string();
    case Kind::kTimestamp:
      return a.timestamp().seconds == b.timestamp().seconds &&
             a.timestamp().nanos == b.timestamp().nanos;
    case Kind::kList:
      return EqualLists(a, b);
    case Kind::kMap:
      return EqualMaps(a, b);
    case Kind::kNull:
    case Kind::kAbsent:
      return true;
    case Kind::kError:
      break;
  }
  return false;
}

std::string_view TypeName(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null_type";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kTimestamp:
      return "google.protobuf.Timestamp";
    case Kind::kDuration:
      return "google.protobuf.Duration";
    case Kind::kList:
      return "list";
    case Kind::kMap:
      return "map";
    case Kind::kType:
      return "type";
    case Kind::kAbsent:
      return "absent";
    case Kind::kError:
      break;
  }
  return "error";
}

namespace {

std::string ListText(const Value& list) {
  std::string text = "[";
  for (uint32_t i = 0; i < list.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", DebugString(list.items()[i]));
  }
  return text + "]";
}

std::string MapText(const Value& map) {
  std::string text = "{";
  for (uint32_t i = 0; i < map.size(); ++i) {
    const MapEntry& entry = map.entries()[i];
    absl::StrAppend(&text, i == 0 ? "" : ", ", DebugString(entry.key), ": ",
                    DebugString(entry.value));
  }
  return text + "}";
}

}  // namespace

std::string DebugString(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return value.boolean() ? "true" : "false";
    case Kind::kInt:
      return std::to_string(value.integer());
    case Kind::kUint:
      return std::to_string(value.unsigned_integer()) + "u";
    case Kind::kDouble:
      return FormatDouble(value.real());
    case Kind::kString:
      return QuoteText(value.string());
    case Kind::kTimestamp:
      return "timestamp(\"" + FormatTimestamp(value.timestamp()) + "\")";
    case Kind::kDuration:
      return "duration(\"" + FormatDuration(value.duration()) + "\")";
    case Kind::kList:
      return ListText(value);
    case Kind::kMap:
      return MapText(value);
    case Kind::kType:
      return std::string(value.type_name());
    case Kind::kError:
      return std::string("error: ") + value.error_text();
    case Kind::kAbsent:
      break;
  }
  return "absent";
}

}  // namespace strowger::cel
