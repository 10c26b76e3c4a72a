// How good predictions were, once the waits are known.
#pragma once

#include <cstdint>

#include "routing/time.h"

namespace strowger::routing {

// Sums only rise but `bias`; ratios are for readers. Predictions of kNever are counted apart.
struct Accuracy {
  std::uint64_t measured = 0;
  std::uint64_t never = 0;  // said to be infinite, and served all the same
  DurationNs bias = 0;      // predicted less actual, summed
  DurationNs absolute = 0;  // without sign
  std::uint64_t within_p90 = 0;

  void Measure(DurationNs mean, DurationNs p90, DurationNs actual) {
    if (mean == kNever) {
      ++never;
      return;
    }
    ++measured;
    const DurationNs error = mean - actual;
    bias += error;
    absolute += error < 0 ? -error : error;
    if (actual <= p90) ++within_p90;
  }
};

}  // namespace strowger::routing
