#include "services/journal/checkpoint_file.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace strowger::journal {
namespace {

class CheckpointFileTest : public testing::Test {
 protected:
  CheckpointFileTest() { std::filesystem::remove_all(folder_); }
  ~CheckpointFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(std::uint64_t sequence, const std::string& bytes) {
    auto writer = CheckpointFileWriter::Create(folder_, sequence);
    ASSERT_TRUE(writer.ok()) << writer.status();
    writer->Write(bytes);
    ASSERT_TRUE(writer->Finish().ok());
    ASSERT_TRUE(writer->PutInForce().ok());
  }

  const std::string folder_ = testing::TempDir() + "checkpoint_file_test_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(CheckpointFileTest, WhatIsInForceIsThereNewestFirst) {
  EXPECT_TRUE(ListCheckpoints(folder_).empty());
  Write(7, "seven");
  Write(12, std::string(3 << 20, 'x'));
  const auto files = ListCheckpoints(folder_);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].sequence, 12U);
  EXPECT_EQ(files[0].bytes, std::uint64_t{3} << 20);
  EXPECT_EQ(files[1].sequence, 7U);
  EXPECT_EQ(*ReadCheckpointFile(files[1].path), "seven");
  EXPECT_EQ(*ReadCheckpointFile(files[0].path), std::string(3 << 20, 'x'));
  ASSERT_TRUE(RemoveCheckpoint(files[1].path).ok());
  EXPECT_TRUE(RemoveCheckpoint(files[1].path).ok());
  EXPECT_EQ(ListCheckpoints(folder_).size(), 1U);
}

TEST_F(CheckpointFileTest, WhatIsNotInForceIsNotThere) {
  {
    auto writer = CheckpointFileWriter::Create(folder_, 3);
    ASSERT_TRUE(writer.ok());
    writer->Write("half");
    EXPECT_TRUE(ListCheckpoints(folder_).empty());
    ASSERT_TRUE(writer->Finish().ok());
    EXPECT_TRUE(ListCheckpoints(folder_).empty());
    EXPECT_EQ(*ReadCheckpointFile(writer->path()), "half");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  std::ofstream(folder_ + "/00000000000000000009.checkpoint.unfinished") << "of a crash";
  RemoveUnfinishedCheckpoints(folder_);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(CheckpointFileTest, AFullDiskIsSaidSo) {
  std::filesystem::create_directory(folder_);
  std::filesystem::create_symlink("/dev/full",
                                  folder_ + "/00000000000000000001.checkpoint.unfinished");
  auto writer = CheckpointFileWriter::Create(folder_, 1);
  ASSERT_TRUE(writer.ok()) << writer.status();
  writer->Write("anything");
  EXPECT_EQ(writer->Finish().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(CheckpointFileTest, WhatCannotBeReadIsAnError) {
  EXPECT_EQ(ReadCheckpointFile(folder_ + "/none").status().code(), absl::StatusCode::kUnavailable);
  std::filesystem::create_directory(folder_);
  EXPECT_FALSE(ReadCheckpointFile(folder_).ok());
}

}  // namespace
}  // namespace strowger::journal
