// strowgerctl rules: what is done with rule documents.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "services/rules/loader.h"
#include "services/rules/scenario_reader.h"
#include "services/rules/scenario_runner.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/test_report.h"

namespace strowger {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  bool strict = false;
  bool skip_tests = false;
};

// The worse of two exit codes.
int Worse(int a, int b) { return a > b ? a : b; }

int RunInlineTests(const std::string& path, rules::RulesLibrary& library) {
  const rules::ScenarioFile file = rules::ReadScenarioFile(path, library);
  if (!file.usable()) {
    std::cerr << rules::RenderFindings(file.path, file.text, file.findings);
    return kExitFailed;
  }
  int failed = 0;
  for (const rules::Scenario& scenario : file.scenarios) {
    const rules::ScenarioResult result = rules::RunScenario(scenario, nullptr);
    if (result.passed) continue;
    ++failed;
    PrintOutcome({path, scenario.name, scenario.at.line, false, result.report}, std::cerr);
  }
  if (!file.scenarios.empty()) {
    std::cout << path << ": " << file.scenarios.size() - static_cast<std::size_t>(failed)
              << " tests passed, " << failed << " failed\n";
  }
  return failed == 0 ? kExitOk : kExitFailed;
}

int CheckFile(const std::string& path, const CheckOptions& options) {
  rules::RulesLibrary library;
  const auto loaded = library.Load(path);
  if (!loaded->findings.empty()) std::cerr << rules::RenderFindings(*loaded);
  if (!loaded->ok()) return loaded->text.empty() ? kExitUnusable : kExitFailed;
  int code = options.strict && !loaded->findings.empty() ? kExitFailed : kExitOk;
  if (!options.skip_tests) code = Worse(code, RunInlineTests(path, library));
  if (code == kExitOk) {
    std::cout << path << ": " << loaded->rule_set->name() << " is good, hash "
              << loaded->rule_set->hash() << '\n';
  }
  return code;
}

constexpr char kCheckHelp[] = R"(Examples:
  strowgerctl rules check retail.yaml           errors and warnings, with their places
  strowgerctl rules check --strict retail.yaml  warnings count as errors
  strowgerctl rules check rules/*.yaml          several documents, each on its own

Every finding has file, line and column, the line with a caret, and the nearest known name.
The tests inside a document are run; a failing one is an error.

Exit code: 0 all are good, 1 some finding refuses a document, 2 some file cannot be read.)";

void AddCheck(CLI::App& rules, CommandToRun& chosen) {
  CLI::App* check = rules.add_subcommand("check", "Check rule documents and run their tests");
  const auto options = std::make_shared<CheckOptions>();
  check->add_option("files", options->files, "Rule documents")->required()->type_name("FILE");
  check->add_flag("--strict", options->strict, "Warnings refuse a document too");
  check->add_flag("--no-tests", options->skip_tests, "Do not run the tests inside the documents");
  check->footer(kCheckHelp);
  check->callback([&chosen, options] {
    chosen.run = [options] {
      int code = kExitOk;
      for (const std::string& file : options->files) code = Worse(code, CheckFile(file, *options));
      return code;
    };
  });
}

}  // namespace

void RegisterRules(CLI::App& app, CommandToRun& chosen) {
  CLI::App* rules = app.add_subcommand("rules", "Work with rule documents");
  rules->require_subcommand(1);
  rules->footer(
      "Examples:\n"
      "  strowgerctl rules check retail.yaml  is it good?\n"
      "  strowgerctl rules test retail.yaml   the same as strowgerctl test");
  AddCheck(*rules, chosen);
  RegisterTest(*rules, chosen);
}

}  // namespace strowger
