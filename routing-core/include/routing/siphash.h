// SipHash-2-4 with 128 bits of output (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast
// short-input PRF", 2012): stable across machines and builds. The state hash goes without a key.
#pragma once

#include <cstdint>
#include <string_view>

#include "routing/canonical.h"

namespace strowger::routing {

struct SipKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

StateHash SipHash128(std::string_view bytes, SipKey key = {});
// The same function with 64 bits of output.
std::uint64_t SipHash64(std::string_view bytes, SipKey key);

}  // namespace strowger::routing
