#include "routing-core/cel/string_literal.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace strowger::cel {
namespace {

std::optional<uint32_t> ReadDigits(std::string_view text, size_t count, uint32_t base) {
  if (text.size() < count) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const char c = text[i];
    uint32_t digit = 99;
    if (c >= '0' && c <= '9') digit = static_cast<uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<uint32_t>(c - 'A' + 10);
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

char SimpleEscape(char c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
    case '?':
    case '"':
    case '\'':
    case '`':
      return c;
    default:
      return '\0';
  }
}

struct Escape {
  size_t consumed = 0;  // after the backslash; 0 when it is no escape
  uint32_t code_point = 0;
};

Escape NumericEscape(std::string_view text, size_t skip, size_t count, uint32_t base) {
  const std::optional<uint32_t> value = ReadDigits(text.substr(skip), count, base);
  return value ? Escape{skip + count, *value} : Escape{};
}

Escape ReadEscape(std::string_view text) {
  if (text.empty()) return {};
  const char c = text[0];
  if (const char simple = SimpleEscape(c); simple != '\0') {
    return {1, static_cast<unsigned char>(simple)};
  }
  if (c == 'x' || c == 'X') return NumericEscape(text, 1, 2, 16);
  if (c == 'u') return NumericEscape(text, 1, 4, 16);
  if (c == 'U') return NumericEscape(text, 1, 8, 16);
  if (c >= '0' && c <= '3') return NumericEscape(text, 0, 3, 8);
  return {};
}

StringLiteral Fail(std::string message, size_t consumed) {
  StringLiteral literal;
  literal.consumed = consumed;
  literal.error = std::move(message);
  return literal;
}

}  // namespace

bool AppendUtf8(uint32_t code_point, std::string* text) {
  const auto push = [text](uint32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    push(code_point);
  } else if (code_point < 0x800) {
    push(0xC0 | (code_point >> 6));
    push(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) return false;
    push(0xE0 | (code_point >> 12));
    push(0x80 | ((code_point >> 6) & 0x3F));
    push(0x80 | (code_point & 0x3F));
  } else {
    if (code_point > 0x10FFFF) return false;
    push(0xF0 | (code_point >> 18));
    push(0x80 | ((code_point >> 12) & 0x3F));
    push(0x80 | ((code_point >> 6) & 0x3F));
    push(0x80 | (code_point & 0x3F));
  }
  return true;
}

size_t Utf8Length(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2);
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

StringLiteral ReadStringLiteral(std::string_view source, bool raw) {
  const char quote = source[0];
  const bool triple = source.size() >= 3 && source[1] == quote && source[2] == quote;
  const std::string_view delimiter = source.substr(0, triple ? 3 : 1);
  StringLiteral literal;
  size_t at = delimiter.size();
  while (at < source.size()) {
    if (source.substr(at, delimiter.size()) == delimiter) {
      literal.consumed = at + delimiter.size();
      return literal;
    }
    const char c = source[at];
    if (!triple && (c == '\n' || c == '\r')) break;
    if (c == '\\' && !raw) {
      const Escape escape = ReadEscape(source.substr(at + 1));
      if (escape.consumed == 0) return Fail("invalid escape in a string", at + 1);
      if (!AppendUtf8(escape.code_point, &literal.text)) {
        return Fail("escape of what is no code point", at + 1);
      }
      at += 1 + escape.consumed;
      continue;
    }
    const size_t length = Utf8Length(source.substr(at));
    if (length == 0) return Fail("string is not valid UTF-8", at);
    literal.text.append(source.substr(at, length));
    at += length;
  }
  return Fail("string is not closed", at);
}

}  // namespace strowger::cel
