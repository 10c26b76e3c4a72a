// A platform in C++: two agents serve contacts, whatever happens to the router meanwhile.
//
// Usage: strowger_example_client ADDRESS [CONTACTS]
#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "strowger/v1/agents.grpc.pb.h"
#include "strowger/v1/events.grpc.pb.h"
#include "strowger/v1/routing.grpc.pb.h"

namespace {

namespace v1 = strowger::v1;
using std::chrono::milliseconds;

const std::set<std::string> kAgents = {"ann", "bob"};
constexpr std::size_t kOpenAtOnce = 3;      // contacts: one for each agent, and one that waits
constexpr milliseconds kHandling(50);       // that an agent spends with a contact
constexpr std::chrono::seconds kAnswer(2);  // that the router has to answer
constexpr milliseconds kPause(100);         // before a router that was not there is asked again

// After which to ask again; nothing: the answer would be the same.
std::optional<milliseconds> RetryDelay(const grpc::Status& status) {
  const grpc::StatusCode code = status.error_code();
  // It is away, starts, or ends; this program cancels nothing itself.
  if (code == grpc::UNAVAILABLE || code == grpc::DEADLINE_EXCEEDED || code == grpc::CANCELLED) {
    return kPause;
  }
  if (code != grpc::RESOURCE_EXHAUSTED) return std::nullopt;
  // It has too much to do, and says how long to wait. Without that, a limit is reached.
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  google::rpc::RetryInfo retry;
  for (const google::protobuf::Any& detail : details.details()) {
    if (!detail.UnpackTo(&retry)) continue;
    const auto& delay = retry.retry_delay();
    return milliseconds(delay.seconds() * 1000 + delay.nanos() / 1'000'000);
  }
  return std::nullopt;
}

// Waits until it makes sense to ask again, or ends the program.
void WaitAfter(const grpc::Status& status) {
  const auto delay = RetryDelay(status);
  if (!delay) {
    std::cerr << status.error_code() << ": " << status.error_message() << std::endl;
    std::exit(1);
  }
  std::this_thread::sleep_for(*delay);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  // gRPC would wait ever longer before it connects again, up to two minutes.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

class Platform {
 public:
  Platform(const std::string& address, std::size_t wanted) : wanted_(wanted) {
    const auto channel = Connect(address);
    routing_ = v1::RoutingService::NewStub(channel);
    agents_ = v1::AgentService::NewStub(channel);
    events_ = v1::EventService::NewStub(channel);
  }

  // True if every contact was completed, and once.
  bool Serve() {
    while (Served() < wanted_) {
      LogIn();
      const grpc::Status status = Follow();
      if (status.error_code() == grpc::OUT_OF_RANGE) {
        position_.reset();  // those events are kept no longer: begin with the state
      } else if (Served() < wanted_) {
        WaitAfter(status);
      }
    }
    for (const auto& [contact, ends] : ends_) {
      if (ends.size() != 1 || ends.begin()->second != v1::END_REASON_COMPLETED) return false;
    }
    return true;
  }

 private:
  template <typename Stub, typename Request, typename Response>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

  // Asks until there is an answer.
  template <typename Stub, typename Request, typename Response>
  void Ask(Stub& stub, Method<Stub, Request, Response> method, const Request& request,
           Response& response, grpc::StatusCode also_fine = grpc::OK) {
    while (true) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + kAnswer);
      const grpc::Status status = (stub.*method)(&context, request, &response);
      if (status.ok() || status.error_code() == also_fine) return;
      WaitAfter(status);
    }
  }

  // A call that changes something. Each repeat has the same command id: the router may have done it
  // though its answer was lost, and then tells the first outcome again.
  template <typename Stub, typename Request, typename Response>
  void Do(Stub& stub, Method<Stub, Request, Response> method, Request request,
          grpc::StatusCode also_fine = grpc::OK) {
    request.set_command_id(run_ + "-" + std::to_string(++commands_));
    Response response;
    Ask(stub, method, request, response, also_fine);
  }

  // Repeated after each loss of the stream: a router that was restarted logs agents out of whom it
  // hears nothing. What is as it was changes nothing.
  void LogIn() {
    v1::UpsertAgentsRequest request;
    for (const std::string& id : kAgents) {
      v1::Agent& agent = *request.mutable_command()->add_agents();
      agent.set_id(id);
      agent.set_state(v1::AGENT_STATE_READY);
    }
    Do(*agents_, &v1::AgentService::Stub::UpsertAgents, request);
  }

  void SubmitMore() {
    const std::size_t served = Served();
    while (ends_.size() < wanted_ && ends_.size() - served < kOpenAtOnce) {
      v1::RouteRequest request;
      request.mutable_contact()->set_id(run_ + "-c" + std::to_string(ends_.size() + 1));
      request.mutable_contact()->set_channel("voice");
      ends_[request.contact().id()];
      Do(*routing_, &v1::RoutingService::Stub::Route, request);
    }
  }

  // Here and below, what an event told may be so no longer: the offer ran out while the router was
  // away, say. Then the call is refused, and a later event tells how things go on.
  template <typename Offer>
  void OnOffer(const Offer& offer) {
    if (!kAgents.count(offer.agent_id())) return;
    v1::AcceptOfferRequest request;
    request.mutable_command()->set_contact_id(offer.contact_id());
    request.mutable_command()->set_agent_id(offer.agent_id());
    request.mutable_command()->set_offer_id(offer.offer_id());
    Do(*agents_, &v1::AgentService::Stub::AcceptOffer, request, grpc::FAILED_PRECONDITION);
  }

  void OnAssigned(const std::string& contact, const std::string& agent) {
    if (!kAgents.count(agent)) return;
    std::this_thread::sleep_for(kHandling);  // the agent talks
    v1::CompleteContactRequest request;
    request.mutable_command()->set_contact_id(contact);
    request.mutable_command()->set_agent_id(agent);
    Do(*agents_, &v1::AgentService::Stub::CompleteContact, request, grpc::FAILED_PRECONDITION);
  }

  void OnEnded(const std::string& contact, v1::EndReason reason,
               const google::protobuf::Timestamp& at) {
    const auto mine = ends_.find(contact);
    if (mine == ends_.end()) return;  // another platform's, or of an earlier run
    const std::int64_t ns = at.seconds() * 1'000'000'000 + at.nanos();
    if (!mine->second.emplace(ns, reason).second) return;
    std::cout << contact << " " << v1::EndReason_Name(reason) << std::endl;
  }

  void OnEvent(const v1::Event& event) {
    if (event.has_offered()) OnOffer(event.offered());
    if (event.has_assigned()) {
      OnAssigned(event.assigned().contact_id(), event.assigned().agent_id());
    }
    if (event.has_ended()) {
      OnEnded(event.ended().contact_id(), event.ended().reason(), event.time());
    }
  }

  // What is open is taken up, as if its events had just come.
  void OnState(const v1::StatePart& state) {
    for (const v1::ContactStatus& contact : state.contacts()) {
      for (const v1::Offer& offer : contact.placement().offers()) OnOffer(offer);
      if (contact.placement().state() != v1::CONTACT_STATE_HANDLING) continue;
      OnAssigned(contact.contact_id(), contact.placement().agent_id());
    }
    if (state.last()) LookUpEnds();
  }

  // Contacts that have ended are not in the state, and their events are gone.
  void LookUpEnds() {
    for (const auto& [id, ends] : ends_) {
      if (!ends.empty()) continue;
      v1::GetContactRequest request;
      request.set_contact_id(id);
      v1::GetContactResponse response;
      Ask(*routing_, &v1::RoutingService::Stub::GetContact, request, response);
      const v1::ContactStatus& contact = response.contact();
      if (contact.placement().state() != v1::CONTACT_STATE_ENDED) continue;
      OnEnded(id, contact.placement().end_reason(), contact.ended_at());
    }
  }

  // Deals with events from the last position on, at first with the state, until the stream breaks
  // or all is done.
  grpc::Status Follow() {
    grpc::ClientContext context;
    v1::WatchRequest request;
    if (position_) *request.mutable_after() = *position_;
    request.set_state_first(!position_);
    const auto stream = events_->Watch(&context, request);
    v1::WatchResponse response;
    while (Served() < wanted_ && stream->Read(&response)) {
      if (response.has_state()) OnState(response.state());
      for (const v1::Event& event : response.events()) OnEvent(event);
      if (response.has_state() && !response.state().last()) continue;  // half a state
      position_ = response.position();
      SubmitMore();
    }
    if (Served() == wanted_) context.TryCancel();
    return stream->Finish();
  }

  std::size_t Served() const {
    std::size_t served = 0;
    for (const auto& [contact, ends] : ends_) served += ends.empty() ? 0 : 1;
    return served;
  }

  std::unique_ptr<v1::RoutingService::Stub> routing_;
  std::unique_ptr<v1::AgentService::Stub> agents_;
  std::unique_ptr<v1::EventService::Stub> events_;
  // Keeps the ids of two runs apart.
  const std::string run_ = "cpp-" + std::to_string(std::random_device{}());
  int commands_ = 0;
  const std::size_t wanted_;  // contacts
  // Of each contact submitted: when and how it ended, once if all is well.
  std::map<std::string, std::set<std::pair<std::int64_t, v1::EndReason>>> ends_;
  std::optional<v1::Position> position_;  // of the last event dealt with
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: strowger_example_client ADDRESS [CONTACTS]" << std::endl;
    return 2;
  }
  const std::size_t wanted = argc > 2 ? std::stoul(argv[2]) : 20;
  if (!Platform(argv[1], wanted).Serve()) {
    std::cerr << "some contacts were not completed, or more than once" << std::endl;
    return 1;
  }
  std::cout << wanted << " contacts served, each once" << std::endl;
  return 0;
}
