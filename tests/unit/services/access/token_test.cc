#include "services/access/token.h"

#include <string>

#include "gtest/gtest.h"

namespace strowger::access {
namespace {

TEST(Token, HashIsSha256) {
  // FIPS 180-4's own example.
  EXPECT_EQ(ToText(HashOf("abc")),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Token, NewOnesDifferAndHaveTheirBits) {
  const auto one = NewToken();
  const auto other = NewToken();
  ASSERT_TRUE(one && other);
  EXPECT_NE(*one, *other);
  EXPECT_EQ(one->size(), std::string("strowger_").size() + 2 * kTokenBytes);
  EXPECT_GE(8 * kTokenBytes, 128U);
}

TEST(Token, HashesAreReadAsTheyAreWritten) {
  const TokenHash hash = HashOf("t");
  const auto read = ReadHash(ToText(hash));
  ASSERT_TRUE(read);
  EXPECT_TRUE(SameHash(*read, hash));
  EXPECT_FALSE(SameHash(*read, HashOf("u")));
  EXPECT_FALSE(ReadHash(ToText(hash) + "0"));
  EXPECT_FALSE(ReadHash(ToText(hash).substr(0, 70)));
  EXPECT_FALSE(ReadHash("md5:00"));
  EXPECT_FALSE(ReadHash("sha256:" + std::string(63, '0') + "g"));
  EXPECT_FALSE(ReadHash(""));
}

TEST(Token, HashesThatDifferAnywhereAreNotTheSame) {
  const TokenHash hash = HashOf("t");
  for (std::size_t i = 0; i < hash.size(); ++i) {
    TokenHash other = hash;
    other[i] ^= 1U;
    EXPECT_FALSE(SameHash(hash, other)) << i;
  }
}

}  // namespace
}  // namespace strowger::access
