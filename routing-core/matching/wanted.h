// The requirements of those who wait: all that one agent satisfies are found without asking for
// each.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "routing-core/engine/pool.h"
#include "routing-core/matching/bit_kernels.h"

namespace strowger::routing {

// Each requirement has a place, and each atom a row of bits by place: who needs it. How many atoms
// a requirement needs is counted down by the rows of those that hold for an agent, a few operations
// for 512 places and atom; where nothing is left, nothing is missing. Chosen over taking out who
// needs what the agent lacks: of many atoms an agent has few. One thread. Allocates only when there
// are more requirements or atoms than ever.
class Wanted {
 public:
  // `atoms`: what must hold, as far as it is known; the caller asks for the rest.
  // REQUIRES: it is not there yet.
  void Add(std::uint32_t requirement, absl::Span<const std::uint32_t> atoms) {
    if (free_.empty()) Grow();
    const std::uint32_t place = free_.back();
    free_.pop_back();
    if (requirement >= place_of_.size()) place_of_.resize(requirement + requirement / 2 + 64);
    place_of_[requirement] = place;
    requirement_at_[place] = requirement;
    present_[place / 64] |= BitOf(place);
    unsigned count = 0;
    for (const std::uint32_t atom : atoms) {
      if (count == kMostCounted) break;
      if (atom >= needed_by_.size()) AddRows(atom + 1);
      std::uint64_t& word = rows_[atom * words_ + place / 64];
      if ((word & BitOf(place)) != 0) continue;  // it names the atom twice
      word |= BitOf(place);
      ++needed_by_[atom];
      ++count;
    }
    SetCount(place, count);
  }

  // REQUIRES: it is there, with these atoms.
  void Remove(std::uint32_t requirement, absl::Span<const std::uint32_t> atoms) {
    const std::uint32_t place = place_of_[requirement];
    free_.push_back(place);
    present_[place / 64] &= ~BitOf(place);
    for (const std::uint32_t atom : atoms) {
      if (atom >= needed_by_.size()) continue;  // not counted
      std::uint64_t& word = rows_[atom * words_ + place / 64];
      if ((word & BitOf(place)) == 0) continue;
      word &= ~BitOf(place);
      --needed_by_[atom];
    }
    SetCount(place, 0);
  }

  bool Contains(std::uint32_t requirement) const {
    if (requirement >= place_of_.size() || words_ == 0) return false;
    const std::uint32_t place = place_of_[requirement];
    return (present_[place / 64] & BitOf(place)) != 0 && requirement_at_[place] == requirement;
  }

  // Those of which no atom is missing, of the first kMostCounted: holds(atom), visit(requirement).
  template <typename Holds, typename Visit>
  void ForEachWithin(Holds holds, Visit visit) {
    held_.clear();
    for (std::uint32_t atom = 0; atom < needed_by_.size(); ++atom) {
      if (needed_by_[atom] > 0 && holds(atom)) held_.push_back(&rows_[atom * words_]);
    }
    left_ = counts_;
    kernels_.count_down(held_, words_, words_, left_.data());
    for (std::size_t word = 0; word < words_; ++word) {
      std::uint64_t missing = 0;
      for (std::size_t p = 0; p < BitKernels::kCountPlanes; ++p)
        missing |= left_[p * words_ + word];
      for (std::uint64_t left = present_[word] & ~missing; left != 0; left &= left - 1) {
        visit(requirement_at_[word * 64 + static_cast<std::size_t>(std::countr_zero(left))]);
      }
    }
  }

 private:
  static constexpr std::size_t kFewestWords = 8;
  static constexpr unsigned kMostCounted = (1U << BitKernels::kCountPlanes) - 1;

  static std::uint64_t BitOf(std::uint32_t place) { return std::uint64_t{1} << (place % 64); }

  void SetCount(std::uint32_t place, unsigned count) {
    for (std::size_t p = 0; p < BitKernels::kCountPlanes; ++p) {
      std::uint64_t& word = counts_[p * words_ + place / 64];
      word = (count >> p & 1) != 0 ? word | BitOf(place) : word & ~BitOf(place);
    }
  }

  void AddRows(std::size_t atoms) {
    needed_by_.resize(std::max(atoms, needed_by_.size() + needed_by_.size() / 2));
    rows_.resize(needed_by_.size() * words_);
    held_.reserve(needed_by_.size());
  }

  std::vector<std::uint64_t> Widened(const std::vector<std::uint64_t>& from, std::size_t rows,
                                     std::size_t words) const {
    std::vector<std::uint64_t> wider(rows * words);
    for (std::size_t row = 0; row < rows && words_ != 0; ++row) {
      std::copy_n(&from[row * words_], words_, &wider[row * words]);
    }
    return wider;
  }

  // Twice as many places, which are all taken.
  void Grow() {
    const std::size_t words = std::max(2 * words_, kFewestWords);
    rows_ = Widened(rows_, needed_by_.size(), words);
    counts_ = Widened(counts_, BitKernels::kCountPlanes, words);
    requirement_at_.resize(words * 64);
    present_.resize(words);
    free_.reserve(words * 64);
    for (std::size_t place = words * 64; place > words_ * 64; --place) {
      free_.push_back(static_cast<std::uint32_t>(place - 1));
    }
    words_ = words;
  }

  const BitKernels& kernels_ = ChosenBitKernels();
  std::size_t words_ = 0;                 // of a row
  std::vector<std::uint64_t> rows_;       // by atom
  std::vector<std::uint32_t> needed_by_;  // by atom: requirements
  std::vector<std::uint64_t> counts_;     // of atoms, by place: planes of bits
  std::vector<std::uint64_t> present_;
  std::vector<std::uint32_t> requirement_at_;  // by place
  std::vector<std::uint32_t> place_of_;        // by requirement
  std::vector<std::uint32_t> free_;            // places
  std::vector<const std::uint64_t*> held_;     // scratch
  std::vector<std::uint64_t> left_;            // scratch
};

}  // namespace strowger::routing
