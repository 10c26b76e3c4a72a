// A thread for what takes its time: rule documents, explanations, differences.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace strowger::runtime {

// Any thread. One job after another, so that together they never take more than one core from
// routing.
class JobThread {
 public:
  explicit JobThread(std::size_t most_waiting);
  // Closes.
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  // False: too many wait, or it is closed. Does not block.
  bool Do(std::function<void()> job);
  // Takes nothing more in, finishes what waits. Blocks; not from a job. A second call does nothing.
  void Close();

 private:
  void Run();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace strowger::runtime
