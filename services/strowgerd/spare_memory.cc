#include "services/strowgerd/spare_memory.h"

#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <fstream>
#include <mutex>

namespace strowger::daemon {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLookEvery{1};
// Where nothing has grown there may still be what was in use the last time.
constexpr std::chrono::seconds kGiveBackEvery{10};
constexpr std::int64_t kGrowth = std::int64_t{64} << 20;
// At the end of the heap, for what comes next.
constexpr std::size_t kKept = std::size_t{1} << 20;

// Resident and of this process alone, in bytes.
std::int64_t Resident() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  std::int64_t shared = 0;
  statm >> size >> resident >> shared;
  return (resident - shared) * sysconf(_SC_PAGESIZE);
}

}  // namespace

SpareMemory::SpareMemory() : thread_(&SpareMemory::Run) {}

// Each heap is locked while it is looked through, some milliseconds where much is given back: so
// this is not done more often than it is worth.
void SpareMemory::Run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  std::int64_t left = Resident();
  Clock::time_point given_back = Clock::now();
  while (!wake.wait_for(lock, stop, kLookEvery, [&stop] { return stop.stop_requested(); })) {
    const bool due = Clock::now() - given_back >= kGiveBackEvery;
    if (!due && Resident() - left < kGrowth) continue;
    malloc_trim(kKept);
    left = Resident();
    given_back = Clock::now();
  }
}

}  // namespace strowger::daemon
