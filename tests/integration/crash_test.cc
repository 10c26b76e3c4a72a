// The service is killed, and comes back as it was.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

std::string Rules(const std::string& queue) {
  return "schema: strowger.rules/v1\nrule_set: retail\nrules:\n  - id: rest\n    then: {queue: " +
         queue + "}\nqueues:\n  first: {}\n  second: {}\n";
}

std::string ApplyRules(Client& client, const std::string& text, const std::string& author = "ann") {
  v1::ApplyRuleSetRequest request;
  request.set_text(text);
  request.set_author(author);
  request.set_comment("because");
  v1::ApplyRuleSetResponse response;
  const grpc::Status status =
      client.Call(*client.rules, &v1::RuleService::Stub::ApplyRuleSet, request, response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.version().hash();
}

std::vector<std::string> Events(Client& client, std::size_t count) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  v1::WatchRequest request;
  request.mutable_after()->set_sequence(0);
  const auto stream = client.events->Watch(&context, request);
  std::vector<std::string> events;
  v1::WatchResponse response;
  while (events.size() < count && stream->Read(&response)) {
    for (const v1::Event& event : response.events()) events.push_back(event.ShortDebugString());
  }
  context.TryCancel();
  while (stream->Read(&response)) {
  }
  (void)stream->Finish();
  return events;
}

v1::AgentStatus GetAgent(Client& client, const std::string& id) {
  v1::GetAgentRequest request;
  request.set_agent_id(id);
  v1::GetAgentResponse response;
  EXPECT_TRUE(
      client.Call(*client.agents, &v1::AgentService::Stub::GetAgent, request, response).ok());
  return response.agent();
}

TEST(Crash, TheServiceComesBackAsItWas) {
  ServerProcess server({.rules = Rules("first"), .more = "recovery: {grace: 0s}\n"});
  v1::DomainStatus before;
  std::vector<std::string> events_before;
  std::string hash;
  v1::RouteResponse routed;
  {
    Client client(server);
    client.AddAgent("ann");
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(client.Route(MakeContact("c" + std::to_string(i)), routed).ok());
    }
    hash = ApplyRules(client, Rules("second"));
    ASSERT_TRUE(client.Route(MakeContact("last"), routed, "an id").ok());
    before = client.GetStatus(/*with_hash=*/true);
    events_before = Events(client, 24);
    EXPECT_GE(events_before.size(), 24U);
  }
  server.Kill();
  server.StartAgain();

  Client client(server);
  const v1::DomainStatus after = client.GetStatus(/*with_hash=*/true);
  EXPECT_EQ(after.state_hash(), before.state_hash());
  EXPECT_EQ(after.sequence(), before.sequence() + 1);  // the restart itself
  EXPECT_EQ(after.rule_set_version(), 2U);
  EXPECT_EQ(after.rule_set_hash(), hash);
  EXPECT_EQ(Events(client, 24), events_before);
  EXPECT_EQ(client.GetContact("c0").placement().state(), v1::CONTACT_STATE_OFFERED);
  EXPECT_EQ(client.GetContact("c5").placement().queue(), "first");

  // A repeat is known as one.
  v1::RouteResponse repeated;
  ASSERT_TRUE(client.Route(MakeContact("last"), repeated, "an id").ok());
  EXPECT_TRUE(repeated.receipt().repeated());
  EXPECT_EQ(repeated.receipt().sequence(), routed.receipt().sequence());

  // Who changed the rules, and why, is still known; and the way back is open.
  v1::ListRuleSetVersionsResponse versions;
  ASSERT_TRUE(client
                  .Call(*client.rules, &v1::RuleService::Stub::ListRuleSetVersions,
                        v1::ListRuleSetVersionsRequest{}, versions)
                  .ok());
  ASSERT_EQ(versions.versions_size(), 2);
  EXPECT_EQ(versions.versions(0).author(), "ann");
  EXPECT_EQ(versions.versions(0).comment(), "because");
  EXPECT_EQ(versions.versions(1).author(), "file");
}

TEST(Crash, ARuleFileEditedMeanwhileIsTakenAndAnOldOneIsNot) {
  ServerProcess server({.rules = Rules("first")});
  {
    Client client(server);
    ApplyRules(client, Rules("second"), "file");  // whatever a caller calls itself
  }
  server.Kill();
  server.StartAgain();
  {
    Client client(server);
    EXPECT_EQ(client.GetStatus().rule_set_version(), 2U);  // though the file says otherwise
  }
  server.Kill();
  WriteFile(server.rule_file(), Rules("first") + "# edited\n");
  server.StartAgain();
  EXPECT_TRUE(server.AwaitLog("rules_activated"));
  Client client(server);
  EXPECT_EQ(client.GetStatus().rule_set_version(), 3U);
}

TEST(Crash, ASessionGoesOnWhereItsRepliesWereLost) {
  ServerProcess server({.rules = Rules("first")});
  const auto send = [&](std::uint64_t first, int count, v1::SessionOpened& opened) {
    Client client(server);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    const auto stream = client.routing->Session(&context);
    v1::SessionRequest request;
    request.mutable_open()->set_session_id("platform");
    stream->Write(request);
    v1::SessionResponse response;
    EXPECT_TRUE(stream->Read(&response));
    opened = response.opened();
    request.Clear();
    request.set_first_number(first);
    for (int i = 0; i < count; ++i) {
      v1::Command& command = *request.add_commands();
      command.mutable_at()->set_seconds(client.now);
      *command.mutable_submit_contact() =
          MakeContact("s" + std::to_string(first + static_cast<std::uint64_t>(i)));
    }
    stream->Write(request);
    std::vector<v1::CommandReply> replies;
    while (replies.size() < static_cast<std::size_t>(count) && stream->Read(&response)) {
      replies.insert(replies.end(), response.replies().begin(), response.replies().end());
    }
    context.TryCancel();
    while (stream->Read(&response)) {
    }
    (void)stream->Finish();
    return replies;
  };
  v1::SessionOpened opened;
  const auto first = send(1, 10, opened);
  ASSERT_EQ(first.size(), 10U);
  server.Kill();
  server.StartAgain();
  const auto second = send(8, 5, opened);
  EXPECT_EQ(opened.highest_number(), 10U);
  ASSERT_EQ(second.size(), 5U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(second[i].receipt().repeated());
    EXPECT_EQ(second[i].receipt().sequence(), first[i + 7].receipt().sequence());
  }
  EXPECT_FALSE(second[3].receipt().repeated());
  EXPECT_EQ(second[3].receipt().outcome(), v1::OUTCOME_OK);
}

TEST(Crash, AgentsThatNobodySpeaksOfAfterARestartGoOffline) {
  ServerProcess server({.rules = Rules("first"), .more = "recovery: {grace: 5s}\n"});
  v1::RouteResponse routed;
  {
    Client client(server);
    client.AddAgent("ann");
    client.AddAgent("bob");
    ASSERT_TRUE(client.Route(MakeContact("c1"), routed).ok());
  }
  server.Kill();
  server.StartAgain();
  Client client(server);
  EXPECT_TRUE(GetAgent(client, "ann").has_lease_until());
  v1::SyncAgentsRequest sync;
  sync.mutable_at()->set_seconds(client.now);
  sync.mutable_command()->add_agents()->set_id("ann");
  v1::SyncAgentsResponse synced;
  ASSERT_TRUE(client.Call(*client.agents, &v1::AgentService::Stub::SyncAgents, sync, synced).ok());
  EXPECT_FALSE(GetAgent(client, "ann").has_lease_until());
  EXPECT_EQ(GetAgent(client, "ann").agent().state(), v1::AGENT_STATE_READY);
  EXPECT_EQ(GetAgent(client, "bob").agent().state(), v1::AGENT_STATE_OFFLINE);

  server.Kill();
  server.StartAgain();
  Client later(server);
  later.now = client.now + 60;
  ASSERT_TRUE(later.Route(MakeContact("c2"), routed).ok());
  EXPECT_EQ(GetAgent(later, "ann").agent().state(), v1::AGENT_STATE_OFFLINE);
}

// Callers that submit until the service is gone, each remembering what it was answered.
class Load {
 public:
  Load(const ServerProcess& server, int round) {
    for (int caller = 0; caller < kCallers; ++caller) {
      threads_.emplace_back([this, &server, round, caller] {
        Client client(server);
        for (int i = 0;; ++i) {
          const std::string id =
              std::to_string(round) + '-' + std::to_string(caller) + '-' + std::to_string(i);
          v1::RouteResponse response;
          open_[caller] = id;
          if (!client.Route(MakeContact(id), response, id).ok()) return;
          answered_[caller].emplace_back(id, response.receipt().sequence());
          ++count;
        }
      });
    }
  }
  void Join() {
    for (std::thread& thread : threads_) thread.join();
  }

  static constexpr int kCallers = 4;
  std::vector<std::pair<std::string, std::uint64_t>> answered_[kCallers];
  std::string open_[kCallers];  // submitted, and never answered
  std::atomic<int> count{0};

 private:
  std::vector<std::thread> threads_;
};

// Nobody has left, and all are alike: who came before stands before, and waits since it came.
void ExpectInOrder(Client& client, const Load& load) {
  std::map<std::uint64_t, v1::ContactStatus> newest;  // of each caller, by sequence
  for (const auto& answered : load.answered_) {
    if (answered.empty()) continue;
    newest[answered.back().second] = client.GetContact(answered.back().first);
  }
  std::uint64_t before = 0;
  for (const auto& [sequence, contact] : newest) {
    EXPECT_GT(contact.placement().position(), before) << contact.contact_id();
    EXPECT_LE(contact.placement().position(), sequence) << contact.contact_id();
    EXPECT_EQ(contact.arrived_at().seconds(), client.now) << contact.contact_id();
    before = contact.placement().position();
  }
}

int Kills() {
  const char* const wanted = std::getenv("STROWGER_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : 5;
}

TEST(Crash, WhatWasAnsweredIsThereOnceAndNothingIsInvented) {
  ServerProcess server({.rules = Rules("first"), .more = "checkpoint: {commands: 1000}\n"});
  std::mt19937 random(1);
  std::uint64_t contacts = 0;
  for (int round = 0; round < Kills(); ++round) {
    Load load(server, round);
    const int enough = 1 + static_cast<int>(random() % 200);
    while (load.count < enough) std::this_thread::yield();
    server.Kill();
    load.Join();
    server.StartAgain();
    Client client(server);
    for (int caller = 0; caller < Load::kCallers; ++caller) {
      for (const auto& [id, sequence] : load.answered_[caller]) {
        v1::RouteResponse again;
        ASSERT_TRUE(client.Route(MakeContact(id), again, id).ok()) << id;
        ASSERT_TRUE(again.receipt().repeated()) << id << " was answered and then forgotten";
        ASSERT_EQ(again.receipt().sequence(), sequence) << id;
      }
      contacts += load.answered_[caller].size();
      // Whether it got in or not: asked again, it is there once.
      v1::RouteResponse last;
      ASSERT_TRUE(client.Route(MakeContact(load.open_[caller]), last, load.open_[caller]).ok());
      ++contacts;
    }
    ASSERT_EQ(client.GetStatus().contacts_queued(), contacts);
    ExpectInOrder(client, load);
  }
}

}  // namespace
}  // namespace strowger::testing
