// Every method of every service and every role, against the table written out here a second time:
// whoever changes what a role may do, or adds a method, must say so twice.
#include "services/grpc/access_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "gtest/gtest.h"
#include "strowger/v1/admin.pb.h"
#include "strowger/v1/agents.pb.h"
#include "strowger/v1/events.pb.h"
#include "strowger/v1/queues.pb.h"
#include "strowger/v1/routing.pb.h"
#include "strowger/v1/rules.pb.h"

namespace strowger::grpc_api {
namespace {

using access::Role;

const std::map<Role, std::set<std::string>>& Expected() {
  static const std::set<std::string> seeing = {
      "RoutingService/GetContact", "RoutingService/WhyWaiting",   "AgentService/GetAgent",
      "AgentService/ListAgents",   "EventService/Watch",          "QueueService/GetQueue",
      "QueueService/ListQueues",   "QueueService/WatchQueues",    "AdminService/GetStatus",
      "AdminService/ListDomains",  "RoutingService/ListContacts", "QueueService/GetReport",
      "RoutingService/PredictWait"};
  static const std::set<std::string> past = {
      "RuleService/GetRuleSet", "RuleService/ListRuleSetVersions", "RuleService/DiffRuleSets",
      "RuleService/ExplainDecision"};
  const auto all = [](std::vector<std::set<std::string>> parts) {
    std::set<std::string> sum;
    for (const auto& part : parts) sum.insert(part.begin(), part.end());
    return sum;
  };
  static const auto& expected = *new std::map<Role, std::set<std::string>>{
      {Role::kPlatform,
       all({seeing,
            {"RoutingService/Route", "RoutingService/Session", "RoutingService/UpdateContact",
             "RoutingService/CancelContact", "RoutingService/TransferContact",
             "RoutingService/AssignContact", "RoutingService/HoldContact",
             "RoutingService/ResumeContact", "AgentService/UpsertAgents",
             "AgentService/SetAgentState", "AgentService/RemoveAgent", "AgentService/AcceptOffer",
             "AgentService/DeclineOffer", "AgentService/CompleteContact",
             "AgentService/FinishWrapUp", "AgentService/Renew", "AgentService/SyncAgents"}})},
      {Role::kOperator,
       all({seeing,
            past,
            {"RuleService/CheckRuleSet", "RuleService/ApplyRuleSet", "RuleService/RollbackRuleSet",
             "RuleService/PromoteRuleSet", "RuleService/DiscardCandidate", "RuleService/SetFlag",
             "QueueService/CloseQueue", "QueueService/OpenQueue", "QueueService/MoveContacts",
             "AdminService/Drain", "AdminService/Checkpoint", "AdminService/Backup",
             "AdminService/EraseContactData", "RuleService/SimulateRuleSet"}})},
      {Role::kSupervisor, all({seeing,
                               past,
                               {"RoutingService/UpdateContact", "RoutingService/CancelContact",
                                "RoutingService/TransferContact", "RoutingService/AssignContact",
                                "AgentService/SetAgentState", "RuleService/SetFlag",
                                "QueueService/CloseQueue", "QueueService/OpenQueue",
                                "QueueService/MoveContacts", "RuleService/SimulateRuleSet"}})},
      {Role::kReadOnly, all({seeing, past})},
      {Role::kAuditor,
       all({past,
            {"RoutingService/WhyWaiting", "AdminService/GetStatus", "AdminService/ListDomains"}})}};
  return expected;
}

// As the contract has them, whether the service knows of them or not.
std::vector<std::string> MethodsOfTheContract() {
  std::vector<std::string> methods;
  for (const google::protobuf::Descriptor* const message :
       {v1::RouteRequest::descriptor(), v1::GetAgentRequest::descriptor(),
        v1::WatchRequest::descriptor(), v1::GetQueueRequest::descriptor(),
        v1::GetRuleSetRequest::descriptor(), v1::DrainRequest::descriptor()}) {
    const google::protobuf::FileDescriptor* const file = message->file();
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->full_name() + '/' +
                          file->service(i)->method(j)->name());
      }
    }
  }
  return methods;
}

TEST(AccessTable, EveryMethodOfTheContractIsOneOfTheTable) {
  std::vector<std::string> contract = MethodsOfTheContract();
  std::vector<std::string> known = RpcNames();
  std::sort(contract.begin(), contract.end());
  std::sort(known.begin(), known.end());
  EXPECT_EQ(contract, known);
  EXPECT_GE(known.size(), 44U);
}

TEST(AccessTable, EveryRoleMayDoWhatIsWrittenHereAndNothingElse) {
  const std::vector<std::string> methods = RpcNames();
  for (std::size_t i = 0; i < methods.size(); ++i) {
    const std::string name = methods[i].substr(std::string("strowger.v1.").size());
    bool anybody = false;
    for (const auto& [role, allowed] : Expected()) {
      EXPECT_EQ(Allows(role, static_cast<Rpc>(i)), allowed.contains(name))
          << access::Name(role) << " " << name;
      anybody |= allowed.contains(name);
    }
    EXPECT_TRUE(anybody) << name << " is for nobody";
  }
  EXPECT_EQ(Expected().size(), access::kRoles);
}

// A session must not be a way around the table.
TEST(AccessTable, EveryCommandOfASessionStandsForACall) {
  const google::protobuf::Descriptor* const type = v1::Command::descriptor();
  int bodies = 0;
  for (int i = 0; i < type->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* const field = type->field(i);
    if (field->name() == "at" || field->name() == "tick") continue;
    v1::Command command;
    (void)command.GetReflection()->MutableMessage(&command, field);
    EXPECT_TRUE(RpcOf(command).has_value()) << field->name();
    ++bodies;
  }
  EXPECT_GE(bodies, 19);
  v1::Command close;
  (void)close.mutable_close_queue();
  EXPECT_EQ(RpcOf(close), Rpc::kCloseQueue);
}

TEST(AccessTable, WhatIsDoneByHandGoesIntoTheTrail) {
  for (const Rpc rpc : {Rpc::kDrain, Rpc::kCheckpoint, Rpc::kBackup, Rpc::kCloseQueue,
                        Rpc::kOpenQueue, Rpc::kMoveContacts}) {
    EXPECT_TRUE(IsAdministrative(rpc));
  }
  EXPECT_FALSE(IsAdministrative(Rpc::kRoute));
  EXPECT_FALSE(IsAdministrative(Rpc::kApplyRuleSet));  // it has lines of its own
}

}  // namespace
}  // namespace strowger::grpc_api
