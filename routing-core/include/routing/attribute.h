// Attributes of contacts and agents.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/types/span.h"

namespace strowger::routing {

using AttributeValue =
    std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;

struct Attribute {
  std::string name;
  AttributeValue value;

  bool operator==(const Attribute&) const = default;
};

// The same without ownership.
struct AttributeView {
  using Value = std::variant<std::string_view, std::int64_t, double, bool,
                             absl::Span<const std::string_view>>;
  std::string_view name;
  Value value;
};

}  // namespace strowger::routing
