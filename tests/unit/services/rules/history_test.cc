#include "services/rules/history.h"

#include "gtest/gtest.h"
#include "routing-core/rules/compiler.h"

namespace strowger::rules {
namespace {

RuleVersion Version(std::uint64_t number) {
  RuleVersion version;
  version.version = number;
  version.sequence = number * 10;
  version.compiled = DefaultRuleSet();
  return version;
}

TEST(RuleHistory, KeepsTheTextOfTheLastAndTheDescriptionOfAll) {
  RuleHistory history(3);
  EXPECT_FALSE(history.Active().has_value());
  for (std::uint64_t number = 1; number <= 5; ++number) history.Add(Version(number));
  EXPECT_EQ(history.Find(2)->compiled, nullptr);
  EXPECT_NE(history.Find(3)->compiled, nullptr);
  EXPECT_NE(history.active(), nullptr);
  EXPECT_TRUE(history.Active()->active);
  EXPECT_FALSE(history.Find(4)->active);
  EXPECT_FALSE(history.Find(6).has_value());
  EXPECT_EQ(history.FindBySequence(40)->version, 4U);
  EXPECT_FALSE(history.FindBySequence(41).has_value());
}

TEST(RuleHistory, DoesNotGrowForEver) {
  RuleHistory history(3);
  for (std::uint64_t number = 1; number <= 1'005; ++number) history.Add(Version(number));
  EXPECT_FALSE(history.Find(5).has_value());
  EXPECT_TRUE(history.Find(6).has_value());
  EXPECT_EQ(history.List(2'000, 2'000).size(), 1'000U);
}

TEST(RuleHistory, ListsNewestFirst) {
  RuleHistory history(3);
  for (std::uint64_t number = 1; number <= 5; ++number) history.Add(Version(number));
  const std::vector<RuleVersion> page = history.List(4, 2);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].version, 3U);
  EXPECT_EQ(page[1].version, 2U);
}

}  // namespace
}  // namespace strowger::rules
