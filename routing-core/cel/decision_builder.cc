#include <optional>

#include "routing-core/cel/ast.h"
#include "routing-core/cel/code.h"
#include "routing-core/cel/decision.h"
#include "routing-core/cel/emitter.h"

namespace strowger::cel {
namespace {

bool IsSlot(const Node& node) {
  return node.resolution == Resolution::kVariable && node.kind != NodeKind::kHas;
}
bool IsConstant(const Node& node) { return node.kind == NodeKind::kLiteral; }

/// The question that a relation of a variable to a constant asks; `mirrored` has the constant on
/// the left. Not-equal is asked as equal.
std::optional<Ask> AskOf(Function function, bool mirrored) {
  switch (function) {
    case Function::kEqual:
    case Function::kNotEqual:
      return Ask::kEqual;
    case Function::kLess:
      return mirrored ? Ask::kGreater : Ask::kLess;
    case Function::kLessOrEqual:
      return mirrored ? Ask::kGreaterOrEqual : Ask::kLessOrEqual;
    case Function::kGreater:
      return mirrored ? Ask::kLess : Ask::kGreater;
    case Function::kGreaterOrEqual:
      return mirrored ? Ask::kLessOrEqual : Ask::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

/// Works from the back, so that where an answer leads is known when its question is laid down.
class Builder {
 public:
  explicit Builder(Code* code) : code_(*code) {}

  bool Run(Node* root) {
    if (!IsSkeleton(*root)) return true;
    code_.first_question = Place(root, kYes, kNo);
    return fits_;
  }

 private:
  static bool IsSkeleton(const Node& node) {
    if (node.kind == NodeKind::kAnd || node.kind == NodeKind::kOr) return true;
    if (node.kind == NodeKind::kOperator && node.function == Function::kNot) return true;
    return QuestionOf(node).has_value();
  }

  /// Where the decision of `node` starts.
  uint32_t Place(Node* node, uint32_t on_true, uint32_t on_false) {
    if (node->kind == NodeKind::kAnd) {
      for (size_t i = node->children.size(); i-- > 0;) {
        on_true = Place(node->children[i], on_true, on_false);
      }
      return on_true;
    }
    if (node->kind == NodeKind::kOr) {
      for (size_t i = node->children.size(); i-- > 0;) {
        on_false = Place(node->children[i], on_true, on_false);
      }
      return on_false;
    }
    if (node->kind == NodeKind::kOperator && node->function == Function::kNot) {
      return Place(node->children[0], on_false, on_true);
    }
    if (IsConstant(*node) && node->literal.is(Kind::kBool)) {
      return node->literal.boolean() ? on_true : on_false;
    }
    return PlaceQuestion(node, on_true, on_false);
  }

  uint32_t PlaceQuestion(Node* node, uint32_t on_true, uint32_t on_false) {
    Question question = QuestionOf(*node).value_or(Question());
    if (question.ask == Ask::kCode) {
      question.index = static_cast<uint32_t>(code_.instructions.size());
      fits_ = Emit(node, &code_) && fits_;
    }
    if (question.ask == Ask::kInSet) {
      question.set = &code_.sets[SetOf(question.constant, &code_)];
    }
    const bool inverted = node->kind == NodeKind::kOperator &&
                          node->function == Function::kNotEqual && question.ask != Ask::kCode;
    question.on_true = inverted ? on_false : on_true;
    question.on_false = inverted ? on_true : on_false;
    code_.questions.push_back(question);
    return static_cast<uint32_t>(code_.questions.size() - 1);
  }

  static Question Make(Ask ask, const Node& variable, const Value& constant) {
    if (ask == Ask::kEqual && constant.is(Kind::kString)) ask = Ask::kEqualText;
    if (ask == Ask::kEqual && constant.is(Kind::kInt)) ask = Ask::kEqualInt;
    Question question;
    question.ask = ask;
    question.slot = variable.slot;
    question.constant = constant;
    return question;
  }

  /// What can be asked of a variable without instructions.
  static std::optional<Question> QuestionOf(const Node& node) {
    switch (node.kind) {
      case NodeKind::kHas:
        if (node.resolution != Resolution::kVariable) return std::nullopt;
        return Make(Ask::kHas, node, Value());
      case NodeKind::kIdentifier:
      case NodeKind::kSelect:
        // Another type is no condition: what it holds is the result as it is.
        if (!IsSlot(node) || !node.type.Is(Kind::kBool)) return std::nullopt;
        return Make(Ask::kTrue, node, Value());
      case NodeKind::kOperator:
        return node.children.size() == 2 ? OfOperator(node) : std::nullopt;
      case NodeKind::kCall:
      case NodeKind::kMethod:
        return OfCall(node);
      default:
        return std::nullopt;
    }
  }

  static std::optional<Question> OfOperator(const Node& node) {
    const Node& left = *node.children[0];
    const Node& right = *node.children[1];
    const bool mirrored = IsConstant(left) && IsSlot(right);
    if (!mirrored && !(IsSlot(left) && IsConstant(right))) return std::nullopt;
    if (node.function == Function::kIn) {
      if (mirrored) return Make(Ask::kMember, right, left.literal);
      if (!ConstantSet::Suits(right.literal)) return std::nullopt;
      return Make(Ask::kInSet, left, right.literal);
    }
    const std::optional<Ask> ask = AskOf(node.function, mirrored);
    if (!ask) return std::nullopt;
    return mirrored ? Make(*ask, right, left.literal) : Make(*ask, left, right.literal);
  }

  static std::optional<Question> OfCall(const Node& node) {
    if (node.resolution != Resolution::kFunction || node.children.size() != 2) return std::nullopt;
    const Node& text = *node.children[0];
    const Node& wanted = *node.children[1];
    if (!IsSlot(text) || !IsConstant(wanted) || !wanted.literal.is(Kind::kString)) {
      return std::nullopt;
    }
    switch (node.function) {
      case Function::kStartsWith:
        return Make(Ask::kStartsWith, text, wanted.literal);
      case Function::kEndsWith:
        return Make(Ask::kEndsWith, text, wanted.literal);
      case Function::kContains:
        return Make(Ask::kContains, text, wanted.literal);
      default:
        return std::nullopt;
    }
  }

  Code& code_;
  bool fits_ = true;
};

}  // namespace

bool BuildDecision(Node* root, Code* code) { return Builder(code).Run(root); }

}  // namespace strowger::cel
