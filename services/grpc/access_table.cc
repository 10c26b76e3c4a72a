#include "services/grpc/access_table.h"

#include <array>
#include <cstddef>

namespace strowger::grpc_api {
namespace {

constexpr std::size_t kMethods = static_cast<std::size_t>(Rpc::kListDomains) + 1;

struct Row {
  Rpc rpc;
  // P platform, O operator, S supervisor, R read-only, A auditor, each in its place.
  std::string_view roles;
  bool administrative = false;
};

// platform: the telephony or chat platform: contacts, agents and their answers, nothing else.
// operator: who runs the service: rules, queues, checkpoints, the end; no contact of anybody's.
// supervisor: who runs the floor: sees all, moves contacts and agents, throws switches.
// read-only: sees what supervisors see. auditor: sees rules and why contacts went where they went.
constexpr Row kTable[] = {
    {Rpc::kRoute, "P...."},
    {Rpc::kSession, "P...."},
    {Rpc::kGetContact, "POSR."},
    {Rpc::kListContacts, "POSR."},
    {Rpc::kWhyWaiting, "POSRA"},
    {Rpc::kPredictWait, "POSR."},
    {Rpc::kUpdateContact, "P.S.."},
    {Rpc::kCancelContact, "P.S.."},
    {Rpc::kTransferContact, "P.S.."},
    {Rpc::kAssignContact, "P.S.."},
    {Rpc::kHoldContact, "P...."},
    {Rpc::kResumeContact, "P...."},

    {Rpc::kUpsertAgents, "P...."},
    {Rpc::kSetAgentState, "P.S.."},
    {Rpc::kRemoveAgent, "P...."},
    {Rpc::kGetAgent, "POSR."},
    {Rpc::kListAgents, "POSR."},
    {Rpc::kAcceptOffer, "P...."},
    {Rpc::kDeclineOffer, "P...."},
    {Rpc::kCompleteContact, "P...."},
    {Rpc::kFinishWrapUp, "P...."},
    {Rpc::kRenew, "P...."},
    {Rpc::kSyncAgents, "P...."},

    {Rpc::kWatch, "POSR."},

    {Rpc::kCheckRuleSet, ".O..."},
    {Rpc::kApplyRuleSet, ".O..."},
    {Rpc::kGetRuleSet, ".OSRA"},
    {Rpc::kListRuleSetVersions, ".OSRA"},
    {Rpc::kRollbackRuleSet, ".O..."},
    {Rpc::kPromoteRuleSet, ".O..."},
    {Rpc::kDiscardCandidate, ".O..."},
    {Rpc::kSetFlag, ".OS.."},
    {Rpc::kDiffRuleSets, ".OSRA"},
    {Rpc::kExplainDecision, ".OSRA"},

    {Rpc::kGetQueue, "POSR."},
    {Rpc::kListQueues, "POSR."},
    {Rpc::kWatchQueues, "POSR."},
    {Rpc::kGetReport, "POSR."},
    {Rpc::kCloseQueue, ".OS..", true},
    {Rpc::kOpenQueue, ".OS..", true},
    {Rpc::kMoveContacts, ".OS..", true},

    {Rpc::kGetStatus, "POSRA"},
    {Rpc::kDrain, ".O...", true},
    {Rpc::kCheckpoint, ".O...", true},
    {Rpc::kBackup, ".O...", true},
    {Rpc::kEraseContactData, ".O...", true},
    {Rpc::kListDomains, "POSRA"},
};

struct Methods {
  std::array<std::array<bool, access::kRoles>, kMethods> allowed = {};
  std::array<bool, kMethods> administrative = {};
};

constexpr Methods Spread() {
  Methods methods;
  for (const Row& row : kTable) {
    const auto at = static_cast<std::size_t>(row.rpc);
    for (std::size_t role = 0; role < access::kRoles; ++role) {
      methods.allowed[at][role] = row.roles[role] != '.';
    }
    methods.administrative[at] = row.administrative;
  }
  return methods;
}

constexpr Methods kSpread = Spread();

}  // namespace

bool Allows(access::Role role, Rpc rpc) {
  return kSpread.allowed.at(static_cast<std::size_t>(rpc)).at(static_cast<std::size_t>(role));
}

bool IsAdministrative(Rpc rpc) { return kSpread.administrative.at(static_cast<std::size_t>(rpc)); }

std::optional<Rpc> RpcOf(const v1::Command& command) {
  if (command.has_submit_contact()) return Rpc::kRoute;
  if (command.has_update_contact()) return Rpc::kUpdateContact;
  if (command.has_cancel_contact()) return Rpc::kCancelContact;
  if (command.has_upsert_agents()) return Rpc::kUpsertAgents;
  if (command.has_set_agent_state()) return Rpc::kSetAgentState;
  if (command.has_remove_agent()) return Rpc::kRemoveAgent;
  if (command.has_accept_offer()) return Rpc::kAcceptOffer;
  if (command.has_decline_offer()) return Rpc::kDeclineOffer;
  if (command.has_complete_contact()) return Rpc::kCompleteContact;
  if (command.has_finish_wrap_up()) return Rpc::kFinishWrapUp;
  if (command.has_transfer_contact()) return Rpc::kTransferContact;
  if (command.has_assign_contact()) return Rpc::kAssignContact;
  if (command.has_hold_contact()) return Rpc::kHoldContact;
  if (command.has_resume_contact()) return Rpc::kResumeContact;
  if (command.has_close_queue()) return Rpc::kCloseQueue;
  if (command.has_open_queue()) return Rpc::kOpenQueue;
  if (command.has_move_contacts()) return Rpc::kMoveContacts;
  if (command.has_renew_lease()) return Rpc::kRenew;
  if (command.has_sync_agents()) return Rpc::kSyncAgents;
  return std::nullopt;
}

}  // namespace strowger::grpc_api
