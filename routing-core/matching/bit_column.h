// Bits in rows of words.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "routing-core/engine/pool.h"

namespace strowger::routing {

// A bit per agent slot.
class BitColumn {
 public:
  void Resize(std::size_t bits) { words_.resize((bits + 63) / 64); }
  void Set(std::uint32_t bit, bool value) {
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    std::uint64_t& word = words_[bit / 64];
    word = value ? word | mask : word & ~mask;
  }
  bool Test(std::uint32_t bit) const { return ((words_[bit / 64] >> (bit % 64)) & 1) != 0; }
  std::uint64_t word(std::size_t index) const { return words_[index]; }
  std::size_t words() const { return words_.size(); }
  const std::uint64_t* data() const { return words_.data(); }

 private:
  std::vector<std::uint64_t> words_;
};

// Bits of which few may be set: a second row says which words are not empty, so that a stretch of
// 4,096 empty bits is passed in one step.
class SparseBits {
 public:
  void Resize(std::size_t bits) {
    bits_.Resize(bits);
    filled_.Resize(bits_.words());
  }
  void Set(std::uint32_t bit, bool value) {
    bits_.Set(bit, value);
    filled_.Set(bit / 64, bits_.word(bit / 64) != 0);
  }
  bool Test(std::uint32_t bit) const { return bits_.Test(bit); }

  // The first set bit at or after `bit`; kNoSlot when there is none.
  std::uint32_t Next(std::uint32_t bit) const {
    std::size_t word = bit / 64;
    if (word >= bits_.words()) return kNoSlot;
    const std::uint64_t rest = bits_.word(word) & (~std::uint64_t{0} << (bit % 64));
    if (rest != 0) return BitOf(word, rest);
    word = NextFilled(word + 1);
    return word == kNoSlot ? kNoSlot : BitOf(word, bits_.word(word));
  }

 private:
  static std::uint32_t BitOf(std::size_t word, std::uint64_t bits) {
    return static_cast<std::uint32_t>(word * 64) +
           static_cast<std::uint32_t>(std::countr_zero(bits));
  }
  std::size_t NextFilled(std::size_t word) const {
    if (word >= bits_.words()) return kNoSlot;
    std::size_t row = word / 64;
    std::uint64_t rest = filled_.word(row) & (~std::uint64_t{0} << (word % 64));
    while (rest == 0) {
      if (++row >= filled_.words()) return kNoSlot;
      rest = filled_.word(row);
    }
    return BitOf(row, rest);
  }

  BitColumn bits_;
  BitColumn filled_;  // by word of bits_: it is not 0
};

}  // namespace strowger::routing
