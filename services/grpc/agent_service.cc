#include <algorithm>

#include "routing/limits.h"
#include "services/grpc/command_call.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/paging.h"
#include "services/grpc/services.h"
#include "strowger/v1/agents.grpc.pb.h"

namespace strowger::grpc_api {
namespace {

class GetAgentCall final : public ReadCall<v1::GetAgentRequest, v1::GetAgentResponse> {
 public:
  using ReadCall::ReadCall;

 private:
  void Check(const v1::GetAgentRequest& request, Violations& violations) override {
    RequireName(request.agent_id(), "agent_id", violations);
  }
  void OnRead(const runtime::Reading& reading) override {
    view_ = reading.router.FindAgent(request().agent_id());
    sequence_ = reading.sequence;
  }
  grpc::Status Fill(v1::GetAgentResponse& response) override {
    if (!view_) {
      return Refused(routing::Outcome::kUnknownAgent, "agent_id",
                     Describe(routing::Outcome::kUnknownAgent));
    }
    SetAgent(*view_, response.mutable_agent());
    response.set_sequence(sequence_);
    return grpc::Status::OK;
  }

  std::optional<routing::AgentView> view_;
  std::uint64_t sequence_ = 0;
};

bool HasSkill(const routing::AgentView& agent, const v1::SkillRequirement& wanted) {
  return std::any_of(agent.skills.begin(), agent.skills.end(),
                     [&wanted](const routing::SkillLevel& level) {
                       return level.skill == wanted.skill() &&
                              level.proficiency >= std::max(1U, wanted.min_proficiency());
                     });
}

bool Passes(const routing::AgentView& agent, const v1::ListAgentsRequest& filter) {
  const auto& states = filter.states();
  const auto& teams = filter.teams();
  if (!states.empty() &&
      std::find(states.begin(), states.end(), ToProto(agent.state)) == states.end()) {
    return false;
  }
  if (!teams.empty() && std::find(teams.begin(), teams.end(), agent.team) == teams.end()) {
    return false;
  }
  return std::all_of(filter.skills().begin(), filter.skills().end(),
                     [&agent](const auto& wanted) { return HasSkill(agent, wanted); });
}

class ListAgentsCall final : public ReadCall<v1::ListAgentsRequest, v1::ListAgentsResponse> {
 public:
  using ReadCall::ReadCall;

 private:
  void Check(const v1::ListAgentsRequest& request, Violations& violations) override {
    CheckPageSize(request.page_size(), violations);
    AllowName(request.page_token(), "page_token", violations);
    for (int i = 0; i < request.states_size(); ++i) {
      if (request.states(i) != 0 && v1::AgentState_IsValid(request.states(i))) continue;
      const Violations::Step step(violations, "states", i);
      UnknownEnum(request.states(i), "", violations);
    }
    LimitCount(request.teams_size(), routing::kMaxSkillsPerAgent, "teams", violations);
    LimitCount(request.skills_size(), routing::kMaxSkillsPerAgent, "skills", violations);
  }
  // The token is the last id of the page before.
  void OnRead(const runtime::Reading& reading) override {
    views_ = reading.router.ListAgents(
        request().page_token(), PageSize(request().page_size()) + 1,
        [this](const routing::AgentView& agent) { return Passes(agent, request()); });
    sequence_ = reading.sequence;
  }
  grpc::Status Fill(v1::ListAgentsResponse& response) override {
    const std::size_t end = std::min(PageSize(request().page_size()), views_.size());
    std::size_t size = 0;
    std::size_t bytes = 0;
    while (size < end && bytes < kMaxPageBytes) {
      v1::AgentStatus* const agent = response.add_agents();
      SetAgent(views_[size++], agent);
      bytes += agent->ByteSizeLong();
    }
    if (views_.size() > size) response.set_next_page_token(views_[size - 1].agent);
    response.set_sequence(sequence_);
    return grpc::Status::OK;
  }

  std::vector<routing::AgentView> views_;
  std::uint64_t sequence_ = 0;
};

template <typename Service>
using Reads = typename v1::AgentService::template WithRawCallbackMethod_GetAgent<
    v1::AgentService::WithRawCallbackMethod_ListAgents<Service>>;
template <typename Service>
using Changes = typename v1::AgentService::template WithRawCallbackMethod_UpsertAgents<
    v1::AgentService::WithRawCallbackMethod_SetAgentState<
        v1::AgentService::WithRawCallbackMethod_RemoveAgent<
            v1::AgentService::WithRawCallbackMethod_SyncAgents<Service>>>>;
template <typename Service>
using Answers = typename v1::AgentService::template WithRawCallbackMethod_AcceptOffer<
    v1::AgentService::WithRawCallbackMethod_DeclineOffer<
        v1::AgentService::WithRawCallbackMethod_CompleteContact<
            v1::AgentService::WithRawCallbackMethod_FinishWrapUp<
                v1::AgentService::WithRawCallbackMethod_Renew<Service>>>>>;

class AgentService final : public Reads<Changes<Answers<v1::AgentService::Service>>> {
 public:
  explicit AgentService(Hub& hub) : hub_(hub) {}

 private:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* UpsertAgents(Context* context, const Bytes* in, Bytes* out) override {
    using Call =
        CommandCall<v1::UpsertAgentsRequest, v1::UpsertAgentsResponse, routing::UpsertAgents>;
    return StartCall<Call>(hub_, Rpc::kUpsertAgents, context, in, out);
  }
  Reactor* SyncAgents(Context* context, const Bytes* in, Bytes* out) override {
    using Call = CommandCall<v1::SyncAgentsRequest, v1::SyncAgentsResponse, routing::SyncAgents>;
    return StartCall<Call>(hub_, Rpc::kSyncAgents, context, in, out);
  }
  Reactor* SetAgentState(Context* context, const Bytes* in, Bytes* out) override {
    using Call =
        CommandCall<v1::SetAgentStateRequest, v1::SetAgentStateResponse, routing::SetAgentState>;
    return StartCall<Call>(hub_, Rpc::kSetAgentState, context, in, out);
  }
  Reactor* RemoveAgent(Context* context, const Bytes* in, Bytes* out) override {
    using Call = CommandCall<v1::RemoveAgentRequest, v1::RemoveAgentResponse, routing::RemoveAgent>;
    return StartCall<Call>(hub_, Rpc::kRemoveAgent, context, in, out);
  }
  Reactor* GetAgent(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<GetAgentCall>(hub_, Rpc::kGetAgent, context, in, out);
  }
  Reactor* ListAgents(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<ListAgentsCall>(hub_, Rpc::kListAgents, context, in, out);
  }
  Reactor* AcceptOffer(Context* context, const Bytes* in, Bytes* out) override {
    using Call = CommandCall<v1::AcceptOfferRequest, v1::AcceptOfferResponse, routing::AcceptOffer>;
    return StartCall<Call>(hub_, Rpc::kAcceptOffer, context, in, out);
  }
  Reactor* DeclineOffer(Context* context, const Bytes* in, Bytes* out) override {
    using Call =
        CommandCall<v1::DeclineOfferRequest, v1::DeclineOfferResponse, routing::DeclineOffer>;
    return StartCall<Call>(hub_, Rpc::kDeclineOffer, context, in, out);
  }
  Reactor* CompleteContact(Context* context, const Bytes* in, Bytes* out) override {
    using Call = CommandCall<v1::CompleteContactRequest, v1::CompleteContactResponse,
                             routing::CompleteContact>;
    return StartCall<Call>(hub_, Rpc::kCompleteContact, context, in, out);
  }
  Reactor* FinishWrapUp(Context* context, const Bytes* in, Bytes* out) override {
    using Call =
        CommandCall<v1::FinishWrapUpRequest, v1::FinishWrapUpResponse, routing::FinishWrapUp>;
    return StartCall<Call>(hub_, Rpc::kFinishWrapUp, context, in, out);
  }
  Reactor* Renew(Context* context, const Bytes* in, Bytes* out) override {
    using Call = CommandCall<v1::RenewRequest, v1::RenewResponse, routing::RenewLease>;
    return StartCall<Call>(hub_, Rpc::kRenew, context, in, out);
  }

  Hub& hub_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAgentService(Hub& hub) {
  return std::make_unique<AgentService>(hub);
}

}  // namespace strowger::grpc_api
