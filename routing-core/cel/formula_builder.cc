#include "routing-core/cel/formula_builder.h"

#include <optional>
#include <utility>

namespace strowger::cel {
namespace {

bool IsVariable(const Node& node) {
  return node.resolution == Resolution::kVariable && node.kind != NodeKind::kHas;
}

std::optional<Comparison> ComparisonOf(Function function) {
  switch (function) {
    case Function::kEqual:
      return Comparison::kEqual;
    case Function::kNotEqual:
      return Comparison::kNotEqual;
    case Function::kLess:
      return Comparison::kLess;
    case Function::kLessOrEqual:
      return Comparison::kLessOrEqual;
    case Function::kGreater:
      return Comparison::kGreater;
    case Function::kGreaterOrEqual:
      return Comparison::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

/// `a < b` seen from b.
Comparison Mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return Comparison::kGreater;
    case Comparison::kLessOrEqual:
      return Comparison::kGreaterOrEqual;
    case Comparison::kGreater:
      return Comparison::kLess;
    case Comparison::kGreaterOrEqual:
      return Comparison::kLessOrEqual;
    default:
      return comparison;
  }
}

Formula Place(Formula formula, const Node& node) {
  formula.offset = node.offset;
  formula.length = node.length;
  return formula;
}

Formula Compare(Comparison comparison, uint32_t slot, std::vector<Value> constants) {
  Formula formula;
  formula.form = Formula::Form::kComparison;
  formula.comparison = comparison;
  formula.slot = slot;
  formula.constants = std::move(constants);
  return formula;
}

Formula BuildMembership(const Node& item, const Node& container) {
  if (IsVariable(item) && container.kind == NodeKind::kLiteral &&
      container.literal.is(Kind::kList)) {
    const Value& list = container.literal;
    return Compare(Comparison::kIn, item.slot, {list.items(), list.items() + list.size()});
  }
  if (IsVariable(container) && container.type.Is(Kind::kList) && item.kind == NodeKind::kLiteral) {
    return Compare(Comparison::kContains, container.slot, {item.literal});
  }
  return Formula{};
}

Formula BuildOperator(const Node& node) {
  if (node.function == Function::kNot) {
    Formula formula;
    formula.form = Formula::Form::kNot;
    formula.parts.push_back(BuildFormula(*node.children[0]));
    return formula;
  }
  if (node.children.size() != 2) return Formula{};
  const Node& left = *node.children[0];
  const Node& right = *node.children[1];
  if (node.function == Function::kIn) return BuildMembership(left, right);
  const std::optional<Comparison> comparison = ComparisonOf(node.function);
  if (!comparison) return Formula{};
  if (IsVariable(left) && right.kind == NodeKind::kLiteral) {
    return Compare(*comparison, left.slot, {right.literal});
  }
  if (IsVariable(right) && left.kind == NodeKind::kLiteral) {
    return Compare(Mirrored(*comparison), right.slot, {left.literal});
  }
  return Formula{};
}

Formula BuildParts(const Node& node) {
  Formula formula;
  formula.form = node.kind == NodeKind::kAnd ? Formula::Form::kAnd : Formula::Form::kOr;
  for (const Node* child : node.children) formula.parts.push_back(BuildFormula(*child));
  return formula;
}

Formula Build(const Node& node) {
  switch (node.kind) {
    case NodeKind::kLiteral: {
      Formula formula;
      if (!node.literal.is(Kind::kBool)) return formula;
      formula.form = Formula::Form::kConstant;
      formula.constant = node.literal.boolean();
      return formula;
    }
    case NodeKind::kAnd:
    case NodeKind::kOr:
      return BuildParts(node);
    case NodeKind::kOperator:
      return BuildOperator(node);
    case NodeKind::kHas:
      if (node.resolution != Resolution::kVariable) return Formula{};
      return Compare(Comparison::kHas, node.slot, {});
    case NodeKind::kIdentifier:
    case NodeKind::kSelect:
      if (!IsVariable(node) || !node.type.Is(Kind::kBool)) return Formula{};
      return Compare(Comparison::kEqual, node.slot, {Value::Bool(true)});
    default:
      return Formula{};
  }
}

void AddIndexTerm(const Formula& formula, std::vector<IndexTerm>& terms) {
  const bool negated = formula.form == Formula::Form::kNot;
  const Formula& atom = negated ? formula.parts[0] : formula;
  if (atom.form != Formula::Form::kComparison) return;
  if (negated) {
    // Of the negations only that of a bare bool is an equality.
    if (atom.comparison == Comparison::kEqual && atom.constants[0].is(Kind::kBool)) {
      terms.push_back({atom.slot, {Value::Bool(!atom.constants[0].boolean())}});
    }
    return;
  }
  if (atom.comparison == Comparison::kEqual || atom.comparison == Comparison::kIn) {
    terms.push_back({atom.slot, atom.constants});
  }
}

void AddConjuncts(const Formula& formula, std::vector<IndexTerm>& terms) {
  if (formula.form != Formula::Form::kAnd) return AddIndexTerm(formula, terms);
  for (const Formula& part : formula.parts) AddConjuncts(part, terms);
}

}  // namespace

Formula BuildFormula(const Node& node) { return Place(Build(node), node); }

std::vector<IndexTerm> IndexTermsOf(const Formula& formula) {
  std::vector<IndexTerm> terms;
  AddConjuncts(formula, terms);
  return terms;
}

}  // namespace strowger::cel
