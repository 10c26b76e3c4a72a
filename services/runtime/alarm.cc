#include "services/runtime/alarm.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "services/runtime/fatal.h"

namespace strowger::runtime {
namespace {

constexpr std::uint64_t kHandOn = 1;
constexpr std::uint64_t kStop = std::uint64_t{1} << 32;
constexpr std::int64_t kSecondNs = 1'000'000'000;

void Ring(int bell, std::uint64_t amount) {
  if (write(bell, &amount, sizeof amount) != sizeof amount) Fatal("cannot wake a domain's worker");
}

// 0 when there was nothing to be read.
std::uint64_t Drain(int descriptor) {
  std::uint64_t count = 0;
  return read(descriptor, &count, sizeof count) == sizeof count ? count : 0;
}

}  // namespace

Alarm::Alarm()
    : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (timer_ < 0 || bell_ < 0) Fatal("no file descriptor left for a domain's timer");
}

Alarm::~Alarm() {
  close(timer_);
  close(bell_);
}

void Alarm::Set(std::int64_t in_ns) {
  const std::int64_t wait = std::max<std::int64_t>(in_ns, 1);
  itimerspec when{};
  when.it_value.tv_sec = wait / kSecondNs;
  when.it_value.tv_nsec = wait % kSecondNs;
  if (timerfd_settime(timer_, 0, &when, nullptr) != 0) Fatal("cannot set a domain's timer");
}

void Alarm::RingToHandOn() { Ring(bell_, kHandOn); }

void Alarm::RingToStop() { Ring(bell_, kStop); }

Alarm::Woken Alarm::Await(int timeout_ms) {
  pollfd sources[2] = {{bell_, POLLIN, 0}, {timer_, POLLIN, 0}};
  // An interrupted poll returns with nothing, which is as good as a spurious wake.
  if (poll(sources, 2, timeout_ms) <= 0) return {};
  const std::uint64_t rings = (sources[0].revents & POLLIN) != 0 ? Drain(bell_) : 0;
  Woken woken;
  woken.handed_on = static_cast<std::uint32_t>(rings % kStop);
  woken.stop = rings >= kStop;
  woken.expired = (sources[1].revents & POLLIN) != 0 && Drain(timer_) != 0;
  return woken;
}

}  // namespace strowger::runtime
