#include "routing-core/rules/reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "routing/limits.h"

namespace strowger::rules {
namespace {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view KindName(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "a single value";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMapping:
      return "a mapping";
  }
  return "";
}

void Expected(const Node& node, std::string_view what, Report& report) {
  std::string message = "expected " + std::string(what) + ", found ";
  if (node.is_scalar()) {
    message += '"' + node.scalar + '"';
  } else {
    message += KindName(node);
  }
  report.Error(node, std::move(message));
}

// A scalar whose text is meant as something other than text.
bool IsPlain(const Node& node) {
  return node.is_scalar() && node.style == Node::Style::kPlain && !node.scalar.empty();
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Unit {
  std::string_view name;
  routing::DurationNs length;
};

constexpr std::array<Unit, 5> kUnits = {{{"d", routing::kDay},
                                         {"h", routing::kHour},
                                         {"m", routing::kMinute},
                                         {"s", routing::kSecond},
                                         {"ms", routing::kMillisecond}}};

// Digits, a point and at most `places` more digits, as a whole number of 10^-places.
std::optional<std::int64_t> ParseDecimal(std::string_view text, int places) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  std::int64_t value = 0;
  int decimals = -1;  // none before the point
  bool digits = false;
  for (const char c : text) {
    if (c == '.' && decimals < 0 && digits) {
      decimals = 0;
      continue;
    }
    if (!IsDigit(c) || decimals == places ||
        value > std::numeric_limits<std::int64_t>::max() / 100) {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
    digits = true;
    if (decimals >= 0) ++decimals;
  }
  if (!digits || decimals == 0) return std::nullopt;
  for (int i = std::max(decimals, 0); i < places; ++i) {
    if (value > std::numeric_limits<std::int64_t>::max() / 10) return std::nullopt;
    value *= 10;
  }
  return negative ? -value : value;
}

std::string FormatMillionths(std::int64_t value) {
  std::string text = std::to_string(value / 1'000'000);
  const std::int64_t rest = value % 1'000'000;
  if (rest == 0) return text;
  std::string decimals = std::to_string(1'000'000 + (rest < 0 ? -rest : rest)).substr(1);
  while (decimals.back() == '0') decimals.pop_back();
  return text + '.' + decimals;
}

}  // namespace

// ---- Mappings -----------------------------------------------------------------------------------

Fields::Fields(const Node& node, absl::Span<const std::string_view> known, Report& report)
    : node_(&node), report_(&report), ok_(node.is_mapping()) {
  if (!ok_) {
    Expected(node, "a mapping", report);
    return;
  }
  for (const auto& [key, value] : node.entries) {
    if (std::find(known.begin(), known.end(), key.scalar) != known.end()) continue;
    const std::string nearest(cel::NearestName(key.scalar, known));
    std::string message = "unknown key " + key.scalar;
    if (nearest.empty()) message += "; known here: " + Enumerate(known);
    report.Error(key, std::move(message), nearest);
  }
}

const Node* Fields::Find(std::string_view key) const {
  const Node* value = ok_ ? node_->Find(key) : nullptr;
  return value == nullptr || value->kind == Node::Kind::kNull ? nullptr : value;
}

// ---- Scalars ------------------------------------------------------------------------------------

std::optional<routing::DurationNs> ParseDuration(std::string_view text, bool may_be_negative) {
  if (text == "0") return 0;
  const bool negative = may_be_negative && !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  const auto number = ParseInteger(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    if (*number > routing::kLongestDuration / unit.length) return std::nullopt;
    return negative ? -*number * unit.length : *number * unit.length;
  }
  return std::nullopt;
}

std::string FormatDuration(routing::DurationNs duration) {
  for (const Unit& unit : kUnits) {
    if (duration != 0 && duration % unit.length == 0) {
      return std::to_string(duration / unit.length) + std::string(unit.name);
    }
  }
  return duration == 0 ? "0s" : std::to_string(duration) + "ns";
}

std::optional<routing::DurationNs> ReadDuration(const Node& node, Report& report) {
  const auto duration = node.is_scalar() ? ParseDuration(node.scalar) : std::nullopt;
  if (!duration) Expected(node, "a duration such as 90s, 110m or 2h, at most 366d", report);
  return duration;
}

std::optional<std::int64_t> ReadInteger(const Node& node, std::int64_t least, std::int64_t most,
                                        Report& report) {
  const auto value = IsPlain(node) ? ParseInteger(node.scalar) : std::nullopt;
  if (value && *value >= least && *value <= most) return value;
  Expected(node, "a whole number from " + std::to_string(least) + " to " + std::to_string(most),
           report);
  return std::nullopt;
}

std::optional<std::int64_t> ReadMillionths(const Node& node, std::int64_t least, std::int64_t most,
                                           Report& report) {
  const auto value = IsPlain(node) ? ParseDecimal(node.scalar, 6) : std::nullopt;
  if (value && *value >= least && *value <= most) return value;
  Expected(node,
           "a number from " + FormatMillionths(least) + " to " + FormatMillionths(most) +
               " with at most six decimals",
           report);
  return std::nullopt;
}

std::optional<double> ReadDouble(const Node& node, Report& report) {
  double value = 0;
  const std::string& text = node.scalar;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (IsPlain(node) && error == std::errc() && end == text.data() + text.size() &&
      std::isfinite(value)) {
    return value;
  }
  Expected(node, "a number", report);
  return std::nullopt;
}

std::optional<bool> ReadBool(const Node& node, Report& report) {
  if (IsPlain(node) && (node.scalar == "true" || node.scalar == "false")) {
    return node.scalar == "true";
  }
  Expected(node, "true or false", report);
  return std::nullopt;
}

std::optional<std::string> ReadString(const Node& node, Report& report) {
  if (node.is_scalar()) return node.scalar;
  Expected(node, "text", report);
  return std::nullopt;
}

std::optional<std::string> ReadName(const Node& node, Report& report) {
  if (node.is_scalar() && !node.scalar.empty() && node.scalar.size() <= routing::kMaxNameBytes) {
    return node.scalar;
  }
  if (node.is_scalar() && !node.scalar.empty()) {
    report.Error(node, "a name of " + std::to_string(node.scalar.size()) + " bytes; the limit is " +
                           std::to_string(routing::kMaxNameBytes));
  } else {
    Expected(node, "a name", report);
  }
  return std::nullopt;
}

std::optional<std::size_t> ReadWord(const Node& node, absl::Span<const std::string_view> words,
                                    Report& report) {
  if (node.is_scalar()) {
    const auto found = std::find(words.begin(), words.end(), node.scalar);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    report.UnknownName(node, "expected " + Enumerate(words) + ", found \"" + node.scalar + '"',
                       node.scalar, words);
  } else {
    Expected(node, Enumerate(words), report);
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> ReadStrings(const Node& node, Report& report) {
  if (!node.is_sequence()) {
    Expected(node, "a list", report);
    return std::nullopt;
  }
  std::vector<std::string> strings;
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Report::Step step(report, i);
    auto text = ReadString(node.items[i], report);
    good = good && text.has_value();
    if (text) strings.push_back(std::move(*text));
  }
  if (!good) return std::nullopt;
  return strings;
}

std::optional<std::int64_t> ReadGain(const Node& node, Report& report) {
  const std::string_view text = node.scalar;
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto number = node.is_scalar() ? ParseInteger(text.substr(0, slash)) : std::nullopt;
  const std::string_view unit = text.substr(std::min(slash + 1, text.size()));
  if (!number || *number < 0 || *number > 60 * routing::kMaxPriority ||
      (unit != "s" && unit != "min" && unit != "h")) {
    Expected(node, "a gain such as 6/min, 1/s or 60/h", report);
    return std::nullopt;
  }
  if (unit == "h" && *number % 60 != 0) {
    report.Error(node, "a gain must be a whole number a minute; " + node.scalar + " is not");
    return std::nullopt;
  }
  const std::int64_t per_minute = unit == "s" ? *number * 60 : unit == "h" ? *number / 60 : *number;
  if (per_minute > routing::kMaxPriority) {
    report.Error(node, "a gain is at most " + std::to_string(routing::kMaxPriority) + " a minute");
    return std::nullopt;
  }
  return per_minute;
}

// ---- Words --------------------------------------------------------------------------------------

namespace {

template <typename Words>
std::string Join(const Words& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace

std::string Enumerate(absl::Span<const std::string_view> words) { return Join(words); }
std::string Enumerate(const std::vector<std::string>& words) { return Join(words); }

bool IsIdentifier(std::string_view text) {
  if (text.empty() || IsDigit(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsDigit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

}  // namespace strowger::rules
