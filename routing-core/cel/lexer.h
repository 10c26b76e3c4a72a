#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/finding.h"

namespace strowger::cel {

enum class TokenKind : uint8_t {
  kEnd,
  kError,  // stands for the rest of the source
  kInt,
  kUint,
  kDouble,
  kString,
  kIdentifier,
  kQuotedIdentifier,  // `content-type`, only a field
  // Words with a meaning of their own.
  kTrue,
  kFalse,
  kNull,
  kIn,
  // Punctuation.
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kDot,
  kComma,
  kColon,
  kQuestion,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kNot,
  kAnd,
  kOr,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t offset = 0;
  uint32_t length = 0;
  /// Digits of a number without sign and suffix, content of a string with its escapes resolved,
  /// name of an identifier without back-quotes; empty for the rest.
  std::string text;
};

struct LexResult {
  /// The last is kEnd, or kError at what is no token.
  std::vector<Token> tokens;
  /// What is wrong with the kError token. A parser may find fault with a token before it.
  Finding error;
};

/// Divides `source` into tokens. Stops at the first error, placed at the first byte of the token in
/// which it is.
LexResult Lex(std::string_view source);

/// Words that may not name a variable or function although they are not operators or literals.
bool IsReservedWord(std::string_view name);

}  // namespace strowger::cel
