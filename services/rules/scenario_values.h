// Reading what only scenario tests have: instants, and keys that the design promises for later.
// Everything else comes from routing-core/rules/reader.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "routing-core/rules/document.h"
#include "routing-core/rules/reader.h"
#include "routing-core/rules/report.h"
#include "routing/time.h"

namespace strowger::rules {

// An instant with its zone (RFC 3339), early enough for a test of the longest duration to end
// within the core's range; where `start` is given also a duration from it, negative for the past.
std::optional<routing::TimeNs> ReadInstant(const Node& node, std::optional<routing::TimeNs> start,
                                           Report& report);

// A text that must be there: complains at `node` when the mapping lacks the key.
std::string ReadRequired(const Fields& fields, std::string_view key);

// 12500 thousandths, 3 digits: "12.5".
std::string WriteDecimal(std::int64_t count, int digits);

}  // namespace strowger::rules
