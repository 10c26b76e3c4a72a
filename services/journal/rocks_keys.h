// Keys and marks of the embedded journal's store.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "routing/canonical.h"

namespace strowger::journal {

inline constexpr char kBeginningKey[] = "a";
inline constexpr char kTruncationKey[] = "t";
inline constexpr std::uint64_t kLastSequence = std::numeric_limits<std::uint64_t>::max();

// Highest byte first, so that keys sort as numbers do.
inline void PutNumber(std::uint64_t number, std::string& to) {
  for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<char>(number >> shift));
}

// REQUIRES: eight bytes from `at` on.
inline std::uint64_t GetNumber(std::string_view from, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = at; i < at + 8; ++i) {
    number = number << 8 | static_cast<unsigned char>(from[i]);
  }
  return number;
}

// Of the batch whose last record has that sequence.
inline std::string BatchKey(std::uint64_t sequence) {
  std::string key = "b";
  PutNumber(sequence, key);
  return key;
}

inline bool IsBatchKey(std::string_view key) { return key.size() == 9 && key[0] == 'b'; }

// REQUIRES: IsBatchKey.
inline std::uint64_t SequenceOf(std::string_view key) { return GetNumber(key, 1); }

// The first sequence kept and the chain before it.
inline std::string EncodeTruncation(std::uint64_t first, const routing::StateHash& chain) {
  std::string mark;
  PutNumber(first, mark);
  PutNumber(chain.high, mark);
  PutNumber(chain.low, mark);
  return mark;
}

inline bool DecodeTruncation(std::string_view mark, std::uint64_t& first,
                             routing::StateHash& chain) {
  if (mark.size() != 24) return false;
  first = GetNumber(mark, 0);
  chain = {GetNumber(mark, 8), GetNumber(mark, 16)};
  return true;
}

}  // namespace strowger::journal
