// The embedded journal: one RocksDB per domain, one value per appended batch.
//
// Keys: "b" and the batch's last sequence, eight bytes, highest first; "a" for the Beginning; "t"
// for where truncation has got to. Values: strowger.journal.v1. RocksDB's own recovery drops an
// incomplete tail and refuses anything else; the chain of batches (journal.proto) finds what it
// cannot see: a batch missing, moved or altered further up. What neither can see is a loss at the
// very end that looks like an incomplete write. In mode `sync` no batch that was answered for can
// be lost that way but by a fault of the disk.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "routing/canonical.h"
#include "routing/time.h"
#include "services/journal/backup.h"
#include "services/journal/codec.h"
#include "services/journal/journal.h"
#include "strowger/journal/v1/journal.pb.h"

namespace rocksdb {
class DB;
class Env;
}  // namespace rocksdb

namespace strowger::journal {

// Of what commands do: a journal of another version is refused.
inline constexpr std::uint32_t kSemantics = 2;

struct RocksJournalOptions {
  enum class Sync : std::uint8_t {
    kSync,      // replies wait for the disk
    kInterval,  // synced every `interval`; a power failure may lose that much
    kNone,      // synced when the system does; a crash of the process alone loses nothing
  };
  std::string folder;  // of its own; made if it is not there, its parent must be
  Sync sync = Sync::kSync;
  routing::DurationNs interval = 100 * routing::kMillisecond;
  std::uint64_t reserve = std::uint64_t{256} << 20;  // free bytes below which nothing is appended
  // What another version of the semantics wrote is opened too: see AdoptSemantics.
  bool any_semantics = false;
  // For looking only, beside whoever has it too: what was there at the opening. Nothing is written.
  bool read_only = false;
  rocksdb::Env* env = nullptr;  // null: the system's. Must outlive the journal
};

class RocksJournal final : public Journal {
 public:
  // UNAVAILABLE: the folder cannot be used, or another process has it. DATA_LOSS: what is there is
  // damaged. FAILED_PRECONDITION: another version wrote it. The message names the folder and says
  // what to do.
  static absl::StatusOr<std::unique_ptr<RocksJournal>> Open(const RocksJournalOptions& options);
  // Makes durable what was appended.
  ~RocksJournal() override;

  // Null: nothing has been written yet, and Begin comes before the first Append.
  const v1::Beginning* beginning() const { return beginning_ ? &*beginning_ : nullptr; }
  // Durable when it returns. `semantics` is filled in.
  absl::Status Begin(v1::Beginning beginning);

  // From now on this version's records follow. REQUIRES: none of another version's is kept.
  absl::Status AdoptSemantics();

  // Read needs to know what was in force before each record that it decodes.
  void SetDecodeContext(DecodeContext context) { context_ = std::move(context); }

  absl::Status Append(std::uint64_t expected, absl::Span<const RecordView> records) override;
  void Sync() override;
  void SetDurableNotice(DurableNotice notice) override;
  bool gated() const override { return options_.sync == RocksJournalOptions::Sync::kSync; }
  std::uint64_t durable_sequence() const override;
  std::string_view mode() const override;
  // Any thread, also while something is appended: what was there when it began. DATA_LOSS: the
  // chain is broken, or a record makes no sense; the message says where.
  absl::Status Read(std::uint64_t from,
                    const std::function<bool(const Record&)>& visit) const override;
  // Any thread.
  absl::Status TruncateBelow(std::uint64_t sequence) override;

  // Nothing of what was truncated is left in its files when it returns. Any thread.
  absl::Status Compact();

  // The first sequence kept: above last_sequence() when there is none. Any thread.
  std::uint64_t first_sequence() const;
  // Of the first record stamped at or after `time`, as far as batches tell; any thread.
  absl::StatusOr<std::uint64_t> FirstSince(routing::TimeNs time) const;
  // Bytes appended since it was opened, and bytes that it takes on disk, about. Any thread.
  std::uint64_t appended_bytes() const { return appended_.load(std::memory_order_relaxed); }
  std::uint64_t stored_bytes() const;

  // What was appended is on stable storage when it returns, whatever the mode. Any thread.
  absl::Status Flush() { return Commit(); }

  // One more backup into the folder, where the newest `keep` stay; see backup.h. Any thread.
  absl::StatusOr<JournalBackup> BackUp(const std::string& folder, const std::string& note,
                                       std::uint32_t keep);

  // As Read, without decoding: for tools.
  absl::Status ReadRecords(std::uint64_t from,
                           const std::function<absl::Status(const v1::Record&)>& visit) const;
  std::uint64_t last_sequence() const { return last_.load(std::memory_order_acquire); }

 private:
  explicit RocksJournal(const RocksJournalOptions& options);

  absl::Status OpenStore();
  absl::Status FindEnds();
  absl::Status ReadBatches(std::uint64_t from,
                           const std::function<absl::Status(const v1::Records&)>& visit) const;
  absl::Status CheckBatch(std::uint64_t last, std::uint64_t before,
                          const v1::Records& records) const;
  absl::Status EncodeBatch(absl::Span<const RecordView> records);
  bool HasRoom();
  void RunCommits();
  void RunIntervals();
  absl::Status Commit();
  void GiveNotice(const absl::Status& status);
  absl::Status Damaged(const std::string& what) const;

  const RocksJournalOptions options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::optional<v1::Beginning> beginning_;
  DecodeContext context_;

  // The writer's.
  routing::StateHash chain_;  // of the last batch, or of the beginning
  bool has_room_ = false;     // as of then:
  std::chrono::steady_clock::time_point room_asked_;
  std::uint64_t room_asked_at_ = 0;  // appended_
  v1::Records records_;              // these three: memory that is used again
  v1::Batch batch_;
  std::string batch_bytes_;

  // Where truncation has got to: the first sequence kept, and the chain before it.
  mutable std::mutex first_mutex_;  // short; never held while the store is at work
  std::uint64_t first_ = 1;
  routing::StateHash first_chain_;

  std::atomic<std::uint64_t> last_{0};  // appended
  std::atomic<std::uint64_t> appended_{0};
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<bool> sync_failed_{false};  // for good

  std::mutex notice_mutex_;  // between the thread that gives notice and the one that ends it
  DurableNotice notice_;
  std::atomic<std::uint32_t> requests_{0};  // syncs asked for; the commit thread waits on it
  std::atomic<bool> stop_{false};
  std::mutex stop_mutex_;  // of mode `interval`, whose thread sleeps by the clock
  std::condition_variable stopped_;
  std::thread committer_;
};

}  // namespace strowger::journal
