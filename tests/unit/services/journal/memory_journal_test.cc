#include "services/journal/memory_journal.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace strowger::journal {
namespace {

using Mode = MemoryJournalOptions::Sync;

MemoryJournalOptions Options(Mode mode) {
  MemoryJournalOptions options;
  options.sync = mode;
  return options;
}

absl::Status AppendTicks(MemoryJournal& journal, std::uint64_t first, std::size_t count) {
  std::vector<routing::Command> commands(count);
  std::vector<RecordView> views;
  for (std::size_t i = 0; i < count; ++i) {
    commands[i].sequence = first + i;
    views.push_back(RecordView{&commands[i], "id", {}, 0, nullptr});
  }
  return journal.Append(first, views);
}

std::vector<std::uint64_t> Sequences(const MemoryJournal& journal, std::uint64_t from) {
  std::vector<std::uint64_t> sequences;
  EXPECT_TRUE(journal
                  .Read(from,
                        [&](const Record& record) {
                          EXPECT_EQ(record.command_id, "id");
                          sequences.push_back(record.command.sequence);
                          return true;
                        })
                  .ok());
  return sequences;
}

TEST(MemoryJournal, KeepsWhatIsAppendedInOrder) {
  MemoryJournal journal;
  EXPECT_FALSE(journal.gated());
  EXPECT_EQ(journal.mode(), "none");
  EXPECT_EQ(journal.durable_sequence(), 0U);
  ASSERT_TRUE(AppendTicks(journal, 1, 2).ok());
  ASSERT_TRUE(AppendTicks(journal, 3, 1).ok());
  EXPECT_EQ(journal.durable_sequence(), 3U);
  EXPECT_EQ(Sequences(journal, 1), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(Sequences(journal, 3), (std::vector<std::uint64_t>{3}));
  EXPECT_TRUE(Sequences(journal, 4).empty());
}

TEST(MemoryJournal, AnotherSequenceThanTheNextIsRefused) {
  MemoryJournal journal;
  ASSERT_TRUE(AppendTicks(journal, 1, 2).ok());
  EXPECT_EQ(AppendTicks(journal, 2, 1).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(AppendTicks(journal, 4, 1).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(AppendTicks(journal, 3, 1).ok());
}

TEST(MemoryJournal, WhatIsTruncatedIsOutOfRange) {
  MemoryJournal journal;
  ASSERT_TRUE(AppendTicks(journal, 1, 5).ok());
  ASSERT_TRUE(journal.TruncateBelow(3).ok());
  EXPECT_EQ(Sequences(journal, 3), (std::vector<std::uint64_t>{3, 4, 5}));
  EXPECT_EQ(journal.Read(2, [](const Record&) { return true; }).code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_TRUE(AppendTicks(journal, 6, 1).ok());
}

TEST(MemoryJournal, KeepsNoMoreThanItIsTold) {
  MemoryJournalOptions options;
  options.kept = 2;
  MemoryJournal some(options);
  ASSERT_TRUE(AppendTicks(some, 1, 5).ok());
  EXPECT_EQ(Sequences(some, 4), (std::vector<std::uint64_t>{4, 5}));
  EXPECT_FALSE(some.Read(3, [](const Record&) { return true; }).ok());
  options.kept = 0;
  MemoryJournal none(options);
  ASSERT_TRUE(AppendTicks(none, 1, 5).ok());
  EXPECT_EQ(none.durable_sequence(), 5U);
  EXPECT_TRUE(Sequences(none, 6).empty());
}

TEST(MemoryJournal, AVisitorMayStop) {
  MemoryJournal journal;
  ASSERT_TRUE(AppendTicks(journal, 1, 5).ok());
  int seen = 0;
  ASSERT_TRUE(journal.Read(1, [&](const Record&) { return ++seen < 2; }).ok());
  EXPECT_EQ(seen, 2);
}

TEST(MemoryJournal, ManualCommitsGoAsFarAsTheyAreTold) {
  MemoryJournal journal(Options(Mode::kManual));
  EXPECT_TRUE(journal.gated());
  int notices = 0;
  journal.SetDurableNotice([&](const absl::Status& status) { notices += status.ok() ? 1 : 100; });
  ASSERT_TRUE(AppendTicks(journal, 1, 3).ok());
  journal.Sync();
  EXPECT_EQ(notices, 1);
  EXPECT_EQ(journal.durable_sequence(), 0U);
  journal.Commit(2);
  EXPECT_EQ(journal.durable_sequence(), 2U);
  journal.Commit(100);
  EXPECT_EQ(journal.durable_sequence(), 3U);
  EXPECT_EQ(notices, 3);
}

TEST(MemoryJournal, TheCommitThreadGivesNoticeOfAllThatWasAppendedBeforeASync) {
  MemoryJournal journal(Options(Mode::kThread));
  std::atomic<std::uint64_t> told{0};
  journal.SetDurableNotice([&](const absl::Status&) {
    told = journal.durable_sequence();
    told.notify_all();
  });
  for (std::uint64_t sequence = 1; sequence <= 200; ++sequence) {
    ASSERT_TRUE(AppendTicks(journal, sequence, 1).ok());
    journal.Sync();
    if (sequence % 50 != 0) continue;
    for (std::uint64_t now = told; now < sequence; now = told) told.wait(now);
  }
  journal.SetDurableNotice(nullptr);
  EXPECT_EQ(told, 200U);
}

}  // namespace
}  // namespace strowger::journal
