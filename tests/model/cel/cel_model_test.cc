#include <cstdlib>
#include <iostream>

#include "gtest/gtest.h"
#include "tests/model/cel/cel_differential.h"

namespace strowger::cel::naive {
namespace {

TEST(CelModel, EvaluatorAgreesWithTheNaiveOne) {
  const char* more = std::getenv("STROWGER_CEL_EXPRESSIONS");
  const char* seed = std::getenv("STROWGER_CEL_SEED");
  const uint64_t count = more == nullptr ? 8'000 : std::strtoull(more, nullptr, 10);
  const Tally tally = Compare(seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10), count);
  EXPECT_EQ(tally.failure, "");
  std::cout << tally.expressions << " expressions, " << tally.errors << " errors, " << tally.refused
            << " refused\n";
  // Values and errors must both be common, or little is compared.
  EXPECT_GT(tally.errors, tally.expressions / 20);
  EXPECT_LT(tally.errors, tally.expressions * 3 / 4);
}

}  // namespace
}  // namespace strowger::cel::naive
