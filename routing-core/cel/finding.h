#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace strowger::cel {

enum class Stage { kParse, kCheck, kEval };

/// "parse", "check" or "eval".
std::string_view StageName(Stage stage);

/// What is wrong with an expression, and where. The place is the offending token's.
struct Finding {
  Stage stage = Stage::kParse;
  std::string message;
  /// The nearest declared name when a name is unknown, else empty.
  std::string suggestion;
  uint32_t offset = 0;  // bytes from the start of the source
  uint32_t length = 0;  // bytes; 0 at the end of the source
  uint32_t line = 1;    // from 1
  uint32_t column = 1;  // from 1, in code points
};

/// Makes a finding at the `length` bytes from `offset` of `source`, working out line and column.
/// Lines end at \n.
Finding MakeFinding(Stage stage, std::string_view source, uint32_t offset, uint32_t length,
                    std::string message);

/// The name in `candidates` nearest to `name` by edit distance, or empty when none is near enough
/// to be what was meant. Ties go to the first.
template <typename Names>
std::string_view NearestName(std::string_view name, const Names& candidates);

/// Edit distance (insertion, removal, exchange of a byte, swap of two neighbours), or `limit + 1`
/// when it is above `limit`.
uint32_t EditDistance(std::string_view a, std::string_view b, uint32_t limit);

template <typename Names>
std::string_view NearestName(std::string_view name, const Names& candidates) {
  std::string_view nearest;
  uint32_t best = static_cast<uint32_t>(name.size() < 3 ? 1 : (name.size() + 2) / 3);
  best = (best > 4 ? 4 : best) + 1;
  for (const auto& candidate : candidates) {
    const uint32_t distance = EditDistance(name, candidate, best - 1);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace strowger::cel
