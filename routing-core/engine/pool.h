// Where state lives: slots in chunks of fixed size, whose addresses never change.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace strowger::routing {

inline constexpr std::uint32_t kNoSlot = 0xFFFFFFFF;

// One thread. Reading is free for all; every change goes through Change(), so that a checkpoint can
// copy a chunk before its first change. Slots are reused, the one released last first.
template <typename T, std::uint32_t kChunkSlots = 1024>
class Pool {
 public:
  // A slot with a value-initialised T. Allocates only when a chunk is full.
  std::uint32_t Take() {
    if (free_.empty()) return Extend();
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    Change(slot) = T{};
    return slot;
  }

  void Release(std::uint32_t slot) { free_.push_back(slot); }

  const T& operator[](std::uint32_t slot) const {
    return chunks_[slot / kChunkSlots][slot % kChunkSlots];
  }
  T& Change(std::uint32_t slot) { return chunks_[slot / kChunkSlots][slot % kChunkSlots]; }

  // Slots ever taken; some may be free.
  std::uint32_t extent() const { return extent_; }
  std::uint32_t in_use() const { return extent_ - static_cast<std::uint32_t>(free_.size()); }

 private:
  std::uint32_t Extend() {
    if (extent_ % kChunkSlots == 0) {
      chunks_.push_back(std::make_unique<T[]>(kChunkSlots));
      free_.reserve(extent_ + kChunkSlots);
    }
    return extent_++;
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t extent_ = 0;
};

}  // namespace strowger::routing
