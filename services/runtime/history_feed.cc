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
  after_ = router.Domain().sequence;
  told_.store(after_, std::memory_order_release);
  return absl::OkStatus();
}

void HistoryFeed::OnReleased(const ReleasedBatch& batch) {
  const bool tells = batch.chunk != nullptr || batch.contacts != nullptr;
  if (batch.last <= known_ || !tells) {
    if (batch.last <= known_) after_ = batch.last;
    if (!gap_) told_.store(batch.last, std::memory_order_release);
    return;
  }
  auto part = std::make_unique<HistoryPart>();
  part->after = after_;
  part->last = batch.last;
  part->chunk = batch.chunk;
  part->contacts = batch.contacts;
  after_ = batch.last;
  const std::size_t weight = part->weight();
  // Relaxed: only a bound.
  gap_ = waiting_.load(std::memory_order_relaxed) + weight > room_;
  if (gap_) return dropped_.store(batch.last, std::memory_order_release);
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
