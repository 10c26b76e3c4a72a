#include "routing/siphash.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

// The first test vectors of the reference implementation: key 00 01 .. 0f, inputs empty and 00.
TEST(SipHash, AgreesWithTheReference) {
  const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const StateHash empty = SipHash128("", key);
  EXPECT_EQ(empty.low, 0xe6a825ba047f81a3);
  EXPECT_EQ(empty.high, 0x930255c71472f66d);
  const StateHash zero = SipHash128(std::string_view("\0", 1), key);
  EXPECT_EQ(zero.low, 0x44af996bd8c187da);
  EXPECT_EQ(zero.high, 0x45fc229b11597634);
}

TEST(SipHash, TellsLengthsAndBytesApart) {
  std::set<std::string> seen;
  std::string text;
  for (int length = 0; length < 64; ++length) {
    EXPECT_TRUE(seen.insert(SipHash128(text).ToHex()).second);
    text.push_back('\0');
  }
  for (int byte = 1; byte < 256; ++byte) {
    text.back() = static_cast<char>(byte);
    EXPECT_TRUE(seen.insert(SipHash128(text).ToHex()).second);
  }
}

TEST(StateHash, DoesNotDependOnTheOrderOfEntities) {
  CanonicalState state;
  state.queues.resize(2);
  state.queues[0].queue = "a";
  state.queues[1].queue = "b";
  const StateHash forward = Hash(state);
  std::swap(state.queues[0], state.queues[1]);
  EXPECT_EQ(Hash(state), forward);
  state.queues[0].entered = 1;
  EXPECT_NE(Hash(state).ToHex(), forward.ToHex());
}

}  // namespace
}  // namespace strowger::routing
