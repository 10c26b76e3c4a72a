#pragma once

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

namespace strowger::cel {

/// Every operator and function of the language, whatever the types it is applied to.
enum class Function : uint8_t {
  kNone,
  // Operators.
  kNot,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,
  kIndex,
  // Conversions.
  kToBool,
  kToInt,
  kToUint,
  kToDouble,
  kToString,
  kToTimestamp,
  kToDuration,
  kToDyn,
  kTypeOf,
  // Strings and containers.
  kSize,
  kContains,
  kStartsWith,
  kEndsWith,
  kMatches,
  // Timestamps and durations.
  kGetDate,
  kGetDayOfMonth,
  kGetDayOfWeek,
  kGetDayOfYear,
  kGetFullYear,
  kGetHours,
  kGetMilliseconds,
  kGetMinutes,
  kGetMonth,
  kGetSeconds,
  // String extension.
  kCharAt,
  kIndexOf,
  kLastIndexOf,
  kJoin,
  kLowerAscii,
  kUpperAscii,
  kReplace,
  kReverse,
  kSplit,
  kSubstring,
  kTrim,
  kQuote,
  // Math extension.
  kGreatest,
  kLeast,
  kCeil,
  kFloor,
  kRound,
  kTrunc,
  kAbs,
  kSign,
  kIsNan,
  kIsInf,
  kIsFinite,
  kBitAnd,
  kBitOr,
  kBitXor,
  kBitNot,
  kBitShiftLeft,
  kBitShiftRight,
  kSqrt,
};

enum class CallStyle : uint8_t { kPlain, kMethod };

/// One way to call a function. Types are letters: b bool, i int, u uint, d double, s string,
/// t timestamp, n duration, l list of anything, S list of strings, m map, T type, * anything; a
/// method's receiver comes first.
struct Signature {
  std::string_view name;
  Function function;
  CallStyle style;
  std::string_view arguments;
  char result;
};

/// All signatures of named functions (operators are the checker's own business).
absl::Span<const Signature> Signatures();

/// Whether some function of this name and style exists.
bool IsFunctionName(std::string_view name, CallStyle style);

inline bool IsOrdering(Function function) {
  return function >= Function::kLess && function <= Function::kGreaterOrEqual;
}

inline bool IsTimeGetter(Function function) {
  return function >= Function::kGetDate && function <= Function::kGetSeconds;
}

}  // namespace strowger::cel
