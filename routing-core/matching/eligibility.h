// Who satisfies what: one bit column per atom over all agents, one boolean formula over columns per
// requirement.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "routing-core/engine/pool.h"
#include "routing-core/matching/bit_column.h"
#include "routing-core/matching/bit_kernels.h"
#include "routing-core/matching/serving.h"
#include "routing/attribute.h"
#include "routing/command.h"
#include "routing/limits.h"
#include "routing/plan.h"

namespace strowger::routing {

// What atoms look at. Views live as long as the call.
struct AgentTraits {
  std::string_view id;
  std::string_view team;
  std::string_view location;
  const std::vector<SkillLevel>* skills;     // in byte order of skill
  const std::vector<Attribute>* attributes;  // each name once
  const ServedQueues* queues;
};

bool Holds(const Atom& atom, const AgentTraits& agent);

// Dense ids for names that come up again and again; never forgotten, hence bounded.
class NameTable {
 public:
  explicit NameTable(std::uint32_t limit) : limit_(limit) {}
  // kNoSlot past the limit.
  std::uint32_t Intern(std::string_view name);
  // kNoSlot when unknown.
  std::uint32_t Find(std::string_view name) const;
  // The name interned last, to which nothing may refer.
  void ForgetNewest() {
    ids_.erase(names_.back());
    names_.pop_back();
  }
  const std::string& name(std::uint32_t id) const { return names_[id]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }

 private:
  std::uint32_t limit_;
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, std::uint32_t> ids_;
};

using RequirementId = std::uint32_t;

// Requirements are interned and counted; those no longer referred to stay until room is needed.
// One thread. Allocates only for requirements and agents not seen before.
class Eligibility {
  struct Entry;

 public:
  explicit Eligibility(const Limits& limits) : limits_(limits) {}

  // Finds or makes, and refers once; kNoSlot when a limit stands against it.
  RequirementId Intern(const Requirement& requirement);
  // To serve this queue, as a requirement like others.
  RequirementId InternServing(std::uint32_t queue);
  void Refer(RequirementId id) { ++entries_[id].references; }
  void Release(RequirementId id) { --entries_[id].references; }

  // A slot came into use or its traits changed.
  void AgentChanged(std::uint32_t agent, const AgentTraits& traits);
  void AgentRemoved(std::uint32_t agent);
  // Fills the columns of new atoms: for_each_agent(f) calls f(agent, traits) for every agent.
  // Beforehand on_new(atom) says that this atom holds for nobody known, and on_holds(agent, atom)
  // for whom it does.
  template <typename ForEachAgent, typename OnNew, typename OnHolds>
  void FillColumns(ForEachAgent for_each_agent, OnNew on_new, OnHolds on_holds);

  // The atoms that hold for the agent, among them some that nothing refers to any more.
  template <typename Visit>
  void ForEachAtom(std::uint32_t agent, Visit visit) const {
    const std::uint64_t* const row = &rows_[agent * row_words_];
    for (std::size_t word = 0; word < row_words_; ++word) {
      for (std::uint64_t rest = row[word]; rest != 0; rest &= rest - 1) {
        visit(static_cast<std::uint32_t>(word * 64) +
              static_cast<std::uint32_t>(std::countr_zero(rest)));
      }
    }
  }

  // A requirement as AgentOrder asks for it. Valid until a requirement comes.
  class Expression {
   public:
    bool is_conjunction() const { return entry_->is_conjunction; }
    template <typename Load>
    std::uint64_t Word(Load load) const;

   private:
    friend class Eligibility;
    Expression(const Entry* entry, const Entry* serving) : entry_(entry), serving_(serving) {}
    const Entry* entry_;
    const Entry* serving_;
  };
  // `serving`: from InternServing, or kNoSlot; it must hold too.
  Expression ExpressionOf(RequirementId id, RequirementId serving) const {
    return {&entries_[id], serving == kNoSlot ? nullptr : &entries_[serving]};
  }

  bool Satisfies(std::uint32_t agent, RequirementId id) const {
    const Few& few = few_[id];
    if (few.count > Few::kMost) return few.count == Few::kMany && SatisfiesMany(agent, id);
    bool all = true;
    for (std::uint32_t i = 0; i < few.count; ++i) all &= HoldsFor(agent, few.atoms[i]);
    return all;
  }
  bool HoldsFor(std::uint32_t agent, std::uint32_t atom) const {
    return ((rows_[agent * row_words_ + atom / 64] >> (atom % 64)) & 1) != 0;
  }
  // Atoms that must hold, all of them where it is a conjunction.
  absl::Span<const std::uint32_t> needed(RequirementId id) const { return entries_[id].conjuncts; }
  // Of 64 agents at once: those that satisfy it.
  std::uint64_t SatisfyingWord(std::size_t word, RequirementId id) const;
  // Of the agents in `words`, which begin with word `first`: leaves those that satisfy it.
  void KeepSatisfying(RequirementId id, std::size_t first, absl::Span<std::uint64_t> words) const;
  // How many of `among` satisfy it.
  std::size_t CountSatisfying(RequirementId id, const BitColumn& among) const;

  // Ids given so far; some may be free.
  std::size_t extent() const { return entries_.size(); }
  const Requirement& requirement(RequirementId id) const { return entries_[id].requirement; }
  // Of all ever made, the number of the one that has the id now: who remembers both knows whether
  // the id still means the same.
  std::uint64_t made(RequirementId id) const { return entries_[id].made; }
  // The distinct skills that the requirement names, as strings in byte order.
  const std::vector<std::string>& skills(RequirementId id) const { return entries_[id].skills; }

 private:
  struct AtomEntry {
    Atom atom;
    std::uint32_t serves = kNoSlot;  // a queue: then this is what it asks, and no atom
    BitColumn column;
    std::uint32_t references = 0;
  };
  struct Entry {
    Requirement requirement;
    std::vector<Formula::Term> terms;      // over atom ids, postfix
    std::vector<std::uint32_t> conjuncts;  // atom ids, when the whole is their conjunction
    bool is_conjunction = false;
    std::vector<std::string> skills;
    std::string key;
    std::uint32_t references = 0;
    std::uint64_t made = 0;
  };

  // A requirement that is a conjunction of a few atoms, as most are, in a quarter of a cache line.
  struct Few {
    static constexpr std::uint32_t kMost = 3;
    static constexpr std::uint32_t kMany = kMost + 1;  // the entry says what it is
    static constexpr std::uint32_t kFree = kMost + 2;  // the id is: nobody satisfies it

    std::uint32_t count = kFree;
    std::uint32_t atoms[kMost] = {};
  };
  static Few FewOf(const Entry& entry);
  bool SatisfiesMany(std::uint32_t agent, RequirementId id) const;

  bool InternAtoms(const Requirement& requirement, Entry& entry);
  std::uint32_t InternAtom(const AtomEntry& wanted);
  RequirementId Add(Entry&& entry);
  static std::string KeyOf(const AtomEntry& entry);
  static bool HoldsFor(const AtomEntry& entry, const AgentTraits& agent);
  void ReleaseAtoms(const Entry& entry);
  void ReclaimUnused();

  // The formula over any type that has the bit operators; `load` gives the value of an atom.
  template <typename Word, typename Load>
  static Word Evaluate(absl::Span<const Formula::Term> terms, Load load);
  void WidenRows();
  void SetHolds(std::uint32_t agent, std::uint32_t atom, bool holds);

  const Limits limits_;
  const BitKernels& kernels_ = ChosenBitKernels();
  std::size_t agent_extent_ = 0;
  std::vector<std::uint64_t> rows_;  // the same bits by agent: row_words_ for each
  std::size_t row_words_ = 1;
  std::vector<AtomEntry> atoms_;
  std::vector<std::uint32_t> free_atoms_;
  absl::flat_hash_map<std::string, std::uint32_t> atom_ids_;
  std::vector<Entry> entries_;
  std::vector<Few> few_;  // likewise by id
  std::vector<std::uint32_t> free_entries_;
  std::uint64_t entries_made_ = 0;
  absl::flat_hash_map<std::string, RequirementId> ids_;
  std::vector<std::uint32_t> unfilled_;
  std::string scratch_;
};

template <typename ForEachAgent, typename OnNew, typename OnHolds>
void Eligibility::FillColumns(ForEachAgent for_each_agent, OnNew on_new, OnHolds on_holds) {
  if (unfilled_.empty()) return;
  for (const std::uint32_t id : unfilled_) on_new(id);
  for_each_agent([&](std::uint32_t agent, const AgentTraits& traits) {
    for (const std::uint32_t id : unfilled_) {
      const bool holds = HoldsFor(atoms_[id], traits);
      SetHolds(agent, id, holds);
      if (holds) on_holds(agent, id);
    }
  });
  unfilled_.clear();
}

template <typename Word, typename Load>
Word Eligibility::Evaluate(absl::Span<const Formula::Term> terms, Load load) {
  Word stack[kMaxRequirementTerms + 1];
  std::size_t depth = 0;
  for (const Formula::Term& term : terms) {
    switch (term.op) {
      case Formula::Op::kAtom:
        stack[depth++] = load(term.atom);
        break;
      case Formula::Op::kTrue:
        stack[depth++] = static_cast<Word>(~Word{0});
        break;
      case Formula::Op::kFalse:
        stack[depth++] = Word{0};
        break;
      case Formula::Op::kNot:
        stack[depth - 1] = static_cast<Word>(~stack[depth - 1]);
        break;
      case Formula::Op::kAnd:
        --depth;
        stack[depth - 1] &= stack[depth];
        break;
      case Formula::Op::kOr:
        --depth;
        stack[depth - 1] |= stack[depth];
        break;
    }
  }
  return depth == 0 ? static_cast<Word>(~Word{0}) : stack[0];
}

template <typename Load>
std::uint64_t Eligibility::Expression::Word(Load load) const {
  std::uint64_t serving = ~std::uint64_t{0};
  if (serving_ != nullptr) serving = load(serving_->conjuncts.front());
  if (!entry_->is_conjunction) return serving & Evaluate<std::uint64_t>(entry_->terms, load);
  std::uint64_t all = serving;
  for (const std::uint32_t atom : entry_->conjuncts) all &= load(atom);
  return all;
}

}  // namespace strowger::routing
