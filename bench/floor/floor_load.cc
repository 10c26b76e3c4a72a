#include "bench/floor/floor_load.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <grpcpp/client_context.h>

#include "strowger/v1/routing.grpc.pb.h"

namespace strowger::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t NsSince(Clock::time_point from) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - from).count();
}

void FillContact(const std::string& id, v1::Contact& contact) {
  contact.set_id(id);
  contact.set_channel("voice");
}

// One call at a time, again and again.
class UnaryLane {
 public:
  UnaryLane(v1::RoutingService::Stub& stub, std::string prefix, Clock::time_point until)
      : stub_(stub), prefix_(std::move(prefix)), until_(until) {}

  void Begin() {
    context_.emplace();
    request_.Clear();
    FillContact(prefix_ + std::to_string(result.answered), *request_.mutable_contact());
    sent_ = Clock::now();
    stub_.async()->Route(&*context_, &request_, &response_, [this](const grpc::Status& status) {
      result.latencies_ns.push_back(NsSince(sent_));
      ++(status.ok() ? result.answered : result.failed);
      if (result.failed == 1 && !status.ok()) result.trouble = status.error_message();
      if (Clock::now() < until_) return Begin();
      const std::scoped_lock lock(mutex_);
      done_ = true;
      ended_.notify_one();
    });
  }
  void Await() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return done_; });
  }

  LoadResult result;

 private:
  v1::RoutingService::Stub& stub_;
  const std::string prefix_;
  const Clock::time_point until_;
  std::optional<grpc::ClientContext> context_;
  v1::RouteRequest request_;
  v1::RouteResponse response_;
  Clock::time_point sent_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
};

void FillMessage(const std::string& prefix, std::uint64_t first, int batch,
                 v1::SessionRequest& message) {
  message.Clear();
  message.set_first_number(first);
  for (int i = 0; i < batch; ++i) {
    const int half = batch / 2;
    const std::string id = prefix + std::to_string(first + static_cast<std::uint64_t>(i % half));
    v1::Command* const command = message.add_commands();
    if (i < half) {
      FillContact(id, *command->mutable_submit_contact());
    } else {
      command->mutable_cancel_contact()->set_contact_id(id);
      command->mutable_cancel_contact()->set_cause(v1::CANCEL_CAUSE_SYSTEM);
    }
  }
}

}  // namespace

void AwaitReady(const std::shared_ptr<grpc::Channel>& channel) {
  const auto stub = v1::RoutingService::NewStub(channel);
  const Clock::time_point begin = Clock::now();
  grpc::Status status;
  do {
    grpc::ClientContext context;
    v1::RouteRequest request;
    v1::RouteResponse response;
    FillContact("ready", *request.mutable_contact());
    status = stub->Route(&context, request, &response);
  } while (status.error_code() == grpc::StatusCode::UNAVAILABLE && NsSince(begin) < 10'000'000'000);
}

LoadResult RunUnary(const std::shared_ptr<grpc::Channel>& channel, const std::string& prefix,
                    int in_flight, double seconds) {
  const auto stub = v1::RoutingService::NewStub(channel);
  const Clock::time_point begin = Clock::now();
  const auto until =
      begin + std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1'000'000'000));
  std::deque<UnaryLane> lanes;
  for (int i = 0; i < in_flight; ++i) {
    lanes.emplace_back(*stub, prefix + std::to_string(i) + '-', until).Begin();
  }
  LoadResult all;
  for (UnaryLane& lane : lanes) {
    lane.Await();
    all.answered += lane.result.answered;
    all.failed += lane.result.failed;
    if (all.trouble.empty()) all.trouble = lane.result.trouble;
    all.latencies_ns.insert(all.latencies_ns.end(), lane.result.latencies_ns.begin(),
                            lane.result.latencies_ns.end());
  }
  all.seconds = static_cast<double>(NsSince(begin)) / 1e9;
  return all;
}

LoadResult RunSession(const std::shared_ptr<grpc::Channel>& channel, const std::string& prefix,
                      int batch, int in_flight, double seconds) {
  const auto stub = v1::RoutingService::NewStub(channel);
  grpc::ClientContext context;
  const auto stream = stub->Session(&context);
  v1::SessionRequest message;
  v1::SessionResponse response;
  message.mutable_open()->set_session_id(prefix);
  stream->Write(message);
  LoadResult result;
  if (!stream->Read(&response)) {
    result.failed = 1;
    result.trouble = "the session: " + stream->Finish().error_message();
    return result;
  }

  std::mutex mutex;
  std::condition_variable room;
  std::deque<Clock::time_point> sent;  // of the messages that are not answered yet
  bool broken = false;
  const Clock::time_point begin = Clock::now();
  std::thread reader([&] {
    int of_message = 0;
    while (stream->Read(&response)) {
      const std::scoped_lock lock(mutex);
      for (const v1::CommandReply& reply : response.replies()) {
        const bool ok = reply.receipt().outcome() == v1::OUTCOME_OK;
        ++(ok ? result.answered : result.failed);
        if (result.failed == 1 && !ok) result.trouble = reply.ShortDebugString();
        if (++of_message < batch) continue;
        of_message = 0;
        result.latencies_ns.push_back(NsSince(sent.front()));
        sent.pop_front();
      }
      room.notify_one();
    }
    const std::scoped_lock lock(mutex);
    broken = true;
    room.notify_one();
  });
  std::uint64_t next = 1;
  while (static_cast<double>(NsSince(begin)) < seconds * 1e9) {
    FillMessage(prefix, next, batch, message);
    {
      std::unique_lock lock(mutex);
      room.wait(lock, [&] { return broken || sent.size() < static_cast<std::size_t>(in_flight); });
      if (broken) break;
      sent.push_back(Clock::now());
    }
    stream->Write(message);
    next += static_cast<std::uint64_t>(batch);
  }
  {
    std::unique_lock lock(mutex);
    room.wait(lock, [&] { return broken || sent.empty(); });
    result.seconds = static_cast<double>(NsSince(begin)) / 1e9;
  }
  stream->WritesDone();
  context.TryCancel();
  reader.join();
  return result;
}

}  // namespace strowger::bench
