// The calls that the service counts.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace strowger::grpc_api {

enum class Rpc : std::size_t {
  kRoute,
  kSession,
  kGetContact,
  kListContacts,
  kWhyWaiting,
  kPredictWait,
  kUpdateContact,
  kCancelContact,
  kTransferContact,
  kAssignContact,
  kHoldContact,
  kResumeContact,
  kUpsertAgents,
  kSetAgentState,
  kRemoveAgent,
  kGetAgent,
  kListAgents,
  kAcceptOffer,
  kDeclineOffer,
  kCompleteContact,
  kFinishWrapUp,
  kRenew,
  kSyncAgents,
  kWatch,
  kCheckRuleSet,
  kApplyRuleSet,
  kGetRuleSet,
  kListRuleSetVersions,
  kRollbackRuleSet,
  kPromoteRuleSet,
  kDiscardCandidate,
  kSetFlag,
  kDiffRuleSets,
  kSimulateRuleSet,
  kExplainDecision,
  kGetQueue,
  kListQueues,
  kWatchQueues,
  kGetReport,
  kCloseQueue,
  kOpenQueue,
  kMoveContacts,
  kGetStatus,
  kDrain,
  kCheckpoint,
  kBackup,
  kEraseContactData,
  kListDomains,
};

// Full names in the order of Rpc: "strowger.v1.RoutingService/Route".
std::vector<std::string> RpcNames();

// "strowger.v1.RoutingService", ...; administrative: those that can have listeners of their own.
std::vector<std::string> ServiceNames(bool administrative);

}  // namespace strowger::grpc_api
