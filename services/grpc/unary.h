// The frame of a unary call.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "services/grpc/access_table.h"
#include "services/grpc/hub.h"
#include "services/grpc/messages.h"
#include "services/grpc/status.h"

namespace strowger::grpc_api {

// The call's deadline by MonotonicNs(); 0: it has none.
inline std::int64_t ExpiryOf(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return 0;
  const auto left = deadline - std::chrono::system_clock::now();
  return runtime::MonotonicNs() + std::chrono::nanoseconds(left).count();
}

// Lives until it ends, then deletes itself. Not a reactor of its own: the end of those is run by
// another thread of gRPC's, which cost a quarter of all time; that of the context's is run where it
// happens.
class UnaryCall {
 public:
  UnaryCall(Hub& hub, Rpc rpc, grpc::CallbackServerContext& context, grpc::ByteBuffer* response)
      : hub_(hub),
        rpc_(rpc),
        context_(context),
        reactor_(*context.DefaultReactor()),
        response_(response) {
    hub_.rpcs.Started(static_cast<std::size_t>(rpc_));
  }
  UnaryCall(const UnaryCall&) = delete;
  UnaryCall& operator=(const UnaryCall&) = delete;

  // For gRPC, which may be done with it before it is handed over.
  grpc::ServerUnaryReactor* reactor() { return &reactor_; }

  // Before anything of the request is looked at. False: the call has ended.
  bool Admit() {
    expires_ns_ = ExpiryOf(context_);
    grpc::Status status = hub_.access.Admit(rpc_, context_, caller_);
    if (status.ok() && expires_ns_ != 0 && expires_ns_ <= runtime::MonotonicNs())
      status = TooLate();
    if (status.ok() && !hub_.recovery.done() && rpc_ != Rpc::kGetStatus && rpc_ != Rpc::kDrain) {
      status = Recovering();  // nobody may look at the domains
    }
    if (!status.ok()) Fail(status);
    return status.ok();
  }

 protected:
  virtual ~UnaryCall() = default;
  Hub& hub() { return hub_; }
  const Caller& caller() const { return caller_; }
  // By MonotonicNs(), when nobody waits any more; 0: never.
  std::int64_t expires_ns() const { return expires_ns_; }

  // The way to the request: parses it, and asks whether its domain is the caller's.
  template <typename Request>
  grpc::Status Take(const grpc::ByteBuffer& bytes, Request& request) {
    if (grpc::Status parsed = Parse(bytes, request); !parsed.ok()) return parsed;
    if constexpr (requires { request.domain(); }) {
      if (IsAdministrative(rpc_)) domain_ = request.domain();
      grpc::Status status = hub_.access.Authorise(rpc_, context_, caller_, request.domain());
      // What is done by hand comes through whatever a platform sends.
      if (!status.ok() || IsAdministrative(rpc_)) return status;
      return hub_.access.Spend(caller_, request.domain(), 1, BringsWork(rpc_));
    }
    return grpc::Status::OK;
  }
  grpc::Status AuthoriseAll() { return hub_.access.AuthoriseAll(rpc_, context_, caller_); }
  // Of the caller, for the audit trail.
  std::string Address() const { return context_.peer(); }

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
  void End(grpc::Status status) {
    const grpc::StatusCode code = status.error_code();
    if (IsAdministrative(rpc_)) hub_.access.Record(rpc_, context_, caller_, domain_, code);
    hub_.rpcs.Finished(static_cast<std::size_t>(rpc_), code);
    grpc::ServerUnaryReactor& reactor = reactor_;
    delete this;
    reactor.Finish(std::move(status));
  }

  Hub& hub_;
  const Rpc rpc_;
  const grpc::CallbackServerContext& context_;  // lives until Finish, as does the reactor
  grpc::ServerUnaryReactor& reactor_;
  grpc::ByteBuffer* const response_;
  Caller caller_;
  std::string domain_;  // of an administrative call
  std::int64_t expires_ns_ = 0;
};

// A call that looks at the router. Derived classes fill in the rest: Check tells what is wrong with
// the request, OnRead copies what the reply needs, Fill makes it or says why not.
template <typename Request, typename Response>
class ReadCall : public UnaryCall, public runtime::ReadTask {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    if (grpc::Status taken = Take(bytes, request_); !taken.ok()) return Fail(taken);
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
grpc::ServerUnaryReactor* StartCall(Hub& hub, Rpc rpc, grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  auto* const call = new Call(hub, rpc, *context, response);
  grpc::ServerUnaryReactor* const reactor = call->reactor();
  // May end at once, or on another thread meanwhile: gRPC keeps that until it knows the reactor.
  if (call->Admit()) call->Start(*request);
  return reactor;
}

}  // namespace strowger::grpc_api
