// How far two places are from one another.
#pragma once

#include <cstdint>

namespace strowger::rules {

// In millionths of a degree: latitude within 90 degrees, longitude within 180.
struct Coordinates {
  std::int64_t latitude = 0;
  std::int64_t longitude = 0;
};

// Along the great circle of a sphere of 6,371,009 m (the mean radius of IUGG), in whole metres, by
// the haversine formula. Its sines are series of our own, so that every machine answers alike: + -
// * / and the square root are all that IEEE 754 rounds in one way only.
std::int64_t DistanceMetres(const Coordinates& a, const Coordinates& b);

}  // namespace strowger::rules
