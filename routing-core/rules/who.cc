#include "routing-core/rules/who.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "routing-core/cel/compiler.h"
#include "routing-core/cel/env.h"
#include "routing-core/cel/formula.h"
#include "routing-core/cel/lexer.h"
#include "routing-core/cel/program.h"
#include "routing/limits.h"

namespace strowger::rules {
namespace {

using routing::Atom;
using routing::Formula;

constexpr std::string_view kWhatFits =
    "`who` can compare agent.skills.NAME with a whole number, and agent.team, agent.location, "
    "agent.id and agent.attributes.NAME by ==, != and in, joined by &&, || and !";

// Which name of an agent a slot is.
struct AgentName {
  Atom::Kind kind = Atom::Kind::kTeam;
  std::string name;                              // of a skill or attribute
  std::int64_t most = routing::kMaxProficiency;  // of a skill
};

// ---- Names --------------------------------------------------------------------------------------

class AgentNames {
 public:
  AgentNames(std::string_view text, const Vocabulary& vocabulary) {
    Declare("agent.team", cel::Type::String(), {Atom::Kind::kTeam, {}, 0});
    Declare("agent.location", cel::Type::String(), {Atom::Kind::kLocation, {}, 0});
    Declare("agent.id", cel::Type::String(), {Atom::Kind::kAgentId, {}, 0});
    if (vocabulary.skills) {
      for (const auto& [name, range] : *vocabulary.skills) DeclareSkill(name, range.most);
    }
    if (vocabulary.agent) {
      for (const auto& [name, declaration] : *vocabulary.agent) {
        DeclareAttribute(name, TypeOf(declaration.type));
      }
    }
    DeclareOpenNames(text, vocabulary);
  }

  const cel::Env& env() const { return env_; }
  const AgentName& operator[](std::uint32_t slot) const { return names_[slot]; }

 private:
  static cel::Type TypeOf(AttributeType type) {
    switch (type) {
      case AttributeType::kString:
        return cel::Type::String();
      case AttributeType::kInt:
        return cel::Type::Int();
      case AttributeType::kDouble:
        return cel::Type::Double();
      case AttributeType::kBool:
        return cel::Type::Bool();
      case AttributeType::kStringList:
        return cel::Type::List(cel::Type::String());
    }
    return {};
  }

  // What an open vocabulary has is what the text names.
  void DeclareOpenNames(std::string_view text, const Vocabulary& vocabulary) {
    const std::vector<cel::Token> tokens = cel::Lex(text).tokens;
    const auto is = [&](std::size_t i, std::string_view name) {
      return tokens[i].kind == cel::TokenKind::kIdentifier && tokens[i].text == name;
    };
    for (std::size_t i = 0; i + 4 < tokens.size(); ++i) {
      if (!is(i, "agent") || tokens[i + 1].kind != cel::TokenKind::kDot ||
          tokens[i + 3].kind != cel::TokenKind::kDot ||
          tokens[i + 4].kind != cel::TokenKind::kIdentifier) {
        continue;
      }
      const std::string& name = tokens[i + 4].text;
      if (is(i + 2, "skills") && !vocabulary.skills) DeclareSkill(name, routing::kMaxProficiency);
      if (is(i + 2, "attributes") && !vocabulary.agent) DeclareAttribute(name, cel::Type::Dyn());
    }
  }

  void DeclareSkill(const std::string& name, std::int64_t most) {
    Declare("agent.skills." + name, cel::Type::Int(), {Atom::Kind::kSkillAtLeast, name, most});
  }
  void DeclareAttribute(const std::string& name, cel::Type type) {
    Declare("agent.attributes." + name, std::move(type), {Atom::Kind::kAttribute, name, 0});
  }

  void Declare(const std::string& name, cel::Type type, AgentName meaning) {
    if (env_.AddVariable(name, std::move(type), static_cast<std::uint32_t>(names_.size()))) {
      names_.push_back(std::move(meaning));
    }
  }

  cel::Env env_;
  std::vector<AgentName> names_;
};

// ---- From the expression's skeleton to atoms ----------------------------------------------------

class Translator {
 public:
  Translator(std::string_view text, const AgentNames& names, const Vocabulary& vocabulary,
             WhoResult& result)
      : text_(text), names_(names), vocabulary_(vocabulary), result_(result) {}

  void Translate(const cel::Formula& part) {
    switch (part.form) {
      case cel::Formula::Form::kConstant:
        Push(part.constant ? Formula::Op::kTrue : Formula::Op::kFalse);
        return;
      case cel::Formula::Form::kAnd:
        Join(part, Formula::Op::kAnd);
        return;
      case cel::Formula::Form::kOr:
        Join(part, Formula::Op::kOr);
        return;
      case cel::Formula::Form::kNot:
        Translate(part.parts.front());
        Push(Formula::Op::kNot);
        return;
      case cel::Formula::Form::kComparison:
        Compare(part);
        return;
      case cel::Formula::Form::kOther:
        Refuse(part, std::string(kWhatFits));
        return;
    }
  }

 private:
  void Refuse(const cel::Formula& part, std::string message, std::string_view suggestion = {}) {
    cel::Finding finding =
        cel::MakeFinding(cel::Stage::kCheck, text_, part.offset, part.length, std::move(message));
    finding.suggestion = suggestion;
    result_.findings.push_back(std::move(finding));
  }

  void Push(Formula::Op op, std::uint32_t atom = 0) {
    Formula::Term term;
    term.op = op;
    term.atom = atom;
    result_.formula.terms.push_back(term);
  }

  void PushAtom(Atom atom) {
    auto& atoms = result_.formula.atoms;
    const auto found = std::find(atoms.begin(), atoms.end(), atom);
    const auto index = static_cast<std::uint32_t>(found - atoms.begin());
    if (found == atoms.end()) atoms.push_back(std::move(atom));
    Push(Formula::Op::kAtom, index);
  }

  void Join(const cel::Formula& part, Formula::Op op) {
    for (std::size_t i = 0; i < part.parts.size(); ++i) {
      Translate(part.parts[i]);
      if (i > 0) Push(op);
    }
  }

  void Compare(const cel::Formula& part) {
    const AgentName& name = names_[part.slot];
    if (name.kind == Atom::Kind::kSkillAtLeast) {
      CompareSkill(part, name);
      return;
    }
    switch (part.comparison) {
      case cel::Comparison::kEqual:
      case cel::Comparison::kIn:
        OneOf(part, name);
        return;
      case cel::Comparison::kNotEqual:
        OneOf(part, name);
        Push(Formula::Op::kNot);
        return;
      default:
        Refuse(part, std::string(kWhatFits));
    }
  }

  // ---- Skills ----

  void CompareSkill(const cel::Formula& part, const AgentName& skill) {
    if (part.comparison == cel::Comparison::kHas) {
      AtLeast(skill, 1);
      return;
    }
    const bool whole_numbers = std::all_of(part.constants.begin(), part.constants.end(),
                                           [](const auto& c) { return c.is(cel::Kind::kInt); });
    if (!whole_numbers || part.comparison == cel::Comparison::kContains) {
      Refuse(part, std::string(kWhatFits));
      return;
    }
    if (part.comparison == cel::Comparison::kIn) {
      if (part.constants.empty()) Push(Formula::Op::kFalse);
      for (std::size_t i = 0; i < part.constants.size(); ++i) {
        Between(part, skill, part.constants[i].integer(), part.constants[i].integer());
        if (i > 0) Push(Formula::Op::kOr);
      }
      return;
    }
    // Kept within what a proficiency can be, so that one more or less cannot overflow.
    const std::int64_t n = std::clamp<std::int64_t>(part.constants.front().integer(), -1,
                                                    routing::kMaxProficiency + 1);
    constexpr std::int64_t kTop = routing::kMaxProficiency;
    switch (part.comparison) {
      case cel::Comparison::kEqual:
        return Between(part, skill, n, n);
      case cel::Comparison::kGreaterOrEqual:
        return Between(part, skill, n, kTop);
      case cel::Comparison::kGreater:
        return Between(part, skill, n + 1, kTop);
      case cel::Comparison::kLessOrEqual:
        return Between(part, skill, 1, n);
      case cel::Comparison::kLess:
        return Between(part, skill, 1, n - 1);
      default:  // !=: has it, but not at n
        AtLeast(skill, 1);
        if (n < 1 || n > kTop) return;
        Between(part, skill, n, n);
        Push(Formula::Op::kNot);
        Push(Formula::Op::kAnd);
    }
  }

  void AtLeast(const AgentName& skill, std::int64_t least) {
    Atom atom;
    atom.kind = Atom::Kind::kSkillAtLeast;
    atom.name = skill.name;
    atom.at_least = least;
    PushAtom(std::move(atom));
  }

  void Between(const cel::Formula& part, const AgentName& skill, std::int64_t least,
               std::int64_t most) {
    if (least > skill.most || most < 1) {
      Refuse(part, "impossible: the proficiency of " + skill.name + " is 1 to " +
                       std::to_string(skill.most));
      return;
    }
    AtLeast(skill, std::max<std::int64_t>(least, 1));
    if (most >= routing::kMaxProficiency) return;
    AtLeast(skill, most + 1);
    Push(Formula::Op::kNot);
    Push(Formula::Op::kAnd);
  }

  // ---- The rest ----

  void OneOf(const cel::Formula& part, const AgentName& name) {
    if (part.constants.empty()) Push(Formula::Op::kFalse);
    for (std::size_t i = 0; i < part.constants.size(); ++i) {
      auto atom = EqualTo(part, name, part.constants[i]);
      if (!atom) {
        Refuse(part, std::string(kWhatFits));
        return;
      }
      PushAtom(std::move(*atom));
      if (i > 0) Push(Formula::Op::kOr);
    }
  }

  std::optional<Atom> EqualTo(const cel::Formula& part, const AgentName& name,
                              const cel::Value& constant) {
    Atom atom;
    atom.kind = name.kind;
    if (name.kind != Atom::Kind::kAttribute) {
      if (!constant.is(cel::Kind::kString)) return std::nullopt;
      atom.name = constant.string();
      CheckName(part, name.kind, atom.name);
      return atom;
    }
    atom.name = name.name;
    switch (constant.kind()) {
      case cel::Kind::kString:
        atom.value = std::string(constant.string());
        break;
      case cel::Kind::kInt:
        atom.value = constant.integer();
        break;
      case cel::Kind::kDouble:
        atom.value = constant.real();
        break;
      case cel::Kind::kBool:
        atom.value = constant.boolean();
        break;
      default:
        return std::nullopt;
    }
    return atom;
  }

  void CheckName(const cel::Formula& part, Atom::Kind kind, const std::string& name) {
    std::vector<std::string_view> known;
    if (kind == Atom::Kind::kTeam && vocabulary_.teams) {
      known.assign(vocabulary_.teams->begin(), vocabulary_.teams->end());
    } else if (kind == Atom::Kind::kLocation && vocabulary_.locations) {
      for (const auto& [location, declaration] : *vocabulary_.locations) known.push_back(location);
    } else {
      return;
    }
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    Refuse(part,
           "no " + std::string(kind == Atom::Kind::kTeam ? "team " : "location ") + name +
               " is declared",
           cel::NearestName(name, known));
  }

  std::string_view text_;
  const AgentNames& names_;
  const Vocabulary& vocabulary_;
  WhoResult& result_;
};

}  // namespace

WhoResult CompileWho(std::string_view text, const Vocabulary* vocabulary) {
  static const Vocabulary open;
  const Vocabulary& names_known = vocabulary == nullptr ? open : *vocabulary;
  const AgentNames names(text, names_known);
  WhoResult result;
  cel::CompileOptions options;
  options.result = cel::Type::Bool();
  options.order_unlike_numbers = true;
  cel::CompileResult compiled = cel::Compile(names.env(), text, options);
  result.findings = std::move(compiled.findings);
  if (!result.findings.empty()) return result;
  Translator(text, names, names_known, result).Translate(compiled.program->formula());
  if (result.findings.empty() && result.formula.terms.size() > routing::kMaxRequirementTerms) {
    result.findings.push_back(cel::MakeFinding(
        cel::Stage::kCheck, text, 0, static_cast<std::uint32_t>(text.size()),
        "a requirement of " + std::to_string(result.formula.terms.size()) +
            " terms; the limit is " + std::to_string(routing::kMaxRequirementTerms)));
  }
  return result;
}

}  // namespace strowger::rules
