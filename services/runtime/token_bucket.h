// How much somebody may ask for in a second.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "routing/time.h"

namespace strowger::runtime {

// Any thread, no lock. A second's worth may come at once; what comes as one goes through as one, in
// debt if need be, so that a batch above the rate is slowed and not shut out for good.
//
// Kept is one instant, by when all that was taken is paid for at the rate (the generic cell rate
// algorithm of ITU-T I.371, with the second as its tolerance).
class TokenBucket {
 public:
  // 0: no limit.
  explicit TokenBucket(std::uint32_t per_second) : per_second_(per_second) {}

  // 0: taken. Otherwise nothing was, and in this many nanoseconds it may be tried again.
  // `now_ns` by a clock that does not step back, as MonotonicNs(). What is worth `spared` of the
  // rate's time, less than a second, stays for others.
  [[nodiscard]] routing::DurationNs Take(std::uint32_t count, std::int64_t now_ns,
                                         routing::DurationNs spared = 0) {
    if (per_second_ == 0) return 0;
    const routing::DurationNs most = routing::kSecond - spared;
    const std::int64_t cost = routing::kSecond * std::int64_t{count} / per_second_;
    // Relaxed: the instant guards nothing but itself.
    std::int64_t paid = paid_ns_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t debt = std::max<std::int64_t>(paid - now_ns, 0);
      if (debt >= most) return debt - most + 1;
      if (paid_ns_.compare_exchange_weak(paid, now_ns + debt + cost, std::memory_order_relaxed)) {
        return 0;
      }
    }
  }

  std::uint32_t per_second() const { return per_second_; }

 private:
  const std::uint32_t per_second_;
  std::atomic<std::int64_t> paid_ns_{0};
};

}  // namespace strowger::runtime
