#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace strowger::cel {

struct StringLiteral {
  std::string text;     // UTF-8, escapes resolved
  size_t consumed = 0;  // bytes of the literal, quotes included
  std::string error;    // empty when it is well formed
};

/// Reads the literal at the start of `source`, which begins with a single or double quote (three of
/// them for one that may hold line ends). Escapes stay as written when `raw`.
StringLiteral ReadStringLiteral(std::string_view source, bool raw);

/// Appends the UTF-8 of a code point; false for surrogates and beyond U+10FFFF.
bool AppendUtf8(uint32_t code_point, std::string* text);

/// Bytes of the well-formed UTF-8 sequence at the start of `text`, or 0.
size_t Utf8Length(std::string_view text);

}  // namespace strowger::cel
