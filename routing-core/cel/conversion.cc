#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/charconv.h"
#include "routing-core/cel/runtime.h"

namespace strowger::cel {
namespace {

Value BadText() { return Value::Error(ErrorCode::kBadConversion, "text cannot be converted"); }

template <typename T>
bool ReadWhole(std::string_view text, T* value) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), *value);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

Value ToBool(const Value& value) {
  if (value.is(Kind::kBool)) return value;
  if (!value.is(Kind::kString)) return NoSuchOverload();
  const std::string_view text = value.string();
  for (const std::string_view word : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == word) return Value::Bool(true);
  }
  for (const std::string_view word : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == word) return Value::Bool(false);
  }
  return BadText();
}

Value TextToInt(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  int64_t value = 0;
  return ReadWhole(text, &value) ? Value::Int(value) : BadText();
}

Value ToInt(const Value& value) {
  switch (value.kind()) {
    case Kind::kInt:
      return value;
    case Kind::kUint:
      if (value.unsigned_integer() > static_cast<uint64_t>(INT64_MAX)) return Overflow();
      return Value::Int(static_cast<int64_t>(value.unsigned_integer()));
    case Kind::kDouble:
      // The bounds themselves are refused, as the language's own tests have it.
      if (!(value.real() > -9223372036854775808.0 && value.real() < 9223372036854775808.0)) {
        return Overflow();
      }
      return Value::Int(static_cast<int64_t>(value.real()));
    case Kind::kString:
      return TextToInt(value.string());
    case Kind::kTimestamp:
      return Value::Int(value.timestamp().seconds);
    default:
      return NoSuchOverload();
  }
}

Value ToUint(const Value& value) {
  switch (value.kind()) {
    case Kind::kUint:
      return value;
    case Kind::kInt:
      if (value.integer() < 0) return Overflow();
      return Value::Uint(static_cast<uint64_t>(value.integer()));
    case Kind::kDouble:
      if (!(value.real() >= 0 && value.real() < 18446744073709551616.0)) return Overflow();
      return Value::Uint(static_cast<uint64_t>(value.real()));
    case Kind::kString: {
      uint64_t number = 0;
      return ReadWhole(value.string(), &number) ? Value::Uint(number) : BadText();
    }
    default:
      return NoSuchOverload();
  }
}

Value TextToDouble(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  // The reader below would take hexadecimal digits, and "nan(...)" with anything between.
  if (text.find_first_of("(xX") != std::string_view::npos) return BadText();
  double value = 0;
  const absl::from_chars_result read =
      absl::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ptr != text.data() + text.size() || read.ec == std::errc::invalid_argument) {
    return BadText();
  }
  if (read.ec != std::errc::result_out_of_range) return Value::Double(value);
  // Too large is an error, too small is zero.
  return std::abs(value) > 1 ? Overflow() : Value::Double(0);
}

Value ToDouble(const Value& value) {
  if (value.IsNumber()) return Value::Double(NumberAsDouble(value));
  return value.is(Kind::kString) ? TextToDouble(value.string()) : NoSuchOverload();
}

template <typename T>
Value NumberToText(T number, Scratch& scratch) {
  std::array<char, 24> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return CopyText({buffer.data(), static_cast<size_t>(written.ptr - buffer.data())}, scratch);
}

Value ToText(const Value& value, Scratch& scratch) {
  switch (value.kind()) {
    case Kind::kString:
      return value;
    case Kind::kBool:
      return Value::String(value.boolean() ? "true" : "false");
    case Kind::kInt:
      return NumberToText(value.integer(), scratch);
    case Kind::kUint:
      return NumberToText(value.unsigned_integer(), scratch);
    case Kind::kDouble:
      return CopyText(FormatDouble(value.real()), scratch);
    case Kind::kTimestamp:
      return CopyText(FormatTimestamp(value.timestamp()), scratch);
    case Kind::kDuration:
      return CopyText(FormatDuration(value.duration()), scratch);
    default:
      return NoSuchOverload();
  }
}

Value ToTimestamp(const Value& value) {
  if (value.is(Kind::kTimestamp)) return value;
  if (value.is(Kind::kInt)) {
    const int64_t seconds = value.integer();
    if (seconds < kMinTimestampSeconds || seconds > kMaxTimestampSeconds) return Overflow();
    return Value::Time({seconds, 0});
  }
  if (!value.is(Kind::kString)) return NoSuchOverload();
  const std::optional<Timestamp> time = ParseTimestamp(value.string());
  if (time) return Value::Time(*time);
  return Value::Error(ErrorCode::kBadConversion,
                      "not an RFC 3339 timestamp of the years 1 to 9999");
}

Value ToDuration(const Value& value) {
  if (value.is(Kind::kDuration)) return value;
  if (!value.is(Kind::kString)) return NoSuchOverload();
  const std::optional<int64_t> duration = ParseDuration(value.string());
  if (duration) return Value::Duration(*duration);
  return Value::Error(ErrorCode::kBadConversion,
                      "not a duration such as \"90s\" or \"1h30m\", or too long");
}

}  // namespace

std::string FormatDouble(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  // The fewest digits that read back equal; in scientific notation what printf's %g would so write.
  const double size = std::fabs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e6);
  std::array<char, 32> buffer;
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  return {buffer.data(), written.ptr};
}

Value TypeOf(const Value& value) { return Value::TypeNamed(TypeName(value.kind())); }

Value Convert(Function function, const Value& value, Scratch& scratch) {
  switch (function) {
    case Function::kToBool:
      return ToBool(value);
    case Function::kToInt:
      return ToInt(value);
    case Function::kToUint:
      return ToUint(value);
    case Function::kToDouble:
      return ToDouble(value);
    case Function::kToString:
      return ToText(value, scratch);
    case Function::kToTimestamp:
      return ToTimestamp(value);
    case Function::kToDuration:
      return ToDuration(value);
    default:
      return value;
  }
}

}  // namespace strowger::cel
