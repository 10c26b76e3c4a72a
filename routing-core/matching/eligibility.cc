#include "routing-core/matching/eligibility.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "routing-core/engine/check.h"

namespace strowger::routing {
namespace {

void AppendNumber(std::uint64_t number, std::string& out) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(number >> shift));
}

void AppendText(std::string_view text, std::string& out) {
  AppendNumber(text.size(), out);
  out.append(text);
}

void AppendValue(const AttributeValue& value, std::string& out) {
  out.push_back(static_cast<char>(value.index()));
  if (const auto* text = std::get_if<std::string>(&value)) AppendText(*text, out);
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    AppendNumber(static_cast<std::uint64_t>(*number), out);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    AppendNumber(std::bit_cast<std::uint64_t>(*number), out);
  }
  if (const auto* truth = std::get_if<bool>(&value)) out.push_back(*truth ? 1 : 0);
}

void AppendAtom(const Atom& atom, std::string& out) {
  out.push_back(static_cast<char>(atom.kind));
  AppendText(atom.name, out);
  AppendNumber(static_cast<std::uint64_t>(atom.at_least), out);
  AppendValue(atom.value, out);
}

void AppendRequirement(const Requirement& requirement, std::string& out) {
  AppendNumber(requirement.require.size(), out);
  for (const SkillMinimum& minimum : requirement.require) {
    AppendText(minimum.skill, out);
    AppendNumber(static_cast<std::uint64_t>(minimum.at_least), out);
  }
  AppendNumber(requirement.who.atoms.size(), out);
  for (const Atom& atom : requirement.who.atoms) AppendAtom(atom, out);
  for (const Formula::Term& term : requirement.who.terms) {
    out.push_back(static_cast<char>(term.op));
    AppendNumber(term.atom, out);
  }
}

std::vector<std::string> SkillsOf(const Requirement& requirement) {
  std::vector<std::string> skills;
  for (const SkillMinimum& minimum : requirement.require) skills.push_back(minimum.skill);
  for (const Atom& atom : requirement.who.atoms) {
    if (atom.kind == Atom::Kind::kSkillAtLeast) skills.push_back(atom.name);
  }
  std::sort(skills.begin(), skills.end());
  skills.erase(std::unique(skills.begin(), skills.end()), skills.end());
  return skills;
}

bool IsConjunction(const std::vector<Formula::Term>& terms) {
  return std::all_of(terms.begin(), terms.end(), [](const Formula::Term& term) {
    return term.op == Formula::Op::kAtom || term.op == Formula::Op::kAnd;
  });
}

}  // namespace

bool Holds(const Atom& atom, const AgentTraits& agent) {
  switch (atom.kind) {
    case Atom::Kind::kSkillAtLeast: {
      const auto found =
          std::lower_bound(agent.skills->begin(), agent.skills->end(), atom.name,
                           [](const SkillLevel& a, const std::string& b) { return a.skill < b; });
      return found != agent.skills->end() && found->skill == atom.name &&
             found->proficiency >= atom.at_least;
    }
    case Atom::Kind::kTeam:
      return agent.team == atom.name;
    case Atom::Kind::kLocation:
      return agent.location == atom.name;
    case Atom::Kind::kAgentId:
      return agent.id == atom.name;
    case Atom::Kind::kAttribute:
      return std::any_of(agent.attributes->begin(), agent.attributes->end(),
                         [&](const Attribute& attribute) {
                           return attribute.name == atom.name && attribute.value == atom.value;
                         });
  }
  return false;
}

std::uint32_t NameTable::Intern(std::string_view name) {
  const std::uint32_t known = Find(name);
  if (known != kNoSlot) return known;
  if (names_.size() >= limit_) return kNoSlot;
  const auto id = static_cast<std::uint32_t>(names_.size());
  names_.emplace_back(name);
  ids_.emplace(std::string(name), id);
  return id;
}

std::uint32_t NameTable::Find(std::string_view name) const {
  const auto found = ids_.find(absl::string_view(name.data(), name.size()));
  return found == ids_.end() ? kNoSlot : found->second;
}

RequirementId Eligibility::Intern(const Requirement& requirement) {
  scratch_.clear();
  AppendRequirement(requirement, scratch_);
  const auto found = ids_.find(scratch_);
  if (found != ids_.end()) {
    ++entries_[found->second].references;
    return found->second;
  }
  if (ids_.size() >= limits_.plans) ReclaimUnused();
  if (ids_.size() >= limits_.plans) return kNoSlot;
  Entry entry;
  entry.key = scratch_;
  if (!InternAtoms(requirement, entry)) return kNoSlot;
  entry.requirement = requirement;
  entry.skills = SkillsOf(requirement);
  return Add(std::move(entry));
}

RequirementId Eligibility::InternServing(std::uint32_t queue) {
  AtomEntry wanted;
  wanted.serves = queue;
  Entry entry;
  entry.key = KeyOf(wanted);
  if (ids_.size() >= limits_.plans || ids_.contains(entry.key)) return kNoSlot;
  const std::uint32_t atom = InternAtom(wanted);
  if (atom == kNoSlot) return kNoSlot;
  entry.terms.push_back({Formula::Op::kAtom, atom});
  entry.is_conjunction = true;
  entry.conjuncts.push_back(atom);
  return Add(std::move(entry));
}

RequirementId Eligibility::Add(Entry&& entry) {
  entry.references = 1;
  entry.made = ++entries_made_;
  RequirementId id = static_cast<RequirementId>(entries_.size());
  if (free_entries_.empty()) {
    entries_.emplace_back();
    few_.emplace_back();
  } else {
    id = free_entries_.back();
    free_entries_.pop_back();
  }
  ids_.emplace(entry.key, id);
  few_[id] = FewOf(entry);
  entries_[id] = std::move(entry);
  return id;
}

Eligibility::Few Eligibility::FewOf(const Entry& entry) {
  Few few;
  few.count = Few::kMany;
  if (!entry.is_conjunction || entry.conjuncts.size() > Few::kMost) return few;
  few.count = static_cast<std::uint32_t>(entry.conjuncts.size());
  std::copy(entry.conjuncts.begin(), entry.conjuncts.end(), few.atoms);
  return few;
}

bool Eligibility::InternAtoms(const Requirement& requirement, Entry& entry) {
  const auto add_atom = [&](const Atom& atom) {
    AtomEntry wanted;
    wanted.atom = atom;
    const std::uint32_t id = InternAtom(wanted);
    if (id == kNoSlot) return false;
    entry.terms.push_back({Formula::Op::kAtom, id});
    return true;
  };
  bool ok = true;
  for (const SkillMinimum& minimum : requirement.require) {
    Atom atom;
    atom.name = minimum.skill;
    atom.at_least = minimum.at_least;
    ok = ok && add_atom(atom);
    if (entry.terms.size() > 1) entry.terms.push_back({Formula::Op::kAnd, 0});
  }
  const bool both = !requirement.require.empty() && !requirement.who.terms.empty();
  for (const Formula::Term& term : requirement.who.terms) {
    if (term.op == Formula::Op::kAtom) {
      ok = ok && add_atom(requirement.who.atoms[term.atom]);
    } else {
      entry.terms.push_back(term);
    }
  }
  if (both) entry.terms.push_back({Formula::Op::kAnd, 0});
  if (!ok) {
    ReleaseAtoms(entry);
    return false;
  }
  entry.is_conjunction = IsConjunction(entry.terms);
  for (const Formula::Term& term : entry.terms) {
    if (entry.is_conjunction && term.op == Formula::Op::kAtom) entry.conjuncts.push_back(term.atom);
  }
  return true;
}

std::string Eligibility::KeyOf(const AtomEntry& entry) {
  std::string key;
  if (entry.serves == kNoSlot) {
    AppendAtom(entry.atom, key);
  } else {
    key = "serves";
    AppendNumber(entry.serves, key);
  }
  return key;
}

bool Eligibility::HoldsFor(const AtomEntry& entry, const AgentTraits& agent) {
  if (entry.serves == kNoSlot) return Holds(entry.atom, agent);
  return agent.queues->empty() || FindServed(*agent.queues, entry.serves) != nullptr;
}

std::uint32_t Eligibility::InternAtom(const AtomEntry& wanted) {
  std::string key = KeyOf(wanted);
  const auto found = atom_ids_.find(key);
  if (found != atom_ids_.end()) {
    ++atoms_[found->second].references;
    return found->second;
  }
  if (atom_ids_.size() >= limits_.atoms) ReclaimUnused();
  if (atom_ids_.size() >= limits_.atoms) return kNoSlot;
  auto id = static_cast<std::uint32_t>(atoms_.size());
  if (free_atoms_.empty()) {
    atoms_.emplace_back();
    while (atoms_.size() > row_words_ * 64) WidenRows();
  } else {
    id = free_atoms_.back();
    free_atoms_.pop_back();
  }
  AtomEntry& entry = atoms_[id];
  entry.atom = wanted.atom;
  entry.serves = wanted.serves;
  entry.column.Resize(agent_extent_);
  entry.references = 1;
  atom_ids_.emplace(std::move(key), id);
  unfilled_.push_back(id);
  return id;
}

void Eligibility::ReleaseAtoms(const Entry& entry) {
  for (const Formula::Term& term : entry.terms) {
    if (term.op == Formula::Op::kAtom) --atoms_[term.atom].references;
  }
}

void Eligibility::ReclaimUnused() {
  for (RequirementId id = 0; id < entries_.size(); ++id) {
    Entry& entry = entries_[id];
    if (entry.references > 0 || entry.key.empty()) continue;
    ReleaseAtoms(entry);
    ids_.erase(entry.key);
    entry = Entry{};
    few_[id] = Few{};
    free_entries_.push_back(id);
  }
  for (std::uint32_t id = 0; id < atoms_.size(); ++id) {
    const auto found = atom_ids_.find(KeyOf(atoms_[id]));
    const bool listed = found != atom_ids_.end() && found->second == id;
    if (atoms_[id].references > 0 || !listed) continue;
    atom_ids_.erase(found);
    unfilled_.erase(std::remove(unfilled_.begin(), unfilled_.end(), id), unfilled_.end());
    free_atoms_.push_back(id);
  }
}

void Eligibility::AgentChanged(std::uint32_t agent, const AgentTraits& traits) {
  if (agent >= agent_extent_) {
    agent_extent_ = agent + 1;
    for (AtomEntry& entry : atoms_) entry.column.Resize(agent_extent_);
    rows_.resize(agent_extent_ * row_words_);
  }
  for (std::uint32_t id = 0; id < atoms_.size(); ++id) {
    SetHolds(agent, id, HoldsFor(atoms_[id], traits));
  }
}

void Eligibility::AgentRemoved(std::uint32_t agent) {
  for (std::uint32_t id = 0; id < atoms_.size(); ++id) SetHolds(agent, id, false);
}

void Eligibility::SetHolds(std::uint32_t agent, std::uint32_t atom, bool holds) {
  atoms_[atom].column.Set(agent, holds);
  const std::uint64_t bit = std::uint64_t{1} << (atom % 64);
  std::uint64_t& word = rows_[agent * row_words_ + atom / 64];
  word = holds ? word | bit : word & ~bit;
}

// Rows of twice as many atoms.
void Eligibility::WidenRows() {
  std::vector<std::uint64_t> wider(agent_extent_ * row_words_ * 2);
  for (std::size_t agent = 0; agent < agent_extent_; ++agent) {
    const auto from = rows_.begin() + static_cast<std::ptrdiff_t>(agent * row_words_);
    std::copy_n(from, row_words_,
                wider.begin() + static_cast<std::ptrdiff_t>(agent * row_words_ * 2));
  }
  rows_ = std::move(wider);
  row_words_ *= 2;
}

bool Eligibility::SatisfiesMany(std::uint32_t agent, RequirementId id) const {
  const Entry& entry = entries_[id];
  if (entry.is_conjunction) {
    return std::all_of(entry.conjuncts.begin(), entry.conjuncts.end(),
                       [&](std::uint32_t atom) { return HoldsFor(agent, atom); });
  }
  const auto load = [&](std::uint32_t atom) -> unsigned {
    return HoldsFor(agent, atom) ? ~0U : 0U;
  };
  return (Evaluate<unsigned>(entry.terms, load) & 1U) != 0;
}

std::uint64_t Eligibility::SatisfyingWord(std::size_t word, RequirementId id) const {
  const Entry& entry = entries_[id];
  if (entry.is_conjunction) {
    std::uint64_t all = ~std::uint64_t{0};
    for (const std::uint32_t atom : entry.conjuncts) all &= atoms_[atom].column.word(word);
    return all;
  }
  return Evaluate<std::uint64_t>(
      entry.terms, [&](std::uint32_t atom) { return atoms_[atom].column.word(word); });
}

void Eligibility::KeepSatisfying(RequirementId id, std::size_t first,
                                 absl::Span<std::uint64_t> words) const {
  const Entry& entry = entries_[id];
  if (!entry.is_conjunction) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] != 0) words[i] &= SatisfyingWord(first + i, id);
    }
    return;
  }
  const std::uint64_t* columns[kMaxRequirementTerms];
  std::size_t count = 0;
  for (const std::uint32_t atom : entry.conjuncts) columns[count++] = atoms_[atom].column.data();
  kernels_.keep_common({columns, count}, first, words.size(), words.data());
}

std::size_t Eligibility::CountSatisfying(RequirementId id, const BitColumn& among) const {
  const Entry& entry = entries_[id];
  const std::size_t words = std::min(among.words(), (agent_extent_ + 63) / 64);
  if (entry.conjuncts.size() == 1) {
    const BitColumn& column = atoms_[entry.conjuncts.front()].column;
    return kernels_.count_common(among.data(), column.data(), words);
  }
  constexpr std::size_t kBlock = 64;
  std::uint64_t block[kBlock];
  std::size_t satisfying = 0;
  for (std::size_t first = 0; first < words; first += kBlock) {
    const std::size_t count = std::min(kBlock, words - first);
    std::copy_n(among.data() + first, count, block);
    KeepSatisfying(id, first, absl::MakeSpan(block, count));
    satisfying += kernels_.count_common(block, block, count);
  }
  return satisfying;
}

}  // namespace strowger::routing
