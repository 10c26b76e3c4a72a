#include "routing-core/rules/condition_check.h"

#include <algorithm>
#include <set>
#include <utility>

#include "routing-core/cel/lexer.h"
#include "routing-core/rules/facts.h"

namespace strowger::rules {
namespace {

using cel::TokenKind;

bool Opens(TokenKind kind) {
  return kind == TokenKind::kLeftParen || kind == TokenKind::kLeftBracket ||
         kind == TokenKind::kLeftBrace;
}
bool Closes(TokenKind kind) {
  return kind == TokenKind::kRightParen || kind == TokenKind::kRightBracket ||
         kind == TokenKind::kRightBrace;
}

// The text between the && that stand outside brackets, token by token; empty when something that
// binds more loosely stands there too.
std::vector<std::string> SplitAtAnd(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const cel::Token& token : cel::Lex(text).tokens) {
    if (Opens(token.kind)) ++depth;
    if (Closes(token.kind)) --depth;
    if (depth == 0 && (token.kind == TokenKind::kOr || token.kind == TokenKind::kQuestion)) {
      return {};
    }
    if (depth == 0 && token.kind == TokenKind::kAnd) {
      parts.emplace_back();
    } else if (token.kind != TokenKind::kEnd) {
      parts.back() += static_cast<char>(token.kind);
      parts.back() += token.text;
      parts.back() += '\0';
    }
  }
  return parts;
}

cel::Finding Place(const cel::Program& program, const cel::Formula& formula, std::string message) {
  return cel::MakeFinding(cel::Stage::kCheck, program.source(), formula.offset, formula.length,
                          std::move(message));
}

// ---- Attributes that may be absent --------------------------------------------------------------

// The attributes that has() is asked about, here or in a let that the text uses.
void AddGuarded(std::string_view text, const Scope& scope, std::set<std::string>& guarded) {
  const std::vector<cel::Token> tokens = cel::Lex(text).tokens;
  const auto is = [&](std::size_t i, TokenKind kind) {
    return i < tokens.size() && tokens[i].kind == kind;
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!is(i, TokenKind::kIdentifier)) continue;
    if (tokens[i].text == "has" && is(i + 1, TokenKind::kLeftParen) &&
        is(i + 2, TokenKind::kIdentifier) && tokens[i + 2].text == "contact" &&
        is(i + 3, TokenKind::kDot) && is(i + 4, TokenKind::kIdentifier)) {
      guarded.insert(tokens[i + 4].text);
    }
    if (i > 0 && is(i - 1, TokenKind::kDot)) continue;
    for (const Let& let : scope.lets()) {
      if (let.name == tokens[i].text) AddGuarded(let.program->source(), scope, guarded);
    }
  }
}

}  // namespace

std::vector<cel::Finding> CheckAttributes(const cel::Program& program, const Scope& scope) {
  std::set<std::string> unsure;
  for (const std::uint32_t slot : program.slots()) {
    if (scope.slots()[slot].kind != Slot::Kind::kAttribute) continue;
    const ContactAttribute& attribute = *scope.attributes()[scope.slots()[slot].index];
    if (attribute.type && !attribute.default_value) unsure.insert(attribute.name);
  }
  std::vector<cel::Finding> findings;
  if (unsure.empty()) return findings;
  std::set<std::string> guarded;
  AddGuarded(program.source(), scope, guarded);
  const std::vector<cel::Token> tokens = cel::Lex(program.source()).tokens;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    const std::string& name = tokens[i + 2].text;
    if (tokens[i].kind != TokenKind::kIdentifier || tokens[i].text != "contact" ||
        tokens[i + 1].kind != TokenKind::kDot || guarded.count(name) > 0 ||
        unsure.erase(name) == 0) {
      continue;
    }
    cel::Finding finding =
        cel::MakeFinding(cel::Stage::kCheck, program.source(), tokens[i].offset, 1,
                         "contact." + name +
                             " may be absent, and this does not hold then; ask has() or declare a "
                             "default");
    finding.suggestion = "has(contact." + name + ")";
    findings.push_back(std::move(finding));
  }
  return findings;
}

std::vector<Conjunct> ConjunctsOf(const cel::Program& condition) {
  const cel::Formula& formula = condition.formula();
  std::vector<Conjunct> conjuncts;
  if (formula.form == cel::Formula::Form::kAnd) {
    for (const cel::Formula& part : formula.parts) conjuncts.push_back({&part, {}});
  } else {
    conjuncts.push_back({&formula, {}});
  }
  // Where folding has taken parts away, or brackets hide some, texts and parts do not pair up.
  std::vector<std::string> texts = SplitAtAnd(condition.source());
  if (texts.size() == conjuncts.size()) {
    for (std::size_t i = 0; i < texts.size(); ++i) conjuncts[i].text = std::move(texts[i]);
  }
  return conjuncts;
}

std::vector<cel::Finding> CheckCondition(const cel::Program& condition, Domains& domains) {
  std::vector<cel::Finding> findings = CheckAttributes(condition, domains.scope());
  const Facts nothing(domains);
  if (nothing.OutcomesOf(condition.formula()) == kMayBeTrue) {
    findings.push_back(Place(condition, condition.formula(), "this is always true"));
    return findings;
  }
  Facts facts(domains);
  bool first = true;
  for (const Conjunct& conjunct : ConjunctsOf(condition)) {
    const bool alone = (nothing.OutcomesOf(*conjunct.formula) & kMayBeTrue) != 0;
    if (alone && (facts.OutcomesOf(*conjunct.formula) & kMayBeTrue) != 0 &&
        facts.Assume(*conjunct.formula)) {
      first = false;
      continue;
    }
    findings.push_back(Place(condition, *conjunct.formula,
                             alone && !first
                                 ? "this is never true together with what stands before it"
                                 : "this is never true"));
    break;
  }
  return findings;
}

}  // namespace strowger::rules
