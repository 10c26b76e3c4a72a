#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace strowger::cel {

/// What a value is. `kAbsent` is not a value of the language: an activation answers it for a slot
/// that holds nothing, which `has()` turns into false and any other use into an error.
enum class Kind : uint8_t {
  kAbsent,
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kTimestamp,
  kDuration,
  kList,
  kMap,
  kType,
  kError,
};

enum class ErrorCode : uint8_t {
  kNoSuchOverload,
  kNoSuchAttribute,
  kNoSuchKey,
  kIndexOutOfRange,
  kDivideByZero,
  kOverflow,
  kBadConversion,
  kBadArgument,
  kUnknownName,
  kLimit,
  kHost,
};

struct MapEntry;

/// A point in time: seconds since 1970-01-01T00:00:00Z and nanoseconds in [0, 1e9) after them.
struct Timestamp {
  int64_t seconds = 0;
  uint32_t nanos = 0;
};

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z; a timestamp's seconds stay within them.
inline constexpr int64_t kMinTimestampSeconds = -62135596800;
inline constexpr int64_t kMaxTimestampSeconds = 253402300799;

/// One value of the expression language in 16 bytes. Strings, lists, maps and error texts are
/// views: what they point to belongs to the program, to the activation or to the Scratch of the
/// evaluation and must outlive the value. Trivially copyable; reading an accessor of another kind
/// is undefined.
class Value {
 public:
  constexpr Value() : integer_(0) {}

  static constexpr Value Null() { return Value(Kind::kNull); }
  static constexpr Value Bool(bool value);
  static constexpr Value Int(int64_t value);
  static constexpr Value Uint(uint64_t value);
  static constexpr Value Double(double value);
  /// UTF-8, at most 4 GiB.
  static constexpr Value String(std::string_view value);
  /// `value` must lie in years 1 to 9999.
  static constexpr Value Time(Timestamp value);
  static constexpr Value Duration(int64_t nanoseconds);
  static constexpr Value List(const Value* items, size_t size);
  /// `entries` must have been ordered by SortEntries.
  static constexpr Value Map(const MapEntry* entries, size_t size);
  /// `name` is the type's denotation, e.g. "int"; it must live for ever.
  static constexpr Value TypeNamed(std::string_view name);
  /// `text` is NUL-terminated and outlives the value, as a literal does. Host functions leave
  /// `offset` alone: the evaluator sets it to where in the source the call stands.
  static constexpr Value Error(ErrorCode code, const char* text, uint32_t offset = kNoOffset);

  constexpr Kind kind() const { return static_cast<Kind>(head_ & 0xff); }
  constexpr bool is(Kind wanted) const { return kind() == wanted; }
  constexpr bool IsTrue() const { return is(Kind::kBool) && boolean(); }
  constexpr bool IsNumber() const { return kind() >= Kind::kInt && kind() <= Kind::kDouble; }

  constexpr bool boolean() const { return integer_ != 0; }
  constexpr int64_t integer() const { return integer_; }
  constexpr uint64_t unsigned_integer() const { return unsigned_; }
  constexpr double real() const { return real_; }
  constexpr std::string_view string() const { return {text_, extent()}; }
  constexpr Timestamp timestamp() const { return {integer_, extent()}; }
  /// In nanoseconds.
  constexpr int64_t duration() const { return integer_; }
  /// Number of items of a list or entries of a map.
  constexpr uint32_t size() const { return extent(); }
  constexpr const Value* items() const { return items_; }
  constexpr const MapEntry* entries() const { return entries_; }
  constexpr std::string_view type_name() const { return {text_, extent()}; }
  constexpr ErrorCode error_code() const { return static_cast<ErrorCode>(head_ >> 8 & 0xff); }
  constexpr const char* error_text() const { return text_; }
  /// Byte offset into the source of the expression that failed, or kNoOffset.
  constexpr uint32_t error_offset() const { return extent(); }

  static constexpr uint32_t kNoOffset = UINT32_MAX;

 private:
  // One word for all but the payload, written and read whole: values are made and looked at right
  // after one another, and a load wider than the store before it would stall.
  explicit constexpr Value(Kind kind, uint32_t extent = 0, ErrorCode code = ErrorCode{})
      : head_(static_cast<uint64_t>(kind) | static_cast<uint64_t>(code) << 8 |
              static_cast<uint64_t>(extent) << 32),
        integer_(0) {}

  /// The size, nanoseconds of a timestamp, or source offset of an error.
  constexpr uint32_t extent() const { return static_cast<uint32_t>(head_ >> 32); }

  uint64_t head_ = 0;
  union {
    int64_t integer_;
    uint64_t unsigned_;
    double real_;
    const char* text_;
    const Value* items_;
    const MapEntry* entries_;
  };
};

static_assert(sizeof(Value) == 16);

struct MapEntry {
  Value key;
  Value value;
};

/// Orders `entries` by key as Value::Map requires and says whether the keys may stand in one map:
/// each is a bool, int, uint or string, and no two are equal (1 and 1u are). Allocates nothing.
enum class KeyProblem { kNone, kUnsupportedKind, kRepeated };
KeyProblem SortEntries(MapEntry* entries, size_t size);

/// The value under `key` in a map, or null. A number finds an equal key of any numeric kind.
const Value* FindKey(const Value& map, const Value& key);

/// The language's `==` for two values neither of which is an error: numbers compare by value across
/// kinds, values of other different kinds are unequal, NaN equals nothing.
bool Equal(const Value& a, const Value& b);

/// The name of a value's type as type() gives it, e.g. "google.protobuf.Timestamp".
std::string_view TypeName(Kind kind);

/// Text for people: literals as the language writes them, errors by their text.
std::string DebugString(const Value& value);

constexpr Value Value::Bool(bool value) {
  Value v(Kind::kBool);
  v.integer_ = value ? 1 : 0;
  return v;
}
constexpr Value Value::Int(int64_t value) {
  Value v(Kind::kInt);
  v.integer_ = value;
  return v;
}
constexpr Value Value::Uint(uint64_t value) {
  Value v(Kind::kUint);
  v.unsigned_ = value;
  return v;
}
constexpr Value Value::Double(double value) {
  Value v(Kind::kDouble);
  v.real_ = value;
  return v;
}
constexpr Value Value::String(std::string_view value) {
  Value v(Kind::kString, static_cast<uint32_t>(value.size()));
  v.text_ = value.data();
  return v;
}
constexpr Value Value::Time(Timestamp value) {
  Value v(Kind::kTimestamp, value.nanos);
  v.integer_ = value.seconds;
  return v;
}
constexpr Value Value::Duration(int64_t nanoseconds) {
  Value v(Kind::kDuration);
  v.integer_ = nanoseconds;
  return v;
}
constexpr Value Value::List(const Value* items, size_t size) {
  Value v(Kind::kList, static_cast<uint32_t>(size));
  v.items_ = items;
  return v;
}
constexpr Value Value::Map(const MapEntry* entries, size_t size) {
  Value v(Kind::kMap, static_cast<uint32_t>(size));
  v.entries_ = entries;
  return v;
}
constexpr Value Value::TypeNamed(std::string_view name) {
  Value v(Kind::kType, static_cast<uint32_t>(name.size()));
  v.text_ = name.data();
  return v;
}
constexpr Value Value::Error(ErrorCode code, const char* text, uint32_t offset) {
  Value v(Kind::kError, offset, code);
  v.text_ = text;
  return v;
}

}  // namespace strowger::cel
