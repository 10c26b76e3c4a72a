#include <algorithm>

#include "services/grpc/command_call.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/paging.h"
#include "services/grpc/queue_watch.h"
#include "services/grpc/report_call.h"
#include "services/grpc/services.h"
#include "services/grpc/unary.h"
#include "strowger/v1/queues.grpc.pb.h"

namespace strowger::grpc_api {
namespace {

class GetQueueCall final : public ReadCall<v1::GetQueueRequest, v1::GetQueueResponse> {
 public:
  using ReadCall::ReadCall;

 private:
  void Check(const v1::GetQueueRequest& request, Violations& violations) override {
    RequireName(request.queue(), "queue", violations);
  }
  void OnRead(const runtime::Reading& reading) override {
    view_ = reading.router.FindQueue(request().queue());
    sequence_ = reading.sequence;
    age_ = reading.now - reading.time;
  }
  grpc::Status Fill(v1::GetQueueResponse& response) override {
    if (!view_) {
      return Refused(routing::Outcome::kUnknownQueue, "queue", "the domain never had that queue");
    }
    SetQueue(*view_, age_, response.mutable_figures());
    response.set_sequence(sequence_);
    return grpc::Status::OK;
  }

  std::optional<routing::QueueView> view_;
  std::uint64_t sequence_ = 0;
  routing::DurationNs age_ = 0;
};

class ListQueuesCall final : public ReadCall<v1::ListQueuesRequest, v1::ListQueuesResponse> {
 public:
  using ReadCall::ReadCall;

 private:
  // The token is the place of the first queue of the page.
  void Check(const v1::ListQueuesRequest& request, Violations& violations) override {
    CheckPageSize(request.page_size(), violations);
    first_ = ReadNumberToken(request.page_token(), 0, violations).value_or(0);
  }
  void OnRead(const runtime::Reading& reading) override {
    views_ = reading.router.ListQueues();
    sequence_ = reading.sequence;
    age_ = reading.now - reading.time;
  }
  grpc::Status Fill(v1::ListQueuesResponse& response) override {
    const std::size_t begin = std::min<std::size_t>(first_, views_.size());
    const std::size_t end = std::min(begin + PageSize(request().page_size()), views_.size());
    for (std::size_t i = begin; i < end; ++i) SetQueue(views_[i], age_, response.add_queues());
    if (end < views_.size()) response.set_next_page_token(std::to_string(end));
    response.set_sequence(sequence_);
    return grpc::Status::OK;
  }

  std::uint64_t first_ = 0;
  std::vector<routing::QueueView> views_;
  std::uint64_t sequence_ = 0;
  routing::DurationNs age_ = 0;
};

using CloseCall = CommandCall<v1::CloseQueueRequest, v1::CloseQueueResponse, routing::SetQueueOpen>;
using OpenCall = CommandCall<v1::OpenQueueRequest, v1::OpenQueueResponse, routing::SetQueueOpen>;
using MoveCall =
    CommandCall<v1::MoveContactsRequest, v1::MoveContactsResponse, routing::MoveContacts>;

template <typename Service>
using Reads = typename v1::QueueService::template WithRawCallbackMethod_GetQueue<
    v1::QueueService::WithRawCallbackMethod_ListQueues<
        v1::QueueService::WithRawCallbackMethod_WatchQueues<
            v1::QueueService::WithRawCallbackMethod_GetReport<Service>>>>;
template <typename Service>
using Changes = typename v1::QueueService::template WithRawCallbackMethod_CloseQueue<
    v1::QueueService::WithRawCallbackMethod_OpenQueue<
        v1::QueueService::WithRawCallbackMethod_MoveContacts<Service>>>;
using Base = Reads<Changes<v1::QueueService::Service>>;

class QueueService final : public Base {
 public:
  explicit QueueService(Hub& hub) : hub_(hub) {}

 private:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;

  grpc::ServerUnaryReactor* GetQueue(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<GetQueueCall>(hub_, Rpc::kGetQueue, context, in, out);
  }
  grpc::ServerUnaryReactor* ListQueues(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<ListQueuesCall>(hub_, Rpc::kListQueues, context, in, out);
  }
  grpc::ServerWriteReactor<Bytes>* WatchQueues(Context* context, const Bytes* in) override {
    return QueueWatch::Start(hub_, *context, *in);
  }
  grpc::ServerUnaryReactor* GetReport(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<ReportCall>(hub_, Rpc::kGetReport, context, in, out);
  }
  grpc::ServerUnaryReactor* CloseQueue(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<CloseCall>(hub_, Rpc::kCloseQueue, context, in, out);
  }
  grpc::ServerUnaryReactor* OpenQueue(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<OpenCall>(hub_, Rpc::kOpenQueue, context, in, out);
  }
  grpc::ServerUnaryReactor* MoveContacts(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<MoveCall>(hub_, Rpc::kMoveContacts, context, in, out);
  }

  Hub& hub_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeQueueService(Hub& hub) {
  return std::make_unique<QueueService>(hub);
}

}  // namespace strowger::grpc_api
