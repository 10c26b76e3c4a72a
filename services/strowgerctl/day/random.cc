#include "services/strowgerctl/day/random.h"

#include <algorithm>

namespace strowger::ctl {
namespace {

constexpr std::int64_t kOne = 65'536;
constexpr std::int64_t kBend = 22'512;  // 0.3435: makes a straight line fit 2^x within an octave
constexpr std::int64_t kLn2 = 45'426;

}  // namespace

std::int64_t Exp2(std::int64_t x) {
  const std::int64_t octave = x >> 16;  // rounds down, also below 0
  const std::int64_t part = x - octave * kOne;
  const std::int64_t value = kOne + part - kBend * part / kOne * (kOne - part) / kOne;
  if (octave >= 30) return std::int64_t{1} << 46;
  if (octave <= -17) return 0;
  return octave >= 0 ? value << octave : value >> -octave;
}

std::int64_t Log2(std::int64_t x) {
  std::int64_t octave = 0;
  while (x >= 2 * kOne) {
    x >>= 1;
    ++octave;
  }
  while (x < kOne) {
    x <<= 1;
    --octave;
  }
  const std::int64_t part = x - kOne;
  return octave * kOne + part + kBend * part / kOne * (kOne - part) / kOne;
}

// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t Random::Next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

// The bias of the remainder is below n / 2^64.
std::uint64_t Random::Below(std::uint64_t n) { return Next() % n; }

std::int64_t Random::Between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(Below(static_cast<std::uint64_t>(high - low) + 1));
}

std::int64_t Random::Exponential(std::int64_t mean) {
  // 32 bits, as a fraction of one: its logarithm is -32 to 0.
  const std::int64_t log = Log2(Between(1, std::int64_t{1} << 32)) - 16 * kOne;
  return mean * (-std::min<std::int64_t>(log, 0) * kLn2 / kOne) / kOne;
}

std::int64_t Random::LogNormal(std::int64_t median, std::int64_t spread_permille) {
  // The sum of twelve uniform numbers is near enough to normal, with mean 6 and variance 1.
  std::int64_t normal = -6 * kOne;
  for (int i = 0; i < 12; ++i) normal += Between(0, kOne - 1);
  return median * Exp2(normal * spread_permille / 1000) / kOne;
}

}  // namespace strowger::ctl
