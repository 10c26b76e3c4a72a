// The reports of one domain: takes its events in, adds them up, keeps the rows.
//
// Exactly once: rows are written together with the sequence up to which they contain everything.
// At a start the domain hands over the events behind its checkpoint again; those that the rows
// contain already are passed over. A checkpoint is in force only after FlushUpTo, so that no event
// is both behind a checkpoint's back and unwritten here.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/reports/accumulator.h"
#include "services/reports/store.h"
#include "services/runtime/mailbox.h"
#include "services/runtime/release_tap.h"

namespace strowger::reports {

struct Options {
  routing::DurationNs short_wait = 5 * routing::kSecond;  // of an abandonment that counts as short
  std::uint32_t days = 35;                                // that rows are kept
};

class DomainReports final : public runtime::ReleaseTap {
 public:
  DomainReports(const Options& options, std::unique_ptr<Store> store);
  ~DomainReports() override;
  DomainReports(const DomainReports&) = delete;
  DomainReports& operator=(const DomainReports&) = delete;

  absl::Status Begin(const routing::Router& router) override;
  void EndPast(std::uint64_t sequence) override;
  // Wait-free but for an allocation. Adds up itself only when a good deal has piled up.
  void OnReleased(const runtime::ReleasedBatch& batch) override;

  // Any thread, after EndPast: the rows know of more than the past, which the journal has lost;
  // they stay as they are.
  bool knew_more();

  // Any thread; may wait for another one that adds up. True: there was something.
  bool Absorb();
  // Any thread. Writes what has changed.
  absl::Status Flush(bool durable);
  // The same, once everything up to `sequence` has been released; waits for that.
  // DEADLINE_EXCEEDED: it was not.
  absl::Status FlushUpTo(std::uint64_t sequence);
  // Any thread. The rows as of `now`, which nothing released so far is later than.
  absl::Status Read(Subject subject, std::int64_t first, std::int64_t end, routing::TimeNs now,
                    const Store::Visit& visit);
  routing::TimeNs since();

 private:
  struct Item : runtime::MailboxNode {
    std::shared_ptr<const runtime::EventChunk> chunk;
  };

  bool AbsorbLocked();
  absl::Status FlushLocked(bool durable);

  const Options options_;
  const std::unique_ptr<Store> store_;
  runtime::Inbox inbox_;
  std::atomic<std::size_t> unread_{0};
  std::atomic<std::uint64_t> released_{0};

  std::mutex mutex_;  // all below; the releasing thread only ever tries it
  Accumulator accumulator_;
  std::vector<KeptRow> unwritten_;  // of a write that failed
  std::int64_t dropped_before_ = 0;
  bool dirty_ = false;
  bool knew_more_ = false;
};

}  // namespace strowger::reports
