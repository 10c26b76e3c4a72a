#include "services/grpc/convert_values.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "routing-core/cel/finding.h"
#include "routing/limits.h"

namespace strowger::grpc_api {
namespace {

using routing::kSecond;

constexpr std::int32_t kNanos = 1'000'000'000;

// Quoted in a message, so not whole if it is long.
std::string Shown(const std::string& text) {
  constexpr std::size_t kShown = 64;
  if (text.size() <= kShown) return text;
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

const std::optional<rules::Vocabulary::Names<rules::AttributeDeclaration>>& DeclaredFor(
    Bearer bearer, const rules::Vocabulary& vocabulary) {
  return bearer == Bearer::kContact ? vocabulary.contact : vocabulary.agent;
}

int ValuesSet(const v1::Attribute& attribute) {
  return static_cast<int>(attribute.has_string_value()) +
         static_cast<int>(attribute.has_int_value()) +
         static_cast<int>(attribute.has_double_value()) +
         static_cast<int>(attribute.has_bool_value()) +
         static_cast<int>(attribute.has_string_list_value());
}

// Keeps the memory of a value of the same type.
template <typename T>
T& Hold(routing::AttributeValue& value) {
  if (auto* held = std::get_if<T>(&value)) return *held;
  return value.emplace<T>();
}

void ConvertList(const v1::StringList& from, routing::AttributeValue& to, Violations& violations) {
  const Violations::Step step(violations, "string_list_value");
  LimitCount(from.values_size(), routing::kMaxListAttributeItems, "values", violations);
  auto& list = Hold<std::vector<std::string>>(to);
  list.assign(from.values().begin(), from.values().end());
  for (int i = 0; i < from.values_size(); ++i) {
    const Violations::Step item(violations, "values", i);
    LimitBytes(from.values(i), routing::kMaxStringAttributeBytes, "", violations);
  }
}

void ConvertValue(const v1::Attribute& from, routing::AttributeValue& to, Violations& violations) {
  if (from.has_string_value()) {
    LimitBytes(from.string_value(), routing::kMaxStringAttributeBytes, "string_value", violations);
    Hold<std::string>(to) = from.string_value();
  } else if (from.has_int_value()) {
    to = from.int_value();
  } else if (from.has_double_value()) {
    if (!std::isfinite(from.double_value())) violations.Add("double_value", "must be finite");
    to = from.double_value();
  } else if (from.has_bool_value()) {
    to = from.bool_value();
  } else {
    ConvertList(from.string_list_value(), to, violations);
  }
}

void CheckDeclared(const routing::Attribute& attribute, const rules::AttributeDeclaration& declared,
                   Violations& violations) {
  // The alternatives of AttributeValue stand in the order of AttributeType.
  if (static_cast<rules::AttributeType>(attribute.value.index()) != declared.type) {
    violations.Add(absl::StrCat(
        "the vocabulary declares ", attribute.name, " as ",
        absl::string_view(rules::Name(declared.type).data(), rules::Name(declared.type).size())));
    return;
  }
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    const auto& values = declared.values;
    if (values.empty() || std::find(values.begin(), values.end(), *text) != values.end()) return;
    const std::vector<std::string_view> known(values.begin(), values.end());
    AddUnknown(*text, known, "value", "string_value", violations);
  } else if (const auto* list = std::get_if<std::vector<std::string>>(&attribute.value)) {
    if (static_cast<std::int64_t>(list->size()) <= declared.max) return;
    violations.Add("string_list_value", absl::StrCat("has ", list->size(), " items; the limit of ",
                                                     attribute.name, " is ", declared.max));
  }
}

void ConvertAttribute(const v1::Attribute& from, Bearer bearer, Conversion& conversion,
                      routing::Attribute& to) {
  Violations& violations = conversion.violations;
  RequireName(from.name(), "name", violations);
  if (bearer == Bearer::kContact && rules::IsReservedContactKey(from.name())) {
    violations.Add("name", from.name() + " is reserved for the contact itself");
  }
  if (ValuesSet(from) != 1) {
    violations.Add("exactly one value must be set");
    return;
  }
  to.name = from.name();
  ConvertValue(from, to.value, violations);
  const auto& declared = DeclaredFor(bearer, conversion.vocabulary);
  if (!declared.has_value()) return;
  const auto found = declared->find(to.name);
  if (found != declared->end()) CheckDeclared(to, found->second, violations);
}

}  // namespace

// ---- Times ------------------------------------------------------------------------------------

std::optional<routing::TimeNs> ToTime(const google::protobuf::Timestamp& time, const char* field,
                                      Violations& violations) {
  if (time.nanos() < 0 || time.nanos() >= kNanos) {
    violations.Add(field, "nanos must be 0 to 999,999,999");
    return std::nullopt;
  }
  if (time.seconds() < 0 || time.seconds() >= routing::kLatestTime / kSecond ||
      (time.seconds() == 0 && time.nanos() == 0)) {
    violations.Add(field, "must lie after 1970-01-01T00:00:00Z and before the year 2200");
    return std::nullopt;
  }
  return time.seconds() * kSecond + time.nanos();
}

std::optional<routing::DurationNs> ToDuration(const google::protobuf::Duration& duration,
                                              const char* field, Violations& violations) {
  constexpr std::int64_t kMostSeconds = routing::kLongestDuration / kSecond;
  const bool in_form = duration.nanos() >= 0 && duration.nanos() < kNanos &&
                       duration.seconds() >= 0 && duration.seconds() <= kMostSeconds;
  const std::int64_t ns = in_form ? duration.seconds() * kSecond + duration.nanos() : -1;
  if (in_form && ns <= routing::kLongestDuration) return ns;
  violations.Add(field, "must be 0 to 366 days");
  return std::nullopt;
}

void SetTime(routing::TimeNs time, google::protobuf::Timestamp* to) {
  to->set_seconds(time / kSecond);
  to->set_nanos(static_cast<std::int32_t>(time % kSecond));
}

void SetDuration(routing::DurationNs duration, google::protobuf::Duration* to) {
  to->set_seconds(duration / kSecond);
  to->set_nanos(static_cast<std::int32_t>(duration % kSecond));
}

// ---- Text and numbers -------------------------------------------------------------------------

void RequireName(const std::string& text, const char* field, Violations& violations) {
  if (text.empty()) {
    violations.Add(field, "is required");
  } else {
    AllowName(text, field, violations);
  }
}

void AllowName(const std::string& text, const char* field, Violations& violations) {
  LimitBytes(text, routing::kMaxNameBytes, field, violations);
}

void LimitBytes(const std::string& text, std::size_t most, const char* field,
                Violations& violations) {
  if (text.size() <= most) return;
  violations.Add(field, absl::StrCat("has ", text.size(), " bytes; the limit is ", most));
}

void LimitCount(int count, std::size_t most, const char* field, Violations& violations) {
  if (static_cast<std::size_t>(count) <= most) return;
  violations.Add(field, absl::StrCat("has ", count, " items; the limit is ", most));
}

bool RequireWithin(std::int64_t value, std::int64_t least, std::int64_t most, const char* field,
                   Violations& violations) {
  if (value >= least && value <= most) return true;
  violations.Add(field, absl::StrCat("is ", value, "; must be ", least, " to ", most));
  return false;
}

void UnknownEnum(int value, const char* field, Violations& violations) {
  violations.Add(field, absl::StrCat("unknown value ", value));
}

void AddUnknown(const std::string& name, const std::vector<std::string_view>& known,
                const char* what, const char* field, Violations& violations) {
  std::string description = absl::StrCat("unknown ", what, " ", Shown(name));
  const std::string nearest(cel::NearestName(name, known));
  if (!nearest.empty()) absl::StrAppend(&description, "; did you mean ", nearest, "?");
  violations.Add(field, std::move(description));
}

// ---- Attributes -------------------------------------------------------------------------------

void ConvertAttributes(const google::protobuf::RepeatedPtrField<v1::Attribute>& from,
                       const char* field, Bearer bearer, Conversion& conversion,
                       std::vector<routing::Attribute>& to) {
  LimitCount(from.size(), routing::kMaxAttributes, field, conversion.violations);
  to.resize(std::min(static_cast<std::size_t>(from.size()), routing::kMaxAttributes));
  for (std::size_t i = 0; i < to.size(); ++i) {
    const Violations::Step step(conversion.violations, field, static_cast<int>(i));
    ConvertAttribute(from[static_cast<int>(i)], bearer, conversion, to[i]);
    for (std::size_t j = 0; j < i; ++j) {
      if (to[j].name == to[i].name) conversion.violations.Add("name", to[i].name + " comes twice");
    }
  }
}

void SetAttribute(const routing::Attribute& from, v1::Attribute* to) {
  to->set_name(from.name);
  if (const auto* text = std::get_if<std::string>(&from.value)) {
    to->set_string_value(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&from.value)) {
    to->set_int_value(*number);
  } else if (const auto* real = std::get_if<double>(&from.value)) {
    to->set_double_value(*real);
  } else if (const auto* truth = std::get_if<bool>(&from.value)) {
    to->set_bool_value(*truth);
  } else {
    for (const std::string& item : std::get<std::vector<std::string>>(from.value)) {
      to->mutable_string_list_value()->add_values(item);
    }
    if (!to->has_string_list_value()) (void)to->mutable_string_list_value();
  }
}

void ConvertLabels(const google::protobuf::RepeatedPtrField<std::string>& from, const char* field,
                   Violations& violations, std::vector<std::string>& to) {
  to.clear();
  LimitCount(from.size(), routing::kMaxLabels, field, violations);
  if (static_cast<std::size_t>(from.size()) > routing::kMaxLabels) return;
  for (int i = 0; i < from.size(); ++i) {
    const Violations::Step step(violations, field, i);
    RequireName(from[i], "", violations);
    to.push_back(from[i]);
  }
  SortUnique(
      to, [](const std::string& label) { return label; }, field, violations);
}

}  // namespace strowger::grpc_api
