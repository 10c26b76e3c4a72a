#include "services/reports/store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace strowger::reports {
namespace {

class StoreTest : public testing::TestWithParam<bool> {
 protected:
  StoreTest() {
    std::string pattern = testing::TempDir() + "/reportsXXXXXX";
    folder_ = mkdtemp(pattern.data());
    Open();
  }
  ~StoreTest() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Open() {
    if (GetParam()) {
      auto opened = OpenRocksStore(folder_ + "/domain");
      ASSERT_TRUE(opened.ok()) << opened.status();
      store_ = *std::move(opened);
    } else if (store_ == nullptr) {
      store_ = std::make_unique<MemoryStore>();
    }
  }
  std::vector<std::string> Names(Subject subject, std::int64_t first, std::int64_t end) {
    std::vector<std::string> names;
    EXPECT_TRUE(store_
                    ->Read(subject, first, end,
                           [&](std::int64_t quarter, std::string_view name, std::string_view) {
                             names.push_back(std::to_string(quarter) + std::string(name));
                           })
                    .ok());
    return names;
  }

  std::string folder_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreTest, RowsComeInOrderOfTimeThenName) {
  Mark mark;
  EXPECT_FALSE(*store_->ReadMark(mark));
  ASSERT_TRUE(store_
                  ->Write({7, 8, 9},
                          {{Subject::kQueues, 300, "b", "x"},
                           {Subject::kQueues, 299, "z", "x"},
                           {Subject::kQueues, 300, "a", "x"},
                           {Subject::kAgents, 299, "ann", "x"}},
                          true)
                  .ok());
  EXPECT_EQ(Names(Subject::kQueues, 0, 1000), (std::vector<std::string>{"299z", "300a", "300b"}));
  EXPECT_EQ(Names(Subject::kQueues, 300, 301), (std::vector<std::string>{"300a", "300b"}));
  EXPECT_EQ(Names(Subject::kAgents, 299, 300), (std::vector<std::string>{"299ann"}));
  EXPECT_TRUE(Names(Subject::kAgents, 300, 999).empty());
}

TEST_P(StoreTest, WhatWasWrittenIsThereAfterwards) {
  ASSERT_TRUE(store_->Write({7, 8, 9}, {{Subject::kQueues, 300, "b", "old"}}, true).ok());
  ASSERT_TRUE(store_->Write({17, 18, 9}, {{Subject::kQueues, 300, "b", "new"}}, false).ok());
  if (GetParam()) {
    store_.reset();
    Open();
  }
  Mark mark;
  EXPECT_TRUE(*store_->ReadMark(mark));
  EXPECT_EQ(mark.sequence, 17U);
  EXPECT_EQ(mark.time, 18);
  EXPECT_EQ(mark.since, 9);
  std::string bytes;
  EXPECT_TRUE(
      store_->Read(Subject::kQueues, 0, 999, [&](auto, auto, std::string_view row) { bytes = row; })
          .ok());
  EXPECT_EQ(bytes, "new");
}

TEST_P(StoreTest, DropsWhatIsOld) {
  ASSERT_TRUE(store_
                  ->Write({},
                          {{Subject::kQueues, 1, "a", "x"},
                           {Subject::kQueues, 2, "a", "x"},
                           {Subject::kAgents, 1, "a", "x"}},
                          false)
                  .ok());
  ASSERT_TRUE(store_->DropBefore(2).ok());
  EXPECT_EQ(Names(Subject::kQueues, 0, 9), (std::vector<std::string>{"2a"}));
  EXPECT_TRUE(Names(Subject::kAgents, 0, 9).empty());
}

INSTANTIATE_TEST_SUITE_P(Kinds, StoreTest, testing::Bool());

TEST(Store, SaysWhatToDoWhereItCannotBeOpened) {
  const std::string path = testing::TempDir() + "/reports_file";
  std::ofstream(path) << "no folder";
  const auto opened = OpenRocksStore(path);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.status().message().find("move the folder away"), absl::string_view::npos);
  std::filesystem::remove(path);
}

TEST(Rows, ComeBackFromTheirBytes) {
  QueueRow row;
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  ForEachValue(row, [&next](std::int64_t& value) { value = next--; });
  QueueRow read;
  ASSERT_TRUE(Decode(Encode(row), read));
  EXPECT_EQ(Encode(read), Encode(row));
  EXPECT_EQ(read.ended[3], row.ended[3]);
}

TEST(Rows, AnOlderBuildsBytesHaveZeroForWhatIsNew) {
  AgentRow row;
  row.offered = 300;
  row.in_not_ready = 5;
  const std::string bytes = Encode(row);
  AgentRow read;
  ASSERT_TRUE(Decode(bytes.substr(0, 2), read));
  EXPECT_EQ(read.offered, 300);
  EXPECT_EQ(read.in_not_ready, 0);
  EXPECT_FALSE(Decode("\x80", read)) << "a number that does not end";
}

TEST(Rows, OfALongestWaitTheLongerOneStands) {
  QueueRow sum;
  sum.queued = 1;
  sum.longest_wait = 10;
  QueueRow row;
  row.queued = 2;
  row.longest_wait = 7;
  AddTo(sum, row);
  EXPECT_EQ(sum.queued, 3);
  EXPECT_EQ(sum.longest_wait, 10);
}

}  // namespace
}  // namespace strowger::reports
