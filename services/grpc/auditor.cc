#include "services/grpc/auditor.h"

#include <utility>

#include "routing/time.h"
#include "services/runtime/clock.h"

namespace strowger::grpc_api {

Auditor::Auditor(rules::AuditLog& log, std::function<void(const absl::Status&)> trouble)
    : log_(log), trouble_(std::move(trouble)), thread_([this] { Run(); }) {}

Auditor::~Auditor() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

void Auditor::Act(rules::CallEntry act) {
  const std::scoped_lock lock(mutex_);
  Put(std::move(act));
}

void Auditor::Refusal(rules::CallEntry refusal) {
  const std::int64_t second = runtime::MonotonicNs() / routing::kSecond;
  const std::scoped_lock lock(mutex_);
  if (second != second_) {
    second_ = second;
    in_second_ = 0;
  }
  if (in_second_ == kRefusalsASecond) {
    ++left_out_;
    return;
  }
  ++in_second_;
  Put(std::move(refusal));
}

void Auditor::Put(rules::CallEntry entry) {
  if (waiting_.size() == kMostWaiting) {
    ++left_out_;
    return;
  }
  entry.time = runtime::SystemClock().Now();
  entry.left_out = std::exchange(left_out_, 0);
  waiting_.push_back(std::move(entry));
  wake_.notify_one();
}

void Auditor::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const rules::CallEntry entry = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    if (const absl::Status status = log_.Record(entry); !status.ok()) trouble_(status);
    lock.lock();
  }
}

}  // namespace strowger::grpc_api
