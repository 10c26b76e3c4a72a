#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "routing-core/rules/condition_check.h"
#include "routing-core/rules/facts.h"

namespace strowger::rules {
namespace {

// Comparisons of two rules in one document; enough for ten thousand that differ in a constant.
constexpr int kMaxComparisons = 400'000;
// A name with more values than this is not tried value by value.
constexpr std::size_t kMaxValues = 32;

// What a value is called in a table; empty for those that are not looked up.
std::string KeyOf(const cel::Value& value) {
  switch (value.kind()) {
    case cel::Kind::kString:
      return std::string(1, 's').append(value.string());
    case cel::Kind::kInt:
      return std::string(1, 'i').append(std::to_string(value.integer()));
    case cel::Kind::kBool:
      return value.boolean() ? "true" : "false";
    default:
      return {};
  }
}

class Finder {
 public:
  Finder(absl::Span<const RuleCondition> rules, Domains& domains)
      : rules_(rules), domains_(domains) {
    conjuncts_.resize(rules.size());
  }

  std::vector<Shadow> Run() {
    std::vector<Shadow> shadows;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (!rules_[i].usable) continue;
      if (rules_[i].when != nullptr) conjuncts_[i] = ConjunctsOf(*rules_[i].when);
      Facts facts(domains_);
      const bool possible = Assume(i, facts);
      if (!possible) continue;  // never true: reported where it stands
      if (always_) {
        shadows.push_back({i, {*always_}, true});
        break;
      }
      if (auto by = ShadowOf(i, facts)) {
        shadows.push_back({i, std::move(*by)});
      } else if (IsAlways(i)) {
        always_ = i;
      } else {
        Register(i);
      }
    }
    return shadows;
  }

 private:
  using Place = std::pair<std::uint32_t, std::string>;  // slot and value

  bool Assume(std::size_t rule, Facts& facts) const {
    return std::all_of(conjuncts_[rule].begin(), conjuncts_[rule].end(),
                       [&](const Conjunct& conjunct) { return facts.Assume(*conjunct.formula); });
  }

  bool IsAlways(std::size_t rule) const {
    return rules_[rule].when == nullptr ||
           Facts(domains_).OutcomesOf(rules_[rule].when->formula()) == kMayBeTrue;
  }

  std::optional<std::vector<std::size_t>> ShadowOf(std::size_t rule, const Facts& facts) {
    if (const auto one = Covering(rule, facts)) return std::vector<std::size_t>{*one};
    if (rule + 1 == rules_.size()) return std::nullopt;  // it must be there, reached or not
    for (const std::uint32_t slot : tabled_slots_) {
      const Known& known = facts.KnownOf(slot);
      if (!known.present || !known.allowed || known.allowed->size() < 2 ||
          known.allowed->size() > kMaxValues) {
        continue;
      }
      if (auto several = CoveringEach(rule, facts, slot, *known.allowed)) return several;
    }
    return std::nullopt;
  }

  std::optional<std::vector<std::size_t>> CoveringEach(std::size_t rule, const Facts& facts,
                                                       std::uint32_t slot,
                                                       const std::vector<cel::Value>& values) {
    std::vector<std::size_t> covering;
    for (const cel::Value& value : values) {
      Facts with_value = facts;
      if (!with_value.AssumeEqual(slot, value)) continue;
      const auto one = Covering(rule, with_value);
      if (!one) return std::nullopt;
      covering.push_back(*one);
    }
    std::sort(covering.begin(), covering.end());
    covering.erase(std::unique(covering.begin(), covering.end()), covering.end());
    return covering;
  }

  // The first earlier rule that holds whenever the facts do.
  std::optional<std::size_t> Covering(std::size_t rule, const Facts& facts) {
    std::optional<std::size_t> first;
    const auto look = [&](const std::vector<std::size_t>& candidates) {
      for (const std::size_t candidate : candidates) {
        if (first && candidate >= *first) return;
        if (--comparisons_left_ <= 0) return;
        if (Covers(candidate, rule, facts)) first = candidate;
      }
    };
    look(anywhere_);
    for (const auto& [slot, known] : facts.slots()) {
      if (!known.present || !known.allowed || known.allowed->empty()) continue;
      const auto found = by_value_.find({slot, KeyOf(known.allowed->front())});
      if (found != by_value_.end()) look(found->second);
    }
    for (const Conjunct& conjunct : conjuncts_[rule]) {
      const auto found = by_text_.find(conjunct.text);
      if (found != by_text_.end()) look(found->second);
    }
    return first;
  }

  bool Covers(std::size_t earlier, std::size_t rule, const Facts& facts) const {
    const bool same_queue = rules_[earlier].queue == rules_[rule].queue;
    const bool same_meaning = same_queue || !rules_[earlier].own_queue;
    return std::all_of(conjuncts_[earlier].begin(), conjuncts_[earlier].end(),
                       [&](const Conjunct& part) {
                         return facts.OutcomesOf(*part.formula, same_queue) == kMayBeTrue ||
                                (same_meaning && HasText(rule, part.text));
                       });
  }

  bool HasText(std::size_t rule, const std::string& text) const {
    return !text.empty() &&
           std::any_of(conjuncts_[rule].begin(), conjuncts_[rule].end(),
                       [&](const Conjunct& conjunct) { return conjunct.text == text; });
  }

  // A rule can only cover one that pins some name to a value, or says the same words: it is put
  // where that one will look.
  void Register(std::size_t rule) {
    std::vector<cel::IndexTerm> terms;
    AddTerms(*rules_[rule].when, terms);
    const cel::IndexTerm* rarest = nullptr;
    std::size_t fewest = 0;
    for (const cel::IndexTerm& term : terms) {
      if (term.constants.empty() || !HasKeys(term)) continue;
      std::size_t entries = 0;
      for (const cel::Value& value : term.constants) {
        const auto found = by_value_.find({term.slot, KeyOf(value)});
        if (found != by_value_.end()) entries = std::max(entries, found->second.size());
      }
      if (rarest == nullptr || entries < fewest) {
        rarest = &term;
        fewest = entries;
      }
    }
    if (rarest != nullptr) {
      for (const cel::Value& value : rarest->constants) {
        by_value_[{rarest->slot, KeyOf(value)}].push_back(rule);
      }
      AddSlot(rarest->slot);
      return;
    }
    for (const Conjunct& conjunct : conjuncts_[rule]) {
      if (conjunct.formula->form == cel::Formula::Form::kOther) {
        if (!conjunct.text.empty()) by_text_[conjunct.text].push_back(rule);
        return;
      }
    }
    anywhere_.push_back(rule);
  }

  // Those of a let in its place, so that rules meet whether they use the let or its words.
  void AddTerms(const cel::Program& program, std::vector<cel::IndexTerm>& terms) const {
    for (const cel::IndexTerm& term : program.index_terms()) {
      const Slot& slot = domains_.scope().slots()[term.slot];
      const bool is_true = term.constants.size() == 1 && term.constants[0].IsTrue();
      const std::size_t before = terms.size();
      if (slot.kind == Slot::Kind::kLet && is_true) {
        AddTerms(*domains_.scope().lets()[slot.index].program, terms);
      }
      if (terms.size() == before) terms.push_back(term);
    }
  }

  static bool HasKeys(const cel::IndexTerm& term) {
    return std::none_of(term.constants.begin(), term.constants.end(),
                        [](const cel::Value& value) { return KeyOf(value).empty(); });
  }

  void AddSlot(std::uint32_t slot) {
    if (std::find(tabled_slots_.begin(), tabled_slots_.end(), slot) == tabled_slots_.end()) {
      tabled_slots_.push_back(slot);
    }
  }

  absl::Span<const RuleCondition> rules_;
  Domains& domains_;
  std::vector<std::vector<Conjunct>> conjuncts_;
  std::map<Place, std::vector<std::size_t>> by_value_;
  std::map<std::string, std::vector<std::size_t>> by_text_;
  std::vector<std::size_t> anywhere_;
  std::optional<std::size_t> always_;
  std::vector<std::uint32_t> tabled_slots_;
  int comparisons_left_ = kMaxComparisons;
};

}  // namespace

std::vector<Shadow> FindShadowed(absl::Span<const RuleCondition> rules, Domains& domains) {
  return Finder(rules, domains).Run();
}

}  // namespace strowger::rules
