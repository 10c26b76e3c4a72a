#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/load/load_link.h"
#include "strowger/v1/agents.grpc.pb.h"
#include "strowger/v1/routing.grpc.pb.h"

namespace strowger::ctl {
namespace {

constexpr std::chrono::microseconds kPause{200};
constexpr std::int64_t kRetryNs = 10'000'000;

class UnaryLink final : public LoadLink {
 public:
  UnaryLink(const std::shared_ptr<grpc::Channel>& channel, std::string domain, std::string run,
            std::size_t in_flight, LoadTraffic& traffic)
      : routing_(v1::RoutingService::NewStub(channel)),
        agents_(v1::AgentService::NewStub(channel)),
        domain_(std::move(domain)),
        run_(std::move(run)),
        limit_(in_flight),
        traffic_(traffic) {}

  absl::Status Run() override {
    std::vector<LoadTraffic::Sent> due;
    while (!stopping_.load()) {
      due.clear();
      const std::size_t busy = in_flight_.load();
      if (busy < limit_) traffic_.TakeDue(SteadyNs(), limit_ - busy, due);
      for (LoadTraffic::Sent& sent : due) Start(std::move(sent));
      if (due.empty()) std::this_thread::sleep_for(kPause);
    }
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return in_flight_.load() == 0; });
    return trouble_;
  }

  void Stop() override { stopping_.store(true); }

 private:
  template <typename Request, typename Response>
  struct Call {
    LoadTraffic::Sent sent;
    grpc::ClientContext context;
    Request request;
    Response response;
  };

  void Start(LoadTraffic::Sent sent) {
    in_flight_.fetch_add(1);
    const v1::Command& command = sent.command;
    if (command.has_submit_contact()) {
      auto* call = Make<v1::RouteRequest, v1::RouteResponse>(sent);
      *call->request.mutable_contact() = command.submit_contact();
      routing_->async()->Route(&call->context, &call->request, &call->response, Ended(call));
    } else if (command.has_accept_offer()) {
      auto* call = Make<v1::AcceptOfferRequest, v1::AcceptOfferResponse>(sent);
      *call->request.mutable_command() = command.accept_offer();
      agents_->async()->AcceptOffer(&call->context, &call->request, &call->response, Ended(call));
    } else if (command.has_complete_contact()) {
      auto* call = Make<v1::CompleteContactRequest, v1::CompleteContactResponse>(sent);
      *call->request.mutable_command() = command.complete_contact();
      agents_->async()->CompleteContact(&call->context, &call->request, &call->response,
                                        Ended(call));
    } else {
      auto* call = Make<v1::CancelContactRequest, v1::CancelContactResponse>(sent);
      *call->request.mutable_command() = command.cancel_contact();
      routing_->async()->CancelContact(&call->context, &call->request, &call->response,
                                       Ended(call));
    }
  }

  template <typename Request, typename Response>
  Call<Request, Response>* Make(const LoadTraffic::Sent& sent) {
    auto* call = new Call<Request, Response>;
    call->sent = sent;
    SetCallDeadline(call->context);
    call->request.set_domain(domain_);
    call->request.set_command_id(absl::StrCat(run_, "-", next_id_++));
    return call;
  }

  // Calls back on a thread of gRPC's.
  template <typename CallType>
  std::function<void(grpc::Status)> Ended(CallType* call) {
    return [this, call](const grpc::Status& status) {
      const std::unique_ptr<CallType> owned(call);
      traffic_.OnReply(call->sent, OutcomeOf(status), status.error_message(), SteadyNs(), kRetryNs);
      const std::scoped_lock lock(mutex_);
      if (status.error_code() == grpc::StatusCode::UNAVAILABLE && trouble_.ok()) {
        trouble_ = absl::UnavailableError(status.error_message());
        stopping_.store(true);
      }
      if (in_flight_.fetch_sub(1) == 1) idle_.notify_all();
    };
  }

  static v1::Outcome OutcomeOf(const grpc::Status& status) {
    switch (status.error_code()) {
      case grpc::StatusCode::OK:
        return v1::OUTCOME_OK;
      case grpc::StatusCode::RESOURCE_EXHAUSTED:
        return v1::OUTCOME_SHEDDING;
      case grpc::StatusCode::FAILED_PRECONDITION:
      case grpc::StatusCode::NOT_FOUND:
        return v1::OUTCOME_WRONG_STATE;
      default:
        return v1::OUTCOME_INVALID_ARGUMENT;
    }
  }

  const std::unique_ptr<v1::RoutingService::Stub> routing_;
  const std::unique_ptr<v1::AgentService::Stub> agents_;
  const std::string domain_;
  const std::string run_;
  const std::size_t limit_;
  LoadTraffic& traffic_;
  std::uint64_t next_id_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> in_flight_{0};

  std::mutex mutex_;
  std::condition_variable idle_;
  absl::Status trouble_;
};

}  // namespace

std::unique_ptr<LoadLink> MakeUnaryLink(std::shared_ptr<grpc::Channel> channel, std::string domain,
                                        std::string run, std::size_t in_flight,
                                        LoadTraffic& traffic) {
  return std::make_unique<UnaryLink>(channel, std::move(domain), std::move(run), in_flight,
                                     traffic);
}

}  // namespace strowger::ctl
