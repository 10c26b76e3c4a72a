#include "services/journal/memory_journal.h"

#include <algorithm>
#include <string>
#include <utility>

namespace strowger::journal {

using Mode = MemoryJournalOptions::Sync;

MemoryJournal::MemoryJournal(const MemoryJournalOptions& options)
    : options_(options),
      first_(options.first_sequence),
      last_(options.first_sequence - 1),
      durable_(options.first_sequence - 1) {
  if (options_.sync == Mode::kThread) committer_ = std::thread([this] { RunCommits(); });
}

MemoryJournal::~MemoryJournal() {
  if (!committer_.joinable()) return;
  stop_.store(true, std::memory_order_relaxed);
  requests_.fetch_add(1, std::memory_order_release);
  requests_.notify_one();
  committer_.join();
}

absl::Status MemoryJournal::Append(std::uint64_t expected, absl::Span<const RecordView> records) {
  const std::uint64_t last = last_.load(std::memory_order_relaxed);
  if (expected != last + 1) {
    return absl::FailedPreconditionError("the next sequence is " + std::to_string(last + 1));
  }
  for (const RecordView& record : records) {
    if (options_.kept == 0) break;
    records_.push_back(Record{*record.command, std::string(record.command_id),
                              std::string(record.session_id), record.number,
                              record.note != nullptr ? *record.note : ActivationNote{}});
    if (records_.size() > options_.kept) records_.pop_front();
  }
  last_.store(last + records.size(), std::memory_order_release);
  first_ = last + records.size() - records_.size() + 1;
  if (options_.sync == Mode::kNone) {
    durable_.store(last + records.size(), std::memory_order_release);
  }
  return absl::OkStatus();
}

void MemoryJournal::Sync() {
  if (options_.sync != Mode::kThread) {
    // What has been seen may be durable already, and its release wait for this alone.
    if (options_.sync == Mode::kManual) GiveNotice();
    return;
  }
  requests_.fetch_add(1, std::memory_order_release);
  requests_.notify_one();
}

void MemoryJournal::SetDurableNotice(DurableNotice notice) {
  const std::scoped_lock lock(notice_mutex_);
  notice_ = std::move(notice);
}

void MemoryJournal::GiveNotice() {
  const std::scoped_lock lock(notice_mutex_);
  if (notice_) notice_(absl::OkStatus());
}

std::uint64_t MemoryJournal::durable_sequence() const {
  return durable_.load(std::memory_order_acquire);
}

void MemoryJournal::RunCommits() {
  std::uint32_t done = 0;
  for (;;) {
    // Acquire: pairs with Sync, so that what was appended before it is counted below.
    const std::uint32_t requested = requests_.load(std::memory_order_acquire);
    if (requested != done) {
      const bool last_one = stop_.load(std::memory_order_relaxed);
      MakeDurable(last_.load(std::memory_order_acquire));
      if (last_one) return;
      done = requested;
    }
    requests_.wait(requested, std::memory_order_acquire);
  }
}

void MemoryJournal::Commit(std::uint64_t sequence) {
  MakeDurable(std::min(sequence, last_.load(std::memory_order_acquire)));
}

void MemoryJournal::MakeDurable(std::uint64_t sequence) {
  durable_.store(sequence, std::memory_order_release);
  GiveNotice();
}

absl::Status MemoryJournal::Read(std::uint64_t from,
                                 const std::function<bool(const Record&)>& visit) const {
  if (from < first_) {
    return absl::OutOfRangeError("the first sequence kept is " + std::to_string(first_));
  }
  for (std::size_t i = from - first_; i < records_.size(); ++i) {
    if (!visit(records_[i])) break;
  }
  return absl::OkStatus();
}

absl::Status MemoryJournal::TruncateBelow(std::uint64_t sequence) {
  while (!records_.empty() && first_ < sequence) {
    records_.pop_front();
    ++first_;
  }
  return absl::OkStatus();
}

}  // namespace strowger::journal
