#include "services/strowgerctl/client/table.h"

#include <gtest/gtest.h>

#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

TEST(TableTest, ColumnsAreAlignedAndLinesEndWithoutSpaces) {
  Table table({{"QUEUE"}, {"WAITING", Align::kRight}, {"NOTE"}});
  table.AddRow({"billing", "7", ""});
  table.AddRow({"it", "1,024", "full"});
  EXPECT_EQ(table.Render(false),
            "QUEUE    WAITING  NOTE\n"
            "billing        7\n"
            "it         1,024  full\n");
}

TEST(TableTest, ShortRowsAreFilledUp) {
  Table table({{"A"}, {"B"}});
  table.AddRow({"x"});
  EXPECT_EQ(table.Render(false), "A  B\nx\n");
}

TEST(TableTest, WidthCountsCharactersNotBytes) {
  Table table({{"NAME"}, {"N"}});
  table.AddRow({"zoë", "1"});
  EXPECT_EQ(table.Render(false), "NAME  N\nzoë   1\n");
}

TEST(TableTest, ColourDoesNotCountAsWidth) {
  Table table({{"A"}, {"B"}});
  table.AddRow({{"x", Ink::kBad}, "y"});
  EXPECT_EQ(table.Render(true), "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[31mx\x1b[0m  y\n");
}

TEST(TableTest, ControlCharactersCannotReachTheTerminal) {
  Table table({{"ID"}});
  table.AddRow({"a\x1b[2Jb\n"});
  EXPECT_EQ(table.Render(false), "ID\na?[2Jb?\n");
}

TEST(TableTest, WhatDoesNotFitIsLeftOutAndNamed) {
  Table table({{"ID"}, {"NAME", Align::kLeft, 1}, {"COUNT", Align::kRight, 2}});
  table.AddRow({"a", "ann", "12"});
  EXPECT_EQ(table.Render(false, 15), "ID  NAME  COUNT\na   ann      12\n");
  EXPECT_EQ(table.Render(false, 14), "ID  NAME\na   ann\nNo room for COUNT.\n");
  EXPECT_EQ(table.Render(false, 7), "ID\na\nNo room for NAME, COUNT.\n");
  EXPECT_EQ(table.Render(false, 1), "ID\na\nNo room for NAME, COUNT.\n");
}

TEST(WireTimeTest, Texts) {
  EXPECT_EQ(DurationText(0), "0 s");
  EXPECT_EQ(DurationText(350'000'000), "0.35 s");
  EXPECT_EQ(DurationText(12 * kSecondNs), "12.0 s");
  EXPECT_EQ(DurationText(185 * kSecondNs), "3m 05s");
  EXPECT_EQ(DurationText(130 * kMinuteNs), "2h 10m");
  EXPECT_EQ(DurationText(-kSecondNs), "-1.0 s");
  EXPECT_EQ(TimeText(0), "-");
  EXPECT_EQ(TimeText(1'774'861'200 * kSecondNs), "2026-03-30T09:00:00Z");
  EXPECT_EQ(CountText(7), "7");
  EXPECT_EQ(CountText(100), "100");
  EXPECT_EQ(CountText(30'140), "30,140");
  EXPECT_EQ(CountText(1'234'567), "1,234,567");
  EXPECT_EQ(ShareText(1, 3), "33.3 %");
  EXPECT_EQ(ShareText(0, 0), "-");
}

TEST(WireTimeTest, TimesBefore1970KeepTheirNanosecondsPositive) {
  google::protobuf::Timestamp time;
  SetTimestamp(-1, &time);
  EXPECT_EQ(time.seconds(), -1);
  EXPECT_EQ(time.nanos(), 999'999'999);
  EXPECT_EQ(NsOf(time), -1);
}

}  // namespace
}  // namespace strowger::ctl
