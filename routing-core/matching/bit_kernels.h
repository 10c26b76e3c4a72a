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
  // Bits pass where the column, after `flip`, has a 1; who does not is numbered so.
  struct Test {
    const std::uint64_t* column;
    std::uint64_t flip;
    unsigned number;
  };

  // words[i] &= word first + i of every column, for `count` words.
  void (*keep_common)(Columns columns, std::size_t first, std::size_t count, std::uint64_t* words);
  // A number for each bit of `count` words, of which bit p stands in plane p, the words from p *
  // stride on: one less for each column that has the bit. REQUIRES: none goes below zero.
  void (*count_down)(Columns columns, std::size_t count, std::size_t stride, std::uint64_t* planes);
  static constexpr std::size_t kCountPlanes = 3;
  // Bits that are set in both, in `count` words.
  std::size_t (*count_common)(const std::uint64_t* a, const std::uint64_t* b, std::size_t count);
  // For each bit of `count` words the number of the first test that it fails, `none` if it passes
  // all: bit p of the number stands in plane p, the words from p * stride on. REQUIRES: count <=
  // kMostNumbered.
  void (*number_failing)(absl::Span<const Test> tests, unsigned none, std::size_t count,
                         std::size_t stride, std::uint64_t* planes);
  static constexpr std::size_t kMostNumbered = 16;
  static constexpr std::size_t kPlanes = 4;
};

// The widest that this machine has; the processor is asked once.
const BitKernels& ChosenBitKernels();
// Null: this machine, or this build, does not have it.
const BitKernels* BitKernelsOf(BitKernelKind kind);

}  // namespace strowger::routing
