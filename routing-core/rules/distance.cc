#include "routing-core/rules/distance.h"

#include <cmath>

namespace strowger::rules {
namespace {

constexpr double kHalfPi = 1.5707963267948966;
constexpr double kRadius = 6'371'009.0;
constexpr std::int64_t kWholeTurn = 360'000'000;

double Radians(std::int64_t millionths) {
  return static_cast<double>(millionths) * (kHalfPi / 90'000'000.0);
}

// Of an angle within a quarter turn: Taylor's series to the term that doubles no longer see.
double Sine(double x) {
  double term = x;
  double sum = x;
  for (int n = 1; n <= 11; ++n) {
    term = -term * x * x / static_cast<double>(2 * n * (2 * n + 1));
    sum += term;
  }
  return sum;
}

double Cosine(double x) { return Sine(kHalfPi - (x < 0 ? -x : x)); }

// Of 0 to 1. The series is slow near 1, where half the angle of the complement takes its place.
double ArcSine(double x) {
  if (x > 0.5) return kHalfPi - 2 * ArcSine(std::sqrt((1 - x) / 2));
  double power = x;
  double sum = x;
  for (int n = 1; n <= 27; ++n) {
    power = power * x * x * static_cast<double>(2 * n - 1) / static_cast<double>(2 * n);
    sum += power / static_cast<double>(2 * n + 1);
  }
  return sum;
}

}  // namespace

std::int64_t DistanceMetres(const Coordinates& a, const Coordinates& b) {
  std::int64_t east = b.longitude - a.longitude;
  if (east > kWholeTurn / 2) east -= kWholeTurn;
  if (east < -kWholeTurn / 2) east += kWholeTurn;
  const double north_sine = Sine(Radians(b.latitude - a.latitude) / 2);
  const double east_sine = Sine(Radians(east) / 2);
  const double haversine = north_sine * north_sine + Cosine(Radians(a.latitude)) *
                                                         Cosine(Radians(b.latitude)) * east_sine *
                                                         east_sine;
  const double sine = std::sqrt(haversine < 1 ? haversine : 1);
  const double half_metres = 4 * kRadius * ArcSine(sine);
  return (static_cast<std::int64_t>(half_metres) + 1) / 2;  // to the nearest
}

}  // namespace strowger::rules
