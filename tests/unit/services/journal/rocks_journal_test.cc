#include "services/journal/rocks_journal.h"

#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "routing-core/rules/compiler.h"
#include "services/journal/rocks_keys.h"

namespace strowger::journal {
namespace {

using ::testing::HasSubstr;
using Mode = RocksJournalOptions::Sync;

constexpr char kFolder[] = "/journal";

// A disk in memory, with a size.
class Disk : public rocksdb::EnvWrapper {
 public:
  Disk() : Disk(rocksdb::NewMemEnv(rocksdb::Env::Default())) {}
  rocksdb::Status GetFreeSpace(const std::string& /*path*/, std::uint64_t* free) override {
    *free = free_bytes;
    return rocksdb::Status::OK();
  }
  std::uint64_t free_bytes = std::uint64_t{1} << 40;

 private:
  explicit Disk(rocksdb::Env* memory) : EnvWrapper(memory), memory_(memory) {}
  std::unique_ptr<rocksdb::Env> memory_;
};

using Files = std::map<std::string, std::string>;

Files Copy(rocksdb::Env& env) {
  Files files;
  std::vector<std::string> names;
  EXPECT_TRUE(env.GetChildren(kFolder, &names).ok());
  for (const std::string& name : names) {
    const std::string path = std::string(kFolder) + '/' + name;
    if (name == "." || name == ".." || name == "LOCK") continue;
    EXPECT_TRUE(rocksdb::ReadFileToString(&env, path, &files[path]).ok()) << path;
  }
  return files;
}

void Lay(const Files& files, rocksdb::Env& env) {
  (void)env.CreateDirIfMissing(kFolder);
  for (const auto& [path, bytes] : files) {
    ASSERT_TRUE(rocksdb::WriteStringToFile(&env, bytes, path, /*should_sync=*/true).ok()) << path;
  }
}

v1::Beginning Beginning() {
  v1::Beginning beginning;
  beginning.set_domain("default");
  return beginning;
}

// A batch of contacts "c<sequence>", with command ids.
absl::Status AppendContacts(RocksJournal& journal, std::uint64_t from, std::size_t count) {
  std::vector<routing::Command> commands(count);
  std::vector<std::string> ids(count);
  std::vector<RecordView> views;
  for (std::size_t i = 0; i < count; ++i) {
    commands[i].sequence = from + i;
    commands[i].time = static_cast<routing::TimeNs>(1'000 + from + i);
    ids[i] = "id" + std::to_string(from + i);
    commands[i].body = routing::CancelContact{"c" + std::to_string(from + i), true};
    views.push_back({&commands[i], ids[i], {}, 0, nullptr});
  }
  return journal.Append(from, views);
}

class RocksJournalTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<RocksJournal>> TryOpen(Mode mode = Mode::kNone) {
    RocksJournalOptions options;
    options.folder = kFolder;
    options.sync = mode;
    options.env = &disk_;
    auto journal = RocksJournal::Open(options);
    if (journal.ok()) {
      (*journal)->SetDecodeContext({[rules = rules::DefaultRuleSet()] { return rules.get(); },
                                    [](const std::string&) { return rules::DefaultRuleSet(); }});
    }
    return journal;
  }

  std::unique_ptr<RocksJournal> Open(Mode mode = Mode::kNone) {
    auto journal = TryOpen(mode);
    EXPECT_TRUE(journal.ok()) << journal.status();
    if ((*journal)->beginning() == nullptr) {
      EXPECT_TRUE((*journal)->Begin(Beginning()).ok());
    }
    return *std::move(journal);
  }

  // The sequences that can be read; what each record says is checked.
  static absl::StatusOr<std::vector<std::uint64_t>> Read(const RocksJournal& journal,
                                                         std::uint64_t from = 1) {
    std::vector<std::uint64_t> read;
    const absl::Status status = journal.Read(from, [&](const Record& record) {
      const std::uint64_t sequence = record.command.sequence;
      EXPECT_EQ(record.command.time, static_cast<routing::TimeNs>(1'000 + sequence));
      EXPECT_EQ(record.command_id, "id" + std::to_string(sequence));
      EXPECT_EQ(std::get<routing::CancelContact>(record.command.body).contact,
                "c" + std::to_string(sequence));
      read.push_back(sequence);
      return true;
    });
    if (!status.ok()) return status;
    return read;
  }

  // Something underhand, done to the store itself.
  void Tamper(const std::function<rocksdb::Status(rocksdb::DB&)>& act) {
    rocksdb::Options options;
    options.env = &disk_;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, kFolder, &db).ok());
    const std::unique_ptr<rocksdb::DB> owned(db);
    ASSERT_TRUE(act(*db).ok());
  }

  Disk disk_;
};

std::vector<std::uint64_t> Sequences(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> sequences;
  for (std::uint64_t each = from; each <= to; ++each) sequences.push_back(each);
  return sequences;
}

TEST_F(RocksJournalTest, WhatWasAppendedIsThereAfterTheNextOpening) {
  {
    const auto journal = Open();
    ASSERT_TRUE(AppendContacts(*journal, 1, 3).ok());
    ASSERT_TRUE(AppendContacts(*journal, 4, 1).ok());
    EXPECT_EQ(*Read(*journal), Sequences(1, 4));
  }
  const auto journal = Open();
  ASSERT_NE(journal->beginning(), nullptr);
  EXPECT_EQ(journal->beginning()->domain(), "default");
  EXPECT_EQ(journal->last_sequence(), 4U);
  EXPECT_EQ(*Read(*journal), Sequences(1, 4));
  ASSERT_TRUE(AppendContacts(*journal, 5, 2).ok());
  EXPECT_EQ(*Read(*journal), Sequences(1, 6));
  for (std::uint64_t from = 1; from <= 7; ++from) {
    EXPECT_EQ(*Read(*journal, from), Sequences(from, 6)) << from;
  }
}

TEST_F(RocksJournalTest, AnActivationCarriesWhoAndWhy) {
  const auto journal = Open();
  routing::Command command{1, 5, routing::ActivateRuleSet{rules::DefaultRuleSet(), {}}};
  const ActivationNote note{"ann", "because", 3, true};
  ASSERT_TRUE(journal->Append(1, {{RecordView{&command, {}, {}, 0, &note}}}).ok());
  ActivationNote read;
  ASSERT_TRUE(journal
                  ->Read(1,
                         [&](const Record& record) {
                           read = record.note;
                           return true;
                         })
                  .ok());
  EXPECT_EQ(read.author, "ann");
  EXPECT_EQ(read.comment, "because");
  EXPECT_EQ(read.restored_version, 3U);
  EXPECT_TRUE(read.from_file);
}

TEST_F(RocksJournalTest, OnlyTheNextSequenceFollows) {
  const auto journal = Open();
  ASSERT_TRUE(AppendContacts(*journal, 1, 2).ok());
  EXPECT_EQ(AppendContacts(*journal, 4, 1).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(AppendContacts(*journal, 2, 1).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*Read(*journal), Sequences(1, 2));
}

// On a real disk: files in memory cannot be synced while they are appended to.
TEST(RocksJournalSyncTest, ANoticeFollowsEachSyncOnceAllIsDurable) {
  RocksJournalOptions options;
  options.folder = ::testing::TempDir() + "rocks_journal_sync_test";
  std::filesystem::remove_all(options.folder);
  {
    auto opened = RocksJournal::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    RocksJournal& journal = **opened;
    ASSERT_TRUE(journal.Begin(Beginning()).ok());
    EXPECT_TRUE(journal.gated());
    EXPECT_EQ(journal.mode(), "sync");
    std::mutex mutex;
    std::condition_variable told;
    std::uint64_t notices = 0, durable = 0;
    journal.SetDurableNotice([&](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      const std::scoped_lock lock(mutex);
      durable = journal.durable_sequence();
      ++notices;
      told.notify_one();
    });
    for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) {
      ASSERT_TRUE(AppendContacts(journal, sequence, 1).ok());
      journal.Sync();
      std::unique_lock lock(mutex);
      told.wait(lock, [&] { return notices >= sequence; });
      EXPECT_EQ(durable, sequence);
    }
    journal.SetDurableNotice(nullptr);
  }
  std::filesystem::remove_all(options.folder);
}

TEST_F(RocksJournalTest, InTheOtherModesNothingWaits) {
  for (const Mode mode : {Mode::kInterval, Mode::kNone}) {
    const auto journal = Open(mode);
    EXPECT_FALSE(journal->gated());
    const std::uint64_t next = journal->last_sequence() + 1;
    ASSERT_TRUE(AppendContacts(*journal, next, 1).ok());
    EXPECT_EQ(journal->durable_sequence(), next);
    EXPECT_EQ(journal->mode(), mode == Mode::kInterval ? "interval" : "none");
  }
  EXPECT_EQ(*Read(*Open()), Sequences(1, 2));
}

TEST_F(RocksJournalTest, TruncationKeepsWholeBatches) {
  {
    const auto journal = Open();
    ASSERT_TRUE(AppendContacts(*journal, 1, 3).ok());
    ASSERT_TRUE(AppendContacts(*journal, 4, 3).ok());
    ASSERT_TRUE(AppendContacts(*journal, 7, 3).ok());
    ASSERT_TRUE(journal->TruncateBelow(5).ok());
    EXPECT_EQ(Read(*journal, 3).status().code(), absl::StatusCode::kOutOfRange);
    EXPECT_EQ(*Read(*journal, 4), Sequences(4, 9));
  }
  const auto journal = Open();
  EXPECT_EQ(*Read(*journal, 5), Sequences(5, 9));
  ASSERT_TRUE(journal->TruncateBelow(100).ok());
  EXPECT_EQ(*Read(*journal, 10), Sequences(1, 0));
  ASSERT_TRUE(AppendContacts(*journal, 10, 1).ok());
  EXPECT_EQ(*Read(*journal, 10), Sequences(10, 10));
}

TEST_F(RocksJournalTest, WithoutRoomNothingIsAppendedAndWithRoomAgainItIs) {
  const auto journal = Open();
  ASSERT_TRUE(AppendContacts(*journal, 1, 1).ok());
  disk_.free_bytes = (std::uint64_t{256} << 20) - 1;
  // That there was room holds for a moment.
  std::uint64_t next = 2;
  absl::Status status;
  while ((status = AppendContacts(*journal, next, 1)).ok()) ++next;
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*Read(*journal), Sequences(1, next - 1));
  disk_.free_bytes = std::uint64_t{256} << 20;
  EXPECT_TRUE(AppendContacts(*journal, next, 1).ok());
}

TEST_F(RocksJournalTest, OneProcessAtATime) {
  const auto journal = Open();
  const auto second = TryOpen();
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(kFolder));
}

TEST_F(RocksJournalTest, AnotherVersionOfTheSemanticsIsRefused) {
  Open();
  Tamper([](rocksdb::DB& db) {
    v1::Beginning other = Beginning();
    other.set_semantics(kSemantics + 1);
    return db.Put({}, kBeginningKey, other.SerializeAsString());
  });
  const auto journal = TryOpen();
  EXPECT_EQ(journal.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(journal.status().message()), HasSubstr("the build that wrote it"));
}

// What the new version needs of the old one is a checkpoint and a chain to go on from.
TEST_F(RocksJournalTest, AnotherVersionsJournalWithoutRecordsIsTakenOver) {
  {
    const auto journal = Open();
    ASSERT_TRUE(AppendContacts(*journal, 1, 3).ok());
  }
  Tamper([](rocksdb::DB& db) {
    v1::Beginning other = Beginning();
    other.set_semantics(kSemantics + 1);
    return db.Put({}, kBeginningKey, other.SerializeAsString());
  });
  RocksJournalOptions options;
  options.folder = kFolder;
  options.sync = Mode::kNone;
  options.env = &disk_;
  options.any_semantics = true;
  {
    auto journal = RocksJournal::Open(options);
    ASSERT_TRUE(journal.ok()) << journal.status();
    EXPECT_EQ((*journal)->AdoptSemantics().code(), absl::StatusCode::kFailedPrecondition);
    ASSERT_TRUE((*journal)->TruncateBelow(4).ok());
    ASSERT_TRUE((*journal)->AdoptSemantics().ok());
    ASSERT_TRUE(AppendContacts(**journal, 4, 2).ok());
  }
  const auto journal = Open();
  EXPECT_EQ(journal->beginning()->semantics(), kSemantics);
  EXPECT_EQ(journal->first_sequence(), 4U);
  EXPECT_EQ(*Read(*journal, 4), Sequences(4, 5));
}

TEST_F(RocksJournalTest, FindsTheFirstRecordOfATime) {
  const auto journal = Open();
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(AppendContacts(*journal, 1 + 3 * i, 3).ok());
  EXPECT_EQ(*journal->FirstSince(0), 1U);
  EXPECT_EQ(*journal->FirstSince(1'000 + 3), 1U);  // the batch that holds it begins with 1
  EXPECT_EQ(*journal->FirstSince(1'000 + 4), 4U);
  EXPECT_EQ(*journal->FirstSince(1'000 + 15), 13U);
  EXPECT_EQ(*journal->FirstSince(1'000 + 16), 16U);
  EXPECT_GT(journal->appended_bytes(), 100U);
}

TEST_F(RocksJournalTest, MayBeLookedAtBesideItsOwner) {
  const auto journal = Open();
  ASSERT_TRUE(AppendContacts(*journal, 1, 3).ok());
  RocksJournalOptions options;
  options.folder = kFolder;
  options.sync = Mode::kNone;
  options.env = &disk_;
  options.read_only = true;
  const auto beside = RocksJournal::Open(options);
  ASSERT_TRUE(beside.ok()) << beside.status();
  EXPECT_EQ((*beside)->last_sequence(), 3U);
  ASSERT_TRUE(AppendContacts(*journal, 4, 1).ok());
  EXPECT_EQ(*Read(*journal), Sequences(1, 4));
}

TEST_F(RocksJournalTest, AMissingBatchIsFound) {
  {
    const auto journal = Open();
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(AppendContacts(*journal, 1 + 2 * i, 2).ok());
  }
  Tamper([](rocksdb::DB& db) { return db.Delete({}, BatchKey(4)); });
  const auto read = Read(*Open());
  EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(read.status().message()), HasSubstr("after record 2"));
}

TEST_F(RocksJournalTest, AnAlteredBatchIsFound) {
  {
    const auto journal = Open();
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(AppendContacts(*journal, 1 + 2 * i, 2).ok());
  }
  Tamper([](rocksdb::DB& db) {
    std::string value;
    EXPECT_TRUE(db.Get({}, BatchKey(4), &value).ok());
    value.replace(value.find("c3"), 2, "c9");
    return db.Put({}, BatchKey(4), value);
  });
  const auto read = Read(*Open());
  EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(read.status().message()), HasSubstr("records 3 to 4"));
}

// ---- Every byte -------------------------------------------------------------------------------

constexpr std::uint64_t kRecords = 24;

struct Outcomes {
  int whole = 0;
  int prefix = 0;
  int refused = 0;
  std::map<std::uint64_t, std::vector<std::size_t>> lost;  // places of damage, by records lost
};

// Which damage passes for an incomplete write, and what it takes with it.
void PrintLost(const Outcomes& outcomes) {
  for (const auto& [records, places] : outcomes.lost) {
    std::cout << "  " << records << " of " << kRecords
              << " records lost without a word by damage at";
    for (const std::size_t place : places) std::cout << ' ' << place;
    std::cout << '\n';
  }
}

// What a journal whose files are these gives; anything but its records from the first on, exactly
// as they were, fails the test.
void Judge(const Files& files, std::size_t place, Outcomes& outcomes) {
  Disk disk;
  Lay(files, disk);
  RocksJournalOptions options;
  options.folder = kFolder;
  options.sync = Mode::kNone;
  options.env = &disk;
  const auto journal = RocksJournal::Open(options);
  std::uint64_t next = 1;
  absl::Status status = journal.status();
  if (journal.ok()) {
    status = (*journal)->ReadRecords(1, [&](const v1::Record& record) {
      EXPECT_EQ(record.sequence(), next);
      EXPECT_EQ(record.command_id(), "id" + std::to_string(next));
      EXPECT_EQ(record.command().cancel_contact().contact_id(), "c" + std::to_string(next));
      ++next;
      return absl::OkStatus();
    });
  }
  if (!status.ok()) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(kFolder));
    ++outcomes.refused;
  } else {
    ++(next == kRecords + 1 ? outcomes.whole : outcomes.prefix);
    if (next <= kRecords) outcomes.lost[kRecords + 1 - next].push_back(place);
  }
}

class DamageTest : public RocksJournalTest {
 protected:
  void SetUp() override {
    {
      const auto journal = Open();
      for (std::uint64_t i = 1; i <= kRecords; i += 3)
        ASSERT_TRUE(AppendContacts(*journal, i, 3).ok());
    }
    files_ = Copy(disk_);
    for (auto& [path, bytes] : files_) {
      if (path.ends_with(".log") && bytes.size() > 100) log_ = path;
    }
    ASSERT_FALSE(log_.empty());
  }

  Files files_;
  std::string log_;
};

TEST_F(DamageTest, ALogCutAnywhereGivesWhatComesBeforeTheCut) {
  Outcomes outcomes;
  for (std::size_t size = 0; size <= files_[log_].size(); ++size) {
    Files cut = files_;
    cut[log_].resize(size);
    Judge(cut, size, outcomes);
  }
  std::cout << files_[log_].size() << " bytes; cuts: " << outcomes.whole << " whole, "
            << outcomes.prefix << " an exact prefix, " << outcomes.refused << " refused\n";
  EXPECT_EQ(outcomes.whole, 1);
  EXPECT_GT(outcomes.prefix, 100);
}

TEST_F(DamageTest, AFlippedByteIsRefusedOrTakenForATornTail) {
  Outcomes outcomes;
  for (std::size_t at = 0; at < files_[log_].size(); ++at) {
    Files flipped = files_;
    flipped[log_][at] = static_cast<char>(~flipped[log_][at]);
    Judge(flipped, at, outcomes);
  }
  std::cout << files_[log_].size() << " bytes; flips: " << outcomes.whole << " whole, "
            << outcomes.prefix << " an exact prefix, " << outcomes.refused << " refused\n";
  PrintLost(outcomes);
  EXPECT_EQ(outcomes.whole, 0);
  EXPECT_GT(outcomes.refused, outcomes.prefix);
}

}  // namespace
}  // namespace strowger::journal
