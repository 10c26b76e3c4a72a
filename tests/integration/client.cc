#include "tests/integration/client.h"

#include <utility>

#include <google/protobuf/any.pb.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/slice.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace strowger::testing {

ErrorDetails DetailsOf(const grpc::Status& status) {
  ErrorDetails details;
  google::rpc::Status rich;
  if (!rich.ParseFromString(status.error_details())) return details;
  for (const google::protobuf::Any& any : rich.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    v1::CommandReceipt receipt;
    const std::string type = any.type_url().substr(any.type_url().rfind('/') + 1);
    if (type == "google.rpc.ErrorInfo" && info.ParseFromString(any.value())) {
      details.reason = info.reason();
    } else if (type == "google.rpc.BadRequest" && bad.ParseFromString(any.value())) {
      for (const auto& violation : bad.field_violations()) {
        details.fields.push_back(violation.field());
      }
    } else if (type == "google.rpc.RetryInfo") {
      details.has_retry = true;
    } else if (type == "strowger.v1.CommandReceipt" && receipt.ParseFromString(any.value())) {
      details.sequence = receipt.sequence();
    }
  }
  return details;
}

Client::Client(const ServerProcess& server) : Client(server.Connect()) {}

Client::Client(const std::shared_ptr<grpc::Channel>& channel, std::string token)
    : token_(std::move(token)) {
  routing = v1::RoutingService::NewStub(channel);
  agents = v1::AgentService::NewStub(channel);
  events = v1::EventService::NewStub(channel);
  queues = v1::QueueService::NewStub(channel);
  rules = v1::RuleService::NewStub(channel);
  admin = v1::AdminService::NewStub(channel);
}

void Client::Prepare(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
}

grpc::Status Client::Route(const v1::Contact& contact, v1::RouteResponse& response,
                           const std::string& command_id) {
  v1::RouteRequest request;
  *request.mutable_contact() = contact;
  request.set_command_id(command_id);
  return Call(*routing, &v1::RoutingService::Stub::Route, request, response);
}

void Client::AddAgent(const std::string& id, const std::vector<std::string>& skills) {
  v1::UpsertAgentsRequest request;
  v1::Agent* const agent = request.mutable_command()->add_agents();
  agent->set_id(id);
  agent->set_state(v1::AGENT_STATE_READY);
  for (const std::string& name : skills) {
    v1::Skill* const skill = agent->mutable_skills()->add_skills();
    skill->set_skill(name);
    skill->set_proficiency(5);
  }
  v1::UpsertAgentsResponse response;
  const grpc::Status status =
      Call(*agents, &v1::AgentService::Stub::UpsertAgents, request, response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

void Client::Serve(const v1::Contact& contact, const std::string& agent) {
  v1::RouteResponse routed;
  ASSERT_TRUE(Route(contact, routed).ok());
  v1::AcceptOfferRequest accept;
  accept.mutable_command()->set_contact_id(contact.id());
  accept.mutable_command()->set_agent_id(agent);
  v1::AcceptOfferResponse accepted;
  now += 5;
  ASSERT_TRUE(Call(*agents, &v1::AgentService::Stub::AcceptOffer, accept, accepted).ok());
  v1::CompleteContactRequest complete;
  complete.mutable_command()->set_contact_id(contact.id());
  v1::CompleteContactResponse completed;
  now += 60;
  ASSERT_TRUE(Call(*agents, &v1::AgentService::Stub::CompleteContact, complete, completed).ok());
}

v1::ContactStatus Client::GetContact(const std::string& id) {
  v1::GetContactRequest request;
  request.set_contact_id(id);
  v1::GetContactResponse response;
  const grpc::Status status =
      Call(*routing, &v1::RoutingService::Stub::GetContact, request, response);
  EXPECT_TRUE(status.ok()) << id << ": " << status.error_message();
  return response.contact();
}

v1::DomainStatus Client::GetStatus(bool with_hash) {
  v1::GetStatusRequest request;
  request.set_with_state_hash(with_hash);
  v1::GetStatusResponse response;
  const grpc::Status status = Call(*admin, &v1::AdminService::Stub::GetStatus, request, response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.domains_size() == 1 ? response.domains(0) : v1::DomainStatus();
}

v1::Contact MakeContact(const std::string& id, const std::string& channel) {
  v1::Contact contact;
  contact.set_id(id);
  contact.set_channel(channel);
  return contact;
}

grpc::Status CallRaw(const ServerProcess& server, const std::string& method,
                     const std::string& bytes, const std::string& token) {
  grpc::GenericStub stub(server.Connect());
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status;
}

}  // namespace strowger::testing
