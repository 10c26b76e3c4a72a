// Which rules can match, by the values of names that their conditions pin to constants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "routing-core/cel/program.h"
#include "routing-core/cel/value.h"
#include "routing-core/rules/scope.h"

namespace strowger::rules {

inline constexpr std::size_t kMaxRules = 10'000;

// Rules are bits, 64 to a word, words in groups of 64. A name that a rule pins to constants
// (`slot == constant`, `slot in constants` and alternatives of these, joined by && to the rest) has
// for each constant the rules that want it, and besides them the rules that do not care. A rule is
// a candidate when every indexed name has it in one of the two. Immutable, shared by threads;
// asking allocates nothing.
class RuleIndex {
 public:
  // `conditions` by rule, null where a rule always matches; they must outlive the index.
  RuleIndex(const Scope& scope, absl::Span<const cel::Program* const> conditions);

  // Answers in ascending order a superset of the rules whose condition is true. `load` answers the
  // value of a slot, as cel::Activation::Load does, and is asked only for slots whose value does
  // not depend on the rule; `visit` says whether to stop.
  template <typename Load, typename Visit>
  void VisitCandidates(const Load& load, const Visit& visit) const;

  std::size_t slot_count() const { return slots_.size(); }

 private:
  static constexpr std::size_t kMaxSlots = 32;
  static constexpr std::size_t kGroups = (kMaxRules + 4095) / 4096;
  // Bit w of the whole: word w is not empty.
  using Summary = std::array<std::uint64_t, kGroups>;

  struct Entry {
    std::uint32_t word = 0;
    std::uint64_t bits = 0;
  };
  // The rules that want one constant. Few words: those that are not empty, ascending, a stretch of
  // entries_. Many: all words, a stretch of dense_, the rules that do not care among them.
  struct Row {
    Summary summary{};
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    bool dense = false;
  };
  struct IndexedSlot {
    std::uint32_t slot = 0;
    Summary free_summary{};
    std::vector<std::uint64_t> free;  // by word: the rules that do not care
    absl::flat_hash_map<absl::string_view, Row> strings;
    absl::flat_hash_map<std::int64_t, Row> integers;
    std::array<Row, 2> booleans;
  };
  // How far one decision has come in a row.
  struct Cursor {
    const std::uint64_t* words = nullptr;
    const Entry* next = nullptr;  // added to the words
    const Entry* end = nullptr;
  };

  class Builder;

  // Puts the row of a value behind the cursor and narrows the summary. False when the value is of a
  // kind that equals constants of another, so that the slot says nothing.
  bool Begin(const IndexedSlot& slot, const cel::Value& value, Cursor& cursor,
             Summary& summary) const;

  std::size_t words_ = 0;
  std::uint64_t last_word_ = 0;  // the bits of the last word that are rules
  std::vector<IndexedSlot> slots_;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> dense_;
};

template <typename Load, typename Visit>
void RuleIndex::VisitCandidates(const Load& load, const Visit& visit) const {
  std::array<Cursor, kMaxSlots> cursors;
  std::size_t used = 0;
  Summary summary;
  summary.fill(~std::uint64_t{0});
  for (const IndexedSlot& slot : slots_) {
    if (Begin(slot, load(slot.slot), cursors[used], summary)) ++used;
  }
  for (std::size_t group = 0; group * 64 < words_; ++group) {
    std::uint64_t words = summary[group];
    for (; words != 0; words &= words - 1) {
      const std::size_t word = group * 64 + static_cast<std::size_t>(__builtin_ctzll(words));
      if (word >= words_) return;
      std::uint64_t rules = word + 1 == words_ ? last_word_ : ~std::uint64_t{0};
      for (std::size_t i = 0; i < used; ++i) {
        Cursor& cursor = cursors[i];
        while (cursor.next != cursor.end && cursor.next->word < word) ++cursor.next;
        const bool here = cursor.next != cursor.end && cursor.next->word == word;
        rules &= cursor.words[word] | (here ? cursor.next->bits : 0);
      }
      for (; rules != 0; rules &= rules - 1) {
        if (visit(word * 64 + static_cast<std::size_t>(__builtin_ctzll(rules)))) return;
      }
    }
  }
}

}  // namespace strowger::rules
