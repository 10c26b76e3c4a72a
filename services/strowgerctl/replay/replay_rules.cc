#include "services/strowgerctl/replay/replay_rules.h"

#include <set>

#include "absl/strings/str_cat.h"

namespace strowger::ctl {
namespace {

// JSON's strings are YAML's and CEL's too. Bytes beyond ASCII stay as they are.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') out += '\\';
    out += byte;
  }
  return out + "\"";
}

// In single quotes, where only the quote itself is doubled: a CEL string inside a YAML string.
std::string Condition(const std::string& type, bool preferred) {
  std::string condition = absl::StrCat("contact.", kTypeAttribute, " == ", Quoted(type));
  if (preferred) condition += absl::StrCat(" && contact.", kPreferredAttribute);
  std::string out = "'";
  for (const char byte : condition) {
    if (byte == '\'') out += '\'';
    out += byte;
  }
  return out + "'";
}

void AddRule(const std::string& type, bool preferred, std::string& text) {
  absl::StrAppend(&text, "  - id: ", Quoted(preferred ? type + "_preferred" : type), "\n",
                  "    when: ", Condition(type, preferred), "\n",
                  "    then: {queue: ", Quoted(type), ", priority: {start: ", preferred ? 90 : 0,
                  ", gain: 60/min}, require: {", Quoted(type), ": 1}}\n");
}

}  // namespace

std::vector<std::string> TypesOf(const std::vector<CallRecord>& calls) {
  std::set<std::string> types;
  for (const CallRecord& call : calls) types.insert(call.type);
  return {types.begin(), types.end()};
}

std::string ReplayRules(const std::vector<std::string>& types, std::int64_t threshold_s) {
  std::string text =
      "schema: strowger.rules/v1\n"
      "rule_set: replay\n"
      "vocabulary:\n"
      "  channels: [voice]\n"
      "  skills: {";
  for (std::size_t i = 0; i < types.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", Quoted(types[i]), ": 1..1");
  }
  absl::StrAppend(&text, "}\n  contact:\n    ", kTypeAttribute,
                  ": {type: string, default: \"\"}\n    ", kPreferredAttribute,
                  ": {type: bool, default: false}\nrules:\n");
  for (const std::string& type : types) {
    AddRule(type, true, text);
    AddRule(type, false, text);
  }
  text += "  - id: unknown_type\n    then: {treatment: {name: unknown_type}}\nqueues:\n";
  for (const std::string& type : types) {
    absl::StrAppend(&text, "  ", Quoted(type),
                    ": {select: longest_idle, service_level: {target: 0.8, within: ", threshold_s,
                    "s}}\n");
  }
  return text;
}

}  // namespace strowger::ctl
