// The frame of a unary call.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "services/grpc/hub.h"
#include "services/grpc/messages.h"
#include "services/grpc/status.h"

namespace strowger::grpc_api {

// Lives until gRPC is done with it, then deletes itself.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(Hub& hub, Rpc rpc, grpc::ByteBuffer* response)
      : hub_(hub), rpc_(static_cast<std::size_t>(rpc)), response_(response) {
    hub_.rpcs.Started(rpc_);
  }
  UnaryCall(const UnaryCall&) = delete;
  UnaryCall& operator=(const UnaryCall&) = delete;

  // Instead of the call, while nobody may look at the domains.
  void FailRecovering() { Fail(Recovering()); }

 protected:
  ~UnaryCall() override = default;
  Hub& hub() { return hub_; }

  // Each call ends with one of these, which is its last touch. Any thread.
  void Reply(const google::protobuf::Message& response) { End(Serialize(response, *response_)); }
  void Fail(const grpc::Status& status) { End(status); }
  // How a submission that was not accepted ends.
  void FailSubmission(runtime::DomainExecutor::Submission submission) {
    Fail(submission == runtime::DomainExecutor::Submission::kFull
             ? Shed(Describe(routing::Outcome::kShedding))
             : Draining());
  }

 private:
  void End(const grpc::Status& status) {
    code_ = status.error_code();
    Finish(status);
  }
  void OnDone() override {
    hub_.rpcs.Finished(rpc_, code_);
    delete this;
  }

  Hub& hub_;
  const std::size_t rpc_;
  grpc::ByteBuffer* const response_;
  int code_ = grpc::StatusCode::UNKNOWN;
};

// A call that looks at the router. Derived classes fill in the rest: Check tells what is wrong with
// the request, OnRead copies what the reply needs, Fill makes it or says why not.
template <typename Request, typename Response>
class ReadCall : public UnaryCall, public runtime::ReadTask {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    if (grpc::Status parsed = Parse(bytes, request_); !parsed.ok()) return Fail(parsed);
    Violations violations;
    Check(request_, violations);
    if (!violations.empty()) return Fail(BadRequest(violations));
    runtime::DomainExecutor* const executor = hub().domains.Find(request_.domain());
    if (executor == nullptr) {
      return Fail(Refused(routing::Outcome::kUnknownDomain, "domain",
                          Describe(routing::Outcome::kUnknownDomain)));
    }
    const auto submission = executor->Submit(this);
    if (submission != runtime::DomainExecutor::Submission::kAccepted) FailSubmission(submission);
  }

 protected:
  const Request& request() const { return request_; }
  virtual void Check(const Request& request, Violations& violations) = 0;
  virtual grpc::Status Fill(Response& response) = 0;

  // What was read is good; a call that needs more than that goes on from here.
  void OnReleased() override {
    Response response;
    if (grpc::Status status = Fill(response); !status.ok()) return Fail(status);
    Reply(response);
  }

 private:
  Request request_;
};

template <typename Call>
grpc::ServerUnaryReactor* StartCall(Hub& hub, Rpc rpc, const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) {
  auto* const call = new Call(hub, rpc, response);
  if (!hub.recovery.done() && rpc != Rpc::kGetStatus && rpc != Rpc::kDrain) {
    call->FailRecovering();
    return call;
  }
  // May finish at once, or on another thread meanwhile: gRPC keeps that until it knows the reactor.
  call->Start(*request);
  return call;
}

}  // namespace strowger::grpc_api
