#include "services/grpc/slow_lane.h"

#include <utility>

namespace strowger::grpc_api {

SlowLane::SlowLane() : thread_([this] { Run(); }) {}

SlowLane::~SlowLane() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

bool SlowLane::Do(std::function<void()> job) {
  const std::scoped_lock lock(mutex_);
  if (jobs_.size() == kMostWaiting) return false;
  jobs_.push_back(std::move(job));
  wake_.notify_one();
  return true;
}

void SlowLane::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace strowger::grpc_api
