#include "services/runtime/job_thread.h"

#include <utility>

namespace strowger::runtime {

JobThread::JobThread(std::size_t most_waiting)
    : most_waiting_(most_waiting), thread_([this] { Run(); }) {}

JobThread::~JobThread() { Close(); }

bool JobThread::Do(std::function<void()> job) {
  const std::scoped_lock lock(mutex_);
  if (closed_ || jobs_.size() >= most_waiting_) return false;
  jobs_.push_back(std::move(job));
  wake_.notify_one();
  return true;
}

void JobThread::Close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void JobThread::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace strowger::runtime
