#include "services/strowgerctl/replay/call_records.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

namespace strowger::ctl {
namespace {

constexpr char kHeader[] =
    "vru_line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,"
    "q_time,outcome,ser_start,ser_exit,ser_time,server\n";
constexpr std::int64_t kNewYear1999 = 915'148'800;
constexpr std::int64_t kEight = 8 * std::int64_t{3'600};

// A row of which only what matters is given.
std::string Row(const std::string& priority, const std::string& entry, const std::string& exit,
                const std::string& wait, const std::string& outcome,
                const std::string& service_start, const std::string& service,
                const std::string& server) {
  return "AA01,7,0," + priority + ",PS,1999-01-01," + entry + "," + exit + ",6,00:00:00,00:00:00," +
         wait + "," + outcome + "," + service_start + ",00:00:00," + service + "," + server + "\n";
}

CallFile Parse(const std::string& rows) {
  const absl::StatusOr<CallFile> file = ParseCallRecords(kHeader + rows);
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? *file : CallFile();
}

std::string ErrorOf(const std::string& text) {
  return std::string(ParseCallRecords(text).status().message());
}

TEST(CallRecordsTest, ServedCall) {
  const CallFile file =
      Parse(Row("2", "08:00:00", "08:00:06", "31", "AGENT", "08:00:36", "120", "A16"));
  ASSERT_EQ(file.calls.size(), 1U);
  const CallRecord& call = file.calls[0];
  EXPECT_EQ(call.line, 2U);
  EXPECT_EQ(call.type, "PS");
  EXPECT_TRUE(call.served);
  EXPECT_TRUE(call.preferred);
  EXPECT_EQ(call.arrival_s, kNewYear1999 + kEight + 6);
  EXPECT_EQ(call.wait_s, 31);
  EXPECT_EQ(call.service_begin_s, kNewYear1999 + kEight + 36);
  EXPECT_EQ(call.service_s, 120);
  EXPECT_EQ(call.agent, "A16");
}

TEST(CallRecordsTest, ServiceMayBeginALittleBeforeTheWaitEnds) {
  const CallFile file =
      Parse(Row("0", "08:00:00", "08:00:06", "0", "AGENT", "08:00:03", "120", "A16"));
  EXPECT_EQ(file.calls.at(0).service_begin_s, kNewYear1999 + kEight + 3);
}

TEST(CallRecordsTest, StampsPastMidnightLieOnTheNextDay) {
  const CallFile file =
      Parse(Row("0", "23:59:50", "00:00:10", "20", "AGENT", "00:00:29", "60", "A16") +
            Row("0", "23:58:00", "23:58:10", "200", "AGENT", "00:01:30", "60", "A16"));
  EXPECT_EQ(file.calls.at(0).arrival_s, kNewYear1999 + 86'410);
  EXPECT_EQ(file.calls.at(0).service_begin_s, kNewYear1999 + 86'429);
  EXPECT_EQ(file.calls.at(1).arrival_s, kNewYear1999 + 86'290);
  EXPECT_EQ(file.calls.at(1).service_begin_s, kNewYear1999 + 86'490);
}

TEST(CallRecordsTest, WhatIsNoContactIsCountedApart) {
  const CallFile file =
      Parse(Row("0", "08:00:00", "08:00:06", "9", "PHANTOM", "00:00:00", "0", "NO_SERVER") +
            Row("0", "08:00:00", "08:00:06", "0", "HANG", "00:00:00", "0", "NO_SERVER") +
            Row("1", "08:00:00", "08:00:06", "1", "HANG", "00:00:00", "0", "NO_SERVER"));
  EXPECT_EQ(file.rows, 3U);
  EXPECT_EQ(file.phantoms, 1U);
  EXPECT_EQ(file.left_before_queue, 1U);
  ASSERT_EQ(file.calls.size(), 1U);
  EXPECT_FALSE(file.calls[0].served);
  EXPECT_FALSE(file.calls[0].preferred);
  EXPECT_EQ(file.calls[0].line, 4U);
}

TEST(CallRecordsTest, ServedWithoutServerOrTimeStillCounts) {
  const CallFile file =
      Parse(Row("0", "08:00:00", "08:00:06", "0", "AGENT", "08:00:06", "0", "NO_SERVER"));
  ASSERT_EQ(file.calls.size(), 1U);
  EXPECT_TRUE(file.calls[0].served);
  EXPECT_EQ(file.calls[0].agent, "");
  EXPECT_EQ(file.without_agent, 1U);
}

TEST(CallRecordsTest, ColumnsAreFoundByNameAndLineEndsDoNotMatter) {
  const absl::StatusOr<CallFile> file = ParseCallRecords(
      "\xEF\xBB\xBFserver,ser_time,ser_start,outcome,q_time,vru_exit,vru_entry,date,type,"
      "priority\r\n"
      "A1,5,09:00:00,AGENT,0,09:00:00,09:00:00,1999-01-01,NW,0\r\n\r\n");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->calls.at(0).type, "NW");
  EXPECT_EQ(file->calls.at(0).service_s, 5);
}

TEST(CallRecordsTest, ErrorsNameTheLine) {
  const std::string good = Row("0", "08:00:00", "08:00:06", "1", "HANG", "00:00:00", "0", "NO");
  EXPECT_EQ(ErrorOf(""), "the file is empty");
  EXPECT_EQ(ErrorOf("a,b,c\n"), "line 1: no column priority");
  EXPECT_EQ(ErrorOf(kHeader + good + "1,2,3\n"), "line 3: 3 columns instead of 17");
  EXPECT_EQ(ErrorOf(kHeader + Row("0", "8:00:00", "08:00:06", "1", "HANG", "00:00:00", "0", "NO")),
            "line 2: vru_entry '8:00:00' is not HH:MM:SS");
  EXPECT_EQ(ErrorOf(kHeader + Row("0", "08:00:00", "24:00:06", "1", "HANG", "00:00:00", "0", "NO")),
            "line 2: vru_exit '24:00:06' is not HH:MM:SS");
  EXPECT_EQ(
      ErrorOf(kHeader + Row("0", "08:00:00", "08:00:06", "-1", "HANG", "00:00:00", "0", "NO")),
      "line 2: q_time '-1' is not a number of seconds from 0 to 86400");
  EXPECT_EQ(ErrorOf(kHeader + Row("0", "08:00:00", "08:00:06", "1", "GONE", "00:00:00", "0", "NO")),
            "line 2: outcome 'GONE' is none of AGENT, HANG, PHANTOM");
}

class CallRecordsFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::path(testing::TempDir()) /
            ("calls-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "-" +
             ::testing::UnitTest::GetInstance()->current_test_info()->name());
    text_ = kHeader + Row("0", "08:00:00", "08:00:06", "1", "HANG", "00:00:00", "0", "NO_SERVER");
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_;
  std::string text_;
};

TEST_F(CallRecordsFileTest, ReadsPlainText) {
  std::ofstream(path_) << text_;
  const absl::StatusOr<CallFile> file = ReadCallRecords(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->calls.size(), 1U);
}

TEST_F(CallRecordsFileTest, ReadsGzip) {
  gzFile out = gzopen(path_.c_str(), "wb");
  gzwrite(out, text_.data(), static_cast<unsigned>(text_.size()));
  gzclose(out);
  const absl::StatusOr<CallFile> file = ReadCallRecords(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->calls.size(), 1U);
}

TEST_F(CallRecordsFileTest, RefusesGzipThatEndsTooEarly) {
  gzFile out = gzopen(path_.c_str(), "wb");
  gzwrite(out, text_.data(), static_cast<unsigned>(text_.size()));
  gzclose(out);
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  EXPECT_EQ(ReadCallRecords(path_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(CallRecordsFileTest, TellsThatThereIsNoFile) {
  EXPECT_EQ(ReadCallRecords(path_).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace strowger::ctl
