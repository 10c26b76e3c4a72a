#include "routing-core/rules/vocabulary.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

#include "routing-core/rules/reader.h"
#include "routing/limits.h"

namespace strowger::rules {
namespace {

constexpr std::array<std::string_view, 5> kTypes = {"string", "int", "double", "bool",
                                                    "list(string)"};
constexpr std::int64_t kMillionth = 1'000'000;

// ---- Values -------------------------------------------------------------------------------------

std::optional<routing::AttributeValue> ReadStringList(const Node& node, std::int64_t max,
                                                      Report& report) {
  auto strings = ReadStrings(node, report);
  if (!strings) return std::nullopt;
  if (static_cast<std::int64_t>(strings->size()) > max) {
    report.Error(node, "a list of " + std::to_string(strings->size()) + " items; the limit is " +
                           std::to_string(max));
    return std::nullopt;
  }
  return routing::AttributeValue(std::move(*strings));
}

std::optional<routing::AttributeValue> ReadText(const Node& node, Report& report) {
  auto text = ReadString(node, report);
  if (!text) return std::nullopt;
  if (text->size() > routing::kMaxStringAttributeBytes) {
    report.Error(node, "a string of " + std::to_string(text->size()) + " bytes; the limit is " +
                           std::to_string(routing::kMaxStringAttributeBytes));
    return std::nullopt;
  }
  return routing::AttributeValue(std::move(*text));
}

template <typename T>
std::optional<routing::AttributeValue> Wrap(std::optional<T> value) {
  if (!value) return std::nullopt;
  return routing::AttributeValue(*value);
}

std::optional<routing::AttributeValue> ReadTyped(const Node& node,
                                                 const AttributeDeclaration& declaration,
                                                 Report& report) {
  switch (declaration.type) {
    case AttributeType::kInt:
      return Wrap(ReadInteger(node, INT64_MIN, INT64_MAX, report));
    case AttributeType::kDouble:
      return Wrap(ReadDouble(node, report));
    case AttributeType::kBool:
      return Wrap(ReadBool(node, report));
    case AttributeType::kStringList:
      return ReadStringList(node, declaration.max, report);
    case AttributeType::kString:
      break;
  }
  auto value = ReadText(node, report);
  const auto& values = declaration.values;
  if (value && !values.empty() &&
      std::find(values.begin(), values.end(), node.scalar) == values.end()) {
    report.UnknownName(node, "expected " + Enumerate(values) + ", found \"" + node.scalar + '"',
                       node.scalar, values);
    return std::nullopt;
  }
  return value;
}

// By its looks: a plain number or word that is a bool, int or double is one.
std::optional<routing::AttributeValue> ReadUntyped(const Node& node, Report& report) {
  if (node.is_sequence()) {
    return ReadStringList(node, routing::kMaxListAttributeItems, report);
  }
  if (node.is_scalar() && node.style == Node::Style::kPlain) {
    Report attempt("");  // what does not fit one type is tried as the next
    if (auto value = Wrap(ReadBool(node, attempt))) return value;
    if (auto value = Wrap(ReadInteger(node, INT64_MIN, INT64_MAX, attempt))) return value;
    if (auto value = Wrap(ReadDouble(node, attempt))) return value;
  }
  return ReadText(node, report);
}

// ---- Declarations -------------------------------------------------------------------------------

AttributeDeclaration ReadDeclaration(const Node& node, Report& report) {
  static constexpr std::string_view kKeys[] = {"type", "values", "default", "max", "stored"};
  AttributeDeclaration declaration;
  declaration.max = routing::kMaxListAttributeItems;
  const Fields fields(node, kKeys, report);
  if (!fields.ok()) return declaration;
  if (const Node* type = fields.Find("type")) {
    const Report::Step step(report, "type");
    if (const auto word = ReadWord(*type, kTypes, report)) {
      declaration.type = static_cast<AttributeType>(*word);
    }
  } else {
    report.Error(node, "an attribute needs a type: " + Enumerate(kTypes));
  }
  if (const Node* values = fields.Find("values")) {
    const Report::Step step(report, "values");
    if (declaration.type != AttributeType::kString) {
      report.Error(*values, "only a string attribute can have values");
    } else if (auto strings = ReadStrings(*values, report)) {
      declaration.values = std::move(*strings);
    }
  }
  if (const Node* max = fields.Find("max")) {
    const Report::Step step(report, "max");
    if (declaration.type != AttributeType::kStringList) {
      report.Error(*max, "only a list attribute can have a max");
    } else if (auto items = ReadInteger(*max, 0, routing::kMaxListAttributeItems, report)) {
      declaration.max = *items;
    }
  }
  if (const Node* stored = fields.Find("stored")) {
    const Report::Step step(report, "stored");
    declaration.stored = ReadBool(*stored, report).value_or(true);
  }
  if (const Node* value = fields.Find("default")) {
    const Report::Step step(report, "default");
    declaration.default_value = ReadTyped(*value, declaration, report);
  }
  return declaration;
}

using Declarations = Vocabulary::Names<AttributeDeclaration>;

// `reserved` says why a name cannot be used, or nothing.
template <typename Reserved>
Declarations ReadDeclarations(const Node& node, const Reserved& reserved, Report& report) {
  Declarations declarations;
  if (!node.is_mapping()) {
    report.Error(node, "expected a mapping of attribute names");
    return declarations;
  }
  for (const auto& [key, value] : node.entries) {
    const Report::Step step(report, key.scalar);
    if (!IsIdentifier(key.scalar) || key.scalar.size() > routing::kMaxNameBytes) {
      report.Error(key, "an attribute's name is letters, digits and _, not beginning with a digit");
    } else if (reserved(key.scalar)) {
      report.Error(key, key.scalar + " has a meaning of its own and cannot be an attribute");
    }
    declarations.emplace(key.scalar, ReadDeclaration(value, report));
  }
  if (declarations.size() > routing::kMaxAttributes) {
    report.Error(node, std::to_string(declarations.size()) + " attributes; the limit is " +
                           std::to_string(routing::kMaxAttributes));
  }
  return declarations;
}

bool AllStored(const Declarations& declarations) {
  return std::all_of(declarations.begin(), declarations.end(),
                     [](const auto& declared) { return declared.second.stored; });
}

// `1..10`
std::optional<SkillRange> ReadRange(const Node& node, Report& report) {
  if (node.is_scalar()) {
    const std::size_t dots = node.scalar.find("..");
    if (dots != std::string::npos) {
      const auto part = [&](std::string_view text) {
        Node number;
        number.kind = Node::Kind::kScalar;
        number.scalar = text;
        Report ignored("");
        return ReadInteger(number, 1, routing::kMaxProficiency, ignored);
      };
      const std::string_view text = node.scalar;
      const auto least = part(text.substr(0, dots));
      const auto most = part(text.substr(dots + 2));
      if (least && most && *least <= *most) return SkillRange{*least, *most};
    }
  }
  report.Error(node, "expected a range of proficiency such as 1..10, within 1..100");
  return std::nullopt;
}

Vocabulary::Names<SkillRange> ReadSkills(const Node& node, Report& report) {
  Vocabulary::Names<SkillRange> skills;
  if (!node.is_mapping()) report.Error(node, "expected a mapping such as {billing: 1..10}");
  for (const auto& [key, value] : node.entries) {
    const Report::Step step(report, key.scalar);
    ReadName(key, report);
    skills.emplace(key.scalar, ReadRange(value, report).value_or(SkillRange{}));
  }
  return skills;
}

Vocabulary::Names<Location> ReadLocations(const Node& node, Report& report) {
  static constexpr std::string_view kKeys[] = {"lat", "lon", "region"};
  Vocabulary::Names<Location> locations;
  if (!node.is_mapping()) {
    report.Error(node, "expected a mapping such as {lon: {lat: 51.51, lon: -0.13}}");
  }
  for (const auto& [key, value] : node.entries) {
    const Report::Step step(report, key.scalar);
    ReadName(key, report);
    Location location;
    if (value.kind != Node::Kind::kNull) {
      const Fields fields(value, kKeys, report);
      if (const Node* latitude = fields.Find("lat")) {
        location.latitude = ReadMillionths(*latitude, -90 * kMillionth, 90 * kMillionth, report);
      }
      if (const Node* longitude = fields.Find("lon")) {
        location.longitude =
            ReadMillionths(*longitude, -180 * kMillionth, 180 * kMillionth, report);
      }
      if (const Node* region = fields.Find("region")) {
        location.region = ReadName(*region, report).value_or("");
      }
      if (location.latitude.has_value() != location.longitude.has_value()) {
        report.Error(value, "a location has both lat and lon, or neither");
      }
    }
    locations.emplace(key.scalar, std::move(location));
  }
  return locations;
}

std::set<std::string, std::less<>> ReadNameSet(const Node& node, std::size_t most, Report& report) {
  std::set<std::string, std::less<>> names;
  if (!node.is_sequence()) report.Error(node, "expected a list of names");
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Report::Step step(report, i);
    auto name = ReadName(node.items[i], report);
    if (name && !names.insert(*name).second) {
      report.Error(node.items[i], *name + " is given twice");
    }
  }
  if (names.size() > most) {
    report.Error(node,
                 std::to_string(names.size()) + " names; the limit is " + std::to_string(most));
  }
  return names;
}

}  // namespace

std::string_view Name(AttributeType type) { return kTypes[static_cast<std::size_t>(type)]; }

bool IsStored(const Vocabulary& vocabulary, std::string_view attribute) {
  if (!vocabulary.has_unstored) return true;
  const auto declared = vocabulary.contact->find(attribute);
  return declared == vocabulary.contact->end() || declared->second.stored;
}

void SetApart(const Vocabulary& vocabulary, std::vector<routing::Attribute>& attributes,
              std::vector<routing::Attribute>& unstored) {
  unstored.clear();
  if (!vocabulary.has_unstored) return;
  const auto first = std::stable_partition(
      attributes.begin(), attributes.end(),
      [&](const routing::Attribute& attribute) { return IsStored(vocabulary, attribute.name); });
  std::move(first, attributes.end(), std::back_inserter(unstored));
  attributes.erase(first, attributes.end());
}

bool IsReservedContactKey(std::string_view name) {
  static constexpr std::array<std::string_view, 23> kReserved = {
      "id",         "channel",       "location",       "labels",     "queue",
      "require",    "who",           "ranks",          "lift",       "priority",
      "prefer",     "steps",         "overflow",       "wait_limit", "requested_agent",
      "not_before", "requested_for", "requested_only", "resume",     "virtual_arrival",
      "age",        "command_id",    "attempt"};
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

Vocabulary ReadVocabulary(const Node& node, Report& report) {
  static constexpr std::string_view kKeys[] = {"channels", "skills",    "teams",
                                               "agent",    "locations", "contact"};
  constexpr std::size_t kMaxTeams = 1'000;
  Vocabulary vocabulary;
  const Fields fields(node, kKeys, report);
  const auto with = [&](std::string_view key, const auto& read) {
    if (const Node* value = fields.Find(key)) {
      const Report::Step step(report, key);
      read(*value);
    }
  };
  const auto never = [](std::string_view) { return false; };
  with("channels", [&](const Node& value) {
    vocabulary.channels = ReadNameSet(value, routing::kMaxChannels, report);
  });
  with("skills", [&](const Node& value) { vocabulary.skills = ReadSkills(value, report); });
  with("teams",
       [&](const Node& value) { vocabulary.teams = ReadNameSet(value, kMaxTeams, report); });
  with("locations",
       [&](const Node& value) { vocabulary.locations = ReadLocations(value, report); });
  with("agent", [&](const Node& value) {
    vocabulary.agent = ReadDeclarations(value, never, report);
    if (!AllStored(*vocabulary.agent))
      report.Error(value, "attributes of agents are always stored");
  });
  with("contact", [&](const Node& value) {
    vocabulary.contact = ReadDeclarations(value, IsReservedContactKey, report);
    vocabulary.has_unstored = !AllStored(*vocabulary.contact);
  });
  return vocabulary;
}

std::optional<routing::AttributeValue> ReadAttribute(std::string_view name, const Node& value,
                                                     const std::optional<Declarations>& declared,
                                                     Report& report) {
  if (!declared) return ReadUntyped(value, report);
  const auto found = declared->find(name);
  if (found != declared->end()) return ReadTyped(value, found->second, report);
  std::vector<std::string_view> names;
  for (const auto& [known, declaration] : *declared) names.push_back(known);
  report.UnknownName(value, "no attribute " + std::string(name) + " is declared", name, names);
  return std::nullopt;
}

}  // namespace strowger::rules
