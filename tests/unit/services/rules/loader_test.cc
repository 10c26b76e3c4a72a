#include "services/rules/loader.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace strowger::rules {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::filesystem::path Repository() { return STROWGER_SOURCE_DIR; }

constexpr std::string_view kHead = "schema: strowger.rules/v1\nrule_set: test\n";

TEST(Loader, TellsAPersonWhatIsWrong) {
  const LoadResult result =
      LoadRuleText(std::string(kHead) +
                       "vocabulary: {contact: {tier: {type: string, values: [gold, silver]}}}\n"
                       "rules:\n"
                       "  - id: vip\n"
                       "    when: \"contact.tear == 'gold'\"\n"
                       "    then: {queue: q}\n"
                       "  - {id: rest, then: {queue: q}}\n"
                       "queues:\n"
                       "\tq: {}\n",
                   "retail.yaml");
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(RenderFindings(result),
            "retail.yaml:10:1: error: not valid YAML: a tab cannot indent; use spaces\n"
            "    \tq: {}\n"
            "    ^\n"
            "1 error, 0 warnings\n");
}

TEST(Loader, PutsACaretUnderTheWord) {
  const LoadResult result =
      LoadRuleText(std::string(kHead) +
                       "vocabulary: {contact: {tier: {type: string, values: [gold, silver]}}}\n"
                       "rules:\n"
                       "  - id: vip\n"
                       "    when: \"'é' != '' && contact.tier == 'gole'\"\n"
                       "    then: {queue: q}\n"
                       "  - {id: rest, then: {queue: q}}\n"
                       "queues: {q: {when_full: {treatment: busy}}}\n",
                   "retail.yaml");
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(RenderFindings(result),
            "retail.yaml:6:38: error: contact.tier is never \"gole\"; it is one of gold or silver "
            "(rule vip)\n"
            "        when: \"'é' != '' && contact.tier == 'gole'\"\n"
            "                                         ^\n"
            "  did you mean gold?\n"
            "retail.yaml:9:25: warning: a queue without max_waiting is never full (queue q)\n"
            "    queues: {q: {when_full: {treatment: busy}}}\n"
            "                            ^\n"
            "1 error, 1 warning\n");
}

TEST(Loader, CutsLongLinesAroundTheCaret) {
  Finding finding;
  finding.at = {1, 501};
  finding.message = "here";
  const std::string text = std::string(500, 'a') + "X" + std::string(500, 'b');
  EXPECT_EQ(RenderFinding("f", text, finding), "f:1:501: error: here\n    " + std::string(60, 'a') +
                                                   "X" + std::string(59, 'b') + "\n    " +
                                                   std::string(60, ' ') + "^\n");
}

TEST(Loader, ShowsTextThatIsNotUtf8) {
  const LoadResult result = LoadRuleText("\xAC" + std::string(200, 'a'), "f");
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(RenderFindings(result).substr(0, 44), "f:1:1: error: the text is not UTF-8 here\n   ");
}

TEST(Loader, SaysWhyAFileCannotBeRead) {
  const LoadResult missing = LoadRuleFile("no/such/file.yaml");
  EXPECT_EQ(RenderFindings(missing),
            "no/such/file.yaml: error: cannot be read: No such file or directory\n"
            "1 error, 0 warnings\n");
  EXPECT_FALSE(LoadRuleFile(testing::TempDir()).ok());
}

TEST(Loader, RefusesALargeFileBySize) {
  const std::string path = testing::TempDir() + "strowger_large_rules.yaml";
  std::ofstream(path) << std::string(5'000'000, '#');
  const LoadResult result = LoadRuleFile(path);
  std::filesystem::remove(path);
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].message, "the document has 4194305 bytes; the limit is 4194304");
}

TEST(Loader, KeepsTheTestsWhenItIsMoved) {
  LoadResult first = LoadRuleText(std::string(kHead) +
                                      "rules: [{id: a, then: {queue: q}}]\n"
                                      "queues: {q: }\n"
                                      "tests: [{name: one}]\n",
                                  "t");
  const LoadResult second = std::move(first);
  ASSERT_NE(second.tests, nullptr);
  EXPECT_EQ(second.tests, second.root.Find("tests"));
  EXPECT_EQ(second.tests->items.size(), 1U);
}

TEST(Loader, LoadsTheRuleSetThatIsShipped) {
  const LoadResult result = LoadRuleFile((Repository() / "deploy/rules/example.yaml").string());
  EXPECT_EQ(RenderFindings(result), "");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.rule_set->name(), "retail");
  EXPECT_EQ(result.rule_set->queues().size(), 5U);
  ASSERT_NE(result.tests, nullptr);
}

TEST(Loader, LoadsTheDocumentOfTheDesign) {
  const std::filesystem::path design = Repository() / "../shared/design/rules.md";
  if (!std::filesystem::exists(design)) {
    GTEST_SKIP() << "the design documents are not beside this repository";
  }
  std::string text = ReadFile(design);
  const std::string fence = "```yaml\n";
  text = text.substr(text.find(fence) + fence.size());
  text = text.substr(0, text.find("```"));
  const LoadResult result = LoadRuleText(text, "rules.md");
  ASSERT_EQ(result.findings.size(), 1U) << RenderFindings(result);
  EXPECT_EQ(result.findings[0].message, "no rule asks for the skill spanish");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.rule_set->name(), "retail_uk");
  EXPECT_EQ(result.rule_set->plans().size(), 3U);
  EXPECT_EQ(result.tests->items.size(), 1U);
}

}  // namespace
}  // namespace strowger::rules
