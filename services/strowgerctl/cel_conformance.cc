#include "services/strowgerctl/cel_conformance.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "routing-core/cel/compiler.h"
#include "routing-core/cel/constant_pool.h"
#include "routing-core/cel/runtime.h"

namespace strowger {
namespace {

using Json = nlohmann::json;

// The spec's own tests nest as deeply as rule documents may, and a little more does no harm.
constexpr uint32_t kMaxNesting = 200;

// Typed values to JSON.

Json Typed(const char* type, Json value) {
  return Json{{"type", type}, {"value", std::move(value)}};
}

/// The spelling of a double that both JSON and the language's tests read back.
std::string DoubleText(double value) {
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  return cel::FormatDouble(value);
}

Json ToJson(const cel::Value& value);

Json ListToJson(const cel::Value& list) {
  Json items = Json::array();
  for (uint32_t i = 0; i < list.size(); ++i) items.push_back(ToJson(list.items()[i]));
  return items;
}

Json MapToJson(const cel::Value& map) {
  Json entries = Json::array();
  for (uint32_t i = 0; i < map.size(); ++i) {
    const cel::MapEntry& entry = map.entries()[i];
    entries.push_back(Json::array({ToJson(entry.key), ToJson(entry.value)}));
  }
  return entries;
}

Json ToJson(const cel::Value& value) {
  switch (value.kind()) {
    case cel::Kind::kBool:
      return Typed("bool", value.boolean());
    case cel::Kind::kInt:
      return Typed("int", std::to_string(value.integer()));
    case cel::Kind::kUint:
      return Typed("uint", std::to_string(value.unsigned_integer()));
    case cel::Kind::kDouble:
      return Typed("double", DoubleText(value.real()));
    case cel::Kind::kString:
      return Typed("string", std::string(value.string()));
    case cel::Kind::kTimestamp:
      return Typed("timestamp", cel::FormatTimestamp(value.timestamp()));
    case cel::Kind::kDuration:
      return Typed("duration", cel::FormatDuration(value.duration()));
    case cel::Kind::kList:
      return Typed("list", ListToJson(value));
    case cel::Kind::kMap:
      return Typed("map", MapToJson(value));
    case cel::Kind::kType:
      return Typed("type", std::string(value.type_name()));
    default:
      return Typed("null", nullptr);
  }
}

Json ToJson(const cel::Finding& finding) {
  return Json{{"stage", std::string(cel::StageName(finding.stage))},
              {"message", finding.message},
              {"line", finding.line},
              {"column", finding.column}};
}

// JSON to typed values. Each answers nothing when the JSON is not of the format.

template <typename T>
std::optional<T> ReadNumber(const std::string& text) {
  T value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<cel::Value> ReadDouble(const std::string& text) {
  if (text == "NaN") return cel::Value::Double(std::nan(""));
  if (text == "Infinity") return cel::Value::Double(HUGE_VAL);
  if (text == "-Infinity") return cel::Value::Double(-HUGE_VAL);
  const std::optional<double> value = ReadNumber<double>(text);
  return value ? std::optional(cel::Value::Double(*value)) : std::nullopt;
}

std::optional<cel::Value> ReadValue(const Json& json, cel::ConstantPool& pool);

std::optional<cel::Value> ReadText(const std::string& type, const std::string& text,
                                   cel::ConstantPool& pool) {
  if (type == "string") return cel::Value::String(pool.Text(text));
  if (type == "double") return ReadDouble(text);
  if (type == "int") {
    const std::optional<int64_t> value = ReadNumber<int64_t>(text);
    return value ? std::optional(cel::Value::Int(*value)) : std::nullopt;
  }
  if (type == "uint") {
    const std::optional<uint64_t> value = ReadNumber<uint64_t>(text);
    return value ? std::optional(cel::Value::Uint(*value)) : std::nullopt;
  }
  if (type == "timestamp") {
    const std::optional<cel::Timestamp> time = cel::ParseTimestamp(text);
    return time ? std::optional(cel::Value::Time(*time)) : std::nullopt;
  }
  if (type == "duration") {
    const std::optional<int64_t> duration = cel::ParseDuration(text);
    return duration ? std::optional(cel::Value::Duration(*duration)) : std::nullopt;
  }
  if (type == "type") return cel::Value::TypeNamed(pool.Text(text));
  return std::nullopt;
}

std::optional<cel::Value> ReadList(const Json& json, cel::ConstantPool& pool) {
  std::vector<cel::Value> items;
  for (const Json& item : json) {
    const std::optional<cel::Value> value = ReadValue(item, pool);
    if (!value) return std::nullopt;
    items.push_back(*value);
  }
  return pool.Keep(cel::Value::List(items.data(), items.size()));
}

std::optional<cel::Value> ReadMap(const Json& json, cel::ConstantPool& pool) {
  std::vector<cel::MapEntry> entries;
  for (const Json& entry : json) {
    if (!entry.is_array() || entry.size() != 2) return std::nullopt;
    const std::optional<cel::Value> key = ReadValue(entry[0], pool);
    const std::optional<cel::Value> value = ReadValue(entry[1], pool);
    if (!key || !value) return std::nullopt;
    entries.push_back({*key, *value});
  }
  if (cel::SortEntries(entries.data(), entries.size()) != cel::KeyProblem::kNone) {
    return std::nullopt;
  }
  return pool.Keep(cel::Value::Map(entries.data(), entries.size()));
}

std::optional<cel::Value> ReadValue(const Json& json, cel::ConstantPool& pool) {
  if (!json.is_object() || !json.contains("type") || !json["type"].is_string()) {
    return std::nullopt;
  }
  const std::string type = json["type"].get<std::string>();
  const Json value = json.value("value", Json());
  if (type == "null") return cel::Value::Null();
  if (type == "bool" && value.is_boolean()) return cel::Value::Bool(value.get<bool>());
  if (type == "list" && value.is_array()) return ReadList(value, pool);
  if (type == "map" && value.is_array()) return ReadMap(value, pool);
  if (value.is_string()) return ReadText(type, value.get<std::string>(), pool);
  return std::nullopt;
}

// One case.

class Bindings : public cel::Activation {
 public:
  std::vector<cel::Value> values;
  cel::Value Load(uint32_t slot) const override {
    return slot < values.size() ? values[slot] : cel::Value();
  }
};

struct Case {
  std::string expression;
  bool check = true;
  cel::Env env;
  cel::ConstantPool pool;
  Bindings bindings;
};

/// Declares the variables of the type environment, and without checking the bound ones too.
std::optional<std::string> ReadVariables(const Json& json, Case& test) {
  const Json types = json.value("type_env", Json::object());
  const Json bound = json.value("bindings", Json::object());
  uint32_t slot = 0;
  for (const auto& [name, text] : types.items()) {
    const std::optional<cel::Type> type =
        text.is_string() ? cel::ParseType(text.get<std::string>()) : std::nullopt;
    if (!type) return "unknown type of variable '" + name + "'";
    test.env.AddVariable(name, *type, slot++);
  }
  for (const auto& [name, json_value] : bound.items()) {
    const std::optional<cel::Value> value = ReadValue(json_value, test.pool);
    if (!value) return "malformed value of variable '" + name + "'";
    if (!test.check && test.env.AddVariable(name, cel::Type::Dyn(), slot)) ++slot;
    const cel::Variable* variable = test.env.FindVariable(name);
    if (variable == nullptr) continue;
    if (test.bindings.values.size() <= variable->slot) {
      test.bindings.values.resize(variable->slot + 1);
    }
    test.bindings.values[variable->slot] = *value;
  }
  return std::nullopt;
}

Json Evaluate(const Case& test) {
  cel::CompileOptions options;
  options.check = test.check;
  options.max_nesting = kMaxNesting;
  const cel::CompileResult compiled = cel::Compile(test.env, test.expression, options);
  if (!compiled.ok()) return Json{{"error", ToJson(compiled.findings.front())}};
  cel::Scratch scratch;
  const cel::Value value = compiled.program->Evaluate(test.bindings, scratch);
  if (value.is(cel::Kind::kError)) {
    return Json{{"error", ToJson(compiled.program->Describe(value))}};
  }
  return Json{{"value", ToJson(value)}};
}

/// What to print for a line, or why it is no case.
std::optional<std::string> RunLine(const std::string& line, Json* result) {
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("id") || !json["id"].is_string() ||
      !json.contains("expr") || !json["expr"].is_string()) {
    return "not a case: an object with strings under id and expr is wanted";
  }
  Case test;
  test.expression = json["expr"].get<std::string>();
  const auto disable = json.find("disable_check");
  test.check = disable == json.end() || !disable->is_boolean() || !disable->get<bool>();
  if (const std::optional<std::string> problem = ReadVariables(json, test); problem) {
    *result = Json{{"error", {{"stage", "check"}, {"message", *problem}}}};
  } else {
    *result = Evaluate(test);
  }
  (*result)["id"] = json["id"];
  return std::nullopt;
}

}  // namespace

int RunCelConformance(std::istream& in, std::ostream& out, std::ostream& err) {
  int status = 0;
  std::string line;
  for (uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    Json result;
    if (const std::optional<std::string> problem = RunLine(line, &result); problem) {
      err << "line " << number << ": " << *problem << "\n";
      status = 1;
      continue;
    }
    out << result.dump(-1, ' ', true, Json::error_handler_t::replace) << "\n";
  }
  return status;
}

}  // namespace strowger
