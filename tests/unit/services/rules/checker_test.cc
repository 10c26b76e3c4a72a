#include "services/rules/checker.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace strowger::rules {
namespace {

constexpr std::string_view kHead =
    "schema: strowger.rules/v1\n"
    "rule_set: checked\n"
    "rules: [{id: all, then: {queue: q}}]\n"
    "queues: {q: {}}\n"
    "tests:\n";

TEST(Checker, FailingTestsAreErrorsWhereTheyStand) {
  const CheckedRules checked = CheckRules(
      std::string(kHead) + "  - {name: wrong, contact: {channel: voice}, expect: {rule: other}}\n",
      "c.yaml", TestPaths::kAllowed);
  EXPECT_FALSE(checked.ok());
  EXPECT_EQ(checked.name, "checked");
  ASSERT_EQ(checked.findings.size(), 1U);
  EXPECT_EQ(checked.findings[0].at.line, 6);
  EXPECT_EQ(checked.findings[0].message.substr(0, 15), "the test fails:");
}

TEST(Checker, TestsFromTheNetworkOpenNoFiles) {
  const std::string path = testing::TempDir() + "strowger_checker_other.yaml";
  std::ofstream(path) << "rules: [{id: other, then: {queue: q}}]\nqueues: {q: {}}\n"
                      << "schema: strowger.rules/v1\nrule_set: other\n";
  const std::string text = std::string(kHead) + "  - {name: elsewhere, rules: " + path +
                           ", contact: {channel: voice}, expect: {rule: other}}\n";
  EXPECT_TRUE(CheckRules(text, "/c.yaml", TestPaths::kAllowed).ok());
  const CheckedRules refused = CheckRules(text, "/c.yaml", TestPaths::kRefused);
  std::filesystem::remove(path);
  EXPECT_FALSE(refused.ok());
  ASSERT_EQ(refused.findings.size(), 1U);
  EXPECT_NE(refused.findings[0].message.find("cannot refer to other files"), std::string::npos)
      << refused.findings[0].message;
}

}  // namespace
}  // namespace strowger::rules
