#include "routing-core/rules/place.h"

#include <algorithm>
#include <cstdint>

namespace strowger::rules {
namespace {

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsBreak(char c) { return c == '\n' || c == '\r'; }

// Walks a scalar as written, keeping count of the bytes of its value that have gone by.
class Walker {
 public:
  Walker(std::string_view text, const Node& scalar, std::size_t offset)
      : text_(text), value_(scalar.scalar), at_(scalar.offset), wanted_(offset) {}

  std::size_t Plain() {
    while (!AtEnd()) {
      if (IsBlank(Peek()) || IsBreak(Peek())) {
        if (Fold()) return at_;
      } else if (Take(1, 1)) {
        return at_;
      }
    }
    return at_;
  }

  std::size_t SingleQuoted() {
    ++at_;
    while (!AtEnd()) {
      if (IsBlank(Peek()) || IsBreak(Peek())) {
        if (Fold()) return at_;
      } else if (Peek() == '\'') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '\'') return at_;
        if (Take(2, 1)) return at_;
      } else if (Take(1, 1)) {
        return at_;
      }
    }
    return at_;
  }

  std::size_t DoubleQuoted() {
    ++at_;
    while (!AtEnd() && Peek() != '"') {
      if (IsBlank(Peek()) || IsBreak(Peek())) {
        if (Fold()) return at_;
      } else if (Peek() == '\\') {
        if (Escape()) return at_;
      } else if (Take(1, 1)) {
        return at_;
      }
    }
    return at_;
  }

  // `|` keeps line breaks, `>` makes spaces of some. Either way the lines' contents stand in the
  // value one after the other, with nothing but breaks or one space between.
  std::size_t Block() {
    SkipLine();
    std::size_t indent = kNowhere;
    while (!AtEnd()) {
      const std::size_t start = at_;
      while (!AtEnd() && Peek() == ' ') ++at_;
      if (AtEnd()) break;
      if (IsBreak(Peek())) {
        SkipLine();
        continue;
      }
      if (indent == kNowhere) indent = (at_ - start) - LeadingSpaces();
      if (at_ - start < indent) break;
      at_ = start + indent;
      while (passed_ < wanted_ && passed_ < value_.size() && !AtEnd() && !IsBreak(Peek())) {
        Take(1, 1);
      }
      if (passed_ >= wanted_ || passed_ >= value_.size()) return at_;
      if (SkipSeparator()) return at_;
      SkipLine();
    }
    return std::min(at_, text_.size());
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return text_[at_]; }

  // Goes over `source` bytes that stand for `value` bytes; true when the wanted one is among them,
  // staying in front of it.
  bool Take(std::size_t source, std::size_t value) {
    if (wanted_ < passed_ + value) return true;
    passed_ += value;
    at_ += source;
    return false;
  }

  // Blanks, and line breaks with the blanks around them: one break is a space, n are n - 1 breaks.
  bool Fold() {
    std::size_t end = at_;
    std::size_t breaks = 0;
    while (end < text_.size() && (IsBlank(text_[end]) || IsBreak(text_[end]))) {
      if (text_[end] == '\n') ++breaks;
      ++end;
    }
    if (breaks == 0) return Take(1, 1);
    return Take(end - at_, breaks == 1 ? 1 : breaks - 1);
  }

  bool Escape() {
    const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (IsBreak(kind)) {  // the line goes on
      SkipLine();
      while (!AtEnd() && IsBlank(Peek())) ++at_;
      return false;
    }
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    const std::size_t bytes = CharacterBytes();
    // What takes four bytes takes two \u: JSON's surrogate pair.
    const bool pair = kind == 'u' && bytes == 4;
    return Take(pair ? 12 : 2 + digits, bytes);
  }

  // Of the character of the value that comes next.
  std::size_t CharacterBytes() const {
    if (passed_ >= value_.size()) return 1;
    const auto lead = static_cast<std::uint8_t>(value_[passed_]);
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  }

  void SkipLine() {
    const std::size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  std::size_t LeadingSpaces() const {
    std::size_t start = 0;
    while (start < value_.size() && value_[start] == '\n') ++start;
    std::size_t spaces = 0;
    while (start + spaces < value_.size() && value_[start + spaces] == ' ') ++spaces;
    return spaces;
  }

  // What stands in the value between two lines' contents.
  bool SkipSeparator() {
    if (value_[passed_] != '\n') {
      ++passed_;
    } else {
      while (passed_ < value_.size() && value_[passed_] == '\n') ++passed_;
    }
    return wanted_ < passed_;
  }

  std::string_view text_;
  std::string_view value_;
  std::size_t at_;          // in the text
  std::size_t passed_ = 0;  // bytes of the value
  std::size_t wanted_;
};

}  // namespace

Position Advance(std::string_view text, Position position, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < std::min(to, text.size()); ++i) {
    if (text[i] == '\n') {
      ++position.line;
      position.column = 1;
    } else if ((static_cast<std::uint8_t>(text[i]) & 0xC0) != 0x80) {  // begins a code point
      ++position.column;
    }
  }
  return position;
}

Position PlaceInText(std::string_view text, std::size_t offset) {
  return Advance(text, {1, 1}, text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0, offset);
}

Position PlaceInScalar(std::string_view text, const Node& scalar, std::size_t offset) {
  if (scalar.at.line == 0 || scalar.offset >= text.size()) return scalar.at;
  Walker walker(text, scalar, offset);
  std::size_t place = scalar.offset;
  switch (scalar.style) {
    case Node::Style::kPlain:
      place = walker.Plain();
      break;
    case Node::Style::kSingleQuoted:
      place = walker.SingleQuoted();
      break;
    case Node::Style::kDoubleQuoted:
      place = walker.DoubleQuoted();
      break;
    case Node::Style::kBlock:
      place = walker.Block();
      break;
  }
  return Advance(text, scalar.at, scalar.offset, place);
}

bool IsClosed(std::string_view text, const Node& scalar) {
  Walker walker(text, scalar, kNowhere);
  if (scalar.style == Node::Style::kSingleQuoted) return walker.SingleQuoted() < text.size();
  if (scalar.style == Node::Style::kDoubleQuoted) return walker.DoubleQuoted() < text.size();
  return true;
}

}  // namespace strowger::rules
