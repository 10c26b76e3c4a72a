#include "routing-core/matching/bit_kernels.h"

#include <algorithm>
#include <bit>

namespace strowger::routing {
namespace {

// The loops, once: inlined into a function for another processor they are compiled for that one.

[[gnu::always_inline]] inline void KeepLoop(BitKernels::Columns columns, std::size_t first,
                                            std::size_t count, std::uint64_t* words) {
  for (const std::uint64_t* column : columns) {
    column += first;
    for (std::size_t i = 0; i < count; ++i) words[i] &= column[i];
  }
}

[[gnu::always_inline]] inline void CountDownLoop(BitKernels::Columns columns, std::size_t count,
                                                 std::size_t stride, std::uint64_t* planes) {
  static_assert(BitKernels::kCountPlanes == 3);
  std::uint64_t* const ones = planes;
  std::uint64_t* const twos = planes + stride;
  std::uint64_t* const fours = planes + 2 * stride;
  for (const std::uint64_t* const column : columns) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t from_twos = column[i] & ~ones[i];
      const std::uint64_t from_fours = from_twos & ~twos[i];
      ones[i] ^= column[i];
      twos[i] ^= from_twos;
      fours[i] ^= from_fours;
    }
  }
}

[[gnu::always_inline]] inline std::size_t CountLoop(const std::uint64_t* a, const std::uint64_t* b,
                                                    std::size_t count) {
  std::size_t ones = 0;
  for (std::size_t i = 0; i < count; ++i) ones += static_cast<unsigned>(std::popcount(a[i] & b[i]));
  return ones;
}

[[gnu::always_inline]] inline void NumberLoop(absl::Span<const BitKernels::Test> tests,
                                              unsigned none, std::size_t count, std::size_t stride,
                                              std::uint64_t* planes) {
  std::uint64_t rest[BitKernels::kMostNumbered];
  std::fill_n(rest, count, ~std::uint64_t{0});
  for (std::size_t p = 0; p < BitKernels::kPlanes; ++p) std::fill_n(planes + p * stride, count, 0);
  const auto number = [&](unsigned as, std::size_t i, std::uint64_t bits) {
    for (std::size_t p = 0; p < BitKernels::kPlanes; ++p) {
      planes[p * stride + i] |= bits & -static_cast<std::uint64_t>((as >> p) & 1);
    }
  };
  for (const BitKernels::Test& test : tests) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t passing = test.column[i] ^ test.flip;
      number(test.number, i, rest[i] & ~passing);
      rest[i] &= passing;
    }
  }
  for (std::size_t i = 0; i < count; ++i) number(none, i, rest[i]);
}

void KeepPlain(BitKernels::Columns columns, std::size_t first, std::size_t count,
               std::uint64_t* words) {
  KeepLoop(columns, first, count, words);
}
std::size_t CountPlain(const std::uint64_t* a, const std::uint64_t* b, std::size_t count) {
  return CountLoop(a, b, count);
}
void NumberPlain(absl::Span<const BitKernels::Test> tests, unsigned none, std::size_t count,
                 std::size_t stride, std::uint64_t* planes) {
  NumberLoop(tests, none, count, stride, planes);
}
void CountDownPlain(BitKernels::Columns columns, std::size_t count, std::size_t stride,
                    std::uint64_t* planes) {
  CountDownLoop(columns, count, stride, planes);
}
constexpr BitKernels kPlain = {&KeepPlain, &CountDownPlain, &CountPlain, &NumberPlain};

#if defined(__x86_64__)

#define STROWGER_AVX2 __attribute__((target("avx2,popcnt")))
#define STROWGER_AVX512 __attribute__((target("avx512f,avx512vl,avx512vpopcntdq,popcnt")))

STROWGER_AVX2 void KeepAvx2(BitKernels::Columns columns, std::size_t first, std::size_t count,
                            std::uint64_t* words) {
  KeepLoop(columns, first, count, words);
}
STROWGER_AVX2 std::size_t CountAvx2(const std::uint64_t* a, const std::uint64_t* b,
                                    std::size_t count) {
  return CountLoop(a, b, count);
}
STROWGER_AVX2 void NumberAvx2(absl::Span<const BitKernels::Test> tests, unsigned none,
                              std::size_t count, std::size_t stride, std::uint64_t* planes) {
  NumberLoop(tests, none, count, stride, planes);
}
STROWGER_AVX2 void CountDownAvx2(BitKernels::Columns columns, std::size_t count, std::size_t stride,
                                 std::uint64_t* planes) {
  CountDownLoop(columns, count, stride, planes);
}
constexpr BitKernels kAvx2 = {&KeepAvx2, &CountDownAvx2, &CountAvx2, &NumberAvx2};

STROWGER_AVX512 void KeepAvx512(BitKernels::Columns columns, std::size_t first, std::size_t count,
                                std::uint64_t* words) {
  KeepLoop(columns, first, count, words);
}
STROWGER_AVX512 std::size_t CountAvx512(const std::uint64_t* a, const std::uint64_t* b,
                                        std::size_t count) {
  return CountLoop(a, b, count);
}
STROWGER_AVX512 void NumberAvx512(absl::Span<const BitKernels::Test> tests, unsigned none,
                                  std::size_t count, std::size_t stride, std::uint64_t* planes) {
  NumberLoop(tests, none, count, stride, planes);
}
STROWGER_AVX512 void CountDownAvx512(BitKernels::Columns columns, std::size_t count,
                                     std::size_t stride, std::uint64_t* planes) {
  CountDownLoop(columns, count, stride, planes);
}
constexpr BitKernels kAvx512 = {&KeepAvx512, &CountDownAvx512, &CountAvx512, &NumberAvx512};

#undef STROWGER_AVX2
#undef STROWGER_AVX512

const BitKernels* WideKernels(BitKernelKind kind) {
  if (__builtin_cpu_supports("popcnt") == 0) return nullptr;
  if (kind == BitKernelKind::kAvx2) {
    return __builtin_cpu_supports("avx2") != 0 ? &kAvx2 : nullptr;
  }
  const bool has = __builtin_cpu_supports("avx512f") != 0 &&
                   __builtin_cpu_supports("avx512vl") != 0 &&
                   __builtin_cpu_supports("avx512vpopcntdq") != 0;
  return has ? &kAvx512 : nullptr;
}

#else

const BitKernels* WideKernels(BitKernelKind) { return nullptr; }

#endif

}  // namespace

const BitKernels* BitKernelsOf(BitKernelKind kind) {
  return kind == BitKernelKind::kPlain ? &kPlain : WideKernels(kind);
}

const BitKernels& ChosenBitKernels() {
  static const BitKernels& chosen = []() -> const BitKernels& {
    for (const BitKernelKind kind : {BitKernelKind::kAvx512, BitKernelKind::kAvx2}) {
      if (const BitKernels* const wide = BitKernelsOf(kind)) return *wide;
    }
    return kPlain;
  }();
  return chosen;
}

}  // namespace strowger::routing
