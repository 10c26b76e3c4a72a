#include "routing-core/rules/distance.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/routing-core/rules/documents.h"

namespace strowger::rules {
namespace {

using routing::Truth;

TEST(Distance, IsAlongTheGreatCircle) {
  const Coordinates london{51'510'000, -130'000};
  const Coordinates manchester{53'480'000, -2'240'000};
  EXPECT_EQ(DistanceMetres(london, manchester), 261'488);
  EXPECT_EQ(DistanceMetres(manchester, london), 261'488);
  EXPECT_EQ(DistanceMetres(london, london), 0);
  const std::int64_t half_turn = 20'015'115;  // of 2 pi times the radius
  EXPECT_EQ(DistanceMetres({0, 0}, {0, 180'000'000}), half_turn);
  EXPECT_EQ(DistanceMetres({90'000'000, 0}, {-90'000'000, 77'000'000}), half_turn);
}

TEST(Distance, TakesTheShortWayRound) {
  const std::int64_t degree = 111'195;
  EXPECT_EQ(DistanceMetres({0, 179'500'000}, {0, -179'500'000}), degree);
  EXPECT_EQ(DistanceMetres({0, -180'000'000}, {0, 180'000'000}), 0);
}

TEST(Distance, CanBeAskedInConditions) {
  const CompileResult set = CompileText(
      "vocabulary: {locations: {lon: {lat: 51.51, lon: -0.13}, man: {lat: 53.48, lon: -2.24}, "
      "sea: , v-1: {lat: 0, lon: 0}}}\n"
      "rules: [{id: a, then: {queue: q}}]\nqueues: {q: {}}\n",
      true);
  ASSERT_NE(set.rule_set, nullptr) << Describe(set.findings.front());
  const auto told = [&](const std::string& text, const std::string& location) {
    const ConditionResult compiled = CompileCondition(text, *set.rule_set);
    EXPECT_NE(compiled.condition, nullptr) << text;
    Case contact;
    contact.location = location;
    EXPECT_FALSE(compiled.condition->reads_time());
    return Holds(*compiled.condition, contact, FakeFigures{});
  };
  EXPECT_EQ(told("distance_km(contact.location, location.lon) == 261.488", "man"), Truth::kTrue);
  EXPECT_EQ(told("distance_km(contact.location, location.lon) < 100.0", "man"), Truth::kFalse);
  EXPECT_EQ(told("distance_km(contact.location, 'v-1') > 5000.0", "man"), Truth::kTrue);
  EXPECT_EQ(told("distance_km(contact.location, location.sea) > 0.0", "man"), Truth::kError);
  EXPECT_EQ(told("distance_km(contact.location, location.lon) > 0.0", ""), Truth::kError);
  EXPECT_EQ(told("contact.location == location.man", "man"), Truth::kTrue);
  EXPECT_FALSE(CompileCondition("location.paris == 'x'", *set.rule_set).findings.empty());
}

}  // namespace
}  // namespace strowger::rules
