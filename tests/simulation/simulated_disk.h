// What outlives a simulated process: a disk with a journal and checkpoints on it, on which a crash
// loses what was not synced, and a journal that writes to it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "routing/time.h"
#include "services/journal/journal.h"
#include "services/runtime/task.h"
#include "tests/model/random_world.h"

namespace strowger::simulation {

// How bad the disk is, as chances in a hundred.
struct DiskTemper {
  std::uint64_t full = 2;      // an append finds no room
  std::uint64_t slow = 20;     // a sync takes up to `longest_sync`
  std::uint64_t damaged = 20;  // a crash damages the newest checkpoint
  routing::DurationNs longest_sync = 5 * routing::kSecond;
};

// One identity that a checkpoint remembers.
struct Identity {
  std::string command_id;
  runtime::Receipt receipt;
};

struct SavedState {
  std::uint64_t sequence = 0;
  std::string state;  // Router::Save
  std::vector<Identity> identities;
};

struct SimulatedDisk {
  // All records that were ever appended and not lost, also those that truncation has removed: what
  // the truth is compared with.
  std::deque<journal::Record> records;
  std::uint64_t first = 1;  // sequence of the first one that can be read
  std::uint64_t durable = 0;
  std::deque<SavedState> checkpoints;  // newest first

  std::uint64_t last() const { return records.size(); }
  // Power is gone: of what is not durable a prefix happens to be there. Returns how much is lost.
  std::uint64_t LosePower(model::Dice& dice, const DiskTemper& temper);
};

class SimulatedJournal final : public journal::Journal {
 public:
  // Both outlive it. `now`: of the simulation, which no clock jumps in.
  SimulatedJournal(SimulatedDisk& disk, model::Dice& dice, const DiskTemper& temper,
                   const routing::TimeNs& now)
      : disk_(disk), dice_(dice), temper_(temper), now_(now) {}

  absl::Status Append(std::uint64_t expected,
                      absl::Span<const journal::RecordView> records) override;
  void Sync() override;
  void SetDurableNotice(DurableNotice notice) override { notice_ = std::move(notice); }
  bool gated() const override { return true; }
  std::uint64_t durable_sequence() const override { return disk_.durable; }
  std::string_view mode() const override { return "sync"; }
  absl::Status Read(std::uint64_t from,
                    const std::function<bool(const journal::Record&)>& visit) const override;
  absl::Status TruncateBelow(std::uint64_t sequence) override;

  // Ends the syncs that are due.
  void EndSyncs();
  // When the next one is; kNever: none is under way.
  routing::TimeNs next_sync() const;
  std::uint64_t refused() const { return refused_; }

 private:
  struct PendingSync {
    routing::TimeNs ends = 0;
    std::uint64_t covers = 0;  // up to this sequence
  };

  SimulatedDisk& disk_;
  model::Dice& dice_;
  const DiskTemper& temper_;
  const routing::TimeNs& now_;
  DurableNotice notice_;
  std::deque<PendingSync> syncs_;  // a disk does one after another
  std::uint64_t refused_ = 0;
};

// The records of a disk up to one sequence, for a router that only looks back.
class RecordsUpTo final : public journal::Journal {
 public:
  RecordsUpTo(const SimulatedDisk& disk, std::uint64_t last) : disk_(disk), last_(last) {}

  absl::Status Append(std::uint64_t, absl::Span<const journal::RecordView>) override {
    return absl::UnimplementedError("to read from");
  }
  void Sync() override {}
  void SetDurableNotice(DurableNotice) override {}
  bool gated() const override { return false; }
  std::uint64_t durable_sequence() const override { return last_; }
  std::string_view mode() const override { return "none"; }
  absl::Status Read(std::uint64_t from,
                    const std::function<bool(const journal::Record&)>& visit) const override;
  absl::Status TruncateBelow(std::uint64_t) override {
    return absl::UnimplementedError("to read from");
  }

 private:
  const SimulatedDisk& disk_;
  const std::uint64_t last_;
};

}  // namespace strowger::simulation
