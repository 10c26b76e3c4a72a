// Sums over a trailing window, in 30 equal buckets aligned to the epoch. The oldest bucket counts
// whole until it drops out, so the window covers between 29 and 30 bucket lengths.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "routing/time.h"

namespace strowger::routing {

// `Fields` sums side by side. Deterministic, no allocation. Times never run backwards.
template <std::size_t kFields>
class BucketWindow {
 public:
  static constexpr std::int64_t kBuckets = 30;
  using Sums = std::array<std::int64_t, kFields>;

  // REQUIRES: window >= kBuckets nanoseconds.
  explicit BucketWindow(DurationNs window) : width_(window / kBuckets) {}
  BucketWindow() : BucketWindow(30 * kMinute) {}

  // Another length forgets what was counted.
  void SetWindow(DurationNs window) {
    if (window / kBuckets == width_) return;
    *this = BucketWindow(window);
  }

  void Add(TimeNs now, std::size_t field, std::int64_t amount) {
    const std::int64_t bucket = now / width_;
    Advance(bucket);
    sums_[static_cast<std::size_t>(bucket % kBuckets)][field] += amount;
    total_[field] += amount;
  }

  // Spreads the length of [from, to), `times` over, over the buckets that it crosses.
  // REQUIRES: what a bucket's field comes to fits in 63 bits.
  void AddSpan(TimeNs from, TimeNs to, std::size_t field, std::int64_t times = 1) {
    if (to <= from) return;
    std::int64_t bucket = from / width_;
    const std::int64_t last = to / width_;
    if (last - bucket >= kBuckets) bucket = last - kBuckets + 1;
    for (; bucket <= last; ++bucket) {
      const TimeNs begin = from > bucket * width_ ? from : bucket * width_;
      const TimeNs end = to < (bucket + 1) * width_ ? to : (bucket + 1) * width_;
      if (end > begin) Add(begin, field, (end - begin) * times);
    }
  }

  // O(1) while the newest bucket is that of now; else one step for each bucket that dropped out.
  Sums Total(TimeNs now) const {
    const std::int64_t bucket = now / width_;
    if (bucket - newest_ >= kBuckets) return Sums{};
    Sums total = total_;
    for (std::int64_t b = newest_ - kBuckets + 1; b <= bucket - kBuckets; ++b) {
      if (b < 0) continue;
      const Sums& sums = sums_[static_cast<std::size_t>(b % kBuckets)];
      for (std::size_t field = 0; field < kFields; ++field) total[field] -= sums[field];
    }
    return total;
  }

  std::int64_t BucketOf(TimeNs now) const { return now / width_; }

  // What was counted, for a checkpoint, whose two ends are archives; the width is not part of it.
  template <typename Archive, typename Window>
  static void Visit(Archive& archive, Window& window) {
    archive(window.newest_, window.sums_);
    if constexpr (Archive::kLoads) {
      archive.Require(window.newest_ >= 0, "a bucket before all time");
      window.total_ = Sums{};
      for (const Sums& sums : window.sums_) {
        for (std::size_t field = 0; field < kFields; ++field) window.total_[field] += sums[field];
      }
    }
  }
  // The first instant after the bucket of `now`.
  TimeNs BucketEnd(TimeNs now) const { return (now / width_ + 1) * width_; }

  // The first instant that the window of `now` covers.
  TimeNs Begin(TimeNs now) const { return (now / width_ - kBuckets + 1) * width_; }

 private:
  void Advance(std::int64_t bucket) {
    if (bucket <= newest_) return;
    const std::int64_t first = newest_ < bucket - kBuckets ? bucket - kBuckets + 1 : newest_ + 1;
    for (std::int64_t b = first; b <= bucket; ++b) {
      Sums& dropped = sums_[static_cast<std::size_t>(b % kBuckets)];
      for (std::size_t field = 0; field < kFields; ++field) total_[field] -= dropped[field];
      dropped = Sums{};
    }
    newest_ = bucket;
  }

  DurationNs width_;
  std::int64_t newest_ = 0;
  Sums total_{};  // of all buckets: the window that ends with the newest
  std::array<Sums, static_cast<std::size_t>(kBuckets)> sums_{};
};

}  // namespace strowger::routing
