// Runs scenario tests against the real core under simulated time.
#pragma once

#include <string>

#include "services/rules/scenario.h"
#include "services/rules/scenario_coverage.h"

namespace strowger::rules {

struct ScenarioResult {
  bool passed = false;
  std::string report;  // why it failed, in indented lines; empty when it passed
};

// Deterministic: the same scenario gives the same result on any machine. A timeline stops at the
// first entry that goes wrong. `coverage`, when given, learns what was reached.
// REQUIRES: a scenario of a usable file.
ScenarioResult RunScenario(const Scenario& scenario, ScenarioCoverage* coverage);

}  // namespace strowger::rules
