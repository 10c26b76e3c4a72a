#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/grpc/convert_plan.h"

namespace strowger::grpc_api {
namespace {

using routing::Atom;
using routing::Formula;

// How tightly a text holds together: what binds less needs parentheses inside what binds more.
enum class Binding { kOr, kAnd, kNot };

struct Text {
  std::string text;
  Binding binding = Binding::kNot;
};

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\"");
}

// Always with a point or an exponent, so that it is read as a double again.
std::string RealText(double value) {
  std::string text = absl::StrFormat("%.17g", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string ValueText(const routing::AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return Quoted(*text);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return absl::StrCat(*number);
  if (const auto* real = std::get_if<double>(&value)) return RealText(*real);
  return std::get<bool>(value) ? "true" : "false";
}

std::string AtomText(const Atom& atom) {
  switch (atom.kind) {
    case Atom::Kind::kSkillAtLeast:
      return absl::StrCat("agent.skills.", atom.name, " >= ", atom.at_least);
    case Atom::Kind::kTeam:
      return absl::StrCat("agent.team == ", Quoted(atom.name));
    case Atom::Kind::kLocation:
      return absl::StrCat("agent.location == ", Quoted(atom.name));
    case Atom::Kind::kAgentId:
      return absl::StrCat("agent.id == ", Quoted(atom.name));
    case Atom::Kind::kAttribute:
      return absl::StrCat("agent.attributes.", atom.name, " == ", ValueText(atom.value));
  }
  return {};
}

std::string Within(Text part, Binding binding) {
  if (part.binding >= binding) return std::move(part.text);
  return absl::StrCat("(", part.text, ")");
}

Text Pop(std::vector<Text>& stack) {
  Text top = std::move(stack.back());
  stack.pop_back();
  return top;
}

void Join(std::vector<Text>& stack, const char* op, Binding binding) {
  Text right = Pop(stack);
  Text left = Pop(stack);
  // The right side of an equal operator was grouped by hand; keep it so.
  const Binding tighter = binding == Binding::kOr ? Binding::kAnd : Binding::kNot;
  stack.push_back(
      {absl::StrCat(Within(std::move(left), binding), op, Within(std::move(right), tighter)),
       binding});
}

}  // namespace

std::string RenderWho(const Formula& formula) {
  std::vector<Text> stack;
  for (const Formula::Term& term : formula.terms) {
    switch (term.op) {
      case Formula::Op::kAtom:
        stack.push_back({AtomText(formula.atoms[term.atom]), Binding::kNot});
        break;
      case Formula::Op::kTrue:
        stack.push_back({"true", Binding::kNot});
        break;
      case Formula::Op::kFalse:
        stack.push_back({"false", Binding::kNot});
        break;
      case Formula::Op::kNot:
        stack.back() = {absl::StrCat("!(", stack.back().text, ")"), Binding::kNot};
        break;
      case Formula::Op::kAnd:
        Join(stack, " && ", Binding::kAnd);
        break;
      case Formula::Op::kOr:
        Join(stack, " || ", Binding::kOr);
        break;
    }
  }
  return stack.empty() ? std::string() : std::move(stack.back().text);
}

}  // namespace strowger::grpc_api
