#include <cstdint>

#include "absl/numeric/int128.h"
#include "routing-core/cel/civil.h"
#include "routing-core/cel/runtime.h"
#include "routing-core/cel/zone.h"

namespace strowger::cel {
namespace {

Value AddNanos(Timestamp time, int64_t nanoseconds) {
  const int64_t nanos =
      static_cast<int64_t>(time.nanos) + FloorModulo(nanoseconds, kNanosPerSecond);
  const int64_t seconds =
      time.seconds + FloorDivide(nanoseconds, kNanosPerSecond) + nanos / kNanosPerSecond;
  if (seconds < kMinTimestampSeconds || seconds > kMaxTimestampSeconds) return Overflow();
  return Value::Time({seconds, static_cast<uint32_t>(nanos % kNanosPerSecond)});
}

Value GetFromDuration(Function function, int64_t nanoseconds) {
  switch (function) {
    case Function::kGetHours:
      return Value::Int(nanoseconds / (3600 * kNanosPerSecond));
    case Function::kGetMinutes:
      return Value::Int(nanoseconds / (60 * kNanosPerSecond));
    case Function::kGetSeconds:
      return Value::Int(nanoseconds / kNanosPerSecond);
    case Function::kGetMilliseconds:
      return Value::Int(nanoseconds % kNanosPerSecond / 1'000'000);
    default:
      return NoSuchOverload();
  }
}

Value GetFromDay(Function function, int64_t days) {
  const CivilDay day = CivilFromDays(days);
  switch (function) {
    case Function::kGetDate:
      return Value::Int(day.day);
    case Function::kGetDayOfMonth:
      return Value::Int(day.day - 1);
    case Function::kGetDayOfYear:
      return Value::Int(days - DaysFromCivil({day.year, 1, 1}));
    case Function::kGetFullYear:
      return Value::Int(day.year);
    default:
      return Value::Int(day.month - 1);
  }
}

}  // namespace

Value CallTimeGetter(Function function, const Value& value, const Zone& zone) {
  if (value.is(Kind::kDuration)) return GetFromDuration(function, value.duration());
  if (!value.is(Kind::kTimestamp)) return NoSuchOverload();
  const Timestamp time = value.timestamp();
  const int64_t local = time.seconds + zone.OffsetAt(time.seconds);
  const int64_t second = FloorModulo(local, kSecondsPerDay);
  switch (function) {
    case Function::kGetHours:
      return Value::Int(second / 3600);
    case Function::kGetMinutes:
      return Value::Int(second / 60 % 60);
    case Function::kGetSeconds:
      return Value::Int(second % 60);
    case Function::kGetMilliseconds:
      return Value::Int(time.nanos / 1'000'000);
    case Function::kGetDayOfWeek:
      // 1970-01-01 was a Thursday, and weeks start on Sunday.
      return Value::Int(FloorModulo(FloorDivide(local, kSecondsPerDay) + 4, 7));
    default:
      return GetFromDay(function, FloorDivide(local, kSecondsPerDay));
  }
}

Value AddTime(const Value& a, const Value& b) {
  if (a.is(Kind::kTimestamp)) {
    return b.is(Kind::kDuration) ? AddNanos(a.timestamp(), b.duration()) : NoSuchOverload();
  }
  if (b.is(Kind::kTimestamp)) return AddNanos(b.timestamp(), a.duration());
  int64_t sum = 0;
  return __builtin_add_overflow(a.duration(), b.duration(), &sum) ? Overflow()
                                                                  : Value::Duration(sum);
}

Value SubtractTime(const Value& a, const Value& b) {
  if (a.is(Kind::kDuration)) {
    int64_t difference = 0;
    if (!b.is(Kind::kDuration)) return NoSuchOverload();
    return __builtin_sub_overflow(a.duration(), b.duration(), &difference)
               ? Overflow()
               : Value::Duration(difference);
  }
  if (b.is(Kind::kDuration)) {
    if (b.duration() != INT64_MIN) return AddNanos(a.timestamp(), -b.duration());
    const Value nearly = AddNanos(a.timestamp(), INT64_MAX);
    return nearly.is(Kind::kError) ? nearly : AddNanos(nearly.timestamp(), 1);
  }
  const Timestamp left = a.timestamp();
  const Timestamp right = b.timestamp();
  const absl::int128 nanos =
      (absl::int128(left.seconds) - right.seconds) * kNanosPerSecond + left.nanos - right.nanos;
  if (nanos > INT64_MAX || nanos < INT64_MIN) return Overflow();
  return Value::Duration(static_cast<int64_t>(nanos));
}

}  // namespace strowger::cel
