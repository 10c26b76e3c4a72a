#include "routing-core/matching/bit_kernels.h"

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

[[gnu::always_inline]] inline std::size_t CountLoop(const std::uint64_t* a, const std::uint64_t* b,
                                                    std::size_t count) {
  std::size_t ones = 0;
  for (std::size_t i = 0; i < count; ++i) ones += static_cast<unsigned>(std::popcount(a[i] & b[i]));
  return ones;
}

void KeepPlain(BitKernels::Columns columns, std::size_t first, std::size_t count,
               std::uint64_t* words) {
  KeepLoop(columns, first, count, words);
}
std::size_t CountPlain(const std::uint64_t* a, const std::uint64_t* b, std::size_t count) {
  return CountLoop(a, b, count);
}
constexpr BitKernels kPlain = {&KeepPlain, &CountPlain};

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
constexpr BitKernels kAvx2 = {&KeepAvx2, &CountAvx2};

STROWGER_AVX512 void KeepAvx512(BitKernels::Columns columns, std::size_t first, std::size_t count,
                                std::uint64_t* words) {
  KeepLoop(columns, first, count, words);
}
STROWGER_AVX512 std::size_t CountAvx512(const std::uint64_t* a, const std::uint64_t* b,
                                        std::size_t count) {
  return CountLoop(a, b, count);
}
constexpr BitKernels kAvx512 = {&KeepAvx512, &CountAvx512};

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
