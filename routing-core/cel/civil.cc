#include "routing-core/cel/civil.h"

namespace strowger::cel {
namespace {

// The calendar repeats every 400 years. Years are counted from March, so that the leap day is the
// last of its year and months follow one formula.
constexpr int64_t kDaysPerCycle = 146097;
constexpr int64_t kDaysFromCycleToEpoch = 719468;  // 0000-03-01 to 1970-01-01

bool IsLeapYear(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

}  // namespace

int64_t DaysFromCivil(CivilDay day) {
  const int64_t year = day.month <= 2 ? day.year - 1 : day.year;
  const int64_t cycle = FloorDivide(year, 400);
  const int64_t year_of_cycle = year - cycle * 400;
  const int64_t month = day.month > 2 ? day.month - 3 : day.month + 9;  // from March
  const int64_t day_of_year = (153 * month + 2) / 5 + day.day - 1;
  const int64_t day_of_cycle =
      year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  return cycle * kDaysPerCycle + day_of_cycle - kDaysFromCycleToEpoch;
}

CivilDay CivilFromDays(int64_t days) {
  const int64_t shifted = days + kDaysFromCycleToEpoch;
  const int64_t cycle = FloorDivide(shifted, kDaysPerCycle);
  const int64_t day_of_cycle = shifted - cycle * kDaysPerCycle;
  const int64_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 -
                                 day_of_cycle / (kDaysPerCycle - 1)) /
                                365;
  const int64_t day_of_year =
      day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;  // from March
  CivilDay result;
  result.day = static_cast<int32_t>(day_of_year - (153 * month + 2) / 5 + 1);
  result.month = static_cast<int32_t>(month < 10 ? month + 3 : month - 9);
  result.year = cycle * 400 + year_of_cycle + (result.month <= 2 ? 1 : 0);
  return result;
}

int32_t DaysInMonth(int64_t year, int32_t month) {
  if (month == 2) return IsLeapYear(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

}  // namespace strowger::cel
