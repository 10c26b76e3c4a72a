// A row of bits for each of many atoms, over the same columns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace strowger::routing {

// A second, coarser table has a bit for each word that may not be empty. Rows come into being when
// they are first set.
class BitTable {
 public:
  // Nothing is set, and there are this many columns.
  void Clear(std::size_t columns) {
    words_ = (columns + 63) / 64;
    coarse_words_ = (words_ + 63) / 64;
    bits_.assign(rows_ * words_, 0);
    filled_.assign(rows_ * coarse_words_, 0);
  }

  void Set(std::uint32_t row, std::uint32_t column) {
    if (row >= rows_) AddRows(row + 1);
    const std::size_t word = column / 64;
    bits_[row * words_ + word] |= std::uint64_t{1} << (column % 64);
    filled_[row * coarse_words_ + word / 64] |= std::uint64_t{1} << (word % 64);
  }

  void Clear(std::uint32_t row, std::uint32_t column) {
    if (row >= rows_) return;
    bits_[row * words_ + column / 64] &= ~(std::uint64_t{1} << (column % 64));
  }

  void ClearRow(std::uint32_t row) {
    if (row >= rows_) return;
    std::fill_n(bits_.begin() + static_cast<std::ptrdiff_t>(row * words_), words_, 0);
    std::fill_n(filled_.begin() + static_cast<std::ptrdiff_t>(row * coarse_words_), coarse_words_,
                0);
  }

  // 64 columns, after all but the columns in `kept` were cleared in it.
  std::uint64_t KeepOnly(std::uint32_t row, std::size_t index, std::uint64_t kept) {
    if (row >= rows_) return 0;
    std::uint64_t& word = bits_[row * words_ + index];
    if ((word & ~kept) != 0) word &= kept;
    if (word == 0) filled_[row * coarse_words_ + index / 64] &= ~(std::uint64_t{1} << (index % 64));
    return word;
  }
  // Of 64 words: those that may not be empty.
  std::uint64_t filled(std::uint32_t row, std::size_t index) const {
    return row < rows_ ? filled_[row * coarse_words_ + index] : 0;
  }

 private:
  void AddRows(std::size_t rows) {
    rows_ = std::max(rows, rows_ + rows_ / 2);
    bits_.resize(rows_ * words_);
    filled_.resize(rows_ * coarse_words_);
  }

  std::size_t rows_ = 0;
  std::size_t words_ = 0;         // of a row
  std::size_t coarse_words_ = 0;  // of a row of the coarser table
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint64_t> filled_;
};

}  // namespace strowger::routing
