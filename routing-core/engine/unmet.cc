#include "routing-core/engine/unmet.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"

namespace strowger::routing {
namespace {

std::string Lacks(const AgentTraits& agent, std::string_view skill, std::int64_t at_least) {
  const auto found = std::find_if(agent.skills->begin(), agent.skills->end(),
                                  [&](const SkillLevel& level) { return level.skill == skill; });
  const absl::string_view name(skill.data(), skill.size());
  if (found == agent.skills->end()) return absl::StrCat("lacks ", name);
  return absl::StrCat("has ", name, " ", found->proficiency, ", not ", at_least);
}

std::string Text(const AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return absl::StrCat(*number);
  if (const auto* number = std::get_if<double>(&value)) return absl::StrCat(*number);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  return "a list";
}

std::string Fails(const AgentTraits& agent, const Atom& atom) {
  switch (atom.kind) {
    case Atom::Kind::kSkillAtLeast:
      return Lacks(agent, atom.name, atom.at_least);
    case Atom::Kind::kTeam:
      return absl::StrCat("is not of team ", atom.name);
    case Atom::Kind::kLocation:
      return absl::StrCat("is not at ", atom.name);
    case Atom::Kind::kAgentId:
      return absl::StrCat("is not ", atom.name);
    case Atom::Kind::kAttribute:
      return absl::StrCat("has no ", atom.name, " ", Text(atom.value));
  }
  return "";
}

bool IsConjunction(const Formula& formula) {
  return std::all_of(formula.terms.begin(), formula.terms.end(), [](const Formula::Term& term) {
    return term.op == Formula::Op::kAtom || term.op == Formula::Op::kAnd;
  });
}

}  // namespace

std::string UnmetBy(const AgentTraits& agent, const Requirement& requirement) {
  for (const SkillMinimum& minimum : requirement.require) {
    Atom atom;
    atom.name = minimum.skill;
    atom.at_least = minimum.at_least;
    if (!Holds(atom, agent)) return Lacks(agent, minimum.skill, minimum.at_least);
  }
  if (IsConjunction(requirement.who)) {
    for (const Atom& atom : requirement.who.atoms) {
      if (!Holds(atom, agent)) return Fails(agent, atom);
    }
  }
  return "is not whom the expression asks for";
}

}  // namespace strowger::routing
