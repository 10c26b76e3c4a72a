#include "services/rules/checker.h"

#include <algorithm>
#include <utility>

#include "routing/siphash.h"
#include "services/rules/loader.h"
#include "services/rules/scenario_runner.h"
#include "services/runtime/clock.h"

namespace strowger::rules {
namespace {

Finding Failure(const Scenario& scenario, const ScenarioResult& result) {
  Finding finding;
  finding.at = scenario.at;
  finding.rule = scenario.name;
  finding.path = "tests";
  finding.message = "the test fails:\n" + result.report;
  return finding;
}

void RunTests(const LoadResult& loaded, TestPaths paths, std::vector<Finding>& findings) {
  RulesLibrary library(paths);
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
  LoadResult loaded =
      LoadRuleText(std::move(text), std::move(source), runtime::SystemClock().Now());
  std::vector<Finding> of_tests;
  if (loaded.ok() && loaded.tests != nullptr) {
    RunTests(loaded, paths, of_tests);
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
