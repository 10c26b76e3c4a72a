// A thread for calls whose answer takes its time to make: explanations, differences, documents.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace strowger::grpc_api {

// Any thread. One job after another, so that such calls together never take more than one core from
// routing, and the publication of rules does not wait behind them.
class SlowLane {
 public:
  static constexpr std::size_t kMostWaiting = 64;

  SlowLane();
  // Does what waits.
  ~SlowLane();
  SlowLane(const SlowLane&) = delete;
  SlowLane& operator=(const SlowLane&) = delete;

  // False: too many wait. Does not block.
  bool Do(std::function<void()> job);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace strowger::grpc_api
