// A journal that lives and dies with the process.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <string_view>
#include <thread>

#include "services/journal/journal.h"

namespace strowger::journal {

struct MemoryJournalOptions {
  enum class Sync : std::uint8_t {
    kNone,    // mode "none": replies wait for nothing
    kThread,  // mode "sync": a commit thread makes durable what there is when it is asked
    kManual,  // mode "sync": durable when Commit says so
  };
  Sync sync = Sync::kNone;
  // Records kept; the oldest ones go. 0: the journal only counts.
  std::size_t kept = std::numeric_limits<std::size_t>::max();
  std::uint64_t first_sequence = 1;
};

// Read: only while nothing is appended or truncated.
class MemoryJournal : public Journal {
 public:
  explicit MemoryJournal(const MemoryJournalOptions& options = {});
  // Makes durable what was asked for.
  ~MemoryJournal() override;

  absl::Status Append(std::uint64_t expected, absl::Span<const RecordView> records) override;
  void Sync() override;
  void SetDurableNotice(DurableNotice notice) override;
  bool gated() const override { return options_.sync != MemoryJournalOptions::Sync::kNone; }
  std::uint64_t durable_sequence() const override;
  std::string_view mode() const override { return gated() ? "sync" : "none"; }
  absl::Status Read(std::uint64_t from,
                    const std::function<bool(const Record&)>& visit) const override;
  absl::Status TruncateBelow(std::uint64_t sequence) override;

  // Any thread, with kManual: all up to `sequence`, or up to the last one if that is lower, is
  // durable now, and the notice is given.
  void Commit(std::uint64_t sequence = std::numeric_limits<std::uint64_t>::max());

 private:
  void RunCommits();
  void MakeDurable(std::uint64_t sequence);
  void GiveNotice();

  const MemoryJournalOptions options_;
  std::mutex notice_mutex_;  // between the thread that gives notice and the one that ends it
  DurableNotice notice_;
  std::deque<Record> records_;
  std::uint64_t first_;  // sequence of records_.front(), or the next one if there is none
  std::atomic<std::uint64_t> last_;  // appended
  std::atomic<std::uint64_t> durable_;
  std::atomic<std::uint32_t> requests_{0};  // syncs asked for; the commit thread waits on it
  std::atomic<bool> stop_{false};
  std::thread committer_;
};

}  // namespace strowger::journal
