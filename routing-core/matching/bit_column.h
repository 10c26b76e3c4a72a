// Bits in rows of words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace strowger::routing {

// A bit per agent slot.
class BitColumn {
 public:
  void Resize(std::size_t bits) { words_.resize((bits + 63) / 64); }
  // All are 0.
  void Clear(std::size_t bits) { words_.assign((bits + 63) / 64, 0); }
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
  void Clear(std::size_t bits) {
    bits_.Clear(bits);
    filled_.Clear(bits_.words());
  }
  void Set(std::uint32_t bit, bool value) {
    bits_.Set(bit, value);
    filled_.Set(bit / 64, bits_.word(bit / 64) != 0);
  }
  bool Test(std::uint32_t bit) const { return bits_.Test(bit); }
  std::uint64_t word(std::size_t index) const { return bits_.word(index); }
  // Of 64 words: those that are not empty.
  std::uint64_t filled(std::size_t row) const { return filled_.word(row); }
  std::size_t rows() const { return filled_.words(); }

 private:
  BitColumn bits_;
  BitColumn filled_;  // by word of bits_
};

}  // namespace strowger::routing
