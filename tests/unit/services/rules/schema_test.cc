// The JSON Schema that editors use says what the readers say.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "routing-core/rules/effective.h"
#include "services/rules/loader.h"
#include "services/rules/scenario_reader.h"
#include "services/rules/yaml.h"

namespace strowger::rules {
namespace {

std::string ReadFile(const std::string& name) {
  const auto path = std::filesystem::path(STROWGER_SOURCE_DIR) / "deploy/rules" / name;
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const Node& Schema() {
  static const ParsedDocument document = ParseYaml(ReadFile("rules.schema.json"));
  EXPECT_TRUE(document.ok());
  return document.root;
}

const Node& Definition(std::string_view name) {
  const Node* definition = name.empty() ? &Schema() : Schema().Find("$defs")->Find(name);
  if (definition == nullptr) ADD_FAILURE() << "no definition " << name;
  return definition == nullptr ? Schema() : *definition;
}

// ---- The same keys ------------------------------------------------------------------------------

// What the reader says it knows where it met the key zzzzzzzzzzzz.
std::set<std::string> KnownHere(const std::vector<Finding>& findings) {
  constexpr std::string_view kStart = "unknown key zzzzzzzzzzzz; known here: ";
  std::set<std::string> keys;
  for (const Finding& finding : findings) {
    if (finding.message.rfind(kStart, 0) != 0) continue;
    std::string rest = finding.message.substr(kStart.size());
    if (const std::size_t last = rest.find(" or "); last != std::string::npos) {
      rest.replace(last, 4, ", ");
    }
    for (std::size_t at = 0; at != std::string::npos;) {
      const std::size_t comma = rest.find(", ", at);
      keys.insert(rest.substr(at, comma == std::string::npos ? comma : comma - at));
      at = comma == std::string::npos ? comma : comma + 2;
    }
  }
  return keys;
}

std::set<std::string> Properties(const Node& definition) {
  std::set<std::string> keys;
  for (const auto& [key, value] : definition.Find("properties")->entries) keys.insert(key.scalar);
  EXPECT_EQ(definition.Find("additionalProperties")->scalar, "false");
  return keys;
}

TEST(JsonSchema, HasTheKeysThatTheReadersKnow) {
  const struct {
    std::string_view definition;
    std::string text;
  } places[] = {
      {"", "zzzzzzzzzzzz: 1"},
      {"vocabulary", "vocabulary: {zzzzzzzzzzzz: 1}"},
      {"location", "vocabulary: {locations: {a: {zzzzzzzzzzzz: 1}}}"},
      {"attribute", "vocabulary: {contact: {a: {zzzzzzzzzzzz: 1}}}"},
      {"attribute", "vocabulary: {agent: {a: {zzzzzzzzzzzz: 1}}}"},
      {"calendar", "calendars: {a: {zzzzzzzzzzzz: 1}}"},
      {"rule", "rules: [{zzzzzzzzzzzz: 1}]"},
      {"plan", "rules: [{then: {zzzzzzzzzzzz: 1}}]"},
      {"named_treatment", "rules: [{then: {treatment: {zzzzzzzzzzzz: 1}}}]"},
      {"priority_terms", "rules: [{then: {priority: {zzzzzzzzzzzz: 1}}}]"},
      {"priority_terms", "rules: [{then: {steps: [{priority: {zzzzzzzzzzzz: 1}}]}}]"},
      {"priority_raise", "rules: [{then: {steps: [{priority: {add: 1, zzzzzzzzzzzz: 1}}]}}]"},
      {"step", "rules: [{then: {steps: [{zzzzzzzzzzzz: 1}]}}]"},
      {"overflow", "rules: [{then: {overflow: [{zzzzzzzzzzzz: 1}]}}]"},
      {"destination", "rules: [{then: {overflow: [{to: {zzzzzzzzzzzz: 1}}]}}]"},
      {"wait_limit", "rules: [{then: {wait_limit: {zzzzzzzzzzzz: 1}}}]"},
      {"queue", "queues: {a: {zzzzzzzzzzzz: 1}}"},
      {"destination", "queues: {a: {when_full: {zzzzzzzzzzzz: 1}}}"},
      {"loan", "queues: {a: {borrow: [{zzzzzzzzzzzz: 1}]}}"},
      {"offer", "queues: {a: {offer: {zzzzzzzzzzzz: 1}}}"},
      {"when_empty", "queues: {a: {when_empty: {zzzzzzzzzzzz: 1}}}"},
      {"destination", "queues: {a: {when_empty: {to: {zzzzzzzzzzzz: 1}}}}"},
      {"offer_failure", "queues: {a: {on_decline: {zzzzzzzzzzzz: 1}}}"},
      {"offer_failure", "queues: {a: {on_expire: {zzzzzzzzzzzz: 1}}}"},
      {"service_level", "queues: {a: {service_level: {zzzzzzzzzzzz: 1}}}"},
  };
  std::set<std::string_view> looked_at = {"test", "to_destination"};
  for (const auto& place : places) {
    const LoadResult result = LoadRuleText(place.text, "s");
    EXPECT_EQ(KnownHere(result.findings), Properties(Definition(place.definition))) << place.text;
    looked_at.insert(place.definition);
  }
  for (const auto& [name, definition] : Schema().Find("$defs")->entries) {
    if (definition.Find("properties") == nullptr) continue;
    EXPECT_EQ(looked_at.count(name.scalar), 1U) << name.scalar << " is compared with no reader";
  }
}

// ---- The effective form -----------------------------------------------------------------------

// A key that comes is filled in where it is left out, or stands here because it then says nothing.
TEST(JsonSchema, EveryKeyIsInTheEffectiveFormOrHasNoDefault) {
  const Node root =
      EffectiveDocument(ParseYaml("rules: [{id: a, then: {queue: q, steps: [{}], "
                                  "overflow: [{to: {queue: q}}]}}]\nqueues: {q: {}}\n")
                            .root);
  const Node& plan = *root.Find("rules")->items[0].Find("then");
  const Node& queue = root.Find("queues")->entries[0].second;
  const Node& overflow = plan.Find("overflow")->items[0];
  const struct {
    std::string_view definition;
    const Node& said;
    std::set<std::string> without_default;
  } places[] = {
      {"queue",
       queue,
       {"max_waiting", "when_full", "when_empty", "shares", "starvation_bound", "max_occupancy",
        "borrow"}},
      {"offer", *queue.Find("offer"), {}},
      {"offer_failure", *queue.Find("on_decline"), {}},
      {"offer_failure", *queue.Find("on_expire"), {}},
      {"service_level", *queue.Find("service_level"), {}},
      {"plan",
       plan,
       {"treatment", "who", "ranks", "lift", "requested_agent", "requested_for", "requested_only",
        "prefer", "wait_limit"}},
      {"priority_terms", *plan.Find("priority"), {"max"}},
      {"step",
       plan.Find("steps")->items[0],
       {"when", "require", "who", "priority", "queue", "ranks", "lift", "prefer"}},
      {"overflow", overflow, {"when", "treatment"}},
      {"destination", *overflow.Find("to"), {"treatment", "require", "who", "priority"}},
  };
  for (const auto& place : places) {
    std::set<std::string> keys = place.without_default;
    for (const auto& [key, value] : place.said.entries) keys.insert(key.scalar);
    EXPECT_EQ(keys, Properties(Definition(place.definition))) << place.definition;
  }
}

TEST(JsonSchema, HasTheKeysOfATest) {
  RulesLibrary library;
  const ScenarioFile file = ReadScenarioText("tests: [{zzzzzzzzzzzz: 1}]\n", "t", library);
  EXPECT_EQ(KnownHere(file.findings), Properties(Definition("test")));
}

TEST(JsonSchema, HasTheWordsThatTheReadersKnow) {
  const auto words = [](const Node& schema) {
    std::string text;
    const std::vector<Node>& items = schema.Find("enum")->items;
    for (std::size_t i = 0; i < items.size(); ++i) {
      text += (i == 0 ? "" : i + 1 == items.size() ? " or " : ", ") + items[i].scalar;
    }
    return text;
  };
  const auto told = [](const std::string& text) {
    const LoadResult result = LoadRuleText(text, "s");
    for (const Finding& finding : result.findings) {
      const std::size_t end = finding.message.find(", found \"zzzzzzzzzzzz\"");
      if (end != std::string::npos) return finding.message.substr(9, end - 9);  // after "expected "
    }
    return std::string();
  };
  const Node& queue = *Definition("queue").Find("properties");
  EXPECT_EQ(words(*queue.Find("select")), told("queues: {a: {select: zzzzzzzzzzzz}}"));
  EXPECT_EQ(words(*queue.Find("serve")), told("queues: {a: {serve: zzzzzzzzzzzz}}"));
  EXPECT_EQ(words(*queue.Find("wrap_up_scope")),
            told("queues: {a: {wrap_up_scope: zzzzzzzzzzzz}}"));
  EXPECT_EQ(words(*Definition("service_level").Find("properties")->Find("abandoned")),
            told("queues: {a: {service_level: {abandoned: zzzzzzzzzzzz}}}"));
  EXPECT_EQ(words(*Definition("attribute").Find("properties")->Find("type")),
            told("vocabulary: {contact: {a: {type: zzzzzzzzzzzz}}}"));
}

// ---- The example fits ---------------------------------------------------------------------------

bool HasType(const Node& value, std::string_view type) {
  const bool plain = value.style == Node::Style::kPlain;
  if (type == "object") return value.is_mapping();
  if (type == "array") return value.is_sequence();
  if (type == "null") return value.kind == Node::Kind::kNull;
  if (!value.is_scalar()) return false;
  const bool number = plain && !value.scalar.empty() &&
                      value.scalar.find_first_not_of("-.0123456789") == std::string::npos &&
                      value.scalar.find("..") == std::string::npos &&
                      std::count(value.scalar.begin(), value.scalar.end(), '-') < 2;
  const bool boolean = plain && (value.scalar == "true" || value.scalar == "false");
  if (type == "number") return number;
  if (type == "integer") return number && value.scalar.find('.') == std::string::npos;
  if (type == "boolean") return boolean;
  return type == "string" && !number && !boolean;
}

// As much of JSON Schema as the schema uses for structure; empty when the value fits.
std::string Misfit(const Node& value, const Node& schema, const std::string& path) {
  if (const Node* reference = schema.Find("$ref")) {
    return Misfit(value, Definition(reference->scalar.substr(std::string("#/$defs/").size())),
                  path);
  }
  if (const Node* options = schema.Find("oneOf")) {
    const auto fits =
        std::count_if(options->items.begin(), options->items.end(),
                      [&](const Node& option) { return Misfit(value, option, path).empty(); });
    return fits == 1 ? "" : path + " fits " + std::to_string(fits) + " alternatives";
  }
  if (const Node* type = schema.Find("type")) {
    const bool fits = type->is_scalar()
                          ? HasType(value, type->scalar)
                          : std::any_of(type->items.begin(), type->items.end(),
                                        [&](const Node& t) { return HasType(value, t.scalar); });
    if (!fits) return path + " is of another type";
  }
  if (const Node* words = schema.Find("enum")) {
    if (std::none_of(words->items.begin(), words->items.end(),
                     [&](const Node& word) { return word.scalar == value.scalar; })) {
      return path + " is none of the words";
    }
  }
  if (const Node* required = schema.Find("required")) {
    for (const Node& key : required->items) {
      if (value.Find(key.scalar) == nullptr) return path + " lacks " + key.scalar;
    }
  }
  const Node* properties = schema.Find("properties");
  const Node* others = schema.Find("additionalProperties");
  for (const auto& [key, child] : value.entries) {
    const Node* of_child = properties == nullptr ? nullptr : properties->Find(key.scalar);
    if (of_child == nullptr) of_child = others;
    if (of_child == nullptr) continue;
    if (of_child->scalar == "false") return path + " has no " + key.scalar;
    if (auto misfit = Misfit(child, *of_child, path + '.' + key.scalar); !misfit.empty()) {
      return misfit;
    }
  }
  const Node* items = schema.Find("items");
  for (std::size_t i = 0; items != nullptr && i < value.items.size(); ++i) {
    const std::string place = path + '[' + std::to_string(i) + ']';
    if (auto misfit = Misfit(value.items[i], *items, place); !misfit.empty()) return misfit;
  }
  return {};
}

TEST(JsonSchema, FitsTheExample) {
  const ParsedDocument example = ParseYaml(ReadFile("example.yaml"));
  ASSERT_TRUE(example.ok());
  EXPECT_EQ(Misfit(example.root, Schema(), ""), "");
}

TEST(JsonSchema, DoesNotFitMistakes) {
  const auto misfit = [](std::string_view from, std::string_view to) {
    std::string text = ReadFile("example.yaml");
    text.replace(text.find(from), from.size(), to);
    return Misfit(ParseYaml(text).root, Schema(), "");
  };
  EXPECT_EQ(misfit("rule_set: retail", ""), " lacks rule_set");
  EXPECT_EQ(misfit("select: best_skill ", "select: best "),
            ".queues.retention fits 0 alternatives");
  EXPECT_EQ(misfit("wait_limit: {after", "wait_limt: {after"), ".rules[1].then has no wait_limt");
  EXPECT_EQ(misfit("require: {retention: 6}", "require: {retention: lots}"),
            ".rules[1].then.require.retention is of another type");
}

}  // namespace
}  // namespace strowger::rules
