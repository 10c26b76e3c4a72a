// Lists by pages.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "services/grpc/convert_values.h"
#include "services/grpc/violations.h"

namespace strowger::grpc_api {

inline constexpr std::uint32_t kMaxPageSize = 1'000;
// A page ends early where its items are large: clients take in 4 MiB unless told otherwise.
inline constexpr std::size_t kMaxPageBytes = std::size_t{2} << 20;

inline void CheckPageSize(std::uint32_t size, Violations& violations) {
  RequireWithin(size, 0, kMaxPageSize, "page_size", violations);
}

inline std::size_t PageSize(std::uint32_t asked) { return asked == 0 ? 100 : asked; }

// A token that is a number. Empty: `first`. Nothing: it is not one of ours.
inline std::optional<std::uint64_t> ReadNumberToken(const std::string& token, std::uint64_t first,
                                                    Violations& violations) {
  if (token.empty()) return first;
  std::uint64_t number = 0;
  const char* const end = token.data() + token.size();
  const auto [rest, error] = std::from_chars(token.data(), end, number);
  if (error == std::errc() && rest == end) return number;
  violations.Add("page_token", "is not one that a reply gave");
  return std::nullopt;
}

}  // namespace strowger::grpc_api
