// How soon something happens to those to whom it can happen: a handling ends, a waiting customer
// gives up.
#pragma once

#include <algorithm>
#include <cstdint>

#include "routing-core/prediction/bucket_window.h"
#include "routing/time.h"

namespace strowger::routing {

// Events over exposure: with so many handlings under way for so long, so many ended. Those that are
// still under way count, so the figure is right while load rises and falls (the maximum likelihood
// estimate of a constant hazard with censoring). The window leans on the long run by the weight of
// kLean events: one asks when contacts wait, which is when service happened to be slow, and a
// window alone would take that luck for the rule (bench/results has what it costs). Integers only,
// so that what follows from it can be a rule input. One thread; times never run backwards.
class HazardMeter {
 public:
  // `expected` is the mean time before anything has been observed; kNever: it may never happen.
  HazardMeter(DurationNs window, DurationNs expected)
      : expected_(expected), window_(window >> kUnitBits) {}

  // So many more, or fewer, to whom it can happen from now on.
  void Expose(TimeNs now, std::int64_t change) {
    const std::int64_t unit = now >> kUnitBits;
    if (unit >= bucket_end_) EndBucket(unit);
    in_bucket_ += (unit - since_) * exposed_;
    since_ = unit;
    exposed_ += change;
  }

  void Happened(TimeNs now) {
    Expose(now, 0);  // so that the order of calls at one instant is all the same
    window_.Add(now >> kUnitBits, kEvents, 1);
    ++long_events_;
    if (long_events_ == kLongRun) Fade();
  }

  // Mean time to the event of one who is exposed; kNever when it never happened and none is
  // expected.
  DurationNs MeanTime(TimeNs now) const {
    const std::int64_t in_long_run = LongMean(now);
    if (in_long_run == kNever) return kNever;
    const std::int64_t unit = now >> kUnitBits;
    const auto sums = window_.Total(unit);
    std::int64_t exposure = sums[kExposure];
    const std::int64_t begin = window_.Begin(unit);
    if (bucket_end_ > begin) exposure += in_bucket_;
    exposure += (unit - std::max(since_, begin)) * exposed_;
    return ((exposure + in_long_run * kLean) / (sums[kEvents] + kLean)) << kUnitBits;
  }

  // Events that MeanTime rests on.
  std::int64_t observed(TimeNs now) const {
    return window_.Total(now >> kUnitBits)[kEvents] + std::min(long_events_, kLean);
  }
  std::int64_t exposed() const { return exposed_; }

  // All but how many are exposed, for a checkpoint, whose two ends are archives.
  template <typename Archive, typename Meter>
  static void Visit(Archive& archive, Meter& meter) {
    archive(meter.window_, meter.since_, meter.in_bucket_, meter.bucket_end_, meter.long_events_,
            meter.long_exposure_);
  }

 private:
  enum Field : std::size_t { kEvents = 0, kExposure = 1 };
  // Time is counted in 1,024 ns: a million contacts for a day fit in 57 bits.
  static constexpr int kUnitBits = 10;
  // In events; in_long_run x kLean stays below 2^63 for means of up to a thousand years.
  static constexpr std::int64_t kLean = 100;
  // Past either the long run counts for half from then on.
  static constexpr std::int64_t kLongRun = 2'000;
  static constexpr std::int64_t kLongExposure = std::int64_t{1} << 61;

  // What was exposed in one bucket is summed here first: one division a bucket, not one a change.
  void EndBucket(std::int64_t unit) {
    const bool in_window = bucket_end_ > window_.Begin(unit);
    if (in_bucket_ != 0 && in_window) window_.Add(bucket_end_ - 1, kExposure, in_bucket_);
    window_.AddSpan(since_, unit, kExposure, exposed_);
    long_exposure_ += in_bucket_ + (unit - since_) * exposed_;
    if (long_exposure_ > kLongExposure) Fade();
    in_bucket_ = 0;
    since_ = unit;
    bucket_end_ = window_.BucketEnd(unit);
  }

  std::int64_t LongMean(TimeNs now) const {
    if (expected_ == kNever && long_events_ == 0) return kNever;
    const std::int64_t exposure =
        long_exposure_ + in_bucket_ + ((now >> kUnitBits) - since_) * exposed_;
    const bool hoped_for = expected_ != kNever;
    return (exposure + (hoped_for ? expected_ >> kUnitBits : 0)) /
           (long_events_ + (hoped_for ? 1 : 0));
  }

  void Fade() {
    long_events_ /= 2;
    long_exposure_ /= 2;
  }

  DurationNs expected_;
  BucketWindow<2> window_;       // in units, as all below
  std::int64_t since_ = 0;       // up to there exposure is counted
  std::int64_t in_bucket_ = 0;   // of it, what the window does not have yet
  std::int64_t bucket_end_ = 0;  // of the bucket that it belongs to
  std::int64_t exposed_ = 0;
  std::int64_t long_events_ = 0;
  std::int64_t long_exposure_ = 0;
};

}  // namespace strowger::routing
