#include "tests/unit/routing-core/cel/cel_test_support.h"

namespace strowger::cel {
namespace {

std::string Place(const Finding& finding) {
  return std::to_string(finding.line) + ":" + std::to_string(finding.column) + " " +
         finding.message;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// Errors and findings are compared by their beginning, values as a whole.
void ExpectResult(std::string_view expression, const std::string& actual,
                  std::string_view expected) {
  const bool is_value = !StartsWith(expected, "error") && !StartsWith(expected, "parse ") &&
                        !StartsWith(expected, "check ");
  EXPECT_TRUE(is_value ? actual == expected : StartsWith(actual, expected))
      << expression << "\n  gives  " << actual << "\n  not    " << expected;
}

}  // namespace

std::string World::Evaluate(std::string_view expression, const CompileOptions& options) const {
  const CompileResult compiled = Compile(env, expression, options);
  if (!compiled.ok()) {
    const Finding& first = compiled.findings.front();
    return std::string(StageName(first.stage)) + " " + Place(first);
  }
  Scratch scratch;
  return DebugString(compiled.program->Evaluate(activation, scratch));
}

std::string World::EvaluateUnchecked(std::string_view expression) const {
  CompileOptions options;
  options.check = false;
  return Evaluate(expression, options);
}

std::vector<std::string> World::Findings(std::string_view expression,
                                         const CompileOptions& options) const {
  std::vector<std::string> texts;
  for (const Finding& finding : Compile(env, expression, options).findings) {
    std::string text = Place(finding);
    if (!finding.suggestion.empty()) text += " [" + finding.suggestion + "]";
    texts.push_back(text);
  }
  return texts;
}

void ExpectAll(const World& world, const std::vector<Expectation>& expectations) {
  for (const Expectation& wanted : expectations) {
    ExpectResult(wanted.expression, world.Evaluate(wanted.expression), wanted.result);
  }
}

void ExpectAllUnchecked(const World& world, const std::vector<Expectation>& expectations) {
  for (const Expectation& wanted : expectations) {
    ExpectResult(wanted.expression, world.EvaluateUnchecked(wanted.expression), wanted.result);
  }
}

}  // namespace strowger::cel
