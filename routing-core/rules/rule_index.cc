#include "routing-core/rules/rule_index.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "routing-core/cel/formula.h"

namespace strowger::rules {
namespace {

using cel::Comparison;
using cel::Formula;
using cel::Kind;
using cel::Value;

// A name that fewer rules pin down costs more to look up than it saves.
constexpr std::size_t kFewestRules = 8;
// A row of more words than this is walked more slowly than it is looked up.
constexpr std::uint32_t kMostEntries = 8;

// Constants by slot: the formula can only be true when every slot holds one of its constants.
using Terms = std::map<std::uint32_t, std::vector<Value>>;

bool IsIndexable(const std::vector<Value>& constants) {
  return std::all_of(constants.begin(), constants.end(), [](const Value& constant) {
    return constant.is(Kind::kString) || constant.is(Kind::kInt) || constant.is(Kind::kBool);
  });
}

Terms TermsOfComparison(const Formula& comparison) {
  const bool equality =
      comparison.comparison == Comparison::kEqual || comparison.comparison == Comparison::kIn;
  if (!equality || !IsIndexable(comparison.constants)) return {};
  return {{comparison.slot, comparison.constants}};
}

// Of alternatives: what all of them ask of the same slot.
Terms Either(Terms a, const Terms& b) {
  for (auto it = a.begin(); it != a.end();) {
    const auto other = b.find(it->first);
    if (other == b.end()) {
      it = a.erase(it);
    } else {
      it->second.insert(it->second.end(), other->second.begin(), other->second.end());
      ++it;
    }
  }
  return a;
}

// Of two that must both hold, on one slot the shorter list will do.
Terms Both(Terms a, const Terms& b) {
  for (const auto& [slot, constants] : b) {
    const auto [found, added] = a.emplace(slot, constants);
    if (!added && constants.size() < found->second.size()) found->second = constants;
  }
  return a;
}

Terms TermsOf(const Formula& formula) {
  switch (formula.form) {
    case Formula::Form::kComparison:
      return TermsOfComparison(formula);
    case Formula::Form::kNot: {
      // Of the negations only that of a bare bool is an equality.
      const Formula& part = formula.parts[0];
      if (part.form != Formula::Form::kComparison || part.comparison != Comparison::kEqual ||
          !part.constants[0].is(Kind::kBool)) {
        return {};
      }
      return {{part.slot, {Value::Bool(!part.constants[0].boolean())}}};
    }
    case Formula::Form::kAnd:
    case Formula::Form::kOr: {
      Terms terms = TermsOf(formula.parts[0]);
      for (std::size_t i = 1; i < formula.parts.size(); ++i) {
        const Terms more = TermsOf(formula.parts[i]);
        terms = formula.form == Formula::Form::kAnd ? Both(std::move(terms), more)
                                                    : Either(std::move(terms), more);
      }
      return terms;
    }
    case Formula::Form::kConstant:
    case Formula::Form::kOther:
      return {};
  }
  return {};
}

bool DependsOnRule(const Scope& scope, std::uint32_t number) {
  const Slot& slot = scope.slots()[number];
  if (slot.kind == Slot::Kind::kLet) return scope.lets()[slot.index].reads.own_queue;
  return slot.kind == Slot::Kind::kFigure && slot.queue.empty();
}

}  // namespace

// ---- Building -----------------------------------------------------------------------------------

class RuleIndex::Builder {
 public:
  Builder(RuleIndex& index, const Scope& scope, absl::Span<const cel::Program* const> conditions)
      : index_(index) {
    for (std::size_t rule = 0; rule < conditions.size(); ++rule) {
      if (conditions[rule] == nullptr) continue;
      for (auto& [slot, constants] : TermsOf(conditions[rule]->formula())) {
        if (!DependsOnRule(scope, slot)) {
          by_slot_[slot].emplace_back(static_cast<std::uint32_t>(rule), std::move(constants));
        }
      }
    }
  }

  void Build() {
    for (const std::uint32_t slot : SlotsWorthwhile()) AddSlot(slot, by_slot_[slot]);
  }

 private:
  using Pinned = std::vector<std::pair<std::uint32_t, std::vector<Value>>>;  // by rule, ascending

  // Those that most rules pin down; in the order of their numbers.
  std::vector<std::uint32_t> SlotsWorthwhile() const {
    std::vector<std::pair<std::size_t, std::uint32_t>> slots;
    for (const auto& [slot, pinned] : by_slot_) {
      if (pinned.size() >= kFewestRules) slots.emplace_back(pinned.size(), slot);
    }
    std::stable_sort(slots.begin(), slots.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (slots.size() > kMaxSlots) slots.resize(kMaxSlots);
    std::vector<std::uint32_t> numbers;
    numbers.reserve(slots.size());
    for (const auto& [count, slot] : slots) numbers.push_back(slot);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

  void AddSlot(std::uint32_t slot, const Pinned& pinned) {
    IndexedSlot& indexed = index_.slots_.emplace_back();
    indexed.slot = slot;
    indexed.free.assign(index_.words_, ~std::uint64_t{0});
    std::map<std::string_view, std::vector<std::uint32_t>> strings;
    std::map<std::int64_t, std::vector<std::uint32_t>> integers;
    std::array<std::vector<std::uint32_t>, 2> booleans;
    for (const auto& [rule, constants] : pinned) {
      indexed.free[rule / 64] &= ~(std::uint64_t{1} << rule % 64);
      for (const Value& constant : constants) {
        std::vector<std::uint32_t>& rules = constant.is(Kind::kString) ? strings[constant.string()]
                                            : constant.is(Kind::kInt)
                                                ? integers[constant.integer()]
                                                : booleans[constant.boolean() ? 1 : 0];
        rules.push_back(rule);
      }
    }
    for (std::size_t word = 0; word < index_.words_; ++word) {
      if (indexed.free[word] != 0) Mark(indexed.free_summary, word);
    }
    indexed.strings.reserve(strings.size());
    for (const auto& [text, rules] : strings) {
      indexed.strings.emplace(absl::string_view(text.data(), text.size()),
                              AddRow(rules, indexed.free));
    }
    indexed.integers.reserve(integers.size());
    for (const auto& [number, rules] : integers)
      indexed.integers.emplace(number, AddRow(rules, indexed.free));
    indexed.booleans = {AddRow(booleans[0], indexed.free), AddRow(booleans[1], indexed.free)};
  }

  static void Mark(Summary& summary, std::size_t word) {
    summary[word / 64] |= std::uint64_t{1} << word % 64;
  }

  // `rules` ascending, one perhaps more than once.
  Row AddRow(const std::vector<std::uint32_t>& rules, const std::vector<std::uint64_t>& free) {
    Row row;
    row.first = static_cast<std::uint32_t>(index_.entries_.size());
    for (const std::uint32_t rule : rules) {
      if (row.count == 0 || index_.entries_.back().word != rule / 64) {
        index_.entries_.push_back({rule / 64, 0});
        Mark(row.summary, rule / 64);
        ++row.count;
      }
      index_.entries_.back().bits |= std::uint64_t{1} << rule % 64;
    }
    if (row.count > kMostEntries) Spread(row, free);
    return row;
  }

  // Makes a dense row of the last one added.
  void Spread(Row& row, const std::vector<std::uint64_t>& free) {
    const std::size_t first = index_.dense_.size();
    index_.dense_.insert(index_.dense_.end(), free.begin(), free.end());
    for (std::size_t i = row.first; i < index_.entries_.size(); ++i) {
      index_.dense_[first + index_.entries_[i].word] |= index_.entries_[i].bits;
    }
    index_.entries_.resize(row.first);
    row.first = static_cast<std::uint32_t>(first);
    row.count = 0;
    row.dense = true;
  }

  RuleIndex& index_;
  std::map<std::uint32_t, Pinned> by_slot_;
};

RuleIndex::RuleIndex(const Scope& scope, absl::Span<const cel::Program* const> conditions)
    : words_((conditions.size() + 63) / 64),
      last_word_(conditions.size() % 64 == 0 ? ~std::uint64_t{0}
                                             : (std::uint64_t{1} << conditions.size() % 64) - 1) {
  Builder(*this, scope, conditions).Build();
}

// ---- Asking -------------------------------------------------------------------------------------

bool RuleIndex::Begin(const IndexedSlot& slot, const Value& value, Cursor& cursor,
                      Summary& summary) const {
  const Row* row = nullptr;
  switch (value.kind()) {
    case Kind::kString: {
      const auto found =
          slot.strings.find(absl::string_view(value.string().data(), value.string().size()));
      if (found != slot.strings.end()) row = &found->second;
      break;
    }
    case Kind::kInt: {
      const auto found = slot.integers.find(value.integer());
      if (found != slot.integers.end()) row = &found->second;
      break;
    }
    case Kind::kBool:
      row = &slot.booleans[value.boolean() ? 1 : 0];
      break;
    case Kind::kDouble:
    case Kind::kUint:
      return false;  // may equal an int
    default:
      break;  // absent, an error or of another type: no constant equals it
  }
  const bool dense = row != nullptr && row->dense;
  const bool sparse = row != nullptr && !row->dense;
  cursor.words = dense ? dense_.data() + row->first : slot.free.data();
  cursor.next = sparse ? entries_.data() + row->first : nullptr;
  cursor.end = sparse ? cursor.next + row->count : nullptr;
  for (std::size_t group = 0; group < kGroups; ++group) {
    summary[group] &= slot.free_summary[group] | (row == nullptr ? 0 : row->summary[group]);
  }
  return true;
}

}  // namespace strowger::rules
