#include "routing-core/rules/operands.h"

#include "routing-core/cel/lexer.h"

namespace strowger::rules {
namespace {

using cel::Token;
using cel::TokenKind;

bool Opens(TokenKind kind) {
  return kind == TokenKind::kLeftParen || kind == TokenKind::kLeftBracket ||
         kind == TokenKind::kLeftBrace;
}
bool Closes(TokenKind kind) {
  return kind == TokenKind::kRightParen || kind == TokenKind::kRightBracket ||
         kind == TokenKind::kRightBrace;
}

class Splitter {
 public:
  explicit Splitter(const std::vector<Token>& tokens) : tokens_(tokens) {}

  std::vector<Operand> Run() {
    if (tokens_.size() > 1) Split(0, tokens_.size() - 1);
    return std::move(operands_);
  }

 private:
  // Tokens [begin, end), at least one.
  void Split(std::size_t begin, std::size_t end) {
    while (IsInParentheses(begin, end)) {
      ++begin;
      --end;
    }
    if (begin >= end) return;
    const bool conditional = Has(TokenKind::kQuestion, begin, end);
    const bool has_or = Has(TokenKind::kOr, begin, end);
    if (conditional || (!has_or && !Has(TokenKind::kAnd, begin, end))) {
      const Token& last = tokens_[end - 1];
      operands_.push_back(
          {tokens_[begin].offset, last.offset + last.length - tokens_[begin].offset});
      return;
    }
    const TokenKind at = has_or ? TokenKind::kOr : TokenKind::kAnd;
    std::size_t from = begin;
    int depth = 0;
    for (std::size_t i = begin; i < end; ++i) {
      depth += Opens(tokens_[i].kind) ? 1 : (Closes(tokens_[i].kind) ? -1 : 0);
      if (depth != 0 || tokens_[i].kind != at) continue;
      Split(from, i);
      from = i + 1;
    }
    Split(from, end);
  }

  bool Has(TokenKind kind, std::size_t begin, std::size_t end) const {
    int depth = 0;
    for (std::size_t i = begin; i < end; ++i) {
      depth += Opens(tokens_[i].kind) ? 1 : (Closes(tokens_[i].kind) ? -1 : 0);
      if (depth == 0 && tokens_[i].kind == kind) return true;
    }
    return false;
  }

  // One pair round all of it.
  bool IsInParentheses(std::size_t begin, std::size_t end) const {
    if (end - begin < 2 || tokens_[begin].kind != TokenKind::kLeftParen) return false;
    int depth = 0;
    for (std::size_t i = begin; i < end; ++i) {
      depth += Opens(tokens_[i].kind) ? 1 : (Closes(tokens_[i].kind) ? -1 : 0);
      if (depth == 0) return i + 1 == end;
    }
    return false;
  }

  const std::vector<Token>& tokens_;
  std::vector<Operand> operands_;
};

}  // namespace

std::vector<Operand> OperandsOf(std::string_view condition) {
  const cel::LexResult lexed = cel::Lex(condition);
  std::vector<Operand> operands = Splitter(lexed.tokens).Run();
  if (operands.size() <= kMaxOperands && !operands.empty()) return operands;
  return {{0, static_cast<std::uint32_t>(condition.size())}};
}

}  // namespace strowger::rules
