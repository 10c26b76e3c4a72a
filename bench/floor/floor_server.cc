#include "bench/floor/floor_server.h"

#include <csignal>
#include <iostream>
#include <memory>

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "strowger/v1/routing.grpc.pb.h"

namespace strowger::bench {
namespace {

// One read, one write in turn, with messages that keep their memory.
class EchoStream final : public grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse> {
 public:
  EchoStream() { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_.Clear();
    if (request_.has_open()) response_.mutable_opened()->set_credit(4'096);
    for (int i = 0; i < request_.commands_size(); ++i) {
      v1::CommandReply* const reply = response_.add_replies();
      reply->set_number(request_.first_number() + static_cast<std::uint64_t>(i));
      v1::CommandReceipt* const receipt = reply->mutable_receipt();
      receipt->set_outcome(v1::OUTCOME_OK);
      receipt->set_sequence(reply->number());
      receipt->mutable_time()->set_seconds(1'774'861'200);
      receipt->mutable_time()->set_nanos(123'456'789);
    }
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

  v1::SessionRequest request_;
  v1::SessionResponse response_;
};

class FloorService final : public v1::RoutingService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Route(grpc::CallbackServerContext* context, const v1::RouteRequest*,
                                  v1::RouteResponse*) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* Session(
      grpc::CallbackServerContext*) override {
    return new EchoStream();
  }
};

}  // namespace

int ServeFloor(const std::string& address) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  FloorService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "cannot listen on " << address << '\n';
    return 1;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}

}  // namespace strowger::bench
