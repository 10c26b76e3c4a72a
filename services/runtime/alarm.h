// What a domain's worker sleeps on: a timer, and a bell that other threads may ring.
#pragma once

#include <cstdint>

namespace strowger::runtime {

class Alarm {
 public:
  struct Woken {
    std::uint32_t handed_on = 0;  // times that RingToHandOn was called since the last Await
    bool stop = false;            // RingToStop was called since
    bool expired = false;
  };

  Alarm();
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Any thread. The timer expires once, so many nanoseconds from now (at least 1); replaces what
  // was set before.
  void Set(std::int64_t in_ns);

  // Any thread. What happened before is seen after the Await that returns it. The alarm is not
  // touched any more once the ring can be heard.
  void RingToHandOn();
  void RingToStop();

  // One thread. Blocks until something happens or `timeout_ms` has passed; -1: no timeout.
  Woken Await(int timeout_ms);

 private:
  int timer_;
  int bell_;  // eventfd: hand-ons in the low half of its count, stops in the high half
};

}  // namespace strowger::runtime
