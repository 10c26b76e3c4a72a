// Reads typed values out of document nodes; what does not fit becomes a finding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "routing/time.h"

namespace strowger::rules {

// A mapping with a fixed set of keys. Making one reports keys that are not among `known`, and a
// node that is no mapping (which then has no keys).
class Fields {
 public:
  Fields(const Node& node, absl::Span<const std::string_view> known, Report& report);

  const Node& node() const { return *node_; }
  Report& report() const { return *report_; }
  bool ok() const { return ok_; }  // it is a mapping
  // Null when the key is absent or its value is null.
  const Node* Find(std::string_view key) const;
  bool Has(std::string_view key) const { return Find(key) != nullptr; }

 private:
  const Node* node_;
  Report* report_;
  bool ok_;
};

// Each reports and answers nothing when the node does not hold what is asked for.

// One number and one unit: 119999ms, 90s, 110m, 2h, 1d; at most kLongestDuration. `0` needs no
// unit.
std::optional<routing::DurationNs> ReadDuration(const Node& node, Report& report);
std::optional<std::int64_t> ReadInteger(const Node& node, std::int64_t least, std::int64_t most,
                                        Report& report);
// A decimal number in millionths, exactly; at most six decimals.
std::optional<std::int64_t> ReadMillionths(const Node& node, std::int64_t least, std::int64_t most,
                                           Report& report);
std::optional<double> ReadDouble(const Node& node, Report& report);
std::optional<bool> ReadBool(const Node& node, Report& report);
// Any scalar, as text.
std::optional<std::string> ReadString(const Node& node, Report& report);
// A scalar of 1 to kMaxNameBytes bytes: the name of a queue, skill, rule, ...
std::optional<std::string> ReadName(const Node& node, Report& report);
// The position of the scalar among `words`; reports them otherwise.
std::optional<std::size_t> ReadWord(const Node& node, absl::Span<const std::string_view> words,
                                    Report& report);
std::optional<std::vector<std::string>> ReadStrings(const Node& node, Report& report);

// `6/min`, `1/s`, `60/h`, as a whole number a minute.
std::optional<std::int64_t> ReadGain(const Node& node, Report& report);

// The same without a document: nothing when the text is no duration. A leading `-` is accepted when
// `may_be_negative`.
std::optional<routing::DurationNs> ParseDuration(std::string_view text,
                                                 bool may_be_negative = false);
// "20s", "1500ms", "2m": the largest unit that divides it.
std::string FormatDuration(routing::DurationNs duration);

// "voice, chat or email": for messages.
std::string Enumerate(absl::Span<const std::string_view> words);
std::string Enumerate(const std::vector<std::string>& words);

// A name that conditions can use: letters, digits and _, not beginning with a digit.
bool IsIdentifier(std::string_view text);

}  // namespace strowger::rules
