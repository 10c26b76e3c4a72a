#include "services/reports/domain_reports.h"

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace strowger::reports {
namespace {

// So many events unread, and the releasing thread adds them up itself: memory stays bounded where
// the keeper's thread gets no time.
constexpr std::size_t kMostUnread = 65'536;
constexpr std::int64_t kQuartersADay = 96;
constexpr int kReleaseTries = 10'000;  // of a millisecond

template <typename Row>
Store::Visit RestoreInto(Accumulator& accumulator) {
  return [&accumulator](std::int64_t, std::string_view name, std::string_view bytes) {
    Row row;
    if (Decode(bytes, row)) accumulator.Restore(name, row);
  };
}

}  // namespace

DomainReports::DomainReports(const Options& options, std::unique_ptr<Store> store)
    : options_(options), store_(std::move(store)), accumulator_(options.short_wait) {}

DomainReports::~DomainReports() {
  const std::scoped_lock lock(mutex_);
  AbsorbLocked();
}

absl::Status DomainReports::Begin(const routing::Router& router) {
  const std::scoped_lock lock(mutex_);
  Mark mark;
  const absl::StatusOr<bool> found = store_->ReadMark(mark);
  if (!found.ok()) return found.status();
  if (!*found) mark.since = router.Domain().time;
  accumulator_.Begin(router, mark);
  const std::int64_t quarter = accumulator_.quarter();
  absl::Status status =
      store_->Read(Subject::kQueues, quarter, quarter + 1, RestoreInto<QueueRow>(accumulator_));
  if (!status.ok()) return status;
  return store_->Read(Subject::kAgents, quarter, quarter + 1, RestoreInto<AgentRow>(accumulator_));
}

void DomainReports::EndPast(std::uint64_t sequence) {
  const std::scoped_lock lock(mutex_);
  AbsorbLocked();
  knew_more_ = accumulator_.mark().sequence > sequence;
  if (knew_more_) accumulator_.GoBackTo(sequence);
}

bool DomainReports::knew_more() {
  const std::scoped_lock lock(mutex_);
  return knew_more_;
}

void DomainReports::OnReleased(const runtime::ReleasedBatch& batch) {
  if (batch.chunk != nullptr) {
    // Counted before it is reachable, so that whoever takes it out never counts below zero.
    const std::size_t added = batch.chunk->events().size();
    const std::size_t unread = unread_.fetch_add(added, std::memory_order_relaxed) + added;
    auto* const item = new Item;
    item->chunk = batch.chunk;
    inbox_.Push(item);
    if (unread >= kMostUnread && mutex_.try_lock()) {
      const std::scoped_lock lock(std::adopt_lock, mutex_);
      AbsorbLocked();
    }
  }
  // Release: whoever reads it finds the events in the inbox.
  released_.store(batch.last, std::memory_order_release);
}

bool DomainReports::Absorb() {
  const std::scoped_lock lock(mutex_);
  return AbsorbLocked();
}

bool DomainReports::AbsorbLocked() {
  runtime::MailboxNode* node = inbox_.TakeAll();
  if (node == nullptr) return false;
  while (node != nullptr) {
    const std::unique_ptr<Item> item(static_cast<Item*>(node));
    node = node->next;
    for (const routing::Event& event : item->chunk->events()) accumulator_.Add(event);
    accumulator_.Contains(item->chunk->events().back().sequence);
    unread_.fetch_sub(item->chunk->events().size(), std::memory_order_relaxed);
  }
  dirty_ = true;
  return true;
}

absl::Status DomainReports::Flush(bool durable) {
  const std::scoped_lock lock(mutex_);
  AbsorbLocked();
  return dirty_ || durable ? FlushLocked(durable) : absl::OkStatus();
}

absl::Status DomainReports::FlushUpTo(std::uint64_t sequence) {
  for (int tries = 0; released_.load(std::memory_order_acquire) < sequence; ++tries) {
    if (tries == kReleaseTries) {
      return absl::DeadlineExceededError(
          absl::StrCat("reports wait for the events of command ", sequence));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const std::scoped_lock lock(mutex_);
  AbsorbLocked();
  accumulator_.Contains(sequence);
  return FlushLocked(/*durable=*/true);
}

absl::Status DomainReports::FlushLocked(bool durable) {
  std::vector<KeptRow> rows = accumulator_.TakeChanged();
  unwritten_.insert(unwritten_.end(), std::make_move_iterator(rows.begin()),
                    std::make_move_iterator(rows.end()));
  if (absl::Status status = store_->Write(accumulator_.mark(), unwritten_, durable); !status.ok()) {
    return status;
  }
  unwritten_.clear();
  dirty_ = false;
  const std::int64_t oldest = accumulator_.quarter() - options_.days * kQuartersADay;
  if (oldest <= dropped_before_) return absl::OkStatus();
  dropped_before_ = oldest;
  return oldest > 0 ? store_->DropBefore(oldest) : absl::OkStatus();
}

absl::Status DomainReports::Read(Subject subject, std::int64_t first, std::int64_t end,
                                 routing::TimeNs now, const Store::Visit& visit) {
  const std::scoped_lock lock(mutex_);
  AbsorbLocked();
  accumulator_.PassTime(now);
  if (absl::Status status = FlushLocked(/*durable=*/false); !status.ok()) return status;
  return store_->Read(subject, first, end, visit);
}

routing::TimeNs DomainReports::since() {
  const std::scoped_lock lock(mutex_);
  return accumulator_.mark().since;
}

}  // namespace strowger::reports
