#include "services/runtime/blocking.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace strowger::runtime {
namespace {

// Told under the mutex, so that the waiter, who owns this, cannot be gone before the telling ends.
class Done {
 public:
  void Tell() {
    const std::scoped_lock lock(mutex_);
    told_ = true;
    condition_.notify_one();
  }
  void Await() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return told_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool told_ = false;
};

class WaitingCommand : public CommandTask {
 public:
  void OnReleased(const Receipt& receipt, const EventSlice& events) override {
    answer.receipt = receipt;
    answer.events = events;
    done.Tell();
  }
  Answer answer;
  Done done;
};

class WaitingRead : public ReadTask {
 public:
  explicit WaitingRead(const std::function<void(const Reading&)>& read) : read_(read) {}
  void OnRead(const Reading& reading) override { read_(reading); }
  void OnReleased() override { done.Tell(); }
  Done done;

 private:
  const std::function<void(const Reading&)>& read_;
};

}  // namespace

Answer ApplyAndWait(DomainExecutor& executor, routing::CommandBody body, std::string command_id,
                    routing::TimeNs at, const journal::ActivationNote* note) {
  WaitingCommand task;
  task.note = note;
  task.command.body = std::move(body);
  task.command.time = at;
  task.command_id = std::move(command_id);
  task.answer.submission = executor.Submit(&task);
  if (task.answer.submission == DomainExecutor::Submission::kAccepted) task.done.Await();
  return std::move(task.answer);
}

bool ReadAndWait(DomainExecutor& executor, const std::function<void(const Reading&)>& read) {
  WaitingRead task(read);
  if (executor.Submit(&task) != DomainExecutor::Submission::kAccepted) return false;
  task.done.Await();
  return true;
}

}  // namespace strowger::runtime
