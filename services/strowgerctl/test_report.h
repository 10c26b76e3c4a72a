// The results of scenario tests for people, for continuous integration, and as coverage.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "services/rules/scenario_coverage.h"

namespace strowger {

struct TestOutcome {
  std::string file;
  std::string name;
  int line = 0;
  bool passed = false;
  std::string report;  // why not
};

// "ok   file:line: name", or FAIL and the report.
void PrintOutcome(const TestOutcome& outcome, std::ostream& out);

// JUnit's XML: a test suite a file, a test case a test. `unusable` names the files that held
// errors; each is a suite with one error.
struct UnusableFile {
  std::string file;
  std::string findings;
};
void WriteJUnit(const std::vector<TestOutcome>& outcomes, const std::vector<UnusableFile>& unusable,
                std::ostream& out);

// For every rule document how much of it was reached, and what was not.
void PrintCoverage(const rules::ScenarioCoverage& coverage, std::ostream& out);

}  // namespace strowger
