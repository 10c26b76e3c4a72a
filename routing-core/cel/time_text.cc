#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/numeric/int128.h"
#include "absl/strings/str_format.h"
#include "routing-core/cel/civil.h"
#include "routing-core/cel/runtime.h"

namespace strowger::cel {
namespace {

/// Reads text from the left; every method answers false, or nothing, when it is not as wanted.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }
  bool Take(std::string_view wanted) {
    if (text_.substr(0, wanted.size()) != wanted) return false;
    text_.remove_prefix(wanted.size());
    return true;
  }
  bool AtDigit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }
  int32_t TakeDigit() {
    const int32_t digit = text_[0] - '0';
    text_.remove_prefix(1);
    return digit;
  }
  std::optional<int32_t> Number(int digits, int32_t low, int32_t high) {
    int32_t value = 0;
    for (int i = 0; i < digits; ++i) {
      if (!AtDigit()) return std::nullopt;
      value = value * 10 + TakeDigit();
    }
    if (value < low || value > high) return std::nullopt;
    return value;
  }

 private:
  std::string_view text_;
};

/// Nanoseconds of a fraction's digits, those past the ninth dropped; none is no fraction.
std::optional<uint32_t> ReadFraction(Reader& reader) {
  if (!reader.AtDigit()) return std::nullopt;
  uint32_t nanos = 0;
  uint32_t unit = 100'000'000;
  while (reader.AtDigit()) {
    nanos += static_cast<uint32_t>(reader.TakeDigit()) * unit;
    unit /= 10;
  }
  return nanos;
}

/// Seconds east of UTC: "Z" or "+01:00".
std::optional<int64_t> ReadOffset(Reader& reader) {
  if (reader.Take("Z")) return 0;
  const int64_t sign = reader.Take("-") ? -1 : (reader.Take("+") ? 1 : 0);
  if (sign == 0) return std::nullopt;
  const std::optional<int32_t> hours = reader.Number(2, 0, 23);
  if (!hours || !reader.Take(":")) return std::nullopt;
  const std::optional<int32_t> minutes = reader.Number(2, 0, 59);
  if (!minutes) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60);
}

std::optional<int64_t> ReadDate(Reader& reader) {
  const std::optional<int32_t> year = reader.Number(4, 0, 9999);
  if (!year || !reader.Take("-")) return std::nullopt;
  const std::optional<int32_t> month = reader.Number(2, 1, 12);
  if (!month || !reader.Take("-")) return std::nullopt;
  const std::optional<int32_t> day = reader.Number(2, 1, DaysInMonth(*year, *month));
  if (!day) return std::nullopt;
  return DaysFromCivil({*year, *month, *day}) * kSecondsPerDay;
}

std::optional<int64_t> ReadTimeOfDay(Reader& reader) {
  const std::optional<int32_t> hours = reader.Number(2, 0, 23);
  if (!hours || !reader.Take(":")) return std::nullopt;
  const std::optional<int32_t> minutes = reader.Number(2, 0, 59);
  if (!minutes || !reader.Take(":")) return std::nullopt;
  const std::optional<int32_t> seconds = reader.Number(2, 0, 59);
  if (!seconds) return std::nullopt;
  return *hours * 3600 + *minutes * 60 + *seconds;
}

struct Unit {
  std::string_view name;
  int64_t nanos;
};

// A name that begins another comes after it.
constexpr std::array<Unit, 8> kUnits = {{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},
    {"\u03bcs", 1'000},
    {"ms", 1'000'000},
    {"s", kNanosPerSecond},
    {"m", 60 * kNanosPerSecond},
    {"h", 3600 * kNanosPerSecond},
}};

const Unit* ReadUnit(Reader& reader) {
  for (const Unit& unit : kUnits) {
    if (reader.Take(unit.name)) return &unit;
  }
  return nullptr;
}

/// One number with its unit, in nanoseconds, what is below one dropped. 128 bits hold any sum that
/// is then looked at.
std::optional<absl::int128> ReadPart(Reader& reader) {
  const absl::int128 enough = absl::int128(INT64_MAX) * 2;
  absl::int128 whole = 0;
  bool digits = false;
  while (reader.AtDigit()) {
    digits = true;
    whole = whole * 10 + reader.TakeDigit();
    if (whole > enough) return std::nullopt;
  }
  absl::int128 fraction = 0;
  absl::int128 scale = 1;
  if (reader.Take(".")) {
    while (reader.AtDigit()) {
      digits = true;
      const int32_t digit = reader.TakeDigit();
      if (scale >= 1'000'000'000'000'000'000) continue;
      fraction = fraction * 10 + digit;
      scale *= 10;
    }
  }
  const Unit* unit = digits ? ReadUnit(reader) : nullptr;
  if (unit == nullptr) return std::nullopt;
  return whole * unit->nanos + fraction * unit->nanos / scale;
}

std::string Fraction(uint32_t nanos) {
  if (nanos == 0) return "";
  std::string text = absl::StrFormat(".%09u", nanos);
  while (text.back() == '0') text.pop_back();
  return text;
}

}  // namespace

std::optional<Timestamp> ParseTimestamp(std::string_view text) {
  Reader reader(text);
  const std::optional<int64_t> date = ReadDate(reader);
  if (!date || !reader.Take("T")) return std::nullopt;
  const std::optional<int64_t> time_of_day = ReadTimeOfDay(reader);
  if (!time_of_day) return std::nullopt;
  std::optional<uint32_t> nanos = 0;
  if (reader.Take(".")) nanos = ReadFraction(reader);
  if (!nanos) return std::nullopt;
  const std::optional<int64_t> offset = ReadOffset(reader);
  if (!offset || !reader.AtEnd()) return std::nullopt;
  const int64_t seconds = *date + *time_of_day - *offset;
  if (seconds < kMinTimestampSeconds || seconds > kMaxTimestampSeconds) return std::nullopt;
  return Timestamp{seconds, *nanos};
}

std::optional<int64_t> ParseDuration(std::string_view text) {
  Reader reader(text);
  const bool negative = reader.Take("-");
  if (!negative) reader.Take("+");
  if (reader.Take("0") && reader.AtEnd()) return 0;
  reader = Reader(text.substr(!text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0));
  if (reader.AtEnd()) return std::nullopt;
  absl::int128 sum = 0;
  while (!reader.AtEnd()) {
    const std::optional<absl::int128> part = ReadPart(reader);
    if (!part) return std::nullopt;
    sum += *part;
    if (sum > absl::int128(INT64_MAX) + 1) return std::nullopt;
  }
  if (negative) sum = -sum;
  if (sum > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(sum);
}

std::string FormatTimestamp(Timestamp time) {
  const CivilDay day = CivilFromDays(FloorDivide(time.seconds, kSecondsPerDay));
  const int64_t second = FloorModulo(time.seconds, kSecondsPerDay);
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d%sZ", day.year, day.month, day.day,
                         second / 3600, second / 60 % 60, second % 60, Fraction(time.nanos));
}

std::string FormatDuration(int64_t nanoseconds) {
  const int64_t seconds = nanoseconds / kNanosPerSecond;
  const int64_t nanos = nanoseconds % kNanosPerSecond;
  const char* sign = nanoseconds < 0 ? "-" : "";
  return absl::StrFormat("%s%d%ss", sign, seconds < 0 ? -seconds : seconds,
                         Fraction(static_cast<uint32_t>(nanos < 0 ? -nanos : nanos)));
}

}  // namespace strowger::cel
