#include <algorithm>
#include <cstdint>
#include <optional>

#include "routing-core/cel/runtime.h"

namespace strowger::cel {
namespace {

Value NoSuchKey() { return Value::Error(ErrorCode::kNoSuchKey, "no such key"); }

/// A list position, given as any number with an integral value.
std::optional<uint64_t> Position(const Value& key) {
  if (key.is(Kind::kInt) && key.integer() >= 0) return static_cast<uint64_t>(key.integer());
  if (key.is(Kind::kUint)) return key.unsigned_integer();
  if (key.is(Kind::kDouble) && key.real() >= 0 && key.real() < 4294967296.0) {
    const auto position = static_cast<uint64_t>(key.real());
    if (static_cast<double>(position) == key.real()) return position;
  }
  return std::nullopt;
}

}  // namespace

Value Index(const Value& container, const Value& key) {
  if (container.is(Kind::kMap)) {
    if (const Value* found = FindKey(container, key); found != nullptr) return *found;
    return NoSuchKey();
  }
  if (!container.is(Kind::kList) || !key.IsNumber()) return NoSuchOverload();
  const std::optional<uint64_t> position = Position(key);
  if (!position || *position >= container.size()) {
    return Value::Error(ErrorCode::kIndexOutOfRange, "list index out of range");
  }
  return container.items()[*position];
}

Value SelectField(const Value& container, const Value& field) {
  if (!container.is(Kind::kMap)) {
    return Value::Error(ErrorCode::kNoSuchOverload, "only a map has fields");
  }
  const Value* found = FindKey(container, field);
  return found != nullptr ? *found : NoSuchKey();
}

Value HasField(const Value& container, const Value& field) {
  if (!container.is(Kind::kMap)) {
    return Value::Error(ErrorCode::kNoSuchOverload, "only a map has fields");
  }
  return Value::Bool(FindKey(container, field) != nullptr);
}

Value In(const Value& item, const Value& container) {
  if (container.is(Kind::kMap)) return Value::Bool(FindKey(container, item) != nullptr);
  if (!container.is(Kind::kList)) return NoSuchOverload();
  for (uint32_t i = 0; i < container.size(); ++i) {
    if (Equal(item, container.items()[i])) return Value::Bool(true);
  }
  return Value::Bool(false);
}

Value MakeMap(MapEntry* entries, size_t size) {
  switch (SortEntries(entries, size)) {
    case KeyProblem::kUnsupportedKind:
      return Value::Error(ErrorCode::kBadArgument, "a map key must be bool, int, uint or string");
    case KeyProblem::kRepeated:
      return Value::Error(ErrorCode::kBadArgument, "a map key is repeated");
    case KeyProblem::kNone:
      break;
  }
  return Value::Map(entries, size);
}

Value Concatenate(const Value& a, const Value& b, Scratch& scratch) {
  const size_t size = size_t{a.size()} + b.size();
  Value* items = scratch.AllocateValues(size);
  if (items == nullptr) return OutOfMemory();
  std::copy(a.items(), a.items() + a.size(), items);
  std::copy(b.items(), b.items() + b.size(), items + a.size());
  return Value::List(items, size);
}

}  // namespace strowger::cel
