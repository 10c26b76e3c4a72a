#include "services/strowgerctl/test_report.h"

#include <algorithm>
#include <cstddef>
#include <map>

namespace strowger {
namespace {

// As text or attribute value of XML 1.0, which has no way to write most control characters.
std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return escaped;
}

void WriteSuite(const std::string& file, const std::vector<const TestOutcome*>& outcomes,
                std::ostream& out) {
  const auto failures = std::count_if(outcomes.begin(), outcomes.end(),
                                      [](const TestOutcome* outcome) { return !outcome->passed; });
  out << "  <testsuite name=\"" << Escaped(file) << "\" tests=\"" << outcomes.size()
      << "\" failures=\"" << failures << "\" errors=\"0\">\n";
  for (const TestOutcome* outcome : outcomes) {
    out << "    <testcase classname=\"" << Escaped(file) << "\" name=\"" << Escaped(outcome->name)
        << "\" file=\"" << Escaped(file) << "\" line=\"" << outcome->line << '"';
    if (outcome->passed) {
      out << "/>\n";
      continue;
    }
    out << ">\n      <failure message=\"the test failed\">" << Escaped(outcome->report)
        << "</failure>\n    </testcase>\n";
  }
  out << "  </testsuite>\n";
}

}  // namespace

void PrintOutcome(const TestOutcome& outcome, std::ostream& out) {
  out << (outcome.passed ? "ok   " : "FAIL ") << outcome.file << ':' << outcome.line << ": "
      << outcome.name << '\n'
      << outcome.report;
}

void WriteJUnit(const std::vector<TestOutcome>& outcomes, const std::vector<UnusableFile>& unusable,
                std::ostream& out) {
  std::map<std::string, std::vector<const TestOutcome*>> by_file;
  std::size_t failures = 0;
  for (const TestOutcome& outcome : outcomes) {
    by_file[outcome.file].push_back(&outcome);
    if (!outcome.passed) ++failures;
  }
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\""
      << outcomes.size() + unusable.size() << "\" failures=\"" << failures << "\" errors=\""
      << unusable.size() << "\">\n";
  for (const auto& [file, tests] : by_file) WriteSuite(file, tests, out);
  for (const UnusableFile& broken : unusable) {
    const std::string file = Escaped(broken.file);
    out << "  <testsuite name=\"" << file << "\" tests=\"1\" failures=\"0\" errors=\"1\">\n"
        << "    <testcase classname=\"" << file << "\" name=\"reading the file\">\n"
        << "      <error message=\"the file cannot be used\">" << Escaped(broken.findings)
        << "</error>\n    </testcase>\n  </testsuite>\n";
  }
  out << "</testsuites>\n";
}

void PrintCoverage(const rules::ScenarioCoverage& coverage, std::ostream& out) {
  for (const rules::ScenarioCoverage::Document& document : coverage.documents()) {
    if (document.items.empty()) continue;
    const auto reached = std::count_if(document.items.begin(), document.items.end(),
                                       [](const auto& item) { return item.reached; });
    out << "coverage of " << document.rules->name << ": " << reached << " of "
        << document.items.size() << " rules, steps and branches\n";
    for (const rules::ScenarioCoverage::Item& item : document.items) {
      if (!item.reached)
        out << "  line " << item.at.line << ": no test reached " << item.label << '\n';
    }
  }
}

}  // namespace strowger
