// strowgerctl test: runs scenario tests.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "services/rules/loader.h"
#include "services/rules/scenario_reader.h"
#include "services/rules/scenario_runner.h"
#include "services/strowgerctl/command.h"
#include "services/strowgerctl/test_report.h"

namespace strowger {
namespace {

namespace fs = std::filesystem;

struct TestOptions {
  std::vector<std::string> paths;
  std::string junit;
  bool coverage = false;
  bool quiet = false;
};

bool IsTestFile(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

// The files that the arguments mean: themselves, or all test files below a folder, in byte order.
std::vector<std::string> Expand(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> below;
    for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file(error) && IsTestFile(entry.path())) {
        below.push_back(entry.path().string());
      }
    }
    std::sort(below.begin(), below.end());
    files.insert(files.end(), below.begin(), below.end());
  }
  return files;
}

class TestRun {
 public:
  explicit TestRun(const TestOptions& options) : options_(options) {}

  int Run() {
    for (const std::string& path : Expand(options_.paths)) RunFile(path);
    if (!options_.junit.empty()) WriteReport();
    if (options_.coverage) PrintCoverage(coverage_, std::cout);
    const auto passed = std::count_if(outcomes_.begin(), outcomes_.end(),
                                      [](const TestOutcome& outcome) { return outcome.passed; });
    const auto failed = static_cast<std::ptrdiff_t>(outcomes_.size()) - passed;
    if (outcomes_.empty() && unusable_.empty()) {
      std::cerr << "strowgerctl: there are no tests in what was named\n";
      unusable_.push_back({});
    }
    std::cout << passed << " passed, " << failed << " failed\n";
    if (!unusable_.empty()) return kExitUnusable;
    return failed == 0 ? kExitOk : kExitFailed;
  }

 private:
  void RunFile(const std::string& path) {
    const rules::ScenarioFile file = rules::ReadScenarioFile(path, library_);
    if (!file.findings.empty()) {
      const std::string findings = rules::RenderFindings(file.path, file.text, file.findings);
      std::cerr << findings;
      if (!file.usable()) {
        unusable_.push_back({path, findings});
        return;
      }
    }
    for (const rules::Scenario& scenario : file.scenarios) {
      rules::ScenarioResult result =
          rules::RunScenario(scenario, options_.coverage ? &coverage_ : nullptr);
      outcomes_.push_back(
          {path, scenario.name, scenario.at.line, result.passed, std::move(result.report)});
      if (!options_.quiet || !result.passed) PrintOutcome(outcomes_.back(), std::cout);
    }
  }

  void WriteReport() {
    std::ofstream out(options_.junit, std::ios::binary);
    WriteJUnit(outcomes_, unusable_, out);
    out.flush();
    if (out.good()) return;
    std::cerr << "strowgerctl: cannot write " << options_.junit << '\n';
    unusable_.push_back({options_.junit, "cannot be written"});
  }

  const TestOptions& options_;
  rules::RulesLibrary library_;
  rules::ScenarioCoverage coverage_;
  std::vector<TestOutcome> outcomes_;
  std::vector<UnusableFile> unusable_;
};

constexpr char kHelp[] = R"(Examples:
  strowgerctl test retail.yaml             the tests inside a rule document
  strowgerctl test tests/scenarios         every .yaml, .yml and .json below a folder
  strowgerctl test --coverage retail.yaml  what of the rules no test reaches
  strowgerctl test --junit out.xml tests/  a report for continuous integration

A test, in a file of its own or under `tests:` of a rule document:
  tests:
    - name: an agent who comes back gets the waiting contact
      agents: [{id: ann, state: not_ready}]
      timeline:
        - {at: 0s, submit: {id: c1, channel: voice}}
        - {at: 9s, agent: {id: ann, state: ready}, expect: [{offered: {contact: c1}}]}

Exit code: 0 all passed, 1 some failed, 2 some file could not be used.)";

}  // namespace

void RegisterTest(CLI::App& app, CommandToRun& chosen) {
  CLI::App* command = app.add_subcommand("test", "Run scenario tests against the routing core");
  const auto options = std::make_shared<TestOptions>();
  command->add_option("files", options->paths, "Test files, rule documents or folders")
      ->required()
      ->type_name("FILE");
  command->add_option("--junit", options->junit, "Write the results here as JUnit XML")
      ->type_name("FILE");
  command->add_flag("--coverage", options->coverage,
                    "List rules, steps and branches that no test reached");
  command->add_flag("-q,--quiet", options->quiet, "Name only the tests that fail");
  command->footer(kHelp);
  command->callback(
      [&chosen, options] { chosen.run = [options] { return TestRun(*options).Run(); }; });
}

}  // namespace strowger
