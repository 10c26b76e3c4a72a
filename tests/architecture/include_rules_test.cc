// What may depend on what, as a test: arrows point one way, and the core knows no I/O.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace {

namespace fs = std::filesystem;

struct Include {
  std::string file;  // relative to the root
  int line = 0;
  std::string target;
};

bool StartsWithAny(std::string_view text, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

bool IsSource(const fs::path& path) {
  return path.extension() == ".h" || path.extension() == ".cc";
}

std::vector<Include> IncludesBelow(const std::string& folder) {
  const fs::path root = STROWGER_SOURCE_DIR;
  std::vector<Include> includes;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (!entry.is_regular_file() || !IsSource(entry.path())) continue;
    std::ifstream in(entry.path());
    std::string text;
    for (int line = 1; std::getline(in, text); ++line) {
      if (!text.starts_with("#include ") || text.size() < 12) continue;
      const std::size_t end = text.find_first_of("\">", 10);
      includes.push_back(
          {fs::relative(entry.path(), root).string(), line, text.substr(10, end - 10)});
    }
  }
  return includes;
}

bool IsSystem(std::string_view target) { return target.find('.') == std::string_view::npos; }

TEST(IncludeRules, TheCoreKnowsAbseilRe2AndItselfOnly) {
  const auto includes = IncludesBelow("routing-core");
  ASSERT_GT(includes.size(), 50U);
  for (const Include& include : includes) {
    EXPECT_TRUE(IsSystem(include.target) ||
                StartsWithAny(include.target, {"absl/", "re2/", "routing/", "routing-core/"}))
        << include.file << ":" << include.line << " includes " << include.target;
  }
}

TEST(IncludeRules, TheCoreHasNoFilesThreadsClocksOrRandomness) {
  for (const Include& include : IncludesBelow("routing-core")) {
    EXPECT_FALSE(StartsWithAny(
        include.target,
        {"fstream", "filesystem", "thread", "mutex", "shared_mutex", "condition_variable", "future",
         "random", "chrono", "ctime", "iostream", "unistd.h", "sys/", "absl/synchronization",
         "absl/time/clock.h", "absl/random"}))
        << include.file << ":" << include.line << " includes " << include.target;
  }
}

TEST(IncludeRules, TheEngineDoesNotKnowHowRulesAreWritten) {
  for (const char* folder : {"routing-core/engine", "routing-core/matching",
                             "routing-core/prediction", "routing-core/include"}) {
    for (const Include& include : IncludesBelow(folder)) {
      EXPECT_FALSE(StartsWithAny(include.target, {"routing-core/rules", "routing-core/cel"}))
          << include.file << ":" << include.line << " includes " << include.target;
    }
  }
}

TEST(IncludeRules, TheExpressionLanguageStandsAlone) {
  for (const Include& include : IncludesBelow("routing-core/cel")) {
    EXPECT_TRUE(IsSystem(include.target) ||
                StartsWithAny(include.target, {"absl/", "re2/", "routing-core/cel/"}))
        << include.file << ":" << include.line << " includes " << include.target;
  }
}

// Others reach the core through its public headers; rules, prediction and the expression language
// are libraries of their own.
TEST(IncludeRules, ServicesDoNotReachIntoTheEngine) {
  for (const Include& include : IncludesBelow("services")) {
    EXPECT_FALSE(StartsWithAny(include.target, {"routing-core/engine", "routing-core/matching"}))
        << include.file << ":" << include.line << " includes " << include.target;
  }
}

TEST(IncludeRules, NothingSeesTests) {
  for (const char* folder : {"routing-core", "services", "bench"}) {
    for (const Include& include : IncludesBelow(folder)) {
      const bool bench = std::string_view(folder) == "bench";
      EXPECT_FALSE(!bench && StartsWithAny(include.target, {"tests/", "gtest/", "bench/"}))
          << include.file << ":" << include.line << " includes " << include.target;
    }
  }
}

}  // namespace
