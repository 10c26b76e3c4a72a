// Where a place inside a scalar's value stands in the file.
#pragma once

#include <cstddef>
#include <string_view>

#include "routing-core/rules/document.h"

namespace strowger::rules {

// Line and column of the byte `to`, when `from`, not after it, stands at `position`.
Position Advance(std::string_view text, Position position, std::size_t from, std::size_t to);

// Line and column of a byte of the text. Past the end: the place after the last character.
Position PlaceInText(std::string_view text, std::size_t offset);

// Line and column in `text` of the byte `offset` of the scalar's value, through quotes, escapes,
// folded lines and block indentation. A scalar that did not come from `text` gives its own place.
Position PlaceInScalar(std::string_view text, const Node& scalar, std::size_t offset);

// Whether a quoted scalar has its closing quote.
bool IsClosed(std::string_view text, const Node& scalar);

}  // namespace strowger::rules
