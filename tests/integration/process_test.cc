// The process: configuration, health, reflection, metrics, the drain.
#include <csignal>
#include <memory>
#include <thread>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

// The messages of grpc.health.v1 by hand: the packages bring no stubs.
std::string HealthRequest(const std::string& service) {
  if (service.empty()) return {};
  return std::string("\x0A") + static_cast<char>(service.size()) + service;
}

TEST(Process, HealthAndReflectionByOption) {
  ServerProcess plain({});
  const std::string check = "/grpc.health.v1.Health/Check";
  EXPECT_TRUE(CallRaw(plain, check, HealthRequest("")).ok());
  EXPECT_TRUE(CallRaw(plain, check, HealthRequest("strowger.v1.RoutingService")).ok());
  EXPECT_EQ(CallRaw(plain, check, HealthRequest("nothing")).error_code(),
            grpc::StatusCode::NOT_FOUND);
  const std::string reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  EXPECT_EQ(CallRaw(plain, reflection, "").error_code(), grpc::StatusCode::UNIMPLEMENTED);
  ServerProcess reflecting({.more = "reflection: true\n"});
  EXPECT_NE(CallRaw(reflecting, reflection, "").error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST(Process, MetricsAndProbes) {
  ServerProcess server({.metrics = true});
  Client client(server);
  client.AddAgent("ann");
  const std::string page = server.Fetch("/metrics");
  EXPECT_NE(page.find("200 OK"), std::string::npos);
  EXPECT_NE(page.find("UpsertAgents"), std::string::npos);
  EXPECT_NE(page.find(client.GetStatus().rule_set_hash()), std::string::npos);
  EXPECT_NE(server.Fetch("/healthz").find("200 OK"), std::string::npos);
  EXPECT_NE(server.Fetch("/readyz").find("200 OK"), std::string::npos);
}

TEST(Process, TerminationDrainsAndExitsWithZero) {
  ServerProcess server({});
  Client client(server);
  grpc::ClientContext watch_context;
  const auto watch = client.events->Watch(&watch_context, v1::WatchRequest());
  grpc::ClientContext session_context;
  const auto session = client.routing->Session(&session_context);
  v1::SessionRequest open;
  open.mutable_open()->set_session_id("s1");
  session->Write(open);
  v1::SessionResponse opened;
  ASSERT_TRUE(session->Read(&opened));
  grpc::ClientContext queues_context;
  v1::WatchQueuesRequest hourly;
  hourly.mutable_interval()->set_seconds(3600);
  const auto queues = client.queues->WatchQueues(&queues_context, hourly);
  v1::WatchQueuesResponse figures;
  ASSERT_TRUE(queues->Read(&figures));

  v1::SessionRequest last;
  last.set_first_number(1);
  *last.add_commands()->mutable_submit_contact() = MakeContact("c1");
  last.mutable_commands(0)->mutable_at()->set_seconds(kMonday);
  session->Write(last);
  v1::SessionResponse reply;
  ASSERT_TRUE(session->Read(&reply));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0);
  v1::WatchResponse events;
  EXPECT_TRUE(watch->Read(&events));  // what was there before the end
  while (watch->Read(&events)) {
  }
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  while (session->Read(&reply)) {
  }
  EXPECT_EQ(session->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  while (queues->Read(&figures)) {
  }
  EXPECT_EQ(queues->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(server.Log().find("\"stopped\""), std::string::npos);
}

TEST(Process, DrainByCall) {
  ServerProcess server({});
  Client client(server);
  v1::DrainResponse response;
  ASSERT_TRUE(
      client.Call(*client.admin, &v1::AdminService::Stub::Drain, v1::DrainRequest(), response)
          .ok());
  EXPECT_FALSE(response.already_draining());
  EXPECT_EQ(server.AwaitExit(), 0);
}

TEST(Process, WithTheSystemClockCommandsHaveNoTime) {
  ServerProcess server({.clock = "system"});
  Client client(server);
  v1::RouteRequest request;
  *request.mutable_contact() = MakeContact("c1");
  v1::RouteResponse response;
  grpc::ClientContext context;
  const grpc::Status status = client.routing->Route(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(response.receipt().time().seconds(), kMonday - 200 * 86'400);
  grpc::ClientContext again;
  request.mutable_at()->set_seconds(kMonday);
  const grpc::Status refused = client.routing->Route(&again, request, &response);
  EXPECT_EQ(DetailsOf(refused).fields, std::vector<std::string>{"at"});
}

TEST(Process, ConfigurationFromFileVariableAndFlag) {
  const TemporaryFolder folder;
  WriteFile(folder.File("c.yaml"), "log: {level: warn}\nlimits: {agents: 10, plans: 20}\n");
  const ProgramResult printed = RunServerProgram(
      {"--config", folder.File("c.yaml"), "--print-config", "--limits.plans", "30"},
      {"STROWGER_LIMITS_AGENTS=40", "STROWGER_LIMITS_PLANS=50"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_NE(printed.output.find("level: \"warn\""), std::string::npos) << printed.output;
  EXPECT_NE(printed.output.find("agents: 40"), std::string::npos) << printed.output;
  EXPECT_NE(printed.output.find("plans: 30"), std::string::npos) << printed.output;
  // What is printed can be read again, and says the same.
  WriteFile(folder.File("again.yaml"), printed.output);
  EXPECT_EQ(RunServerProgram({"--config", folder.File("again.yaml"), "--print-config"}).output,
            printed.output);
}

TEST(Process, WhatIsWrongWithTheConfigurationIsTold) {
  const TemporaryFolder folder;
  WriteFile(folder.File("c.yaml"), "log:\n  levle: warn\nclock: sundial\n");
  const ProgramResult bad = RunServerProgram({"--config", folder.File("c.yaml"), "--check-config"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_NE(bad.output.find("c.yaml:2:3"), std::string::npos) << bad.output;
  EXPECT_NE(bad.output.find("log.level"), std::string::npos) << bad.output;
  EXPECT_NE(bad.output.find("c.yaml:3:8"), std::string::npos) << bad.output;
  const ProgramResult flag = RunServerProgram({"--lisen", "x"});
  EXPECT_EQ(flag.exit_code, 2);
  EXPECT_NE(flag.output.find("--listen"), std::string::npos) << flag.output;
  WriteFile(folder.File("rules.yaml"), "schema: strowger.rules/v1\nrules: []\n");
  const ProgramResult rules =
      RunServerProgram({"--rules", folder.File("rules.yaml"), "--check-config"});
  EXPECT_EQ(rules.exit_code, 1);
  EXPECT_NE(rules.output.find("rules.yaml"), std::string::npos) << rules.output;
  EXPECT_EQ(RunServerProgram({"--check-config"}).exit_code, 0);
}

}  // namespace
}  // namespace strowger::testing
