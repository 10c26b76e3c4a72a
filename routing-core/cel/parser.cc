#include "routing-core/cel/parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/charconv.h"
#include "absl/strings/str_cat.h"
#include "routing-core/cel/lexer.h"
#include "routing-core/cel/macros.h"
#include "routing-core/cel/string_literal.h"

namespace strowger::cel {
namespace {

struct BinaryOperator {
  TokenKind token;
  Function function;
  int precedence;
};

constexpr int kRelation = 1;
constexpr std::array<BinaryOperator, 12> kBinaryOperators = {{
    {TokenKind::kEqual, Function::kEqual, kRelation},
    {TokenKind::kNotEqual, Function::kNotEqual, kRelation},
    {TokenKind::kLess, Function::kLess, kRelation},
    {TokenKind::kLessOrEqual, Function::kLessOrEqual, kRelation},
    {TokenKind::kGreater, Function::kGreater, kRelation},
    {TokenKind::kGreaterOrEqual, Function::kGreaterOrEqual, kRelation},
    {TokenKind::kIn, Function::kIn, kRelation},
    {TokenKind::kPlus, Function::kAdd, 2},
    {TokenKind::kMinus, Function::kSubtract, 2},
    {TokenKind::kStar, Function::kMultiply, 3},
    {TokenKind::kSlash, Function::kDivide, 3},
    {TokenKind::kPercent, Function::kModulo, 3},
}};
constexpr int kUnary = 4;

const BinaryOperator* FindOperator(TokenKind kind) {
  for (const BinaryOperator& candidate : kBinaryOperators) {
    if (candidate.token == kind) return &candidate;
  }
  return nullptr;
}

/// Recursive descent over the tokens. Every method answers null once an error has been recorded.
class Parser {
 public:
  Parser(std::string_view source, LexResult lexed, uint32_t max_nesting)
      : source_(source),
        tokens_(std::move(lexed.tokens)),
        lexical_error_(std::move(lexed.error)),
        max_nesting_(max_nesting),
        ast_(std::make_unique<Ast>()) {}

  ParseResult Run() {
    ast_->root = Expression();
    if (ast_->root != nullptr && Peek().kind != TokenKind::kEnd) {
      ast_->root = Unexpected(AfterExpression());
    }
    ParseResult result;
    if (ast_->root == nullptr) {
      result.error = std::move(error_);
    } else {
      result.ast = std::move(ast_);
    }
    return result;
  }

 private:
  const Token& Peek(size_t ahead = 0) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
  }
  const Token& Take() { return tokens_[position_++]; }
  bool TakeIf(TokenKind kind) {
    if (Peek().kind != kind) return false;
    ++position_;
    return true;
  }
  bool Expect(TokenKind kind, std::string_view expected) {
    if (TakeIf(kind)) return true;
    Unexpected(expected);
    return false;
  }

  std::nullptr_t Fail(uint32_t offset, uint32_t length, std::string message) {
    if (failed_) return nullptr;
    failed_ = true;
    error_ = MakeFinding(Stage::kParse, source_, offset, length, std::move(message));
    return nullptr;
  }
  /// Fails at the next token, which is not what was `expected` there.
  std::nullptr_t Unexpected(std::string_view expected) {
    const Token& token = Peek();
    if (token.kind == TokenKind::kError) {
      if (!failed_) error_ = std::move(lexical_error_);
      failed_ = true;
      return nullptr;
    }
    const std::string found = token.kind == TokenKind::kEnd
                                  ? "end of the expression"
                                  : absl::StrCat("'", Excerpt(token), "'");
    return Fail(token.offset, token.length,
                absl::StrCat("unexpected ", found, ", expected ", std::string(expected)));
  }

  /// The token as written, cut short when it is a long or many-lined string.
  std::string Excerpt(const Token& token) const {
    constexpr size_t kShown = 40;
    const std::string_view text = source_.substr(token.offset, token.length);
    size_t end = std::min(text.size(), text.find('\n'));
    if (end > kShown) {
      end = 0;
      while (end < kShown) end += std::max<size_t>(Utf8Length(text.substr(end)), 1);
    }
    return absl::StrCat(std::string(text.substr(0, end)), end < text.size() ? "..." : "");
  }

  static constexpr std::string_view kValue = "a value";

  /// What may follow a whole expression, for who wrote a word for an operator.
  std::string AfterExpression() const {
    const std::string& word = Peek().text;
    if (Peek().kind == TokenKind::kIdentifier) {
      if (word == "and" || word == "AND") return "an operator such as &&";
      if (word == "or" || word == "OR") return "an operator such as ||";
    }
    return "an operator or the end";
  }

  Node* Make(NodeKind kind, const Token& token, uint32_t start) {
    Node* node = ast_->Make(kind);
    node->offset = token.offset;
    node->length = token.length;
    node->start = start;
    return node;
  }

  /// For a node that starts with its main token, which is taken.
  Node* MakeHere(NodeKind kind) {
    const Token& token = Take();
    return Make(kind, token, token.offset);
  }

  /// To be called when the children are in place.
  Node* Finish(Node* node) {
    uint16_t deepest = 0;
    for (const Node* child : node->children) deepest = std::max(deepest, child->depth);
    node->depth = static_cast<uint16_t>(deepest + 1);
    if (node->depth > kMaxTreeDepth) {
      return Fail(node->offset, node->length,
                  "more than " + std::to_string(kMaxTreeDepth) + " operations in one another");
    }
    return node;
  }

  Node* Expression() {
    Node* condition = Logical(NodeKind::kOr);
    if (condition == nullptr || Peek().kind != TokenKind::kQuestion) return condition;
    // A chain of ?: is walked in a loop, so that its length costs no stack here.
    std::vector<Node*> chain;
    Node* last = condition;
    while (Peek().kind == TokenKind::kQuestion) {
      Node* node = Make(NodeKind::kConditional, Take(), last->start);
      Node* chosen = Logical(NodeKind::kOr);
      if (chosen == nullptr || !Expect(TokenKind::kColon, "':' of ?:")) return nullptr;
      node->children = {last, chosen};
      chain.push_back(node);
      last = Logical(NodeKind::kOr);
      if (last == nullptr) return nullptr;
    }
    for (size_t i = chain.size(); i-- > 0;) {
      chain[i]->children.push_back(last);
      last = Finish(chain[i]);
      if (last == nullptr) return nullptr;
    }
    return last;
  }

  /// `a || b || c`, of `a && b && c`, as one node.
  Node* Logical(NodeKind kind) {
    const bool is_or = kind == NodeKind::kOr;
    const TokenKind token = is_or ? TokenKind::kOr : TokenKind::kAnd;
    Node* first = is_or ? Logical(NodeKind::kAnd) : Binary(kRelation);
    if (first == nullptr || Peek().kind != token) return first;
    Node* node = Make(kind, Peek(), first->start);
    node->children.push_back(first);
    while (Peek().kind == token) {
      node->operators.push_back(Take().offset);
      Node* next = is_or ? Logical(NodeKind::kAnd) : Binary(kRelation);
      if (next == nullptr) return nullptr;
      node->children.push_back(next);
    }
    return Finish(node);
  }

  Node* Binary(int precedence) {
    if (precedence == kUnary) return Unary();
    Node* left = Binary(precedence + 1);
    while (left != nullptr) {
      const BinaryOperator* op = FindOperator(Peek().kind);
      if (op == nullptr || op->precedence != precedence) break;
      Node* node = Make(NodeKind::kOperator, Take(), left->start);
      node->function = op->function;
      Node* right = Binary(precedence + 1);
      if (right == nullptr) return nullptr;
      node->children = {left, right};
      left = Finish(node);
    }
    return left;
  }

  /// A run of `!` or a run of `-`, not both, before a member. The last minus before a number
  /// belongs to the number.
  Node* Unary() {
    const TokenKind kind = Peek().kind;
    if (kind != TokenKind::kNot && kind != TokenKind::kMinus) return Member();
    std::vector<const Token*> operators;
    while (Peek().kind == kind && !IsNegativeNumber()) operators.push_back(&Take());
    Node* operand = Member();
    if (operand == nullptr) return nullptr;
    for (size_t i = operators.size(); i-- > 0;) {
      Node* node = Make(NodeKind::kOperator, *operators[i], operators[i]->offset);
      node->function = kind == TokenKind::kNot ? Function::kNot : Function::kNegate;
      node->children = {operand};
      operand = Finish(node);
      if (operand == nullptr) return nullptr;
    }
    return operand;
  }
  bool IsNegativeNumber() const {
    return Peek().kind == TokenKind::kMinus &&
           (Peek(1).kind == TokenKind::kInt || Peek(1).kind == TokenKind::kDouble);
  }

  Node* Member() {
    Node* node = Primary();
    while (node != nullptr) {
      if (Peek().kind == TokenKind::kDot) {
        node = FieldOrMethod(node);
      } else if (Peek().kind == TokenKind::kLeftBracket) {
        node = IndexOf(node);
      } else {
        break;
      }
    }
    return node;
  }

  Node* FieldOrMethod(Node* operand) {
    Take();
    const Token& name = Peek();
    if (name.kind != TokenKind::kIdentifier && name.kind != TokenKind::kQuotedIdentifier) {
      return Unexpected("the name of a field or function");
    }
    Take();
    const bool quoted = name.kind == TokenKind::kQuotedIdentifier;
    if (Peek().kind == TokenKind::kLeftParen) {
      if (quoted) return Unexpected("no call: functions are not quoted");
      Node* call = Make(NodeKind::kMethod, name, operand->start);
      call->name = name.text;
      call->children.push_back(operand);
      return Arguments(call);
    }
    Node* select = Make(NodeKind::kSelect, name, operand->start);
    select->name = name.text;
    select->quoted = quoted;
    select->children = {operand};
    return Finish(select);
  }

  Node* IndexOf(Node* operand) {
    Node* node = Make(NodeKind::kOperator, Take(), operand->start);
    node->function = Function::kIndex;
    Node* key = Nested();
    if (key == nullptr || !Expect(TokenKind::kRightBracket, "']'")) return nullptr;
    node->children = {operand, key};
    return Finish(node);
  }

  /// An expression inside brackets of some kind.
  Node* Nested() {
    if (nesting_ >= max_nesting_) {
      return Fail(Peek().offset, Peek().length,
                  "nested more than " + std::to_string(max_nesting_) + " deep");
    }
    ++nesting_;
    Node* node = Expression();
    --nesting_;
    return node;
  }

  /// The arguments of a call, whose name has been taken, and what comes of it if it is a macro.
  Node* Arguments(Node* call) {
    Take();
    if (Peek().kind != TokenKind::kRightParen) {
      do {
        Node* argument = Nested();
        if (argument == nullptr) return nullptr;
        call->children.push_back(argument);
      } while (TakeIf(TokenKind::kComma));
    }
    if (!Expect(TokenKind::kRightParen, "',' or ')'")) return nullptr;
    MacroResult macro = ExpandMacro(call);
    if (macro.outcome == MacroResult::Outcome::kMisused) {
      const Node* culprit = macro.culprit;
      const uint32_t length = culprit->start == culprit->offset ? culprit->length : 1;
      return Fail(culprit->start, length, std::move(macro.message));
    }
    return Finish(call);
  }

  Node* Primary() {
    switch (Peek().kind) {
      case TokenKind::kMinus:
        return IsNegativeNumber() ? Number() : Unexpected(kValue);
      case TokenKind::kInt:
      case TokenKind::kUint:
      case TokenKind::kDouble:
        return Number();
      case TokenKind::kString:
      case TokenKind::kTrue:
      case TokenKind::kFalse:
      case TokenKind::kNull:
        return SimpleLiteral();
      case TokenKind::kDot:
      case TokenKind::kIdentifier:
        return Identifier();
      case TokenKind::kLeftParen:
        return Parenthesized();
      case TokenKind::kLeftBracket:
        return List();
      case TokenKind::kLeftBrace:
        return Map();
      default:
        return Unexpected(kValue);
    }
  }

  Node* Literal(const Token& token, Value value) {
    Node* node = Make(NodeKind::kLiteral, token, token.offset);
    node->literal = value;
    return node;
  }

  Node* SimpleLiteral() {
    const Token& token = Take();
    switch (token.kind) {
      case TokenKind::kTrue:
        return Literal(token, Value::Bool(true));
      case TokenKind::kFalse:
        return Literal(token, Value::Bool(false));
      case TokenKind::kNull:
        return Literal(token, Value::Null());
      default:
        return Literal(token, ast_->constants.Keep(Value::String(token.text)));
    }
  }

  Node* Number() {
    const Token& first = Peek();
    const bool negative = TakeIf(TokenKind::kMinus);
    const Token& token = Take();
    const std::optional<Value> value = ReadNumber(token, negative);
    Token whole;
    whole.offset = first.offset;
    whole.length = token.offset + token.length - first.offset;
    if (!value) return Fail(whole.offset, whole.length, "number out of range");
    return Literal(whole, *value);
  }

  static std::optional<Value> ReadNumber(const Token& token, bool negative) {
    std::string digits = (negative ? "-" : "") + token.text;
    if (token.kind == TokenKind::kDouble) {
      double value = 0;
      const absl::from_chars_result read =
          absl::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (read.ec != std::errc::result_out_of_range) return Value::Double(value);
      // Too large is an error, too small is zero.
      return std::abs(value) > 1 ? std::nullopt : std::optional(Value::Double(0));
    }
    const bool hex = token.text.compare(0, 2, "0x") == 0;
    if (hex) digits.erase(negative ? 1 : 0, 2);
    const char* end = digits.data() + digits.size();
    if (token.kind == TokenKind::kUint) {
      uint64_t value = 0;
      const auto read = std::from_chars(digits.data(), end, value, hex ? 16 : 10);
      return read.ec == std::errc() ? std::optional(Value::Uint(value)) : std::nullopt;
    }
    int64_t value = 0;
    const auto read = std::from_chars(digits.data(), end, value, hex ? 16 : 10);
    return read.ec == std::errc() ? std::optional(Value::Int(value)) : std::nullopt;
  }

  Node* Identifier() {
    const uint32_t start = Peek().offset;
    const bool rooted = TakeIf(TokenKind::kDot);
    const Token& name = Peek();
    if (name.kind != TokenKind::kIdentifier) return Unexpected("a name");
    if (IsReservedWord(name.text)) {
      return Fail(name.offset, name.length, "'" + name.text + "' is a reserved word");
    }
    Take();
    const bool call = Peek().kind == TokenKind::kLeftParen;
    Node* node = Make(call ? NodeKind::kCall : NodeKind::kIdentifier, name, start);
    node->name = name.text;
    node->rooted = rooted;
    return call ? Arguments(node) : node;
  }

  Node* Parenthesized() {
    Take();
    Node* inner = Nested();
    return inner != nullptr && Expect(TokenKind::kRightParen, "an operator or ')'") ? inner
                                                                                    : nullptr;
  }

  Node* List() {
    Node* node = MakeHere(NodeKind::kList);
    while (Peek().kind != TokenKind::kRightBracket) {
      if (Peek().kind == TokenKind::kComma) break;
      Node* item = Nested();
      if (item == nullptr) return nullptr;
      node->children.push_back(item);
      if (Peek().kind != TokenKind::kComma || Peek(1).kind == TokenKind::kRightBracket) break;
      Take();
      if (Peek().kind == TokenKind::kComma) return Unexpected(kValue);
    }
    TakeIf(TokenKind::kComma);
    if (!Expect(TokenKind::kRightBracket, "',' or ']'")) return nullptr;
    return Finish(node);
  }

  Node* Map() {
    Node* node = MakeHere(NodeKind::kMap);
    while (Peek().kind != TokenKind::kRightBrace) {
      if (Peek().kind == TokenKind::kComma) break;
      Node* key = Nested();
      if (key == nullptr || !Expect(TokenKind::kColon, "':' after a key")) return nullptr;
      Node* value = Nested();
      if (value == nullptr) return nullptr;
      node->children.push_back(key);
      node->children.push_back(value);
      if (Peek().kind != TokenKind::kComma || Peek(1).kind == TokenKind::kRightBrace) break;
      Take();
      if (Peek().kind == TokenKind::kComma) return Unexpected(kValue);
    }
    TakeIf(TokenKind::kComma);
    if (!Expect(TokenKind::kRightBrace, "',' or '}'")) return nullptr;
    return Finish(node);
  }

  std::string_view source_;
  std::vector<Token> tokens_;
  Finding lexical_error_;
  size_t position_ = 0;
  uint32_t nesting_ = 0;
  uint32_t max_nesting_;
  std::unique_ptr<Ast> ast_;
  bool failed_ = false;
  Finding error_;
};

}  // namespace

ParseResult Parse(std::string_view source, const ParseLimits& limits) {
  ParseResult result;
  if (source.size() > limits.max_source) {
    result.error =
        MakeFinding(Stage::kParse, "", 0, 0,
                    "expression is longer than " + std::to_string(limits.max_source) + " bytes");
    return result;
  }
  return Parser(source, Lex(source), limits.max_nesting).Run();
}

}  // namespace strowger::cel
