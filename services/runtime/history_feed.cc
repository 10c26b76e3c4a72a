#include "services/runtime/history_feed.h"

#include <utility>

namespace strowger::runtime {

std::size_t HistoryPart::weight() const {
  std::size_t weight = 1 + (chunk != nullptr ? chunk->events().size() : 0);
  if (contacts != nullptr) weight += 4 * contacts->ended.size() + contacts->erased.size();
  return weight;
}

HistoryFeed::~HistoryFeed() { (void)Take(); }

absl::Status HistoryFeed::Begin(const routing::Router& router) {
  seen_ = after_ = router.Domain().sequence;
  told_.store(after_, std::memory_order_release);
  return absl::OkStatus();
}

bool HistoryFeed::WantsContacts(std::uint64_t sequence) {
  if (sequence <= known_) return false;
  std::uint64_t noted_from = noted_from_.load(std::memory_order_acquire);
  if (noted_from != kOpening) return noted_from != kClosed;
  // Not where it has been closed again meanwhile.
  return noted_from_.compare_exchange_strong(noted_from, sequence, std::memory_order_acq_rel);
}

void HistoryFeed::Reopen() { noted_from_.store(kOpening, std::memory_order_release); }

void HistoryFeed::Drop(std::uint64_t last) {
  after_ = last;
  dropped_.store(last, std::memory_order_release);
}

void HistoryFeed::OnReleased(const ReleasedBatch& batch) {
  const std::uint64_t first = std::exchange(seen_, batch.last) + 1;
  if (batch.last <= known_) {
    after_ = batch.last;
    return told_.store(batch.last, std::memory_order_release);
  }
  if (first < noted_from_.load(std::memory_order_acquire)) return Drop(batch.last);
  if (batch.chunk == nullptr && batch.contacts == nullptr) {
    return told_.store(batch.last, std::memory_order_release);
  }
  auto part = std::make_unique<HistoryPart>();
  part->after = after_;
  part->last = batch.last;
  part->chunk = batch.chunk;
  part->contacts = batch.contacts;
  const std::size_t weight = part->weight();
  // Relaxed: only a bound.
  if (waiting_.load(std::memory_order_relaxed) + weight > room_) {
    noted_from_.store(kClosed, std::memory_order_release);
    return Drop(batch.last);
  }
  after_ = batch.last;
  waiting_.fetch_add(weight, std::memory_order_relaxed);
  inbox_.Push(part.release());
  told_.store(batch.last, std::memory_order_release);
}

std::vector<std::unique_ptr<HistoryPart>> HistoryFeed::Take() {
  std::vector<std::unique_ptr<HistoryPart>> parts;
  MailboxNode* node = inbox_.TakeAll();
  while (node != nullptr) {
    std::unique_ptr<HistoryPart> part(static_cast<HistoryPart*>(node));
    node = node->next;
    waiting_.fetch_sub(part->weight(), std::memory_order_relaxed);
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace strowger::runtime
