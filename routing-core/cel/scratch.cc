#include "routing-core/cel/scratch.h"

#include <algorithm>

namespace strowger::cel {
namespace {

constexpr size_t kFirstBlock = 4096;
constexpr size_t kAlignment = 16;

}  // namespace

void* Scratch::Allocate(size_t bytes) {
  if (bytes > max_bytes_ || total_ + bytes > max_bytes_) return nullptr;
  const size_t needed = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  total_ += needed;
  while (block_ < blocks_.size() && blocks_[block_].size - used_ < needed) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    const size_t last = blocks_.empty() ? kFirstBlock / 2 : blocks_.back().size;
    const size_t size = std::max(needed, last * 2);
    blocks_.push_back(Block{std::make_unique<std::byte[]>(size), size});
  }
  void* result = blocks_[block_].memory.get() + used_;
  used_ += needed;
  return result;
}

Value* Scratch::AllocateValues(size_t count) {
  if (count > max_bytes_ / sizeof(Value)) return nullptr;
  return static_cast<Value*>(Allocate(count * sizeof(Value)));
}

MapEntry* Scratch::AllocateEntries(size_t count) {
  if (count > max_bytes_ / sizeof(MapEntry)) return nullptr;
  return static_cast<MapEntry*>(Allocate(count * sizeof(MapEntry)));
}

}  // namespace strowger::cel
