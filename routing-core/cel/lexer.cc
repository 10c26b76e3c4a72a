#include "routing-core/cel/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "routing-core/cel/runtime.h"
#include "routing-core/cel/string_literal.h"

namespace strowger::cel {
namespace {

constexpr std::array<std::string_view, 17> kReservedWords = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

struct Punctuation {
  std::string_view text;
  TokenKind kind;
};

// Longer ones first, so that the first that fits is the token.
constexpr std::array<Punctuation, 24> kPunctuation = {{
    {"&&", TokenKind::kAnd},         {"||", TokenKind::kOr},
    {"==", TokenKind::kEqual},       {"!=", TokenKind::kNotEqual},
    {"<=", TokenKind::kLessOrEqual}, {">=", TokenKind::kGreaterOrEqual},
    {"(", TokenKind::kLeftParen},    {")", TokenKind::kRightParen},
    {"[", TokenKind::kLeftBracket},  {"]", TokenKind::kRightBracket},
    {"{", TokenKind::kLeftBrace},    {"}", TokenKind::kRightBrace},
    {".", TokenKind::kDot},          {",", TokenKind::kComma},
    {":", TokenKind::kColon},        {"?", TokenKind::kQuestion},
    {"+", TokenKind::kPlus},         {"-", TokenKind::kMinus},
    {"*", TokenKind::kStar},         {"/", TokenKind::kSlash},
    {"%", TokenKind::kPercent},      {"!", TokenKind::kNot},
    {"<", TokenKind::kLess},         {">", TokenKind::kGreater},
}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }
bool IsQuotedNamePart(char c) {
  return IsNamePart(c) || c == '.' || c == '-' || c == '/' || c == ' ';
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  LexResult Run() {
    for (;;) {
      SkipSpaceAndComments();
      start_ = position_;
      if (position_ == source_.size()) break;
      if (!Next()) return std::move(result_);
    }
    Add(TokenKind::kEnd, "");
    return std::move(result_);
  }

 private:
  char At(size_t ahead) const {
    return position_ + ahead < source_.size() ? source_[position_ + ahead] : '\0';
  }

  void SkipSpaceAndComments() {
    while (position_ < source_.size()) {
      const char c = source_[position_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r') {
        ++position_;
      } else if (c == '/' && At(1) == '/') {
        while (position_ < source_.size() && source_[position_] != '\n') ++position_;
      } else {
        return;
      }
    }
  }

  void Add(TokenKind kind, std::string text) {
    Token token;
    token.kind = kind;
    token.offset = static_cast<uint32_t>(start_);
    token.length = static_cast<uint32_t>(position_ - start_);
    token.text = std::move(text);
    result_.tokens.push_back(std::move(token));
  }

  bool Fail(std::string message) {
    Add(TokenKind::kError, "");
    result_.error = MakeFinding(Stage::kParse, source_, static_cast<uint32_t>(start_),
                                static_cast<uint32_t>(std::max<size_t>(position_ - start_, 1)),
                                std::move(message));
    return false;
  }

  bool Next() {
    const char c = At(0);
    if (IsDigit(c) || (c == '.' && IsDigit(At(1)))) return Number();
    if (StartsString()) return String();
    if (IsNameStart(c)) return Name();
    if (c == '`') return QuotedName();
    for (const Punctuation& candidate : kPunctuation) {
      if (source_.substr(position_, candidate.text.size()) == candidate.text) {
        position_ += candidate.text.size();
        Add(candidate.kind, "");
        return true;
      }
    }
    return Stray();
  }

  bool Stray() {
    const size_t length = std::max<size_t>(Utf8Length(source_.substr(position_)), 1);
    const char c = source_[position_];
    std::string message = "unexpected character ";
    if ((c >= 0 && c < ' ') || c == '\x7f') {
      absl::StrAppend(&message, "U+", absl::Hex(c, absl::kZeroPad4));
    } else {
      message += QuoteText(source_.substr(position_, length));
    }
    if (c == '=') message += "; equality is ==";
    if (c == '&') message += "; logical and is &&";
    if (c == '|') message += "; logical or is ||";
    return Fail(std::move(message));
  }

  bool Number() {
    if (At(0) == '0' && At(1) == 'x' && IsHexDigit(At(2))) {
      position_ += 2;
      while (IsHexDigit(At(0))) ++position_;
      return FinishInteger();
    }
    while (IsDigit(At(0))) ++position_;
    bool real = false;
    if (At(0) == '.' && IsDigit(At(1))) {
      real = true;
      ++position_;
      while (IsDigit(At(0))) ++position_;
    }
    if (At(0) == 'e' || At(0) == 'E') {
      const size_t sign = At(1) == '+' || At(1) == '-' ? 1 : 0;
      if (IsDigit(At(1 + sign))) {
        real = true;
        position_ += 1 + sign;
        while (IsDigit(At(0))) ++position_;
      }
    }
    if (!real) return FinishInteger();
    Add(TokenKind::kDouble, std::string(source_.substr(start_, position_ - start_)));
    return true;
  }

  bool FinishInteger() {
    std::string digits(source_.substr(start_, position_ - start_));
    const bool is_unsigned = At(0) == 'u' || At(0) == 'U';
    if (is_unsigned) ++position_;
    Add(is_unsigned ? TokenKind::kUint : TokenKind::kInt, std::move(digits));
    return true;
  }

  /// A quote, with a b for bytes or an r for a raw string or both in this order before it.
  bool StartsString() const {
    size_t ahead = IsBytesPrefix(At(0)) ? 1 : 0;
    if (IsRawPrefix(At(ahead))) ++ahead;
    return At(ahead) == '"' || At(ahead) == '\'';
  }
  static bool IsBytesPrefix(char c) { return c == 'b' || c == 'B'; }
  static bool IsRawPrefix(char c) { return c == 'r' || c == 'R'; }

  bool String() {
    if (IsBytesPrefix(At(0))) return Fail("bytes are not part of the language here");
    const bool raw = IsRawPrefix(At(0));
    if (raw) ++position_;
    const StringLiteral literal = ReadStringLiteral(source_.substr(position_), raw);
    if (!literal.error.empty()) return Fail(literal.error);
    position_ += literal.consumed;
    Add(TokenKind::kString, literal.text);
    return true;
  }

  bool Name() {
    while (IsNamePart(At(0))) ++position_;
    std::string name(source_.substr(start_, position_ - start_));
    TokenKind kind = TokenKind::kIdentifier;
    if (name == "true") kind = TokenKind::kTrue;
    if (name == "false") kind = TokenKind::kFalse;
    if (name == "null") kind = TokenKind::kNull;
    if (name == "in") kind = TokenKind::kIn;
    Add(kind, std::move(name));
    return true;
  }

  bool QuotedName() {
    size_t end = position_ + 1;
    while (end < source_.size() && IsQuotedNamePart(source_[end])) ++end;
    if (end == source_.size() || source_[end] != '`' || end == position_ + 1) {
      return Fail("a quoted field name is letters, digits and any of _ . - / and space between `");
    }
    std::string name(source_.substr(position_ + 1, end - position_ - 1));
    position_ = end + 1;
    Add(TokenKind::kQuotedIdentifier, std::move(name));
    return true;
  }

  std::string_view source_;
  size_t position_ = 0;
  size_t start_ = 0;
  LexResult result_;
};

}  // namespace

LexResult Lex(std::string_view source) { return Lexer(source).Run(); }

bool IsReservedWord(std::string_view name) {
  return std::find(kReservedWords.begin(), kReservedWords.end(), name) != kReservedWords.end();
}

}  // namespace strowger::cel
