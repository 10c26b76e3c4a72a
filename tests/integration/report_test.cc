// Interval reports beside a service that is killed: each thing counts once.
#include <cstdint>
#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

constexpr char kRules[] =
    "schema: strowger.rules/v1\nrule_set: retail\n"
    "rules:\n  - {id: rest, then: {queue: first}}\nqueues:\n  first: {}\n";

v1::GetReportResponse ReportOf(Client& client, v1::ReportSubject subject) {
  v1::GetReportRequest request;
  request.set_interval(v1::REPORT_INTERVAL_DAY);
  request.set_subject(subject);
  v1::GetReportResponse response;
  const grpc::Status status =
      client.Call(*client.queues, &v1::QueueService::Stub::GetReport, request, response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

void ExpectHandled(Client& client, std::int64_t count) {
  const v1::GetReportResponse queues = ReportOf(client, v1::REPORT_SUBJECT_QUEUES);
  ASSERT_EQ(queues.queues_size(), 1);
  const v1::QueueReport& queue = queues.queues(0);
  EXPECT_EQ(queue.queue(), "first");
  EXPECT_EQ(queue.queued(), static_cast<std::uint64_t>(count));
  EXPECT_EQ(queue.assigned(), static_cast<std::uint64_t>(count));
  EXPECT_EQ(queue.handled(), static_cast<std::uint64_t>(count));
  EXPECT_EQ(queue.total_wait().seconds(), 5 * count);
  EXPECT_EQ(queue.total_handling().seconds(), 60 * count);
  const v1::GetReportResponse agents = ReportOf(client, v1::REPORT_SUBJECT_AGENTS);
  ASSERT_EQ(agents.agents_size(), 1);
  const v1::AgentReport& agent = agents.agents(0);
  EXPECT_EQ(agent.handled(), static_cast<std::uint64_t>(count));
  EXPECT_EQ(agent.logged_in_time().seconds(), client.now - kMonday);
  EXPECT_EQ(agent.handling_time().seconds(), 60 * count);
  EXPECT_EQ(agent.reserved_time().seconds(), 5 * count);
}

// Checkpoints fall before, between and after what the reports have written for themselves.
TEST(Report, CountsEachThingOnceThroughFailures) {
  ServerProcess server({.rules = kRules, .more = "recovery: {grace: 0s}\n"});
  std::int64_t now = kMonday;
  std::int64_t handled = 0;
  for (int round = 0; round < 5; ++round) {
    {
      Client client(server);
      client.now = now;
      if (round == 0) client.AddAgent("ann");
      for (int i = 0; i < 6; ++i) {
        client.Serve(MakeContact("c" + std::to_string(++handled)), "ann");
        if (i == 1 && round % 2 == 1) ExpectHandled(client, handled);
        if (i == 3 && round >= 2) {
          v1::CheckpointResponse taken;
          ASSERT_TRUE(
              client.Call(*client.admin, &v1::AdminService::Stub::Checkpoint, {}, taken).ok());
        }
        if (i == 4 && round == 3) ExpectHandled(client, handled);
      }
      now = client.now;
    }
    server.Kill();  // a moment after the last one ended
    server.StartAgain();
    Client client(server);
    client.now = now;
    ExpectHandled(client, handled);
  }
}

// The rows begin anew; nothing else of the service minds.
TEST(Report, AFolderThatIsGoneBeginsAgain) {
  ServerProcess server({.rules = kRules, .more = "recovery: {grace: 0s}\n"});
  {
    Client client(server);
    client.AddAgent("ann");
    client.Serve(MakeContact("c1"), "ann");
    v1::CheckpointResponse taken;
    ASSERT_TRUE(client.Call(*client.admin, &v1::AdminService::Stub::Checkpoint, {}, taken).ok());
    client.Serve(MakeContact("c2"), "ann");
  }
  server.Kill();
  std::filesystem::remove_all(server.data_file("reports"));
  server.StartAgain();
  Client client(server);
  const v1::GetReportResponse queues = ReportOf(client, v1::REPORT_SUBJECT_QUEUES);
  ASSERT_EQ(queues.queues_size(), 1);
  EXPECT_EQ(queues.queues(0).queued(), 1U);  // what the journal has behind the checkpoint
  EXPECT_EQ(queues.since().seconds(), kMonday + 65);
}

TEST(Report, InMemoryItLivesAsLongAsTheService) {
  ServerProcess server({.rules = kRules, .more = "journal: {mode: memory}\n"});
  Client client(server);
  client.AddAgent("ann");
  client.Serve(MakeContact("c1"), "ann");
  ExpectHandled(client, 1);
  EXPECT_FALSE(std::filesystem::exists(server.data_file("reports")));
}

}  // namespace
}  // namespace strowger::testing
