// Calls as tests make them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include "strowger/v1/admin.grpc.pb.h"
#include "strowger/v1/agents.grpc.pb.h"
#include "strowger/v1/events.grpc.pb.h"
#include "strowger/v1/queues.grpc.pb.h"
#include "strowger/v1/routing.grpc.pb.h"
#include "strowger/v1/rules.grpc.pb.h"
#include "tests/integration/server_process.h"

namespace strowger::testing {

inline constexpr std::int64_t kMonday = 1'774'861'200;  // 2026-03-30T09:00:00Z

// What a status says beyond its code.
struct ErrorDetails {
  std::string reason;               // of ErrorInfo
  std::vector<std::string> fields;  // of BadRequest
  bool has_retry = false;
  std::uint64_t sequence = 0;  // of CommandReceipt
};
ErrorDetails DetailsOf(const grpc::Status& status);

// The stubs, and the few calls that nearly every test needs. Time is virtual and stands unless it
// is moved.
class Client {
 public:
  explicit Client(const ServerProcess& server);
  // With a token each call goes out with it.
  explicit Client(const std::shared_ptr<grpc::Channel>& channel, std::string token = "");

  std::unique_ptr<v1::RoutingService::Stub> routing;
  std::unique_ptr<v1::AgentService::Stub> agents;
  std::unique_ptr<v1::EventService::Stub> events;
  std::unique_ptr<v1::QueueService::Stub> queues;
  std::unique_ptr<v1::RuleService::Stub> rules;
  std::unique_ptr<v1::AdminService::Stub> admin;
  std::int64_t now = kMonday;  // seconds, stamped on every request below

  // Sets the time, makes the call and fails after half a minute.
  template <typename Stub, typename Request, typename Response>
  grpc::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    Request request, Response& response) {
    if constexpr (requires { request.mutable_at(); }) {
      if (!request.has_at()) request.mutable_at()->set_seconds(now);
    }
    grpc::ClientContext context;
    Prepare(context);
    response.Clear();
    return (stub.*method)(&context, request, &response);
  }

  grpc::Status Route(const v1::Contact& contact, v1::RouteResponse& response,
                     const std::string& command_id = "");
  // Ready, with these skills at 5.
  void AddAgent(const std::string& id, const std::vector<std::string>& skills = {});
  // Routes the contact to an agent who is free, and has it accepted after five seconds and
  // completed a minute later.
  void Serve(const v1::Contact& contact, const std::string& agent);
  v1::ContactStatus GetContact(const std::string& id);
  v1::DomainStatus GetStatus(bool with_hash = false);
  // The deadline, and the token if there is one.
  void Prepare(grpc::ClientContext& context) const;

 private:
  std::string token_;
};

v1::Contact MakeContact(const std::string& id, const std::string& channel = "voice");

// A call by raw bytes, for messages that no proper client sends.
grpc::Status CallRaw(const ServerProcess& server, const std::string& method,
                     const std::string& bytes, const std::string& token = "");

}  // namespace strowger::testing
