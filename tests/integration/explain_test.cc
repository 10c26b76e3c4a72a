// Decisions explained: those that the service remembers, and those that its journal tells.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

constexpr char kRules[] =
    "schema: strowger.rules/v1\nrule_set: retail\n"
    "vocabulary:\n  contact: {tier: {type: string, default: bronze}}\n"
    "rules:\n"
    "  - {id: gold, when: contact.tier == 'gold' && queue.waiting < 3, then: {queue: first}}\n"
    "  - {id: rest, then: {queue: second}}\n"
    "queues: {first: {}, second: {}}\n";

// More decisions than are remembered, about other contacts.
constexpr int kMany = 5'000;

class Explain : public ::testing::Test {
 protected:
  grpc::Status Ask(Client& client, const std::string& contact) {
    v1::ExplainDecisionRequest request;
    request.set_contact_id(contact);
    return client.Call(*client.rules, &v1::RuleService::Stub::ExplainDecision, request, told_);
  }

  // A gold contact that ann gets and declines, and waits since.
  static void BeginAContact(Client& client) {
    client.AddAgent("ann");
    v1::Contact contact = MakeContact("c1");
    v1::Attribute* const tier = contact.add_attributes();
    tier->set_name("tier");
    tier->set_string_value("gold");
    v1::RouteResponse routed;
    ASSERT_TRUE(client.Route(contact, routed).ok());
    ASSERT_EQ(routed.placement().offers_size(), 1);
    v1::DeclineOfferRequest decline;
    decline.mutable_command()->set_agent_id("ann");
    decline.mutable_command()->set_contact_id("c1");
    v1::DeclineOfferResponse declined;
    ASSERT_TRUE(
        client.Call(*client.agents, &v1::AgentService::Stub::DeclineOffer, decline, declined).ok());
  }

  static void MakeItForgotten(Client& client) {
    v1::RouteResponse routed;
    for (int i = 0; i < kMany; ++i) {
      ASSERT_TRUE(client.Route(MakeContact("x" + std::to_string(i), "fax"), routed).ok());
    }
  }

  void ExpectTheWholeStory() const {
    ASSERT_EQ(told_.rules_size(), 1);
    EXPECT_EQ(told_.rules(0).rule(), "gold");
    EXPECT_EQ(told_.rules(0).sequence(), 2U);
    ASSERT_EQ(told_.rules(0).rules_size(), 1);
    ASSERT_EQ(told_.rules(0).rules(0).parts_size(), 2);
    EXPECT_EQ(told_.rules(0).rules(0).parts(1).values(0).value(), "0");  // that waited then
    ASSERT_GE(told_.choices_size(), 1);
    EXPECT_EQ(told_.choices(0).candidates(0).agent_id(), "ann");
    EXPECT_EQ(told_.choices(0).strategy(), "longest_idle");
    EXPECT_TRUE(told_.complete());
  }

  static void Checkpoint(Client& client) {
    v1::CheckpointResponse taken;
    ASSERT_TRUE(client.Call(*client.admin, &v1::AdminService::Stub::Checkpoint, {}, taken).ok());
  }

  v1::ExplainDecisionResponse told_;
};

TEST_F(Explain, WhatIsRememberedNeedsNoJournal) {
  ServerProcess server({.rules = kRules});
  Client client(server);
  BeginAContact(client);
  ASSERT_TRUE(Ask(client, "c1").ok());
  ExpectTheWholeStory();
  EXPECT_FALSE(told_.has_replay());
}

TEST_F(Explain, WhatIsForgottenTheJournalTells) {
  ServerProcess server({.rules = kRules, .more = "journal: {mode: none}\n"});
  Client client(server);
  BeginAContact(client);
  MakeItForgotten(client);
  ASSERT_TRUE(Ask(client, "c1").ok());
  ExpectTheWholeStory();
  ASSERT_TRUE(told_.has_replay());
  EXPECT_EQ(told_.replay().checkpoint(), 0U);
  EXPECT_EQ(told_.replay().reached(), client.GetStatus().sequence());
  EXPECT_GT(told_.oldest_sequence(), 2U);
  EXPECT_EQ(told_.placement().state(), v1::CONTACT_STATE_QUEUED);
}

TEST_F(Explain, AfterAStartTheJournalTells) {
  ServerProcess server({.rules = kRules});
  {
    Client client(server);
    BeginAContact(client);
    Checkpoint(client);
  }
  server.Kill();
  server.StartAgain();
  Client client(server);
  ASSERT_TRUE(Ask(client, "c1").ok());
  ExpectTheWholeStory();
  EXPECT_TRUE(told_.has_replay());
  EXPECT_EQ(Ask(client, "nobody").error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(Explain, WhatCameBeforeAllThatIsKeptIsTooLongAgo) {
  ServerProcess server({.rules = kRules, .more = "journal: {keep: 0s}\n"});
  {
    Client client(server);
    BeginAContact(client);
    Checkpoint(client);
    client.AddAgent("bob");
    Checkpoint(client);
  }
  server.Kill();
  server.StartAgain();
  Client client(server);
  const grpc::Status status = Ask(client, "c1");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(status.error_message().find("the oldest that can be explained is sequence 4"),
            std::string::npos)
      << status.error_message();
}

TEST_F(Explain, WithoutAJournalOldOnesAreForgotten) {
  ServerProcess server({.rules = kRules, .more = "journal: {mode: memory}\n"});
  Client client(server);
  BeginAContact(client);
  MakeItForgotten(client);
  ASSERT_TRUE(Ask(client, "c1").ok());
  EXPECT_FALSE(told_.complete());
  EXPECT_TRUE(told_.rules().empty());
  EXPECT_GE(told_.choices_size(), 1);  // that is a ring of its own, with room still
  EXPECT_FALSE(told_.has_replay());
}

}  // namespace
}  // namespace strowger::testing
