// The thread that carries events from the logs of the domains to whoever follows them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace strowger::grpc_api {

// A stream that wants events.
class EventFollower {
 public:
  virtual ~EventFollower() = default;
  // The pump's thread: take what is new and can be sent. Must not block. False: it wants no more.
  virtual bool OnTurn() = 0;
};

class EventPump {
 public:
  EventPump();
  // Followers get no turn any more.
  ~EventPump();
  EventPump(const EventPump&) = delete;
  EventPump& operator=(const EventPump&) = delete;

  // Any thread. Followed by a turn.
  void Add(std::shared_ptr<EventFollower> follower);
  // Any thread, never blocks, next to free when nobody follows: everyone gets a turn.
  void Wake();

 private:
  void Run();

  std::atomic<std::uint32_t> wanted_{0};     // turns asked for; the thread waits on it
  std::atomic<std::uint32_t> following_{0};  // followers, those to be added included
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::vector<std::shared_ptr<EventFollower>> added_;
  std::thread thread_;
};

}  // namespace strowger::grpc_api
