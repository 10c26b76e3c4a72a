#include "services/runtime/event_log.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace strowger::runtime {
namespace {

constexpr std::size_t kFirstBlock = 512;  // what one command's events usually need
constexpr std::size_t kNextBlock = 8192;

}  // namespace

// Blocks never move or grow, so a view into one stays good as long as the chunk lives.
std::string_view EventChunk::Keep(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > block_left_) {
    const std::size_t size = std::max(text.size(), blocks_.empty() ? kFirstBlock : kNextBlock);
    blocks_.push_back(std::make_unique<char[]>(size));
    block_next_ = blocks_.back().get();
    block_left_ = size;
  }
  char* const at = block_next_;
  std::memcpy(at, text.data(), text.size());
  block_next_ += text.size();
  block_left_ -= text.size();
  return {at, text.size()};
}

void EventChunk::Add(const routing::Event& event) {
  routing::Event& copy = events_.emplace_back(event);
  copy.contact = Keep(event.contact);
  copy.agent = Keep(event.agent);
  copy.queue = Keep(event.queue);
  copy.to_queue = Keep(event.to_queue);
  copy.text = Keep(event.text);
}

EventLog::EventLog(std::size_t kept) : kept_(kept) {}

EventLog::~EventLog() {
  const std::scoped_lock lock(mutex_);
  Absorb();
}

void EventLog::BeginAfter(EventPosition position) {
  const std::scoped_lock lock(mutex_);
  forgotten_ = position;
}

void EventLog::Publish(std::shared_ptr<EventChunk> chunk) {
  if (chunk->events().empty()) return;
  EventChunk* const node = chunk.get();
  const std::size_t added = chunk->events().size();
  node->self_ = std::move(chunk);
  // The count goes up before the chunk is reachable, so that a reader never counts below zero.
  const std::size_t unread = unread_.fetch_add(added, std::memory_order_relaxed) + added;
  inbox_.Push(node);
  // With nobody reading, the inbox would grow for ever. If a reader holds the mutex it is about to
  // empty the inbox itself, or the next batch will.
  if (unread >= kept_ / 2 + 1 && mutex_.try_lock()) {
    const std::scoped_lock lock(std::adopt_lock, mutex_);
    Absorb();
  }
}

void EventLog::Absorb() {
  MailboxNode* node = inbox_.TakeAll();
  while (node != nullptr) {
    auto* const chunk = static_cast<EventChunk*>(node);
    node = node->next;
    const std::size_t added = chunk->events().size();
    size_ += added;
    unread_.fetch_sub(added, std::memory_order_relaxed);
    chunks_.push_back(std::move(chunk->self_));
  }
  while (!chunks_.empty() && size_ - chunks_.front()->events().size() >= kept_) {
    size_ -= chunks_.front()->events().size();
    forgotten_ = PositionOf(chunks_.front()->events().back());
    chunks_.pop_front();
  }
}

EventLog::ReadStatus EventLog::Read(EventPosition after, std::size_t limit,
                                    std::vector<EventSlice>& slices) {
  const std::scoped_lock lock(mutex_);
  Absorb();
  if (after < forgotten_) return ReadStatus::kOutOfRange;
  auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                    [&](const std::shared_ptr<const EventChunk>& candidate) {
                                      return PositionOf(candidate->events().back()) <= after;
                                    });
  std::size_t found = 0;
  for (; chunk != chunks_.end() && found < limit; ++chunk) {
    absl::Span<const routing::Event> events = (*chunk)->events();
    while (PositionOf(events.front()) <= after) events.remove_prefix(1);
    found += events.size();
    slices.push_back(EventSlice{*chunk, events});
  }
  return ReadStatus::kOk;
}

EventPosition EventLog::last() {
  const std::scoped_lock lock(mutex_);
  Absorb();
  return chunks_.empty() ? forgotten_ : PositionOf(chunks_.back()->events().back());
}

EventPosition EventLog::before_first() {
  const std::scoped_lock lock(mutex_);
  Absorb();
  return forgotten_;
}

}  // namespace strowger::runtime
