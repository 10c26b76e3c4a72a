#include "routing-core/matching/bit_kernels.h"

#include <array>
#include <bit>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

std::vector<std::uint64_t> RandomWords(std::mt19937_64& random, std::size_t count) {
  std::vector<std::uint64_t> words(count);
  for (std::uint64_t& word : words) {
    word = random();
    word |= random();
  }
  return words;
}

// Each kind that the machine has, beside a loop over single bits.
TEST(BitKernels, EveryKindAnswersTheSame) {
  std::mt19937_64 random(5);
  int kinds = 0;
  for (const auto kind : {BitKernelKind::kPlain, BitKernelKind::kAvx2, BitKernelKind::kAvx512}) {
    const BitKernels* const kernels = BitKernelsOf(kind);
    if (kernels == nullptr) continue;
    ++kinds;
    for (std::size_t count = 0; count < 70; ++count) {
      const std::size_t first = random() % 9;
      std::array<std::vector<std::uint64_t>, 3> columns;
      std::array<const std::uint64_t*, 3> pointers{};
      for (std::size_t c = 0; c < columns.size(); ++c) {
        columns[c] = RandomWords(random, first + count);
        pointers[c] = columns[c].data();
      }
      const std::size_t used = random() % (columns.size() + 1);
      // One word more on either side, which must stay as it is.
      std::vector<std::uint64_t> words = RandomWords(random, count + 2);
      std::vector<std::uint64_t> expected = words;
      for (std::size_t bit = 0; bit < count * 64; ++bit) {
        for (std::size_t c = 0; c < used; ++c) {
          const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
          if ((columns[c][first + bit / 64] & mask) == 0) expected[1 + bit / 64] &= ~mask;
        }
      }
      kernels->keep_common({pointers.data(), used}, first, count, words.data() + 1);
      EXPECT_EQ(words, expected) << "kind " << static_cast<int>(kind) << ", words " << count;

      std::size_t common = 0;
      for (std::size_t i = 0; i < count; ++i) {
        for (int bit = 0; bit < 64; ++bit) {
          common += (columns[0][first + i] >> bit) & (columns[1][first + i] >> bit) & 1;
        }
      }
      EXPECT_EQ(kernels->count_common(pointers[0] + first, pointers[1] + first, count), common)
          << "kind " << static_cast<int>(kind) << ", words " << count;
    }
  }
  EXPECT_GE(kinds, 1);
}

TEST(BitKernels, EveryKindCountsDown) {
  std::mt19937_64 random(8);
  for (const auto kind : {BitKernelKind::kPlain, BitKernelKind::kAvx2, BitKernelKind::kAvx512}) {
    const BitKernels* const kernels = BitKernelsOf(kind);
    if (kernels == nullptr) continue;
    for (std::size_t count = 0; count < 40; ++count) {
      const std::size_t stride = count + random() % 3;
      std::array<std::vector<std::uint64_t>, 7> columns;
      std::array<const std::uint64_t*, 7> pointers{};
      for (std::size_t c = 0; c < columns.size(); ++c) {
        columns[c] = RandomWords(random, count);
        pointers[c] = columns[c].data();
      }
      const auto numbers = [&](std::size_t bit) {
        std::uint64_t number = 0;
        for (const auto& column : columns) number += (column[bit / 64] >> (bit % 64)) & 1;
        return number;
      };
      // Two of the columns stay.
      std::vector<std::uint64_t> planes(BitKernels::kCountPlanes * stride);
      for (std::size_t bit = 0; bit < count * 64; ++bit) {
        for (std::size_t p = 0; p < BitKernels::kCountPlanes; ++p) {
          planes[p * stride + bit / 64] |= ((numbers(bit) >> p) & 1) << (bit % 64);
        }
      }
      kernels->count_down({pointers.data(), 5}, count, stride, planes.data());
      for (std::size_t bit = 0; bit < count * 64; ++bit) {
        std::uint64_t left = 0;
        for (std::size_t p = 0; p < BitKernels::kCountPlanes; ++p) {
          left |= ((planes[p * stride + bit / 64] >> (bit % 64)) & 1) << p;
        }
        const std::uint64_t expected =
            ((columns[5][bit / 64] >> (bit % 64)) & 1) + ((columns[6][bit / 64] >> (bit % 64)) & 1);
        ASSERT_EQ(left, expected) << "kind " << static_cast<int>(kind) << ", words " << count;
      }
    }
  }
}

TEST(BitKernels, EveryKindNumbersTheFirstFailure) {
  std::mt19937_64 random(6);
  constexpr std::size_t kStride = BitKernels::kMostNumbered;
  for (const auto kind : {BitKernelKind::kPlain, BitKernelKind::kAvx2, BitKernelKind::kAvx512}) {
    const BitKernels* const kernels = BitKernelsOf(kind);
    if (kernels == nullptr) continue;
    for (std::size_t count = 0; count <= BitKernels::kMostNumbered; ++count) {
      std::array<std::vector<std::uint64_t>, 4> columns;
      std::vector<BitKernels::Test> tests;
      for (unsigned c = 0; c < columns.size(); ++c) {
        columns[c] = RandomWords(random, count);
        tests.push_back({columns[c].data(), random() % 2 == 0 ? 0 : ~std::uint64_t{0}, 3 * c});
      }
      std::vector<std::uint64_t> planes = RandomWords(random, BitKernels::kPlanes * kStride);
      kernels->number_failing(tests, 13, count, kStride, planes.data());
      for (std::size_t bit = 0; bit < count * 64; ++bit) {
        unsigned expected = 13;
        for (auto test = tests.rbegin(); test != tests.rend(); ++test) {
          const std::uint64_t word = test->column[bit / 64] ^ test->flip;
          if (((word >> (bit % 64)) & 1) == 0) expected = test->number;
        }
        std::uint64_t number = 0;
        for (std::size_t p = 0; p < BitKernels::kPlanes; ++p) {
          number |= ((planes[p * kStride + bit / 64] >> (bit % 64)) & 1) << p;
        }
        ASSERT_EQ(number, expected) << "kind " << static_cast<int>(kind) << ", words " << count;
      }
    }
  }
}

TEST(BitKernels, TheChosenOneIsTheWidestOfThisMachine) {
  for (const auto kind : {BitKernelKind::kAvx512, BitKernelKind::kAvx2, BitKernelKind::kPlain}) {
    if (BitKernelsOf(kind) == nullptr) continue;
    EXPECT_EQ(&ChosenBitKernels(), BitKernelsOf(kind));
    break;
  }
}

}  // namespace
}  // namespace strowger::routing
