#pragma once

#include <cstdint>

namespace strowger::cel {

/// A day of the proleptic Gregorian calendar.
struct CivilDay {
  int64_t year = 1970;
  int32_t month = 1;  // 1 to 12
  int32_t day = 1;    // 1 to 31
};

/// Days from 1970-01-01, and back.
int64_t DaysFromCivil(CivilDay day);
CivilDay CivilFromDays(int64_t days);

int32_t DaysInMonth(int64_t year, int32_t month);

constexpr int64_t kSecondsPerDay = 86400;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

/// Quotient and remainder rounded towards minus infinity, for a positive divisor.
constexpr int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
constexpr int64_t FloorModulo(int64_t a, int64_t b) { return a % b < 0 ? a % b + b : a % b; }

}  // namespace strowger::cel
