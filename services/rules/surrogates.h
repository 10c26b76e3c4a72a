// JSON writes a character past U+FFFF as two escapes, \uD83D\uDE00, of which YAML knows nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strowger::rules {

// A text in which each such pair inside double quotes has become the one escape \U0001F600.
struct JoinedText {
  std::string text;                   // empty when there are no pairs
  std::vector<std::size_t> pairs;     // where in the joined text each one begins, ascending
  std::optional<std::size_t> broken;  // where in the original half a pair stands alone

  // Where in the original a byte of the joined text stands.
  std::size_t OriginalOf(std::size_t offset) const;
};

// Takes for a quoted string what begins with a double quote where a value may begin. In the lines
// of a block scalar that is a guess; there the escape is one of the expression language, which
// means the same by both spellings.
JoinedText JoinSurrogates(std::string_view text);

}  // namespace strowger::rules
