#include "services/runtime/clock.h"

#include <chrono>

namespace strowger::runtime {
namespace {

template <typename Source>
std::int64_t Read() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Source::now().time_since_epoch())
      .count();
}

}  // namespace

routing::TimeNs SystemClock::Now() const { return Read<std::chrono::system_clock>(); }

std::int64_t MonotonicNs() { return Read<std::chrono::steady_clock>(); }

}  // namespace strowger::runtime
