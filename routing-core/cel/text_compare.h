#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace strowger::cel {

/// Whether `size` bytes are equal. Names and codes, which conditions compare, are short: two loads
/// that may overlap beat the call of memcmp.
inline bool SameBytes(const char* a, const char* b, size_t size) {
  const auto differ = [a, b](auto word, size_t at) {
    auto other = word;
    std::memcpy(&word, a + at, sizeof word);
    std::memcpy(&other, b + at, sizeof other);
    return word != other;
  };
  if (size >= 8) {
    if (size > 16) return std::memcmp(a, b, size) == 0;
    return !differ(uint64_t{0}, 0) && !differ(uint64_t{0}, size - 8);
  }
  if (size >= 4) return !differ(uint32_t{0}, 0) && !differ(uint32_t{0}, size - 4);
  if (size >= 2) return !differ(uint16_t{0}, 0) && !differ(uint16_t{0}, size - 2);
  return size == 0 || *a == *b;
}

inline bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && SameBytes(a.data(), b.data(), a.size());
}

/// The first eight bytes in the machine's order, or all there are and zeros.
inline uint64_t FirstWord(std::string_view text) {
  const auto load = [&text](auto word, size_t at) {
    std::memcpy(&word, text.data() + at, sizeof word);
    return uint64_t{word};
  };
  const size_t size = text.size();
  if (size >= 8) return load(uint64_t{0}, 0);
  if (size >= 4) return load(uint32_t{0}, 0) | load(uint32_t{0}, size - 4) << (size - 4) * 8;
  if (size >= 2) return load(uint16_t{0}, 0) | load(uint16_t{0}, size - 2) << (size - 2) * 8;
  return size == 0 ? 0 : load(uint8_t{0}, 0);
}

inline bool StartsWith(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && SameBytes(text.data(), start.data(), start.size());
}

inline bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         SameBytes(text.data() + (text.size() - end.size()), end.data(), end.size());
}

}  // namespace strowger::cel
