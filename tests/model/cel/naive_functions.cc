#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "tests/model/cel/naive_evaluator.h"

namespace strowger::cel::naive {
namespace {

using absl::int128;

const int128 kSecond = 1'000'000'000;
const int128 kFirstTime = int128(-62135596800) * kSecond;
const int128 kEndOfTime = int128(253402300800) * kSecond;

bool FitsInt(int128 value) {
  return value >= std::numeric_limits<int64_t>::min() &&
         value <= std::numeric_limits<int64_t>::max();
}
Thing IntOrError(int128 value) {
  return FitsInt(value) ? Int(static_cast<int64_t>(value)) : Error();
}
Thing UintOrError(int128 value) {
  const bool fits = value >= 0 && value <= std::numeric_limits<uint64_t>::max();
  return fits ? Uint(static_cast<uint64_t>(value)) : Error();
}
Thing DurationOrError(int128 value) { return FitsInt(value) ? Duration(value) : Error(); }
Thing TimeOrError(int128 value) {
  return value >= kFirstTime && value < kEndOfTime ? Time(value) : Error();
}

bool Are(const Thing& a, const Thing& b, Is is) { return a.is == is && b.is == is; }

Thing Whole(const std::string& op, const Thing& a, const Thing& b) {
  const int128 x = a.integer;
  const int128 y = b.integer;
  const auto fit = [&a](int128 value) {
    return a.is == Is::kInt ? IntOrError(value) : UintOrError(value);
  };
  if (op == "+") return fit(x + y);
  if (op == "-") return fit(x - y);
  // 128 bits are too few for the product of two numbers of 64 without a sign, by one.
  if (op == "*") {
    if (a.is == Is::kInt) return fit(x * y);
    const auto product = absl::uint128(static_cast<uint64_t>(x)) * static_cast<uint64_t>(y);
    return absl::Uint128High64(product) == 0 ? Uint(absl::Uint128Low64(product)) : Error();
  }
  if (y == 0) return Error();
  if (!FitsInt(x / y) && a.is == Is::kInt) return Error();
  return op == "/" ? fit(x / y) : fit(x % y);
}

Thing Real(const std::string& op, double x, double y) {
  if (op == "+") return Double(x + y);
  if (op == "-") return Double(x - y);
  if (op == "*") return Double(x * y);
  return op == "/" ? Double(x / y) : Error();
}

Thing OfTimes(const std::string& op, const Thing& a, const Thing& b) {
  const bool both = Are(a, b, Is::kTime);
  if (op == "+" && !both) {
    const int128 sum = a.integer + b.integer;
    return Are(a, b, Is::kDuration) ? DurationOrError(sum) : TimeOrError(sum);
  }
  if (op != "-" || (a.is == Is::kDuration && b.is == Is::kTime)) return Error();
  const int128 difference = a.integer - b.integer;
  return a.is == b.is ? DurationOrError(difference) : TimeOrError(difference);
}

Thing Arithmetic(const std::string& op, const Thing& a, const Thing& b) {
  const auto is_time = [](const Thing& t) { return t.is == Is::kTime || t.is == Is::kDuration; };
  if (is_time(a) && is_time(b)) return OfTimes(op, a, b);
  if (a.is != b.is) return Error();
  if (a.is == Is::kInt || a.is == Is::kUint) return Whole(op, a, b);
  if (a.is == Is::kDouble) return Real(op, a.real, b.real);
  if (op != "+") return Error();
  if (a.is == Is::kString) return String(a.text + b.text);
  if (a.is != Is::kList) return Error();
  std::vector<Thing> items = a.items;
  items.insert(items.end(), b.items.begin(), b.items.end());
  return List(std::move(items));
}

/// Below, equal, above, or nothing when the two have no order.
enum class Rank { kBelow, kEqual, kAbove, kNone };

template <typename T>
Rank RankOf(const T& a, const T& b) {
  if (a < b) return Rank::kBelow;
  if (b < a) return Rank::kAbove;
  return a == b ? Rank::kEqual : Rank::kNone;
}

Thing Relation(const std::string& op, const Thing& a, const Thing& b) {
  Rank rank = Rank::kNone;
  if (IsNumber(a) && IsNumber(b)) {
    const auto real = [](const Thing& n) {
      return n.is == Is::kDouble ? n.real : static_cast<double>(n.integer);
    };
    const bool mixed = a.is == Is::kDouble || b.is == Is::kDouble;
    rank = mixed ? RankOf(real(a), real(b)) : RankOf(a.integer, b.integer);
  } else if (a.is != b.is) {
    return Error();
  } else if (a.is == Is::kBool) {
    rank = RankOf(a.boolean, b.boolean);
  } else if (a.is == Is::kString) {
    rank = RankOf(a.text, b.text);
  } else if (a.is == Is::kTime || a.is == Is::kDuration) {
    rank = RankOf(a.integer, b.integer);
  } else {
    return Error();
  }
  if (op == "<") return Bool(rank == Rank::kBelow);
  if (op == ">") return Bool(rank == Rank::kAbove);
  return Bool(rank == Rank::kEqual || rank == (op == "<=" ? Rank::kBelow : Rank::kAbove));
}

Thing Index(const Thing& container, const Thing& key) {
  if (container.is == Is::kMap) {
    const Thing* value = Find(container, key);
    return value == nullptr ? Error() : *value;
  }
  if (container.is != Is::kList || !IsNumber(key)) return Error();
  for (size_t i = 0; i < container.items.size(); ++i) {
    if (Equal(key, Int(static_cast<int64_t>(i)))) return container.items[i];
  }
  return Error();
}

Thing In(const Thing& item, const Thing& container) {
  if (container.is == Is::kMap) return Bool(Find(container, item) != nullptr);
  if (container.is != Is::kList) return Error();
  return Bool(std::any_of(container.items.begin(), container.items.end(),
                          [&item](const Thing& own) { return Equal(item, own); }));
}

// Functions.

using Text = std::u32string;

Text Decode(const std::string& text) {
  Text points;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      points += byte;
    } else if (byte >= 0xC0) {
      points += byte & (byte >= 0xF0 ? 0x07 : (byte >= 0xE0 ? 0x0F : 0x1F));
    } else {
      points.back() = points.back() << 6 | (byte & 0x3F);
    }
  }
  return points;
}

std::string Encode(const Text& points) {
  std::string text;
  for (const char32_t point : points) {
    const auto tail = [&text, point](int shift) {
      text += static_cast<char>(0x80 | (point >> shift & 0x3F));
    };
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += static_cast<char>(0xC0 | point >> 6);
      tail(0);
    } else if (point < 0x10000) {
      text += static_cast<char>(0xE0 | point >> 12);
      tail(6);
      tail(0);
    } else {
      text += static_cast<char>(0xF0 | point >> 18);
      tail(12);
      tail(6);
      tail(0);
    }
  }
  return text;
}

Thing OfText(const std::string& name, const std::vector<Thing>& a) {
  const std::string& text = a[0].text;
  const Text points = Decode(text);
  if (a.size() == 1 && name == "reverse") return String(Encode({points.rbegin(), points.rend()}));
  if (a.size() == 1 && (name == "lowerAscii" || name == "upperAscii")) {
    const bool lower = name == "lowerAscii";
    std::string changed = text;
    for (char& c : changed) {
      if (lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if (!lower && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return String(changed);
  }
  if (a.size() == 2 && a[1].is == Is::kString) {
    const std::string& other = a[1].text;
    const size_t at = text.find(other);
    if (name == "contains") return Bool(at != std::string::npos);
    if (name == "startsWith") return Bool(at == 0);
    if (name == "endsWith") {
      return Bool(text.size() >= other.size() &&
                  text.compare(text.size() - other.size(), std::string::npos, other) == 0);
    }
    if (name == "indexOf") {
      const size_t found = points.find(Decode(other));
      return Int(found == Text::npos ? -1 : static_cast<int64_t>(found));
    }
  }
  if (a.size() == 2 && a[1].is == Is::kInt && (name == "charAt" || name == "substring")) {
    if (a[1].integer < 0 || a[1].integer > points.size()) return Error();
    const auto at = static_cast<size_t>(a[1].integer);
    return String(Encode(points.substr(at, name == "charAt" ? 1 : Text::npos)));
  }
  return Error();
}

Thing OfTime(const std::string& name, const Thing& time) {
  if (time.is == Is::kDuration) {
    if (name == "getHours") return IntOrError(time.integer / (3600 * kSecond));
    if (name == "getMinutes") return IntOrError(time.integer / (60 * kSecond));
    if (name == "getSeconds") return IntOrError(time.integer / kSecond);
    if (name == "getMilliseconds") return IntOrError(time.integer % kSecond / 1'000'000);
    return Error();
  }
  // Times before 0001 do not occur, so counting from there keeps everything positive.
  const int128 since = time.integer - kFirstTime;
  const int128 second = since / kSecond;
  if (name == "getHours") return IntOrError(second / 3600 % 24);
  if (name == "getMinutes") return IntOrError(second / 60 % 60);
  if (name == "getSeconds") return IntOrError(second % 60);
  if (name == "getMilliseconds") return IntOrError(since % kSecond / 1'000'000);
  // 0001-01-01 was a Monday.
  if (name == "getDayOfWeek") return IntOrError((second / 86400 + 1) % 7);
  int128 day = second / 86400;
  int year = 1;
  const auto leap = [](int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); };
  for (; day >= (leap(year) ? 366 : 365); ++year) day -= leap(year) ? 366 : 365;
  if (name == "getFullYear") return Int(year);
  if (name == "getDayOfYear") return IntOrError(day);
  const int lengths[] = {31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int month = 0;
  for (; day >= lengths[month]; ++month) day -= lengths[month];
  if (name == "getMonth") return Int(month);
  if (name == "getDate") return IntOrError(day + 1);
  return name == "getDayOfMonth" ? IntOrError(day) : Error();
}

/// Of digits only, after a sign where one may be.
std::optional<int128> ReadWhole(std::string text, bool sign) {
  const bool negative = sign && !text.empty() && text[0] == '-';
  if (sign && !text.empty() && (text[0] == '-' || text[0] == '+')) text.erase(0, 1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return {};
  int128 value = 0;
  for (const char digit : text) {
    value = value * 10 + (digit - '0');
    if (value > int128(UINT64_MAX)) return {};
  }
  return negative ? -value : value;
}

Thing ReadReal(std::string text) {
  const bool word = text.find_first_of("nN") != std::string::npos;
  const bool signed_word = !text.empty() && (text[0] == '-' || text[0] == '+');
  std::string lower = text.substr(signed_word ? 1 : 0);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (word && lower != "nan" && lower != "inf" && lower != "infinity") return Error();
  if (!word && text.find_first_not_of("0123456789.eE+-") != std::string::npos) return Error();
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool whole = !text.empty() && end == text.c_str() + text.size();
  return !whole || (!word && std::isinf(value)) ? Error() : Double(value);
}

Thing ToInt(const Thing& a) {
  if (a.is == Is::kString) {
    const std::optional<int128> value = ReadWhole(a.text, true);
    return value ? IntOrError(*value) : Error();
  }
  if (a.is == Is::kInt || a.is == Is::kUint) return IntOrError(a.integer);
  if (a.is == Is::kTime)
    return IntOrError((a.integer - kFirstTime) / kSecond + kFirstTime / kSecond);
  if (a.is != Is::kDouble || !(std::fabs(a.real) < 9223372036854775808.0)) return Error();
  return Int(static_cast<int64_t>(a.real));
}

Thing ToUint(const Thing& a) {
  if (a.is == Is::kString) {
    const std::optional<int128> value = ReadWhole(a.text, false);
    return value ? UintOrError(*value) : Error();
  }
  if (a.is == Is::kInt || a.is == Is::kUint) return UintOrError(a.integer);
  if (a.is != Is::kDouble || !(a.real >= 0 && a.real < 18446744073709551616.0)) return Error();
  return Uint(static_cast<uint64_t>(a.real));
}

std::string Printed(const char* format, int precision, double value) {
  std::array<char, 400> buffer;
  std::snprintf(buffer.data(), buffer.size(), format, precision, value);
  return buffer.data();
}

/// The fewest digits that read back, by trying; plain where %g would be.
std::string DoubleText(double value) {
  if (value != value) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  int digits = 0;
  while (std::strtod(Printed("%.*e", digits, value).c_str(), nullptr) != value) ++digits;
  const std::string text = Printed("%.*e", digits, value);
  const int exponent = std::stoi(text.substr(text.find('e') + 1));
  if (exponent < -4 || exponent >= 6) return text;
  return Printed("%.*f", std::max(digits - exponent, 0), value);
}

std::string FractionText(int128 nanos) {
  std::string text = std::to_string(1'000'000'000 + static_cast<int64_t>(nanos));
  text[0] = '.';
  while (text.back() == '0') text.pop_back();
  return text == "." ? "" : text;
}

std::string DurationText(int128 nanos) {
  const int128 size = nanos < 0 ? -nanos : nanos;
  return absl::StrCat(nanos < 0 ? "-" : "", static_cast<int64_t>(size / kSecond),
                      FractionText(size % kSecond), "s");
}

std::string TimeText(const Thing& time) {
  const auto get = [&time](const char* name) {
    return static_cast<int>(static_cast<int64_t>(OfTime(name, time).integer));
  };
  std::array<char, 80> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02dT%02d:%02d:%02d", get("getFullYear"),
                get("getMonth") + 1, get("getDate"), get("getHours"), get("getMinutes"),
                get("getSeconds"));
  return absl::StrCat(buffer.data(), FractionText((time.integer - kFirstTime) % kSecond), "Z");
}

Thing ToStringOf(const Thing& a) {
  switch (a.is) {
    case Is::kString:
      return a;
    case Is::kBool:
      return String(a.boolean ? "true" : "false");
    case Is::kInt:
      return String(std::to_string(static_cast<int64_t>(a.integer)));
    case Is::kUint:
      return String(std::to_string(static_cast<uint64_t>(a.integer)));
    case Is::kDouble:
      return String(DoubleText(a.real));
    case Is::kTime:
      return String(TimeText(a));
    case Is::kDuration:
      return String(DurationText(a.integer));
    default:
      return Error();
  }
}

/// duration() and timestamp() get from the generator whole numbers of one unit, and seconds.
Thing ToDuration(const Thing& a) {
  if (a.is != Is::kString) return a.is == Is::kDuration ? a : Error();
  size_t end = 0;
  const int128 count = std::stoll(a.text, &end);
  const std::string unit = a.text.substr(end);
  const int128 scale = unit == "h" ? 3600 * kSecond : (unit == "s" ? kSecond : int128(1));
  return DurationOrError(count * scale);
}

Thing SizeOf(const Thing& a) {
  if (a.is == Is::kString) return Int(static_cast<int64_t>(Decode(a.text).size()));
  if (a.is == Is::kList) return Int(static_cast<int64_t>(a.items.size()));
  return a.is == Is::kMap ? Int(static_cast<int64_t>(a.entries.size())) : Error();
}

Thing Extreme(const std::vector<Thing>& a, const std::string& better) {
  const std::vector<Thing>& numbers = a.size() == 1 && a[0].is == Is::kList ? a[0].items : a;
  if (numbers.empty()) return Error();
  Thing best = numbers[0];
  for (const Thing& number : numbers) {
    if (!IsNumber(number)) return Error();
    if (Relation(better, number, best).boolean) best = number;
  }
  return best;
}

Thing TypeOf(const Thing& a) {
  static const char* const kNames[] = {"null_type",
                                       "bool",
                                       "int",
                                       "uint",
                                       "double",
                                       "string",
                                       "google.protobuf.Timestamp",
                                       "google.protobuf.Duration",
                                       "list",
                                       "map",
                                       "type"};
  Thing type;
  type.is = Is::kType;
  type.text = kNames[static_cast<int>(a.is)];
  return type;
}

Thing Bits(const std::string& name, const Thing& a, const Thing& b) {
  if (a.is != b.is || (a.is != Is::kInt && a.is != Is::kUint)) return Error();
  const uint64_t x = absl::Int128Low64(a.integer);
  const uint64_t y = absl::Int128Low64(b.integer);
  const uint64_t z = name == "math.bitAnd" ? x & y : (name == "math.bitOr" ? x | y : x ^ y);
  return a.is == Is::kInt ? Int(static_cast<int64_t>(z)) : Uint(z);
}

Thing Unary(const std::string& name, const std::vector<Thing>& a) {
  if (name == "size") return SizeOf(a[0]);
  if (name == "int") return ToInt(a[0]);
  if (name == "uint") return ToUint(a[0]);
  if (name == "string") return ToStringOf(a[0]);
  if (name == "type") return TypeOf(a[0]);
  if (name == "dyn") return a[0];
  if (name == "duration") return ToDuration(a[0]);
  if (name == "timestamp") {
    if (a[0].is == Is::kTime) return a[0];
    return a[0].is == Is::kInt ? TimeOrError(a[0].integer * kSecond) : Error();
  }
  if (name == "double") {
    if (a[0].is == Is::kDouble) return a[0];
    if (a[0].is == Is::kString) return ReadReal(a[0].text);
    return IsNumber(a[0]) ? Double(static_cast<double>(a[0].integer)) : Error();
  }
  if (name == "math.abs") {
    if (a[0].is == Is::kDouble) return Double(std::fabs(a[0].real));
    if (a[0].is == Is::kUint) return a[0];
    return a[0].is == Is::kInt ? IntOrError(a[0].integer < 0 ? -a[0].integer : a[0].integer)
                               : Error();
  }
  if (a[0].is != Is::kDouble) return Error();
  if (name == "math.floor") return Double(std::floor(a[0].real));
  return name == "math.isNaN" ? Bool(a[0].real != a[0].real) : Error();
}

Thing Join(const std::vector<Thing>& a) {
  if (a[0].is != Is::kList || a.size() > 2) return Error();
  if (a.size() == 2 && a[1].is != Is::kString) return Error();
  std::string text;
  for (size_t i = 0; i < a[0].items.size(); ++i) {
    if (a[0].items[i].is != Is::kString) return Error();
    if (i > 0 && a.size() == 2) text += a[1].text;
    text += a[0].items[i].text;
  }
  return String(text);
}

}  // namespace

Thing Binary(const std::string& op, const Thing& a, const Thing& b) {
  if (op == "negate") {
    if (a.is == Is::kDouble) return Double(-a.real);
    return a.is == Is::kInt ? IntOrError(-a.integer) : Error();
  }
  if (op == "==") return Bool(Equal(a, b));
  if (op == "!=") return Bool(!Equal(a, b));
  if (op == "in") return In(a, b);
  if (op == "[]") return Index(a, b);
  return op[0] == '<' || op[0] == '>' ? Relation(op, a, b) : Arithmetic(op, a, b);
}

Thing Call(const std::string& name, bool method, const std::vector<Thing>& arguments) {
  if (arguments.empty()) return Error();
  if (!method) {
    if (name == "math.greatest") return Extreme(arguments, ">");
    if (name == "math.least") return Extreme(arguments, "<");
    if (arguments.size() == 1) return Unary(name, arguments);
    const bool bits = arguments.size() == 2 && name.compare(0, 8, "math.bit") == 0;
    return bits ? Bits(name, arguments[0], arguments[1]) : Error();
  }
  if (name == "join") return Join(arguments);
  if (name == "size") return arguments.size() == 1 ? SizeOf(arguments[0]) : Error();
  const Is is = arguments[0].is;
  if (is == Is::kString) return OfText(name, arguments);
  const bool time = is == Is::kTime || is == Is::kDuration;
  return time && arguments.size() == 1 ? OfTime(name, arguments[0]) : Error();
}

}  // namespace strowger::cel::naive
