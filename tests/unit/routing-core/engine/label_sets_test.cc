#include "routing-core/engine/label_sets.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

using Labels = std::vector<std::string>;

TEST(LabelSets, OneNumberForEqualSets) {
  LabelSets sets(10);
  const LabelSetId blue = sets.Intern({"blue"});
  const LabelSetId both = sets.Intern({"blue", "red"});
  EXPECT_NE(blue, both);
  EXPECT_EQ(sets.Intern({"blue", "red"}), both);
  EXPECT_NE(sets.Intern({"bluered"}), both);
  EXPECT_EQ(sets.Intern({}), kNoLabels);
  EXPECT_TRUE(sets.labels(kNoLabels).empty());
  EXPECT_EQ(sets.labels(both), (Labels{"blue", "red"}));
  EXPECT_TRUE(sets.Has(both, "red"));
  EXPECT_FALSE(sets.Has(blue, "red"));
}

TEST(LabelSets, RoomIsMadeOfThoseThatNobodyRefersTo) {
  LabelSets sets(2);
  const LabelSetId first = sets.Intern({"first"});
  const LabelSetId second = sets.Intern({"second"});
  EXPECT_EQ(sets.Intern({"third"}), kNoSlot);
  sets.Refer(first);
  sets.Release(first);
  EXPECT_EQ(sets.Intern({"third"}), kNoSlot) << "it is still referred to once";
  sets.Release(first);
  EXPECT_EQ(sets.Intern({"second"}), second);
  const LabelSetId third = sets.Intern({"third"});
  ASSERT_NE(third, kNoSlot);
  EXPECT_EQ(sets.labels(third), Labels{"third"});
  EXPECT_EQ(sets.labels(second), Labels{"second"});
}

}  // namespace
}  // namespace strowger::routing
