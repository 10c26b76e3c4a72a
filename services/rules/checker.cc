#include "services/rules/checker.h"

#include <algorithm>
#include <utility>

#include "routing/siphash.h"
#include "services/rules/loader.h"
#include "services/rules/scenario_reader.h"
#include "services/rules/scenario_runner.h"

namespace strowger::rules {
namespace {

// A path anywhere below `tests`: `rules: file.yaml`, also in an activation.
void RefusePaths(const Node& node, std::vector<Finding>& findings) {
  for (const auto& [key, value] : node.entries) {
    if (key.scalar == "rules" && value.is_scalar()) {
      Finding finding;
      finding.at = value.at;
      finding.path = "tests";
      finding.message = "a test that comes over the network cannot name a file";
      finding.suggestion = "the document itself, in place";
      findings.push_back(std::move(finding));
    }
    RefusePaths(value, findings);
  }
  for (const Node& item : node.items) RefusePaths(item, findings);
}

Finding Failure(const Scenario& scenario, const ScenarioResult& result) {
  Finding finding;
  finding.at = scenario.at;
  finding.rule = scenario.name;
  finding.path = "tests";
  finding.message = "the test fails:\n" + result.report;
  return finding;
}

void RunTests(const LoadResult& loaded, std::vector<Finding>& findings) {
  RulesLibrary library;
  ScenarioFile file = ReadScenarioText(loaded.text, loaded.name, library);
  const bool usable = file.usable();
  for (Finding& finding : file.findings) findings.push_back(std::move(finding));
  if (!usable) return;
  for (const Scenario& scenario : file.scenarios) {
    const ScenarioResult result = RunScenario(scenario, nullptr);
    if (!result.passed) findings.push_back(Failure(scenario, result));
  }
}

bool IsError(const Finding& finding) { return finding.severity == Finding::Severity::kError; }

}  // namespace

CheckedRules CheckRules(std::string text, std::string source, TestPaths paths) {
  LoadResult loaded = LoadRuleText(std::move(text), std::move(source));
  std::vector<Finding> of_tests;
  if (loaded.ok() && loaded.tests != nullptr) {
    if (paths == TestPaths::kRefused) RefusePaths(*loaded.tests, of_tests);
    if (of_tests.empty()) RunTests(loaded, of_tests);
  }
  CheckedRules checked;
  if (const Node* name = loaded.root.Find("rule_set")) checked.name = name->scalar;
  checked.findings = std::move(loaded.findings);
  for (Finding& finding : of_tests) checked.findings.push_back(std::move(finding));
  std::stable_sort(checked.findings.begin(), checked.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
                   });
  if (std::none_of(checked.findings.begin(), checked.findings.end(), IsError)) {
    checked.rule_set = std::move(loaded.rule_set);
  }
  checked.hash = routing::SipHash128(loaded.text).ToHex();
  checked.source = std::move(loaded.name);
  checked.text = std::move(loaded.text);
  return checked;
}

std::string ExcerptOf(const CheckedRules& rules, const Finding& finding) {
  if (finding.at.line == 0) return {};
  Finding bare;  // renders as one line that says where, and the excerpt
  bare.at = finding.at;
  const std::string rendered = RenderFinding("", rules.text, bare);
  return rendered.substr(std::min(rendered.size(), rendered.find('\n') + 1));
}

}  // namespace strowger::rules
