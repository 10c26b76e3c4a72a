#include "services/grpc/command_call.h"
#include "services/grpc/contact_reads.h"
#include "services/grpc/convert_explanation.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/services.h"
#include "services/grpc/session.h"
#include "strowger/v1/routing.grpc.pb.h"

namespace strowger::grpc_api {

template <>
struct BodyOf<v1::RouteRequest> {
  static constexpr const char* kField = "contact";
  static bool Has(const v1::RouteRequest& request) { return request.has_contact(); }
  static const v1::Contact& Get(const v1::RouteRequest& request) { return request.contact(); }
};

namespace {

using RouteCall = CommandCall<v1::RouteRequest, v1::RouteResponse, routing::SubmitContact>;
using UpdateCall =
    CommandCall<v1::UpdateContactRequest, v1::UpdateContactResponse, routing::UpdateContact>;
using CancelCall =
    CommandCall<v1::CancelContactRequest, v1::CancelContactResponse, routing::CancelContact>;

using TransferCall =
    CommandCall<v1::TransferContactRequest, v1::TransferContactResponse, routing::TransferContact>;
using AssignCall =
    CommandCall<v1::AssignContactRequest, v1::AssignContactResponse, routing::AssignContact>;
using HoldCall = CommandCall<v1::HoldContactRequest, v1::HoldContactResponse, routing::HoldContact>;
using ResumeCall =
    CommandCall<v1::ResumeContactRequest, v1::ResumeContactResponse, routing::ResumeContact>;

class WhyWaitingCall final : public ReadCall<v1::WhyWaitingRequest, v1::WhyWaitingResponse> {
 public:
  using ReadCall::ReadCall;

 private:
  void Check(const v1::WhyWaitingRequest& request, Violations& violations) override {
    RequireName(request.contact_id(), "contact_id", violations);
  }
  void OnRead(const runtime::Reading& reading) override {
    view_ = reading.router.WhyWaiting(request().contact_id());
    contact_ = reading.router.FindContact(request().contact_id());
    sequence_ = reading.sequence;
  }
  grpc::Status Fill(v1::WhyWaitingResponse& response) override {
    if (!view_) {
      return Refused(routing::Outcome::kUnknownContact, "contact_id",
                     Describe(routing::Outcome::kUnknownContact));
    }
    v1::Placement placement;
    SetPlacement(*contact_, &placement);
    response.set_state(placement.state());
    response.set_sequence(sequence_);
    SetWait(*view_, &response);
    return grpc::Status::OK;
  }

  std::optional<routing::WaitView> view_;
  std::optional<routing::ContactView> contact_;
  std::uint64_t sequence_ = 0;
};

template <typename Service>
using Waiting = typename v1::RoutingService::template WithRawCallbackMethod_Route<
    v1::RoutingService::WithRawCallbackMethod_Session<
        v1::RoutingService::WithRawCallbackMethod_WhyWaiting<
            v1::RoutingService::WithRawCallbackMethod_UpdateContact<
                v1::RoutingService::WithRawCallbackMethod_CancelContact<Service>>>>>;
template <typename Service>
using Looks = typename v1::RoutingService::template WithRawCallbackMethod_GetContact<
    v1::RoutingService::WithRawCallbackMethod_PredictWait<
        v1::RoutingService::WithRawCallbackMethod_ListContacts<Service>>>;
template <typename Service>
using Handled = typename v1::RoutingService::template WithRawCallbackMethod_TransferContact<
    v1::RoutingService::WithRawCallbackMethod_AssignContact<
        v1::RoutingService::WithRawCallbackMethod_HoldContact<
            v1::RoutingService::WithRawCallbackMethod_ResumeContact<Service>>>>;
using Base = Looks<Waiting<Handled<v1::RoutingService::Service>>>;

class RoutingService final : public Base {
 public:
  explicit RoutingService(Hub& hub) : hub_(hub) {}

 private:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;

  grpc::ServerUnaryReactor* Route(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<RouteCall>(hub_, Rpc::kRoute, context, in, out);
  }
  grpc::ServerBidiReactor<Bytes, Bytes>* Session(Context* context) override {
    return SessionStream::Start(hub_, *context);
  }
  grpc::ServerUnaryReactor* GetContact(Context* context, const Bytes* in, Bytes* out) override {
    return StartGetContact(hub_, context, in, out);
  }
  grpc::ServerUnaryReactor* ListContacts(Context* context, const Bytes* in, Bytes* out) override {
    return StartListContacts(hub_, context, in, out);
  }
  grpc::ServerUnaryReactor* PredictWait(Context* context, const Bytes* in, Bytes* out) override {
    return StartPredictWait(hub_, context, in, out);
  }
  grpc::ServerUnaryReactor* WhyWaiting(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<WhyWaitingCall>(hub_, Rpc::kWhyWaiting, context, in, out);
  }
  grpc::ServerUnaryReactor* UpdateContact(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<UpdateCall>(hub_, Rpc::kUpdateContact, context, in, out);
  }
  grpc::ServerUnaryReactor* CancelContact(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<CancelCall>(hub_, Rpc::kCancelContact, context, in, out);
  }
  grpc::ServerUnaryReactor* TransferContact(Context* context, const Bytes* in,
                                            Bytes* out) override {
    return StartCall<TransferCall>(hub_, Rpc::kTransferContact, context, in, out);
  }
  grpc::ServerUnaryReactor* AssignContact(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<AssignCall>(hub_, Rpc::kAssignContact, context, in, out);
  }
  grpc::ServerUnaryReactor* HoldContact(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<HoldCall>(hub_, Rpc::kHoldContact, context, in, out);
  }
  grpc::ServerUnaryReactor* ResumeContact(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<ResumeCall>(hub_, Rpc::kResumeContact, context, in, out);
  }

  Hub& hub_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRoutingService(Hub& hub) {
  return std::make_unique<RoutingService>(hub);
}

}  // namespace strowger::grpc_api
