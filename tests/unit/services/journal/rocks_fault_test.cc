// The embedded journal over a file system that fails: power lost with writes torn, cut short or out
// of order, a disk that is full, a sync that fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "services/journal/rocks_journal.h"

namespace strowger::journal {
namespace {

namespace fs = std::filesystem;
using rocksdb::IOStatus;

// What of a file is on stable storage, and what only the system's memory has.
struct Extent {
  std::uint64_t written = 0;
  std::uint64_t synced = 0;
};

class FaultyDisk final : public rocksdb::FileSystemWrapper {
 public:
  FaultyDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultyDisk"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           rocksdb::IODebugContext* debug) override;

  enum class Loss : std::uint8_t { kTorn, kReordered };
  // Of what was never synced some is lost, up to all of it: kTorn, the end; kReordered, any of it,
  // as zeros. REQUIRES: no file is open.
  void LosePower(std::uint64_t seed, Loss loss);

  std::atomic<bool> dead{false};  // nothing arrives any more
  std::atomic<bool> full{false};
  std::atomic<bool> sync_fails{false};

 private:
  friend class FaultyFile;

  std::mutex mutex_;
  std::map<std::string, Extent> extents_;
};

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(FaultyDisk& disk, std::string path, std::unique_ptr<rocksdb::FSWritableFile>&& file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

  // Without this a sync would wait for the appends.
  bool IsSyncThreadSafe() const override { return true; }

  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* debug) override {
    if (disk_.dead) return IOStatus::IOError("power is lost");
    if (disk_.full) {
      // Some of it arrives: a short write.
      (void)FSWritableFileOwnerWrapper::Append({data.data(), data.size() / 2}, options, debug);
      Wrote(data.size() / 2);
      return IOStatus::NoSpace("the disk is full");
    }
    Wrote(data.size());
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*info*/,
                  rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return Synced([&] { return FSWritableFileOwnerWrapper::Sync(options, debug); });
  }
  IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return Synced([&] { return FSWritableFileOwnerWrapper::Fsync(options, debug); });
  }

 private:
  void Wrote(std::size_t bytes) {
    const std::scoped_lock lock(disk_.mutex_);
    disk_.extents_[path_].written += bytes;
  }
  template <typename Act>
  IOStatus Synced(Act act) {
    if (disk_.dead) return IOStatus::IOError("power is lost");
    if (disk_.sync_fails) return IOStatus::IOError("a block that cannot be written");
    std::uint64_t written = 0;
    {
      const std::scoped_lock lock(disk_.mutex_);
      written = disk_.extents_[path_].written;
    }
    const IOStatus status = act();
    const std::scoped_lock lock(disk_.mutex_);
    if (status.ok()) disk_.extents_[path_].synced = written;
    return status;
  }

  FaultyDisk& disk_;
  const std::string path_;
};

IOStatus FaultyDisk::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                     std::unique_ptr<rocksdb::FSWritableFile>* file,
                                     rocksdb::IODebugContext* debug) {
  if (dead) return IOStatus::IOError("power is lost");
  std::unique_ptr<rocksdb::FSWritableFile> plain;
  const IOStatus status = target()->NewWritableFile(path, options, &plain, debug);
  if (!status.ok()) return status;
  const std::scoped_lock lock(mutex_);
  extents_[path] = {};
  *file = std::make_unique<FaultyFile>(*this, path, std::move(plain));
  return status;
}

// Files that are part of a store's structure are synced before they are relied on; the log is what
// a loss strikes.
void FaultyDisk::LosePower(std::uint64_t seed, Loss loss) {
  std::mt19937_64 random(seed);
  for (const auto& [path, extent] : extents_) {
    if (!path.ends_with(".log") || !fs::exists(path)) continue;
    const std::uint64_t size = fs::file_size(path);
    const std::uint64_t safe = std::min(extent.synced, size);
    if (size == safe) continue;
    if (loss == Loss::kTorn) {
      fs::resize_file(path, safe + random() % (size - safe + 1));
      continue;
    }
    constexpr std::uint64_t kPage = 512;
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    for (std::uint64_t page = safe / kPage; page * kPage < size; ++page) {
      const std::uint64_t from = std::max(safe, page * kPage);
      const std::uint64_t to = std::min(size, (page + 1) * kPage);
      if (random() % 2 == 0) continue;
      file.seekp(static_cast<std::streamoff>(from));
      file << std::string(to - from, '\0');
    }
  }
}

class RocksFaultTest : public testing::Test {
 protected:
  RocksFaultTest() : env_(rocksdb::NewCompositeEnv(disk_)) { fs::remove_all(folder_); }
  ~RocksFaultTest() override { fs::remove_all(folder_); }

  std::unique_ptr<RocksJournal> Open(rocksdb::Env* env, absl::Status* trouble = nullptr) const {
    RocksJournalOptions options;
    options.folder = folder_;
    options.env = env;
    options.reserve = 0;
    auto opened = RocksJournal::Open(options);
    if (trouble != nullptr) *trouble = opened.status();
    if (!opened.ok()) return nullptr;
    if ((*opened)->beginning() == nullptr) {
      EXPECT_TRUE((*opened)->Begin({}).ok());
    }
    return *std::move(opened);
  }

  static absl::Status AppendOne(RocksJournal& journal, std::uint64_t sequence) {
    routing::Command command{sequence, static_cast<routing::TimeNs>(sequence),
                             routing::CancelContact{"contact " + std::to_string(sequence), true}};
    return journal.Append(sequence, {{RecordView{&command, {}, {}, 0, nullptr}}});
  }

  // Every record as it was appended, from the first on. How many.
  static absl::StatusOr<std::uint64_t> Count(const RocksJournal& journal) {
    std::uint64_t last = 0;
    const absl::Status status = journal.ReadRecords(1, [&last](const v1::Record& record) {
      EXPECT_EQ(record.sequence(), ++last);
      EXPECT_EQ(record.command().cancel_contact().contact_id(), "contact " + std::to_string(last));
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return last;
  }

  // Appends, syncs now and then, and loses power. What is durable then.
  std::uint64_t RunUntilPowerIsLost(std::uint64_t seed, FaultyDisk::Loss loss) {
    std::mt19937_64 random(seed);
    std::uint64_t durable = 0;
    {
      const auto journal = Open(env_.get());
      const std::uint64_t records = 1 + random() % 200;
      for (std::uint64_t sequence = 1; sequence <= records; ++sequence) {
        EXPECT_TRUE(AppendOne(*journal, sequence).ok());
        if (random() % 20 == 0) {
          EXPECT_TRUE(journal->Flush().ok());
        }
      }
      durable = journal->durable_sequence();
      disk_->dead = true;
    }
    disk_->dead = false;
    disk_->LosePower(seed, loss);
    return durable;
  }

  const std::string folder_ = testing::TempDir() + "rocks_fault_test_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::shared_ptr<FaultyDisk> disk_ = std::make_shared<FaultyDisk>();
  const std::unique_ptr<rocksdb::Env> env_;
};

TEST_F(RocksFaultTest, PowerLostInTheMiddleOfAWriteLosesNothingThatWasDurable) {
  std::uint64_t lost = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    fs::remove_all(folder_);
    const std::uint64_t durable = RunUntilPowerIsLost(seed, FaultyDisk::Loss::kTorn);
    const auto journal = Open(nullptr);
    ASSERT_NE(journal, nullptr) << "seed " << seed;
    const auto count = Count(*journal);
    ASSERT_TRUE(count.ok()) << "seed " << seed << ": " << count.status();
    ASSERT_GE(*count, durable) << "seed " << seed;
    lost += *count == durable ? 0 : 1;
    ASSERT_TRUE(AppendOne(*journal, *count + 1).ok());
  }
  EXPECT_GT(lost, 0U) << "no run kept anything beyond what was synced: the test tests nothing";
}

// Pages may reach the disk in any order. What was durable is there, or the journal is refused:
// never is anything passed over in silence.
TEST_F(RocksFaultTest, PagesOutOfOrderLoseNothingThatWasDurable) {
  int whole = 0;
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    fs::remove_all(folder_);
    const std::uint64_t durable = RunUntilPowerIsLost(seed, FaultyDisk::Loss::kReordered);
    absl::Status trouble;
    const auto journal = Open(nullptr, &trouble);
    if (journal == nullptr) {
      EXPECT_EQ(trouble.code(), absl::StatusCode::kDataLoss) << trouble;
      ++refused;
      continue;
    }
    const auto count = Count(*journal);
    ASSERT_TRUE(count.ok()) << "seed " << seed << ": " << count.status();
    ASSERT_GE(*count, durable) << "seed " << seed;
    ++whole;
  }
  std::cout << "pages out of order behind the last sync: " << whole << " opened, " << refused
            << " refused\n";
  EXPECT_GT(whole, 0);
}

TEST_F(RocksFaultTest, AFullDiskRefusesAndWithRoomAgainItGoesOn) {
  {
    const auto journal = Open(env_.get());
    ASSERT_TRUE(AppendOne(*journal, 1).ok());
    disk_->full = true;
    EXPECT_EQ(AppendOne(*journal, 2).code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(AppendOne(*journal, 2).code(), absl::StatusCode::kResourceExhausted);
    disk_->full = false;
    // RocksDB looks every few seconds whether there is room again.
    absl::Status status = AppendOne(*journal, 2);
    for (int tries = 0; !status.ok() && tries < 300; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      status = AppendOne(*journal, 2);
    }
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_TRUE(AppendOne(*journal, 3).ok());
    ASSERT_TRUE(journal->Flush().ok());
  }
  const auto journal = Open(nullptr);
  ASSERT_NE(journal, nullptr);
  EXPECT_EQ(*Count(*journal), 3U);
}

TEST_F(RocksFaultTest, AFailedSyncIsToldAndNeverTakenBack) {
  const auto journal = Open(env_.get());
  std::mutex mutex;
  std::condition_variable told;
  std::vector<absl::Status> notices;
  journal->SetDurableNotice([&](const absl::Status& status) {
    const std::scoped_lock lock(mutex);
    notices.push_back(status);
    told.notify_one();
  });
  const auto sync = [&] {
    std::unique_lock lock(mutex);
    const std::size_t before = notices.size();
    journal->Sync();
    told.wait(lock, [&] { return notices.size() > before; });
    return notices.back();
  };
  ASSERT_TRUE(AppendOne(*journal, 1).ok());
  EXPECT_TRUE(sync().ok());
  disk_->sync_fails = true;
  ASSERT_TRUE(AppendOne(*journal, 2).ok());
  EXPECT_FALSE(sync().ok());
  EXPECT_EQ(journal->durable_sequence(), 1U);
  // The system may have dropped what it could not write: a later success would mean nothing.
  disk_->sync_fails = false;
  EXPECT_FALSE(sync().ok());
  EXPECT_EQ(journal->durable_sequence(), 1U);
  journal->SetDurableNotice(nullptr);
}

}  // namespace
}  // namespace strowger::journal
