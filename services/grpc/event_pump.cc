#include "services/grpc/event_pump.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace strowger::grpc_api {

EventPump::EventPump() : thread_([this] { Run(); }) {}

EventPump::~EventPump() {
  stop_.store(true, std::memory_order_relaxed);
  wanted_.fetch_add(1, std::memory_order_release);
  wanted_.notify_one();
  thread_.join();
}

void EventPump::Add(std::shared_ptr<EventFollower> follower) {
  following_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(mutex_);
    added_.push_back(std::move(follower));
  }
  Wake();
}

void EventPump::Wake() {
  if (following_.load(std::memory_order_relaxed) == 0) return;
  // Release: what the caller has published is seen in the turn.
  wanted_.fetch_add(1, std::memory_order_release);
  wanted_.notify_one();
}

void EventPump::Run() {
  std::vector<std::shared_ptr<EventFollower>> followers;
  std::uint32_t seen = 0;
  for (;;) {
    wanted_.wait(seen, std::memory_order_acquire);
    seen = wanted_.load(std::memory_order_acquire);
    if (stop_.load(std::memory_order_relaxed)) return;
    {
      const std::scoped_lock lock(mutex_);
      std::move(added_.begin(), added_.end(), std::back_inserter(followers));
      added_.clear();
    }
    const auto left = std::remove_if(followers.begin(), followers.end(),
                                     [](const auto& follower) { return !follower->OnTurn(); });
    following_.fetch_sub(static_cast<std::uint32_t>(followers.end() - left),
                         std::memory_order_relaxed);
    followers.erase(left, followers.end());
  }
}

}  // namespace strowger::grpc_api
