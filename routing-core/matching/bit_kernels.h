// The work on whole columns, in each of the ways that processors offer: the same loops, compiled
// for wider and wider words. What they answer is the same.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"

namespace strowger::routing {

enum class BitKernelKind : std::uint8_t { kPlain, kAvx2, kAvx512 };

struct BitKernels {
  using Columns = absl::Span<const std::uint64_t* const>;

  // words[i] &= word first + i of every column, for `count` words.
  void (*keep_common)(Columns columns, std::size_t first, std::size_t count, std::uint64_t* words);
  // Bits that are set in both, in `count` words.
  std::size_t (*count_common)(const std::uint64_t* a, const std::uint64_t* b, std::size_t count);
};

// The widest that this machine has; the processor is asked once.
const BitKernels& ChosenBitKernels();
// Null: this machine, or this build, does not have it.
const BitKernels* BitKernelsOf(BitKernelKind kind);

}  // namespace strowger::routing
