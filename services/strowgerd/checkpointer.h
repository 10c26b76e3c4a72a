// Takes checkpoints of the domains while they work.
//
// A checkpoint is made by a second, private router: it loads the newest checkpoint, applies what
// the journal holds behind it up to what is durable, and is written, read back and compared by
// state hash before the file is in force. The domain itself is not touched: its writer goes on
// without a pause. The price is a second copy of one domain's state and one thread of the lowest
// priority while a checkpoint is in the making; domains take turns, so that there is one at a time.
//
// Two checkpoints are kept. The journal keeps what follows the older of them, and beyond that as
// much as `keep` and `keep_bytes` say.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "routing/time.h"
#include "services/history/keeper.h"
#include "services/journal/checkpoint_file.h"
#include "services/strowgerd/domain_backup.h"
#include "services/strowgerd/domain_past.h"

namespace strowger::daemon {

struct CheckpointerOptions {
  // One is due when so many commands, or bytes of journal, have come since the last.
  std::uint64_t every_commands = 1'000'000;
  std::uint64_t every_bytes = std::uint64_t{256} << 20;
  // The journal keeps at least this much of the past, but not beyond so many bytes.
  routing::DurationNs keep = routing::kDay;
  std::uint64_t keep_bytes = std::uint64_t{1} << 30;
  // Its journal is not cut behind a history that has not come so far. Null: there is none.
  history::HistoryKeeper* history = nullptr;
  // Has what adds the domain's events up written up to that sequence: a checkpoint in force means
  // that it will not be told of them again. Null: nothing does.
  std::function<absl::Status(const std::string& domain, std::uint64_t sequence)> settle;
  std::string backup_folder;
  std::uint32_t backups_kept = 7;  // of each domain
};

// How an attempt went, for the log and whoever asked.
struct CheckpointReport {
  std::string domain;
  journal::CheckpointFile file;  // of the newest in force
  bool was_there = false;        // nothing had come since the last: it still holds
  std::uint64_t records = 0;     // applied behind the checkpoint before
  std::int64_t took_ms = 0;
  std::uint64_t first_record = 0;  // that the journal keeps
};

// What is left after an erasure.
struct ErasureReport {
  std::uint64_t checkpoint = 0;  // the sequence of the one that is left
  std::uint64_t first_record = 0;
  std::vector<DomainBackup> backups;  // made before
};

class Checkpointer {
 public:
  using Erased = std::function<void(const absl::StatusOr<ErasureReport>&)>;
  using Done = std::function<void(const absl::StatusOr<CheckpointReport>&)>;
  using BackedUp = std::function<void(const absl::StatusOr<DomainBackup>&)>;
  // Told of every attempt, by the name of its domain.
  using Told = std::function<void(const std::string&, const absl::StatusOr<CheckpointReport>&)>;
  // Told of a checkpoint that could not be read, and why.
  using PassedOver = std::function<void(const std::string&, const absl::Status&)>;

  Checkpointer(CheckpointerOptions options, Told told, PassedOver passed_over);
  ~Checkpointer();

  const CheckpointerOptions& options() const { return options_; }

  // Before Start.
  void Add(KeptDomain domain);
  void Start();
  // Any thread; does not block. `done` runs on the checkpointer's thread, or on this one when there
  // is no such domain (NOT_FOUND) or it stops (UNAVAILABLE).
  void Request(std::string_view domain, Done done);
  // The same for a backup, which begins with a checkpoint taken for it.
  void RequestBackup(std::string_view domain, BackedUp done);
  // What the command of that sequence erased from state and history goes from the disk: a
  // checkpoint is taken, and what is older is deleted and compacted away.
  void RequestErasure(std::string_view domain, std::uint64_t sequence, Erased done);
  // Ends the thread, after the checkpoint at hand. Blocks.
  void Stop();
  // One of each domain, on this thread. REQUIRES: stopped.
  void TakeAll();

 private:
  struct Kept {
    KeptDomain domain;
    std::uint64_t sequence = 0;       // of its newest checkpoint
    std::uint64_t journal_bytes = 0;  // that the journal had taken by then
  };
  struct Wish {
    std::string domain;
    Done done;
  };

  void Run();
  bool IsDue(const Kept& kept) const;
  Kept* Find(std::string_view domain);
  absl::StatusOr<CheckpointReport> Take(Kept& kept);
  absl::StatusOr<journal::CheckpointFile> Make(Kept& kept, std::uint64_t up_to,
                                               CheckpointReport& report);
  absl::Status Truncate(const Kept& kept, CheckpointReport& report) const;
  absl::StatusOr<ErasureReport> Erase(const Kept& kept, std::uint64_t sequence,
                                      const CheckpointReport& taken) const;

  const CheckpointerOptions options_;
  const Told told_;
  const PassedOver passed_over_;
  std::vector<Kept> domains_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Wish> wishes_;
  bool started_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace strowger::daemon
