#include "services/rules/scenario_expect.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "routing-core/rules/reader.h"
#include "services/rules/scenario_events.h"
#include "services/rules/scenario_values.h"

namespace strowger::rules {
namespace {

// ---- Events -----------------------------------------------------------------------------------

std::optional<std::string> ReadFieldValue(const Node& node, const EventField& field,
                                          Report& report) {
  if (field.name == "position" || field.name == "version") {
    const auto number = ReadInteger(node, 0, std::numeric_limits<std::int64_t>::max(), report);
    return number ? std::optional(absl::StrCat(*number)) : std::nullopt;
  }
  if (field.name == "wait" && node.scalar != "infinite" && node.kind != Node::Kind::kNull) {
    const auto wait = ReadDuration(node, report);
    return wait ? std::optional(FormatDuration(*wait)) : std::nullopt;
  }
  // An empty text and nothing at all both say that the field must have no value.
  if (node.kind == Node::Kind::kNull) return "";
  if (field.values.empty()) return ReadString(node, report);
  const auto place = ReadWord(node, field.values, report);
  return place ? std::optional(std::string(field.values[*place])) : std::nullopt;
}

void ReadEventFields(const Node& node, const EventShape& shape, Happening& event, Report& report) {
  if (node.kind == Node::Kind::kNull) return;
  std::vector<std::string_view> names;
  for (const EventField& field : shape.fields) names.push_back(field.name);
  const Fields fields(node, names, report);
  if (!fields.ok()) return;
  for (const EventField& field : shape.fields) {
    const Node* value = node.Find(field.name);
    if (value == nullptr) continue;
    Report::Step step(report, field.name);
    if (auto text = ReadFieldValue(*value, field, report)) {
      event.fields.emplace_back(field.name, *std::move(text));
    }
  }
}

// `{offered: {contact: c1}}`, or the bare name of an event.
void ReadEvent(const Node& node, Expectation& expectation, Report& report) {
  const bool bare = node.is_scalar();
  if (!bare && (!node.is_mapping() || node.entries.size() != 1)) {
    report.Error(node, "an expected event is one name with its fields",
                 "{offered: {contact: c1, agent: ann}}");
    return;
  }
  const Node& name = bare ? node : node.entries.front().first;
  std::vector<std::string_view> types;
  for (const EventShape& shape : EventShapes()) types.push_back(shape.type);
  const auto place = ReadWord(name, types, report);
  if (!place.has_value()) return;
  const EventShape& shape = EventShapes()[*place];
  ExpectedHappening expected;
  expected.at = name.at;
  expected.what.type = shape.type;
  Report::Step step(report, shape.type);
  if (!bare) ReadEventFields(node.entries.front().second, shape, expected.what, report);
  expectation.events.push_back(std::move(expected));
}

// ---- Checks -----------------------------------------------------------------------------------

enum class FieldKind { kText, kInteger, kDuration, kThousandths, kRatio };

struct CheckKey {
  std::string_view name;
  FieldKind kind;
};

constexpr CheckKey kContactKeys[] = {{"state", FieldKind::kText},
                                     {"queue", FieldKind::kText},
                                     {"position", FieldKind::kInteger},
                                     {"effective_priority", FieldKind::kThousandths},
                                     {"step", FieldKind::kText},
                                     {"end_reason", FieldKind::kText},
                                     {"predicted_wait", FieldKind::kDuration},
                                     {"agent", FieldKind::kText},
                                     {"why_waiting.code", FieldKind::kText}};
constexpr CheckKey kAgentKeys[] = {
    {"state", FieldKind::kText},       {"reason", FieldKind::kText},
    {"free", FieldKind::kInteger},     {"reserved", FieldKind::kInteger},
    {"handling", FieldKind::kInteger}, {"wrap_up", FieldKind::kInteger},
    {"handled", FieldKind::kInteger},  {"pending", FieldKind::kText}};
constexpr CheckKey kQueueKeys[] = {
    {"waiting", FieldKind::kInteger},         {"oldest_wait", FieldKind::kDuration},
    {"predicted_wait", FieldKind::kDuration}, {"agents_staffed", FieldKind::kInteger},
    {"agents_ready", FieldKind::kInteger},    {"agents_free", FieldKind::kInteger},
    {"occupancy", FieldKind::kRatio},         {"service_level", FieldKind::kRatio},
    {"abandon_rate", FieldKind::kRatio},      {"completed", FieldKind::kInteger},
    {"abandoned", FieldKind::kInteger},       {"canceled", FieldKind::kInteger},
    {"rejected", FieldKind::kInteger},        {"expired", FieldKind::kInteger},
    {"treated", FieldKind::kInteger}};

absl::Span<const CheckKey> KeysOf(Check::Subject subject) {
  switch (subject) {
    case Check::Subject::kContact:
      return kContactKeys;
    case Check::Subject::kAgent:
      return kAgentKeys;
    case Check::Subject::kQueue:
      return kQueueKeys;
  }
  return {};
}

// The digits after the point as written.
std::size_t Decimals(const std::string& text) {
  const std::size_t point = text.find('.');
  return point == std::string::npos ? 0 : text.size() - point - 1;
}

// 8/13 is meant exactly (millionths, rounded down); a decimal stands for all that round to it, to
// at least three digits.
std::optional<CheckedNumber> ReadRatio(const Node& node, Report& report) {
  constexpr std::int64_t kOne = 1'000'000;
  const std::size_t slash = node.scalar.find('/');
  if (slash == std::string::npos) {
    const auto millionths = ReadMillionths(node, 0, kOne, report);
    if (!millionths.has_value()) return std::nullopt;
    std::int64_t slack = 500;
    for (std::size_t digits = Decimals(node.scalar); digits > 3; --digits) slack /= 10;
    return CheckedNumber{*millionths, slack};
  }
  std::int64_t above = 0;
  std::int64_t below = 0;
  if (absl::SimpleAtoi(node.scalar.substr(0, slash), &above) &&
      absl::SimpleAtoi(node.scalar.substr(slash + 1), &below) && above >= 0 && above <= below &&
      below > 0 && below <= kOne) {
    return CheckedNumber{above * kOne / below, 0};
  }
  report.Error(node, "a ratio is wanted", "0.85 or 8/13");
  return std::nullopt;
}

std::optional<CheckedNumber> ReadThousandths(const Node& node, Report& report) {
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  const auto millionths = ReadMillionths(node, -kMost, kMost, report);
  if (!millionths.has_value()) return std::nullopt;
  if (*millionths % 1000 == 0) return CheckedNumber{*millionths / 1000, 0};
  report.Error(node, "this is known to three decimals, rounded down");
  return std::nullopt;
}

std::optional<CheckedNumber> ReadNumber(const Node& node, FieldKind kind, Report& report) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::optional<std::int64_t> number;
  switch (kind) {
    case FieldKind::kRatio:
      return ReadRatio(node, report);
    case FieldKind::kThousandths:
      return ReadThousandths(node, report);
    case FieldKind::kInteger:
      number = ReadInteger(node, 0, kMost, report);
      break;
    case FieldKind::kDuration:
      number = node.scalar == "infinite" ? routing::kNever : rules::ReadDuration(node, report);
      break;
    case FieldKind::kText:
      break;
  }
  return number ? std::optional(CheckedNumber{*number, 0}) : std::nullopt;
}

std::optional<CheckedField> ReadCheckedField(const Node& node, const CheckKey& key,
                                             Report& report) {
  CheckedField field;
  field.at = node.at;
  field.name = key.name;
  field.shown = node.scalar;
  if (key.kind != FieldKind::kText) {
    const auto number = ReadNumber(node, key.kind, report);
    if (!number.has_value()) return std::nullopt;
    field.value = *number;
    return field;
  }
  const bool none = node.kind == Node::Kind::kNull || node.scalar == "none";
  const auto text = none ? std::optional<std::string>("") : ReadString(node, report);
  if (!text.has_value()) return std::nullopt;
  if (none) field.shown = "none";
  field.value = *text;
  return field;
}

// A contact has an agent and a queue, so it is looked for first.
std::optional<Check::Subject> SubjectOf(const Node& node) {
  if (node.Find("contact") != nullptr) return Check::Subject::kContact;
  if (node.Find("agent") != nullptr) return Check::Subject::kAgent;
  if (node.Find("queue") != nullptr) return Check::Subject::kQueue;
  return std::nullopt;
}

// `why_waiting: {code: all_busy}` is `why_waiting.code: all_busy`.
void ReadWhy(const Node& node, Check& check, Report& report) {
  constexpr std::string_view kKeys[] = {"code"};
  const Report::Step step(report, "why_waiting");
  const Fields fields(node, kKeys, report);
  const Node* code = fields.Find("code");
  if (code == nullptr) return;
  const CheckKey key{"why_waiting.code", FieldKind::kText};
  if (auto field = ReadCheckedField(*code, key, report)) check.fields.push_back(*field);
}

std::optional<Check> ReadCheck(const Node& node, Report& report) {
  const auto subject = SubjectOf(node);
  if (!subject.has_value()) {
    report.Error(node, "a check names a contact, an agent or a queue",
                 "{contact: c1, state: queued}");
    return std::nullopt;
  }
  Check check;
  check.at = node.at;
  check.subject = *subject;
  std::vector<std::string_view> known = {SubjectName(*subject)};
  for (const CheckKey& key : KeysOf(*subject)) known.push_back(key.name);
  if (*subject == Check::Subject::kContact) known.push_back("why_waiting");
  const Fields fields(node, known, report);
  check.id = ReadRequired(fields, SubjectName(*subject));
  if (const Node* why = fields.Find("why_waiting")) ReadWhy(*why, check, report);
  for (const CheckKey& key : KeysOf(*subject)) {
    const Node* value = node.Find(key.name);
    if (value == nullptr) continue;
    Report::Step step(report, key.name);
    if (auto field = ReadCheckedField(*value, key, report)) check.fields.push_back(*field);
  }
  return check;
}

// ---- Findings ---------------------------------------------------------------------------------

ExpectedFinding ReadExpectedFinding(const Node& node, Report& report) {
  constexpr std::string_view kKeys[] = {"rule", "path",     "line",    "column",
                                        "says", "suggests", "severity"};
  constexpr std::string_view kSeverities[] = {"error", "warning"};
  ExpectedFinding finding;
  finding.at = node.at;
  const Fields fields(node, kKeys, report);
  const auto text = [&](std::string_view key) -> std::optional<std::string> {
    const Node* value = fields.Find(key);
    return value == nullptr ? std::nullopt : ReadString(*value, report);
  };
  const auto number = [&](std::string_view key) -> std::optional<std::int64_t> {
    const Node* value = fields.Find(key);
    return value == nullptr
               ? std::nullopt
               : ReadInteger(*value, 0, std::numeric_limits<std::int32_t>::max(), report);
  };
  finding.rule = text("rule");
  finding.path = text("path");
  finding.suggests = text("suggests");
  finding.line = number("line");
  finding.column = number("column");
  if (const Node* severity = fields.Find("severity")) {
    if (const auto place = ReadWord(*severity, kSeverities, report)) {
      finding.severity = *place == 0 ? Finding::Severity::kError : Finding::Severity::kWarning;
    }
  }
  if (const Node* says = fields.Find("says")) {
    if (says->is_scalar()) {
      finding.says.push_back(says->scalar);
    } else {
      finding.says = ReadStrings(*says, report).value_or(std::vector<std::string>());
    }
  }
  return finding;
}

}  // namespace

std::string_view SubjectName(Check::Subject subject) {
  constexpr std::string_view kNames[] = {"contact", "agent", "queue"};
  return kNames[static_cast<int>(subject)];
}

Expectation ReadExpectation(const Node& node, Report& report) {
  Expectation expectation;
  expectation.at = node.at;
  if (node.is_scalar() && node.scalar == "none") {
    expectation.only = true;
    return expectation;
  }
  if (!node.is_sequence()) {
    report.Error(node, "a list of events is wanted, or none");
    return expectation;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Report::Step step(report, i);
    ReadEvent(node.items[i], expectation, report);
  }
  return expectation;
}

std::vector<Check> ReadChecks(const Node& node, Report& report) {
  std::vector<Check> checks;
  if (!node.is_sequence()) {
    if (auto check = ReadCheck(node, report)) checks.push_back(*std::move(check));
    return checks;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Report::Step step(report, i);
    if (auto check = ReadCheck(node.items[i], report)) checks.push_back(*std::move(check));
  }
  return checks;
}

std::vector<ExpectedFinding> ReadExpectedFindings(const Node& node, Report& report) {
  std::vector<ExpectedFinding> findings;
  if (node.is_scalar() && node.scalar == "none") return findings;
  if (!node.is_sequence()) report.Error(node, "a list of findings is wanted, or none");
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Report::Step step(report, i);
    findings.push_back(ReadExpectedFinding(node.items[i], report));
  }
  return findings;
}

}  // namespace strowger::rules
