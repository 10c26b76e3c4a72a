// What the journal recorded, played under other rules.
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

using grpc::StatusCode;

std::string RulesWith(const std::string& gold_queue) {
  return "schema: strowger.rules/v1\nrule_set: retail\n"
         "vocabulary:\n  contact: {tier: {type: string, default: bronze}}\n"
         "rules:\n"
         "  - {id: gold, when: contact.tier == 'gold', then: {queue: " +
         gold_queue +
         "}}\n"
         "  - {id: rest, then: {queue: second}}\n"
         "queues: {first: {}, second: {}}\n";
}

v1::Contact ContactOf(const std::string& id, const std::string& tier) {
  v1::Contact contact = MakeContact(id);
  v1::Attribute* const attribute = contact.add_attributes();
  attribute->set_name("tier");
  attribute->set_string_value(tier);
  return contact;
}

class Simulate : public ::testing::Test {
 protected:
  static void ServeSix(Client& client, int from) {
    for (int i = from; i < from + 6; ++i) {
      client.Serve(ContactOf("c" + std::to_string(i), i % 2 == 0 ? "gold" : "bronze"), "ann");
    }
  }

  grpc::Status Ask(Client& client, const v1::SimulateRuleSetRequest& request) {
    grpc::ClientContext context;
    client.Prepare(context);
    const auto stream = client.rules->SimulateRuleSet(&context, request);
    v1::SimulateRuleSetResponse response;
    told_.reset();
    while (stream->Read(&response)) {
      if (response.has_simulation()) told_ = response.simulation();
    }
    return stream->Finish();
  }

  static v1::SimulateRuleSetRequest With(const std::string& text) {
    v1::SimulateRuleSetRequest request;
    request.mutable_candidate()->set_text(text);
    return request;
  }

  std::optional<v1::Simulation> told_;
};

TEST_F(Simulate, TellsWhoWouldGoElsewhere) {
  ServerProcess server({.rules = RulesWith("first")});
  Client client(server);
  client.AddAgent("ann");
  ServeSix(client, 0);
  const v1::DomainStatus before = client.GetStatus(/*with_hash=*/true);
  ASSERT_TRUE(Ask(client, With(RulesWith("second"))).ok());
  ASSERT_TRUE(told_);
  EXPECT_EQ(told_->contacts(), 6U);
  EXPECT_EQ(told_->all().recorded().answered(), 6U);
  EXPECT_EQ(told_->all().base().answered(), 6U);
  EXPECT_EQ(told_->all().candidate().answered(), 6U);
  EXPECT_EQ(told_->all().recorded().mean_wait().seconds(), 5);  // until she takes it
  EXPECT_EQ(told_->all().base().mean_wait().seconds(), 5);
  EXPECT_EQ(told_->all().base().mean_service().seconds(), 60);
  ASSERT_EQ(told_->queues_size(), 2);
  EXPECT_EQ(told_->queues(0).queue(), "first");
  EXPECT_EQ(told_->queues(0).base().came(), 3U);
  EXPECT_EQ(told_->queues(0).candidate().came(), 0U);
  EXPECT_EQ(told_->queues(1).candidate().came(), 6U);
  EXPECT_EQ(told_->other_queue(), 3U);
  EXPECT_EQ(told_->other_rule(), 0U);
  ASSERT_EQ(told_->moves_size(), 1);
  EXPECT_EQ(told_->moves(0).from(), "first");
  EXPECT_EQ(told_->moves(0).to(), "second");
  EXPECT_EQ(told_->moves(0).contact_ids(0), "c0");
  // Nothing of the domain has been touched.
  const v1::DomainStatus after = client.GetStatus(/*with_hash=*/true);
  EXPECT_EQ(after.state_hash(), before.state_hash());
}

TEST_F(Simulate, BeginsBehindACheckpointThatReachesFarEnoughBack) {
  ServerProcess server({.rules = RulesWith("first")});
  Client client(server);
  client.AddAgent("ann");
  ServeSix(client, 0);
  v1::CheckpointResponse taken;
  ASSERT_TRUE(client.Call(*client.admin, &v1::AdminService::Stub::Checkpoint, {}, taken).ok());
  const std::int64_t since = client.now;
  ServeSix(client, 6);
  v1::SimulateRuleSetRequest request = With(RulesWith("second"));
  request.mutable_since()->set_seconds(since);
  ASSERT_TRUE(Ask(client, request).ok());
  EXPECT_EQ(told_->contacts(), 6U);
  EXPECT_EQ(told_->moves(0).contact_ids(0), "c6");
  request.clear_since();
  ASSERT_TRUE(Ask(client, request).ok());
  EXPECT_GE(told_->contacts(), 6U);
}

TEST_F(Simulate, VersionsAndTheCandidateCanBeCompared) {
  ServerProcess server({.rules = RulesWith("first")});
  Client client(server);
  client.AddAgent("ann");
  ServeSix(client, 0);
  v1::SimulateRuleSetRequest request;
  request.mutable_candidate()->set_candidate(true);
  EXPECT_EQ(Ask(client, request).error_code(), StatusCode::NOT_FOUND);
  v1::ApplyRuleSetRequest apply;
  apply.set_text(RulesWith("second"));
  apply.set_author("test");
  apply.set_comment("test");
  apply.set_shadow(true);
  v1::ApplyRuleSetResponse applied;
  ASSERT_TRUE(
      client.Call(*client.rules, &v1::RuleService::Stub::ApplyRuleSet, apply, applied).ok());
  request.mutable_base()->set_version(1);
  ASSERT_TRUE(Ask(client, request).ok());
  EXPECT_EQ(told_->other_queue(), 3U);
  request.mutable_base()->set_version(7);
  EXPECT_EQ(Ask(client, request).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(Simulate, BadQuestionsGetClearAnswers) {
  ServerProcess server({.rules = RulesWith("first")});
  Client client(server);
  grpc::Status status = Ask(client, With(RulesWith("second")));
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION) << status.error_message();
  client.AddAgent("ann");
  ServeSix(client, 0);

  EXPECT_EQ(Ask(client, {}).error_code(), StatusCode::INVALID_ARGUMENT);
  v1::SimulateRuleSetRequest both = With("x");
  both.mutable_candidate()->set_version(1);
  EXPECT_EQ(Ask(client, both).error_code(), StatusCode::INVALID_ARGUMENT);
  status = Ask(client, With(RulesWith("nowhere")));
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(status.error_message().find("candidate:"), std::string::npos) << status.error_message();
  EXPECT_NE(status.error_message().find("nowhere"), std::string::npos) << status.error_message();
  v1::SimulateRuleSetRequest later = With(RulesWith("second"));
  later.mutable_since()->set_seconds(client.now + 1'000);
  status = Ask(client, later);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(status.error_message().find("no contact came"), std::string::npos);
  later.mutable_until()->set_seconds(1);
  EXPECT_EQ(Ask(client, later).error_code(), StatusCode::INVALID_ARGUMENT);
  v1::SimulateRuleSetRequest elsewhere = With(RulesWith("second"));
  elsewhere.set_domain("nowhere");
  EXPECT_EQ(Ask(client, elsewhere).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(Simulate, WithoutAJournalThereIsNothingToPlay) {
  ServerProcess server({.rules = RulesWith("first"), .more = "journal: {mode: memory}\n"});
  Client client(server);
  const grpc::Status status = Ask(client, With(RulesWith("second")));
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION) << status.error_message();
}

}  // namespace
}  // namespace strowger::testing
