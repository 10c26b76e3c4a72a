#include "services/grpc/rpcs.h"

#include <string_view>
#include <utility>

namespace strowger::grpc_api {
namespace {

using Methods = std::vector<std::string_view>;

// In the order of Rpc.
const std::vector<std::pair<std::string_view, Methods>>& Services() {
  static const auto& services = *new std::vector<std::pair<std::string_view, Methods>>{
      {"RoutingService",
       {"Route", "Session", "GetContact", "ListContacts", "WhyWaiting", "PredictWait",
        "UpdateContact", "CancelContact", "TransferContact", "AssignContact", "HoldContact",
        "ResumeContact"}},
      {"AgentService",
       {"UpsertAgents", "SetAgentState", "RemoveAgent", "GetAgent", "ListAgents", "AcceptOffer",
        "DeclineOffer", "CompleteContact", "FinishWrapUp", "Renew", "SyncAgents"}},
      {"EventService", {"Watch"}},
      {"RuleService",
       {"CheckRuleSet", "ApplyRuleSet", "GetRuleSet", "ListRuleSetVersions", "RollbackRuleSet",
        "PromoteRuleSet", "DiscardCandidate", "SetFlag", "DiffRuleSets", "SimulateRuleSet",
        "ExplainDecision"}},
      {"QueueService",
       {"GetQueue", "ListQueues", "WatchQueues", "GetReport", "CloseQueue", "OpenQueue",
        "MoveContacts"}},
      {"AdminService",
       {"GetStatus", "Drain", "Checkpoint", "Backup", "EraseContactData", "ListDomains"}},
  };
  return services;
}

std::string FullName(std::string_view service) { return "strowger.v1." + std::string(service); }

}  // namespace

std::vector<std::string> RpcNames() {
  std::vector<std::string> names;
  for (const auto& [service, methods] : Services()) {
    for (const std::string_view method : methods) {
      names.push_back(FullName(service) + '/' + std::string(method));
    }
  }
  return names;
}

std::vector<std::string> ServiceNames(bool administrative) {
  std::vector<std::string> names;
  for (const auto& [service, methods] : Services()) {
    const bool is_administrative = service == "RuleService" || service == "AdminService";
    if (is_administrative == administrative) names.push_back(FullName(service));
  }
  return names;
}

}  // namespace strowger::grpc_api
