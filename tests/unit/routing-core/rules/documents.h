// Rule documents from text, and a contact for them, for the tests of this folder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "routing-core/rules/compiler.h"
#include "routing/rule_set.h"
#include "services/rules/yaml.h"

namespace strowger::rules {

inline CompileResult CompileText(std::string_view text, bool fragment = false, bool index = true) {
  ParsedDocument parsed = ParseYaml(text);
  CompileResult result;
  result.findings = std::move(parsed.findings);
  if (!result.findings.empty()) return result;
  CompileOptions options;
  options.text = text;
  options.fragment = fragment;
  options.index = index;
  result = Compile(parsed.root, options);
  result.tests = nullptr;  // the tree goes away
  return result;
}

// "12:15 [rule] message -> suggestion", a warning with a leading "warning ". The list of all names
// in scope, where the expression language gives one, is left out.
inline std::string Describe(const Finding& finding) {
  std::string line = finding.severity == Finding::Severity::kWarning ? "warning " : "";
  line += std::to_string(finding.at.line) + ':' + std::to_string(finding.at.column) + ' ';
  if (!finding.rule.empty()) line += '[' + finding.rule + "] ";
  line += finding.message.substr(0, finding.message.find("; in scope: "));
  if (!finding.suggestion.empty()) line += " -> " + finding.suggestion;
  return line;
}

inline std::vector<std::string> Describe(const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) lines.push_back(Describe(finding));
  return lines;
}

// Figures by queue, as they are set; none for other queues.
class FakeFigures final : public routing::FigureSource {
 public:
  void Set(const std::string& queue, routing::Figure figure, std::int64_t value) {
    values_[queue][figure] = value;
  }
  std::optional<std::int64_t> QueueFigure(std::string_view queue,
                                          routing::Figure figure) const override {
    ++asked;
    const auto found = values_.find(std::string(queue));
    if (found == values_.end()) return std::nullopt;
    const auto value = found->second.find(figure);
    return value == found->second.end() ? 0 : value->second;
  }
  mutable int asked = 0;

 private:
  std::map<std::string, std::map<routing::Figure, std::int64_t>> values_;
};

// A contact and the instant at which it is looked at.
struct Case {
  std::string channel = "voice";
  std::string location;
  std::vector<routing::AttributeView> attributes;
  routing::TimeNs arrival = 0;
  routing::TimeNs now = 0;
  std::int64_t attempt = 0;

  routing::ContactFacts facts() const {
    routing::ContactFacts facts;
    facts.id = "c1";
    facts.channel = channel;
    facts.location = location;
    facts.attributes = attributes;
    facts.arrival = arrival;
    facts.attempt = attempt;
    return facts;
  }
};

// "2026-03-30T09:15:00+01:00"
inline routing::TimeNs At(std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) return 0;
  return absl::ToUnixNanos(time);
}

inline std::string RuleOf(const routing::RuleSet& rule_set, const Case& contact,
                          const routing::FigureSource& figures) {
  return std::string(rule_set.Classify(contact.facts(), contact.now, figures).rule);
}

inline routing::Truth Holds(const routing::Condition& condition, const Case& contact,
                            const routing::FigureSource& figures, std::string_view queue = "q") {
  const routing::ContactFacts facts = contact.facts();
  routing::ConditionInput input;
  input.contact = &facts;
  input.queue = queue;
  input.now = contact.now;
  input.figures = &figures;
  return condition.Holds(input);
}

}  // namespace strowger::rules
