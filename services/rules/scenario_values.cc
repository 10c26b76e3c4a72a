#include "services/rules/scenario_values.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace strowger::rules {

using routing::TimeNs;

std::optional<TimeNs> ReadInstant(const Node& node, std::optional<TimeNs> start, Report& report) {
  if (start.has_value() && node.is_scalar()) {
    if (const auto offset = ParseDuration(node.scalar, true)) return *start + *offset;
  }
  absl::Time time;
  std::string error;
  if (node.is_scalar() && absl::ParseTime(absl::RFC3339_full, node.scalar, &time, &error)) {
    const absl::Duration since_epoch = time - absl::UnixEpoch();
    if (since_epoch > absl::ZeroDuration() &&
        since_epoch <= absl::Nanoseconds(routing::kLatestTime - routing::kLongestDuration)) {
      return absl::ToInt64Nanoseconds(since_epoch);
    }
  }
  if (start.has_value()) {
    report.Error(node, "an instant or a duration from the start of the test is wanted", "-5m");
  } else {
    report.Error(node, "an instant with its zone, between 1970 and 2198, is wanted",
                 "2026-03-30T09:00:00+01:00");
  }
  return std::nullopt;
}

std::string ReadRequired(const Fields& fields, std::string_view key) {
  if (const Node* value = fields.Find(key)) {
    Report::Step step(fields.report(), key);
    return ReadString(*value, fields.report()).value_or("");
  }
  if (fields.ok())
    fields.report().Error(fields.node(), absl::StrCat("'", std::string(key), "' is missing"));
  return "";
}

std::string WriteDecimal(std::int64_t count, int digits) {
  std::int64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  std::string text = absl::StrCat(count < 0 ? "-" : "", std::abs(count / unit));
  const std::int64_t rest = std::abs(count % unit);
  if (rest == 0) return text;
  std::string fraction = absl::StrCat(rest);
  fraction.insert(0, static_cast<std::size_t>(digits) - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return absl::StrCat(text, ".", fraction);
}

}  // namespace strowger::rules
