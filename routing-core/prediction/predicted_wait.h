// Predicted wait of a queue: how long a contact with so many ahead of it will wait.
#pragma once

#include <cstdint>

#include "routing-core/prediction/bucket_window.h"
#include "routing/time.h"

namespace strowger::routing {

// The classical estimator "queue length over service rate": (n + 1) x mean handle time / agents,
// the mean over the trailing 30 minutes (3 minutes while nothing has been observed). Integers only,
// so that it can be a rule input. One per queue, one thread.
class WaitEstimator {
 public:
  static constexpr DurationNs kUnknownHandleTime = 3 * kMinute;

  // A contact of this queue was completed after being handled for so long.
  void HandlingEnded(TimeNs now, DurationNs handle_time) {
    window_.Add(now, kCount, 1);
    window_.Add(now, kTime, handle_time);
  }

  DurationNs MeanHandleTime(TimeNs now) const {
    const auto sums = window_.Total(now);
    return sums[kCount] == 0 ? kUnknownHandleTime : sums[kTime] / sums[kCount];
  }

  // kNever when nobody is logged in or nobody is ready; 0 when an agent is free and nobody ahead.
  DurationNs Predict(std::uint64_t ahead, std::uint64_t agents_staffed, std::uint64_t agents_ready,
                     std::uint64_t agents_free, TimeNs now) const {
    if (agents_staffed == 0 || agents_ready == 0) return kNever;
    if (ahead < agents_free) return 0;
    const auto mean = static_cast<std::uint64_t>(MeanHandleTime(now));
    // A handle time is below 2^55 ns (a year), so only an absurd crowd could overflow.
    if (ahead + 1 > (std::uint64_t{1} << 62) / (mean + 1)) return kNever;
    return static_cast<DurationNs>((ahead + 1) * mean / agents_ready);
  }

  template <typename Archive, typename Estimator>
  static void Visit(Archive& archive, Estimator& estimator) {
    BucketWindow<2>::Visit(archive, estimator.window_);
  }

 private:
  enum Field : std::size_t { kCount = 0, kTime = 1 };
  BucketWindow<2> window_;
};

}  // namespace strowger::routing
