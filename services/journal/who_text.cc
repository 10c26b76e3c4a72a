#include "services/journal/who_text.h"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace strowger::journal {
namespace {

using routing::Atom;
using Op = routing::Formula::Op;

std::string Quoted(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\u00";
      quoted += kDigits[byte >> 4];
      quoted += kDigits[byte & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

// The shortest text that reads back as the same number, and as a double.
std::string Literal(double value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string Literal(const routing::AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return Quoted(*text);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return Literal(*real);
  return std::get<bool>(value) ? "true" : "false";
}

std::string AtomText(const Atom& atom) {
  switch (atom.kind) {
    case Atom::Kind::kSkillAtLeast:
      return "agent.skills." + atom.name + " >= " + std::to_string(atom.at_least);
    case Atom::Kind::kTeam:
      return "agent.team == " + Quoted(atom.name);
    case Atom::Kind::kLocation:
      return "agent.location == " + Quoted(atom.name);
    case Atom::Kind::kAgentId:
      return "agent.id == " + Quoted(atom.name);
    case Atom::Kind::kAttribute:
      return "agent.attributes." + atom.name + " == " + Literal(atom.value);
  }
  return {};
}

struct Part {
  std::string text;
  Op op = Op::kAtom;  // what joins it; needs no parentheses on the left of the same
};

std::string Enclosed(const Part& part) {
  return part.op == Op::kAnd || part.op == Op::kOr ? "(" + part.text + ")" : part.text;
}

}  // namespace

std::string WhoText(const routing::Formula& formula) {
  std::vector<Part> stack;
  for (const routing::Formula::Term& term : formula.terms) {
    switch (term.op) {
      case Op::kAtom:
        stack.push_back(Part{AtomText(formula.atoms[term.atom]), Op::kAtom});
        break;
      case Op::kTrue:
      case Op::kFalse:
        stack.push_back(Part{term.op == Op::kTrue ? "true" : "false", Op::kAtom});
        break;
      case Op::kNot:
        stack.back() = Part{"!(" + stack.back().text + ")", Op::kNot};
        break;
      case Op::kAnd:
      case Op::kOr: {
        const Part right = std::move(stack.back());
        stack.pop_back();
        Part& left = stack.back();
        left.text = (left.op == term.op ? left.text : Enclosed(left)) +
                    (term.op == Op::kAnd ? " && " : " || ") + Enclosed(right);
        left.op = term.op;
        break;
      }
    }
  }
  return stack.empty() ? std::string() : stack.back().text;
}

}  // namespace strowger::journal
