// The two classical estimators of a wait, always computed beside the prediction so that one can see
// what it is worth (Whitt 1999; Ibrahim and Whitt 2009).
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/numeric/int128.h"
#include "routing-core/prediction/bucket_window.h"
#include "routing/time.h"

namespace strowger::routing {

// Of one queue. Integers, one thread; times never run backwards.
class Yardsticks {
 public:
  explicit Yardsticks(DurationNs window) : window_(window) {}

  // A contact of the queue came to be served after such a wait.
  void Served(TimeNs now, DurationNs wait) {
    if (first_ == 0) first_ = now;
    window_.Add(now, 0, 1);
    last_wait_ = wait;
  }

  // Queue length over service rate: the rate is that of the window. kNever when nobody was served.
  DurationNs LengthOverRate(TimeNs now, std::uint64_t ahead) const {
    const std::int64_t served = window_.Total(now)[0];
    if (served == 0) return kNever;
    const DurationNs covered = now - std::max(window_.Begin(now), first_);
    const absl::int128 wait = (absl::int128(ahead) + 1) * covered / served;
    return wait > kLongestDuration ? kNever : static_cast<DurationNs>(wait);
  }

  // The wait of the last to enter service; kNever when nobody has.
  DurationNs LastToEnter() const { return first_ == 0 ? kNever : last_wait_; }

  // For a checkpoint.
  template <typename Archive, typename Self>
  static void Visit(Archive& archive, Self& self) {
    archive(self.window_, self.first_, self.last_wait_);
  }

 private:
  BucketWindow<1> window_;
  TimeNs first_ = 0;
  DurationNs last_wait_ = 0;
};

}  // namespace strowger::routing
