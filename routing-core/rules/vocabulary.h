// The names that a rule set declares, and what may be said about them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/rules/document.h"
#include "routing-core/rules/report.h"
#include "routing/attribute.h"

namespace strowger::rules {

enum class AttributeType { kString, kInt, kDouble, kBool, kStringList };
std::string_view Name(AttributeType type);

struct AttributeDeclaration {
  AttributeType type = AttributeType::kString;
  std::vector<std::string> values;  // kString: what it may hold; empty: anything
  std::optional<routing::AttributeValue> default_value;
  std::int64_t max = 0;  // kStringList: items
  bool stored = true;    // false: only the rules see it, when they decide at arrival
};

struct SkillRange {
  std::int64_t least = 1;
  std::int64_t most = 100;
};

// Coordinates in millionths of a degree.
struct Location {
  std::optional<std::int64_t> latitude;
  std::optional<std::int64_t> longitude;
  std::string region;
};

// A part that is not declared is open: any name goes. Immutable once read.
struct Vocabulary {
  template <typename T>
  using Names = std::map<std::string, T, std::less<>>;

  std::optional<std::set<std::string, std::less<>>> channels;
  std::optional<Names<SkillRange>> skills;
  std::optional<std::set<std::string, std::less<>>> teams;
  std::optional<Names<Location>> locations;
  std::optional<Names<AttributeDeclaration>> agent;
  std::optional<Names<AttributeDeclaration>> contact;
  bool has_unstored = false;  // some attribute of contacts is not stored
};

// Moves the attributes of a contact that are not stored to a list of their own.
void SetApart(const Vocabulary& vocabulary, std::vector<routing::Attribute>& attributes,
              std::vector<routing::Attribute>& unstored);
bool IsStored(const Vocabulary& vocabulary, std::string_view attribute);

// Words that a contact's attributes cannot have as names (semantics.md).
bool IsReservedContactKey(std::string_view name);

Vocabulary ReadVocabulary(const Node& node, Report& report);

// The value of a contact's or an agent's attribute as written in a test: of the declared type where
// `declared` has the name, else what it looks like (true, 5, 2.5, [a, b], text). Reports a value of
// another type, a name that is not declared although others are, and values past the limits.
std::optional<routing::AttributeValue> ReadAttribute(
    std::string_view name, const Node& value,
    const std::optional<Vocabulary::Names<AttributeDeclaration>>& declared, Report& report);

}  // namespace strowger::rules
