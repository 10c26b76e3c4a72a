// Random numbers that are the same on every machine: a seeded generator and integer arithmetic,
// where the standard library's distributions and functions may differ.
#pragma once

#include <cstdint>

namespace strowger::ctl {

// 2^x and log2(x), both in 1/65536, to about 0.3 %. Exp2 caps its result at 2^46 (in 1/65536);
// Log2 wants at least 1.
std::int64_t Exp2(std::int64_t x);
std::int64_t Log2(std::int64_t x);

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next();
  // From 0 to n - 1; REQUIRES n > 0.
  std::uint64_t Below(std::uint64_t n);
  // From low to high, both included.
  std::int64_t Between(std::int64_t low, std::int64_t high);
  bool Chance(std::uint32_t permille) { return Below(1000) < permille; }
  // Exponential, near enough; at most about 22 times the mean.
  std::int64_t Exponential(std::int64_t mean);
  // Log-normal, near enough: half are below the median, two thirds between the median divided by
  // and multiplied by 2^(spread / 1000).
  std::int64_t LogNormal(std::int64_t median, std::int64_t spread_permille);

 private:
  std::uint64_t state_;
};

}  // namespace strowger::ctl
