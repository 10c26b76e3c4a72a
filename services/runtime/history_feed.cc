#include "services/runtime/history_feed.h"

#include <utility>
#include <variant>

namespace strowger::runtime {

HistoryFeed::~HistoryFeed() { (void)Take(); }

void HistoryFeed::Begin(std::uint64_t sequence) {
  after_ = sequence;
  told_.store(sequence, std::memory_order_release);
}

void HistoryFeed::Applied(const routing::Command& command, const routing::Result& result,
                          absl::Span<const routing::Event> events, std::size_t first,
                          const routing::Router& router) {
  if (command.sequence <= known_) return;
  const auto part = [this]() -> HistoryPart& {
    if (part_ == nullptr) part_ = std::make_unique<HistoryPart>();
    return *part_;
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].type != routing::EventType::kEnded) continue;
    part().ended.push_back({first + i, router.FindContact(events[i].contact)});
  }
  const auto* const erase = std::get_if<routing::EraseContactData>(&command.body);
  if (erase != nullptr && result.ok()) part().erased.push_back({command.sequence, erase->contact});
}

void HistoryFeed::Hand(std::shared_ptr<const EventChunk> chunk, std::uint64_t last) {
  const bool wanted = last > known_ && (chunk != nullptr || part_ != nullptr);
  if (!wanted) {
    if (last <= known_) after_ = last;
    if (!gap_) told_.store(last, std::memory_order_release);
    return;
  }
  std::unique_ptr<HistoryPart> part = std::move(part_);
  if (part == nullptr) part = std::make_unique<HistoryPart>();
  part->chunk = std::move(chunk);
  part->after = after_;
  part->last = last;
  after_ = last;
  const std::size_t weight = part->weight();
  // Relaxed: only a bound.
  gap_ = waiting_.load(std::memory_order_relaxed) + weight > room_;
  if (gap_) return dropped_.store(last, std::memory_order_release);
  waiting_.fetch_add(weight, std::memory_order_relaxed);
  inbox_.Push(part.release());
  told_.store(last, std::memory_order_release);
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
