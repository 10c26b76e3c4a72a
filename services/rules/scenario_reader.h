// Files of scenario tests, and rule documents with tests in them, into scenarios.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "services/rules/scenario.h"

namespace strowger::rules {

// Rule documents by file, each loaded once, so that what tests reach in one adds up over all of
// them. One thread.
class RulesLibrary {
 public:
  // kRefused: for texts that came over the network, whose tests must not open files here. A test
  // that names one then has rules with an error.
  enum class Paths { kAllowed, kRefused };
  explicit RulesLibrary(Paths paths = Paths::kAllowed) : paths_(paths) {}

  // Never null; what is wrong with the file is among its findings.
  std::shared_ptr<const TestedRules> Load(const std::string& path);
  // The same where the text of the file is at hand already.
  std::shared_ptr<const TestedRules> Load(const std::string& path, const std::string& text);
  // What a test without `rules` runs under.
  std::shared_ptr<const TestedRules> Default();

 private:
  Paths paths_;
  std::map<std::string, std::shared_ptr<const TestedRules>> by_path_;
  std::shared_ptr<const TestedRules> default_;
};

// Reads a file of tests, or a rule document with or without tests; never throws. A file that cannot
// be read has a finding. Paths inside the file are relative to it.
ScenarioFile ReadScenarioFile(const std::string& path, RulesLibrary& library);

// The same for a text; `path` stands for the file in messages and for relative paths.
ScenarioFile ReadScenarioText(std::string text, const std::string& path, RulesLibrary& library);

}  // namespace strowger::rules
