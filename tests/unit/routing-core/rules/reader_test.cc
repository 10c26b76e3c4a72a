#include "routing-core/rules/reader.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace strowger::rules {
namespace {

Node Plain(std::string_view text) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = text;
  return node;
}

template <typename Read>
auto Value(std::string_view text, const Read& read) {
  Report report("");
  const auto value = read(Plain(text), report);
  EXPECT_EQ(report.errors(), value ? 0U : 1U) << text;
  return value;
}

TEST(Reader, ReadsGainsAsWholeNumbersAMinute) {
  const auto gain = [](std::string_view text) { return Value(text, ReadGain); };
  EXPECT_EQ(gain("6/min"), 6);
  EXPECT_EQ(gain("1/s"), 60);
  EXPECT_EQ(gain("120/h"), 2);
  EXPECT_EQ(gain("0/min"), 0);
  EXPECT_EQ(gain("1000000/min"), 1'000'000);
  for (const std::string_view text :
       {"90/h", "6", "6/", "/min", "6/m", "-1/min", "1.5/min", "1000001/min", "20000/s", ""}) {
    EXPECT_EQ(gain(text), std::nullopt) << text;
  }
}

TEST(Reader, ReadsDurationsOfOneNumberAndOneUnit) {
  EXPECT_EQ(ParseDuration("119999ms"), 119'999 * routing::kMillisecond);
  EXPECT_EQ(ParseDuration("90s"), 90 * routing::kSecond);
  EXPECT_EQ(ParseDuration("110m"), 110 * routing::kMinute);
  EXPECT_EQ(ParseDuration("2h"), 120 * routing::kMinute);
  EXPECT_EQ(ParseDuration("366d"), routing::kLongestDuration);
  EXPECT_EQ(ParseDuration("0"), 0);
  EXPECT_EQ(ParseDuration("-5s", true), -5 * routing::kSecond);
  for (const std::string_view text : {"", "s", "5", "1.5s", "1h30m", "5 s", "5S", "-5s", "367d",
                                      "99999999999999999999s", "9223372036854775807d", "5us"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
  for (const std::string_view text : {"1500ms", "90s", "2m", "3h", "1d", "0s"}) {
    EXPECT_EQ(FormatDuration(*ParseDuration(text)), text);
  }
}

TEST(Reader, ReadsDecimalsExactly) {
  const auto millionths = [](std::string_view text) {
    return Value(text, [](const Node& node, Report& report) {
      return ReadMillionths(node, -2'000'000, 2'000'000, report);
    });
  };
  EXPECT_EQ(millionths("0.3"), 300'000);
  EXPECT_EQ(millionths("1"), 1'000'000);
  EXPECT_EQ(millionths("-0.000001"), -1);
  EXPECT_EQ(millionths("2.000000"), 2'000'000);
  for (const std::string_view text :
       {"2.000001", "0.0000001", ".5", "1.", "1e3", "--1", "", "-", "99999999999999999999"}) {
    EXPECT_EQ(millionths(text), std::nullopt) << text;
  }
}

TEST(Reader, TakesAQuotedNumberForText) {
  Node quoted = Plain("5");
  quoted.style = Node::Style::kDoubleQuoted;
  Report report("");
  EXPECT_EQ(ReadInteger(quoted, 0, 9, report), std::nullopt);
  EXPECT_EQ(ReadBool(quoted, report), std::nullopt);
  EXPECT_EQ(ReadString(quoted, report), "5");
}

TEST(Reader, RefusesNumbersThatAreNone) {
  Report report("");
  for (const std::string_view text : {"inf", "nan", "1e999", "0x10", "1 ", "one"}) {
    EXPECT_EQ(ReadDouble(Plain(text), report), std::nullopt) << text;
  }
  EXPECT_EQ(ReadDouble(Plain("1e3"), report), 1000.0);
  EXPECT_EQ(ReadInteger(Plain("9223372036854775808"), INT64_MIN, INT64_MAX, report), std::nullopt);
}

}  // namespace
}  // namespace strowger::rules
