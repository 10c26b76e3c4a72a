#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/load/load_link.h"
#include "strowger/v1/routing.grpc.pb.h"

namespace strowger::ctl {
namespace {

constexpr std::size_t kMaxCommands = 1'024;  // in one message, by the contract
constexpr std::chrono::microseconds kPause{200};
constexpr std::int64_t kLeastDelayNs = 1'000'000;

class SessionLink final : public LoadLink {
 public:
  SessionLink(const std::shared_ptr<grpc::Channel>& channel, std::string domain,
              std::string session_id, LoadTraffic& traffic)
      : stub_(v1::RoutingService::NewStub(channel)),
        domain_(std::move(domain)),
        session_id_(std::move(session_id)),
        traffic_(traffic) {}

  absl::Status Run() override {
    stream_ = stub_->Session(&context_);
    v1::SessionRequest open;
    open.mutable_open()->set_session_id(session_id_);
    open.mutable_open()->set_domain(domain_);
    v1::SessionResponse opened;
    if (!stream_->Write(open) || !stream_->Read(&opened) || !opened.has_opened()) return End();
    credit_ = opened.opened().credit();
    std::thread writer([this] { Write(); });
    v1::SessionResponse response;
    while (stream_->Read(&response)) Hear(response);
    stopping_.store(true);
    writer.join();
    return End();
  }

  void Stop() override { stopping_.store(true); }

 private:
  using Sent = LoadTraffic::Sent;

  absl::Status End() {
    const grpc::Status status = stream_->Finish();
    return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
  }

  void Write() {
    std::vector<Sent> due;
    v1::SessionRequest request;
    while (!stopping_.load()) {
      due.clear();
      const std::size_t room = Room();
      if (room > 0) traffic_.TakeDue(SteadyNs(), room, due);
      if (due.empty()) {
        std::this_thread::sleep_for(kPause);
        continue;
      }
      request.Clear();
      {
        const std::scoped_lock lock(mutex_);
        request.set_first_number(next_number_);
        next_number_ += due.size();
        for (const Sent& sent : due) {
          *request.add_commands() = sent.command;
          in_flight_.push_back(sent);
        }
      }
      if (!stream_->Write(request)) break;
    }
    stream_->WritesDone();
  }

  // What was shed did not use up its number: once all that followed it has been answered too, the
  // next batch begins there.
  std::size_t Room() {
    const std::scoped_lock lock(mutex_);
    if (shed_from_ != 0) {
      if (!in_flight_.empty()) return 0;
      next_number_ = shed_from_;
      shed_from_ = 0;
    }
    return std::min<std::size_t>(kMaxCommands, credit_ - in_flight_.size());
  }

  void Hear(const v1::SessionResponse& response) {
    const std::int64_t now = SteadyNs();
    for (const v1::CommandReply& reply : response.replies()) {
      const v1::Outcome outcome = reply.receipt().outcome();
      Sent sent;
      {
        const std::scoped_lock lock(mutex_);
        sent = std::move(in_flight_.front());
        in_flight_.pop_front();
        if (outcome == v1::OUTCOME_SHEDDING && shed_from_ == 0) shed_from_ = reply.number();
      }
      const std::int64_t delay = std::max(NsOf(reply.retry_delay()), kLeastDelayNs);
      traffic_.OnReply(sent, outcome, absl::StrCat(reply.field(), " ", reply.message()), now,
                       delay);
    }
    for (const v1::Event& event : response.events()) traffic_.OnEvent(event, now);
  }

  const std::unique_ptr<v1::RoutingService::Stub> stub_;
  const std::string domain_;
  const std::string session_id_;
  LoadTraffic& traffic_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream_;
  std::atomic<bool> stopping_{false};
  std::size_t credit_ = 0;

  std::mutex mutex_;
  std::deque<Sent> in_flight_;  // in order of number, and so in order of their replies
  std::uint64_t next_number_ = 1;
  std::uint64_t shed_from_ = 0;
};

}  // namespace

std::int64_t SteadyNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::unique_ptr<LoadLink> MakeSessionLink(std::shared_ptr<grpc::Channel> channel,
                                          std::string domain, std::string session_id,
                                          LoadTraffic& traffic) {
  return std::make_unique<SessionLink>(channel, std::move(domain), std::move(session_id), traffic);
}

}  // namespace strowger::ctl
