#include "services/grpc/access_table.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace strowger::grpc_api {
namespace {

constexpr std::size_t kMethods = static_cast<std::size_t>(Rpc::kListDomains) + 1;

enum class Kind : std::uint8_t { kPlain, kEndsWork, kAdministrative };
constexpr Kind kEndsWork = Kind::kEndsWork;
constexpr Kind kAdministrative = Kind::kAdministrative;

struct Row {
  Rpc rpc;
  // P platform, O operator, S supervisor, R read-only, A auditor, each in its place.
  std::string_view roles;
  Kind kind = Kind::kPlain;
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
    {Rpc::kUpdateContact, "P.S..", kEndsWork},
    {Rpc::kCancelContact, "P.S..", kEndsWork},
    {Rpc::kTransferContact, "P.S..", kEndsWork},
    {Rpc::kAssignContact, "P.S..", kEndsWork},
    {Rpc::kHoldContact, "P....", kEndsWork},
    {Rpc::kResumeContact, "P....", kEndsWork},

    {Rpc::kUpsertAgents, "P....", kEndsWork},
    {Rpc::kSetAgentState, "P.S..", kEndsWork},
    {Rpc::kRemoveAgent, "P....", kEndsWork},
    {Rpc::kGetAgent, "POSR."},
    {Rpc::kListAgents, "POSR."},
    {Rpc::kAcceptOffer, "P....", kEndsWork},
    {Rpc::kDeclineOffer, "P....", kEndsWork},
    {Rpc::kCompleteContact, "P....", kEndsWork},
    {Rpc::kFinishWrapUp, "P....", kEndsWork},
    {Rpc::kRenew, "P....", kEndsWork},
    {Rpc::kSyncAgents, "P....", kEndsWork},

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
    {Rpc::kSimulateRuleSet, ".OS.."},
    {Rpc::kExplainDecision, ".OSRA"},

    {Rpc::kGetQueue, "POSR."},
    {Rpc::kListQueues, "POSR."},
    {Rpc::kWatchQueues, "POSR."},
    {Rpc::kGetReport, "POSR."},
    {Rpc::kCloseQueue, ".OS..", kAdministrative},
    {Rpc::kOpenQueue, ".OS..", kAdministrative},
    {Rpc::kMoveContacts, ".OS..", kAdministrative},

    {Rpc::kGetStatus, "POSRA"},
    {Rpc::kDrain, ".O...", kAdministrative},
    {Rpc::kCheckpoint, ".O...", kAdministrative},
    {Rpc::kBackup, ".O...", kAdministrative},
    {Rpc::kEraseContactData, ".O...", kAdministrative},
    {Rpc::kListDomains, "POSRA"},
};

struct Methods {
  std::array<std::array<bool, access::kRoles>, kMethods> allowed = {};
  std::array<Kind, kMethods> kinds = {};
};

constexpr Methods Spread() {
  Methods methods;
  for (const Row& row : kTable) {
    const auto at = static_cast<std::size_t>(row.rpc);
    for (std::size_t role = 0; role < access::kRoles; ++role) {
      methods.allowed[at][role] = row.roles[role] != '.';
    }
    methods.kinds[at] = row.kind;
  }
  return methods;
}

constexpr Methods kSpread = Spread();

}  // namespace

bool Allows(access::Role role, Rpc rpc) {
  return kSpread.allowed.at(static_cast<std::size_t>(rpc)).at(static_cast<std::size_t>(role));
}

bool IsAdministrative(Rpc rpc) {
  return kSpread.kinds.at(static_cast<std::size_t>(rpc)) == kAdministrative;
}

bool BringsWork(Rpc rpc) { return kSpread.kinds.at(static_cast<std::size_t>(rpc)) != kEndsWork; }

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
