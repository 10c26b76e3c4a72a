#include "routing/siphash.h"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace strowger::routing {
namespace {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Rounds(int count) {
    for (int i = 0; i < count; ++i) Round();
  }
  std::uint64_t Fold() const { return v0 ^ v1 ^ v2 ^ v3; }
};

// Little-endian whatever the machine is.
std::uint64_t LoadWord(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

// What both outputs have in common.
SipState Absorb(std::string_view bytes, SipState state) {
  const std::uint64_t length_tag = std::uint64_t{bytes.size()} << 56;
  while (bytes.size() >= 8) {
    const std::uint64_t word = LoadWord(bytes.substr(0, 8));
    state.v3 ^= word;
    state.Rounds(2);
    state.v0 ^= word;
    bytes.remove_prefix(8);
  }
  const std::uint64_t last = length_tag | LoadWord(bytes);
  state.v3 ^= last;
  state.Rounds(2);
  state.v0 ^= last;
  return state;
}

// The constants of the paper.
SipState Begin(SipKey key) {
  return {0x736f6d6570736575 ^ key.low, 0x646f72616e646f6d ^ key.high, 0x6c7967656e657261 ^ key.low,
          0x7465646279746573 ^ key.high};
}

}  // namespace

std::uint64_t SipHash64(std::string_view bytes, SipKey key) {
  SipState state = Absorb(bytes, Begin(key));
  state.v2 ^= 0xff;
  state.Rounds(4);
  return state.Fold();
}

StateHash SipHash128(std::string_view bytes, SipKey key) {
  SipState state = Begin(key);
  state.v1 ^= 0xee;
  state = Absorb(bytes, state);
  state.v2 ^= 0xee;
  state.Rounds(4);
  StateHash hash;
  hash.low = state.Fold();
  state.v1 ^= 0xdd;
  state.Rounds(4);
  hash.high = state.Fold();
  return hash;
}

}  // namespace strowger::routing
