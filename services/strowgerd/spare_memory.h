// Memory that the allocator keeps after a flood of calls, a checkpoint or an answer that took much
// goes back to the system.
#pragma once

#include <stop_token>
#include <thread>

namespace strowger::daemon {

// At work from construction to destruction, on a thread of its own.
class SpareMemory {
 public:
  SpareMemory();

 private:
  static void Run(const std::stop_token& stop);

  std::jthread thread_;
};

}  // namespace strowger::daemon
