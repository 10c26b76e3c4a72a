// Who satisfies what: one bit column per atom over all agents, one boolean formula over columns per
// requirement.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "routing-core/engine/pool.h"
#include "routing-core/matching/bit_column.h"
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
 public:
  explicit Eligibility(const Limits& limits) : limits_(limits) {}

  // Finds or makes, and refers once; kNoSlot when a limit stands against it.
  RequirementId Intern(const Requirement& requirement);
  void Refer(RequirementId id) { ++entries_[id].references; }
  void Release(RequirementId id) { --entries_[id].references; }

  // A slot came into use or its traits changed.
  void AgentChanged(std::uint32_t agent, const AgentTraits& traits);
  void AgentRemoved(std::uint32_t agent);
  // Called for every agent when a new atom needs its column.
  template <typename ForEachAgent>
  void FillColumns(ForEachAgent for_each_agent);

  // The columns of one requirement at hand, for many questions. Valid until an agent or a
  // requirement comes.
  class Columns {
   public:
    bool Test(std::uint32_t agent) const {
      if (count_ > kAtHand) return all_->Satisfies(agent, id_);
      std::uint64_t word = ~std::uint64_t{0};
      for (std::uint32_t i = 0; i < count_; ++i) word &= columns_[i][agent / 64];
      return ((word >> (agent % 64)) & 1) != 0;
    }
    std::uint64_t word(std::size_t index) const {
      if (count_ > kAtHand) return all_->SatisfyingWord(index, id_);
      std::uint64_t word = ~std::uint64_t{0};
      for (std::uint32_t i = 0; i < count_; ++i) word &= columns_[i][index];
      return word;
    }

   private:
    friend class Eligibility;
    static constexpr std::uint32_t kAtHand = 4;

    const Eligibility* all_ = nullptr;
    RequirementId id_ = kNoSlot;
    std::uint32_t count_ = 0;  // more than kAtHand: ask the whole
    const std::uint64_t* columns_[kAtHand] = {};
  };
  Columns ColumnsOf(RequirementId id) const;

  bool Satisfies(std::uint32_t agent, RequirementId id) const;
  // Of 64 agents at once: those that satisfy it.
  std::uint64_t SatisfyingWord(std::size_t word, RequirementId id) const;

  const Requirement& requirement(RequirementId id) const { return entries_[id].requirement; }
  // The distinct skills that the requirement names, as strings in byte order.
  const std::vector<std::string>& skills(RequirementId id) const { return entries_[id].skills; }

 private:
  struct AtomEntry {
    Atom atom;
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
  };

  bool InternAtoms(const Requirement& requirement, Entry& entry);
  std::uint32_t InternAtom(const Atom& atom);
  void ReleaseAtoms(const Entry& entry);
  void ReclaimUnused();

  const Limits limits_;
  std::size_t agent_extent_ = 0;
  std::vector<AtomEntry> atoms_;
  std::vector<std::uint32_t> free_atoms_;
  absl::flat_hash_map<std::string, std::uint32_t> atom_ids_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_entries_;
  absl::flat_hash_map<std::string, RequirementId> ids_;
  std::vector<std::uint32_t> unfilled_;
  std::string scratch_;
};

template <typename ForEachAgent>
void Eligibility::FillColumns(ForEachAgent for_each_agent) {
  if (unfilled_.empty()) return;
  for_each_agent([this](std::uint32_t agent, const AgentTraits& traits) {
    for (const std::uint32_t id : unfilled_) {
      atoms_[id].column.Set(agent, Holds(atoms_[id].atom, traits));
    }
  });
  unfilled_.clear();
}

}  // namespace strowger::routing
