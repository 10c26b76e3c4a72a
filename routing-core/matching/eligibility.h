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
#include "routing/attribute.h"
#include "routing/command.h"
#include "routing/limits.h"
#include "routing/plan.h"

namespace strowger::routing {

// A bit per agent slot.
class BitColumn {
 public:
  void Resize(std::size_t agents) { words_.resize((agents + 63) / 64); }
  void Set(std::uint32_t agent, bool value) {
    const std::uint64_t bit = std::uint64_t{1} << (agent % 64);
    std::uint64_t& word = words_[agent / 64];
    word = value ? word | bit : word & ~bit;
  }
  bool Test(std::uint32_t agent) const { return ((words_[agent / 64] >> (agent % 64)) & 1) != 0; }
  std::uint64_t word(std::size_t index) const { return words_[index]; }
  std::size_t words() const { return words_.size(); }

 private:
  std::vector<std::uint64_t> words_;
};

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
