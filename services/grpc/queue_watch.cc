#include "services/grpc/queue_watch.h"

#include <algorithm>
#include <utility>

#include "services/grpc/convert_values.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/messages.h"
#include "services/grpc/status.h"

namespace strowger::grpc_api {
namespace {

constexpr routing::DurationNs kLeastInterval = 100 * routing::kMillisecond;
constexpr routing::DurationNs kMostInterval = routing::kHour;
constexpr std::size_t kMaxQueues = 1'000;

}  // namespace

QueueWatch::QueueWatch(Hub& hub, const grpc::CallbackServerContext& context)
    : hub_(hub), context_(context) {
  hub_.rpcs.Started(static_cast<std::size_t>(Rpc::kWatchQueues));
}

QueueWatch* QueueWatch::Start(Hub& hub, const grpc::CallbackServerContext& context,
                              const grpc::ByteBuffer& request) {
  std::shared_ptr<QueueWatch> stream(new QueueWatch(hub, context));
  QueueWatch* const reactor = stream.get();
  reactor->self_ = stream;
  if (const grpc::Status status = reactor->Begin(request); !status.ok()) {
    reactor->Stop(status);
  } else {
    hub.pump.Add(std::move(stream));
    reactor->Look();
  }
  return reactor;
}

grpc::Status QueueWatch::Begin(const grpc::ByteBuffer& bytes) {
  grpc::Status status = hub_.access.Admit(Rpc::kWatchQueues, context_, caller_);
  if (!status.ok()) return status;
  counted_ = hub_.streams.Enter();
  if (!counted_) return Shed("too many streams are open");
  if (status = Parse(bytes, request_); !status.ok()) return status;
  status = hub_.access.Authorise(Rpc::kWatchQueues, context_, caller_, request_.domain());
  if (!status.ok()) return status;
  Violations violations;
  LimitCount(request_.queues_size(), kMaxQueues, "queues", violations);
  for (int i = 0; i < request_.queues_size() && i < static_cast<int>(kMaxQueues); ++i) {
    const Violations::Step step(violations, "queues", i);
    RequireName(request_.queues(i), "", violations);
  }
  if (request_.has_interval()) {
    const auto interval = ToDuration(request_.interval(), "interval", violations);
    if (interval && (*interval < kLeastInterval || *interval > kMostInterval)) {
      violations.Add("interval", "must be 100 ms to 1 h");
    }
    interval_ = std::chrono::nanoseconds(interval.value_or(routing::kSecond));
  }
  if (!violations.empty()) return BadRequest(violations);
  if (!hub_.recovery.done()) return Recovering();
  executor_ = hub_.domains.Find(request_.domain());
  if (executor_ != nullptr) return grpc::Status::OK;
  return Refused(routing::Outcome::kUnknownDomain, "domain",
                 Describe(routing::Outcome::kUnknownDomain));
}

// ---- A round ------------------------------------------------------------------------------------

void QueueWatch::Look() {
  began_ = std::chrono::steady_clock::now();
  switch (executor_->Submit(this)) {
    case runtime::DomainExecutor::Submission::kAccepted:
      return;
    case runtime::DomainExecutor::Submission::kFull:
      return Rest();  // an interval is missed
    case runtime::DomainExecutor::Submission::kClosed:
      return Stop(Draining());
  }
}

void QueueWatch::OnRead(const runtime::Reading& reading) {
  message_.Clear();
  SetTime(std::max<routing::TimeNs>(reading.now, 1), message_.mutable_time());
  message_.set_sequence(reading.sequence);
  const routing::DurationNs age = reading.now - reading.time;
  if (request_.queues().empty()) {
    for (const routing::QueueView& queue : reading.router.ListQueues()) {
      SetQueue(queue, age, message_.add_queues());
    }
    return;
  }
  for (const std::string& name : request_.queues()) {
    if (const auto queue = reading.router.FindQueue(name)) {
      SetQueue(*queue, age, message_.add_queues());
    } else {
      missing_ = name;
    }
  }
}

void QueueWatch::OnReleased() {
  if (!missing_.empty()) {
    return Stop(
        Refused(routing::Outcome::kUnknownQueue, "queues", "the domain has no queue " + missing_));
  }
  if (const auto status = Ending()) return Stop(*status);
  if (const grpc::Status status = Serialize(message_, buffer_); !status.ok()) return Stop(status);
  StartWrite(&buffer_);
}

void QueueWatch::OnWriteDone(bool ok) {
  if (!ok) return Stop(grpc::Status::CANCELLED);
  if (const auto status = Ending()) return Stop(*status);
  Rest();
}

// From the beginning of one round to that of the next.
void QueueWatch::Rest() {
  const auto wait = std::max(began_ + interval_ - std::chrono::steady_clock::now(),
                             std::chrono::steady_clock::duration::zero());
  const std::shared_ptr<QueueWatch> keep = self_;
  const std::scoped_lock lock(mutex_);
  resting_ = true;
  // The callback comes on a thread of gRPC's own, at once if the end came meanwhile.
  alarm_.Set(ending_ ? std::chrono::system_clock::now()
                     : std::chrono::system_clock::now() +
                           std::chrono::duration_cast<std::chrono::system_clock::duration>(wait),
             [this](bool) { OnAlarm(); });
}

void QueueWatch::OnAlarm() {
  {
    const std::scoped_lock lock(mutex_);
    resting_ = false;
  }
  if (const auto status = Ending()) return Stop(*status);
  if (hub_.draining.load()) return Stop(Draining());
  Look();
}

void QueueWatch::OnCancel() {
  const std::scoped_lock lock(mutex_);
  ending_ = grpc::Status::CANCELLED;
  if (resting_) alarm_.Cancel();
}

// Turns are of interest for two things: a long rest must not hold up a drain, and an identity that
// is gone sees no more.
bool QueueWatch::OnTurn() {
  const bool holds = hub_.access.StillHolds(caller_);
  const std::scoped_lock lock(mutex_);
  if (!holds && !ending_) {
    ending_ = Revoked();
    if (resting_) alarm_.Cancel();
  }
  if (resting_ && hub_.draining.load()) alarm_.Cancel();
  return !finished_;
}

std::optional<grpc::Status> QueueWatch::Ending() {
  const std::scoped_lock lock(mutex_);
  return ending_;
}

void QueueWatch::Stop(const grpc::Status& status) {
  {
    const std::scoped_lock lock(mutex_);
    status_ = status;
    finished_ = true;
  }
  Finish(status);
}

void QueueWatch::OnDone() {
  if (counted_) hub_.streams.Leave();
  hub_.rpcs.Finished(static_cast<std::size_t>(Rpc::kWatchQueues), status_.error_code());
  const std::shared_ptr<QueueWatch> last = std::move(self_);
}

}  // namespace strowger::grpc_api
