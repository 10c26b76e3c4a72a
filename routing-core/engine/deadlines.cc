#include "routing-core/engine/deadlines.h"

namespace strowger::routing {
namespace {
constexpr std::uint32_t kArity = 4;
}

Deadlines::Handle Deadlines::Set(const Deadline& deadline) {
  const Handle handle = entries_.Take();
  entries_.Change(handle) = deadline;
  if (positions_.size() <= handle) positions_.resize(handle + 1);
  heap_.push_back(handle);
  const auto position = static_cast<std::uint32_t>(heap_.size() - 1);
  positions_[handle] = position;
  SiftUp(position);
  return handle;
}

void Deadlines::Cancel(Handle& handle) {
  if (handle == kNoSlot) return;
  Remove(positions_[handle]);
  entries_.Release(handle);
  handle = kNoSlot;
}

Deadline Deadlines::Pop() {
  const Handle handle = heap_.front();
  const Deadline deadline = entries_[handle];
  Remove(0);
  entries_.Release(handle);
  return deadline;
}

void Deadlines::Place(std::uint32_t position, Handle handle) {
  heap_[position] = handle;
  positions_[handle] = position;
}

void Deadlines::SiftUp(std::uint32_t position) {
  const Handle handle = heap_[position];
  while (position > 0) {
    const std::uint32_t parent = (position - 1) / kArity;
    if (!entries_[handle].Before(entries_[heap_[parent]])) break;
    Place(position, heap_[parent]);
    position = parent;
  }
  Place(position, handle);
}

void Deadlines::SiftDown(std::uint32_t position) {
  const Handle handle = heap_[position];
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (;;) {
    const std::uint32_t first = position * kArity + 1;
    if (first >= size) break;
    std::uint32_t best = first;
    for (std::uint32_t child = first + 1; child < first + kArity && child < size; ++child) {
      if (entries_[heap_[child]].Before(entries_[heap_[best]])) best = child;
    }
    if (!entries_[heap_[best]].Before(entries_[handle])) break;
    Place(position, heap_[best]);
    position = best;
  }
  Place(position, handle);
}

void Deadlines::Remove(std::uint32_t position) {
  const Handle last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  Place(position, last);
  SiftDown(position);
  SiftUp(positions_[last]);
}

}  // namespace strowger::routing
