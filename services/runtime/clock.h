// Time from outside the core.
#pragma once

#include <atomic>
#include <cstdint>

#include "routing/time.h"

namespace strowger::runtime {

// Where stamps come from. Any thread. May jump either way: the executor never stamps backwards.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual routing::TimeNs Now() const = 0;
};

// The machine's wall clock.
class SystemClock : public Clock {
 public:
  routing::TimeNs Now() const override;
};

// A clock that stands until it is moved.
class ManualClock : public Clock {
 public:
  explicit ManualClock(routing::TimeNs now) : now_(now) {}
  routing::TimeNs Now() const override { return now_.load(std::memory_order_relaxed); }
  void Set(routing::TimeNs now) { now_.store(now, std::memory_order_relaxed); }

 private:
  std::atomic<routing::TimeNs> now_;
};

// Nanoseconds that only measure durations.
std::int64_t MonotonicNs();

}  // namespace strowger::runtime
