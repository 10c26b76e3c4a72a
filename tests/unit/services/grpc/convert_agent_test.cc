#include <string>

#include "gtest/gtest.h"
#include "routing-core/rules/compiler.h"
#include "services/grpc/convert_commands.h"

namespace strowger::grpc_api {
namespace {

using routing::kSecond;

class ConvertAgentTest : public ::testing::Test {
 protected:
  template <typename To, typename From>
  To Converted(const From& from) {
    violations_.Clear();
    Conversion conversion{*rule_set_, rules::VocabularyOf(*rule_set_), violations_};
    To to;
    Convert(from, conversion, to);
    return to;
  }
  // "agents[0].pace.per: is required with contacts", or nothing.
  std::string Complaint() const {
    if (violations_.empty()) return {};
    const Violation& first = violations_.list().front();
    return first.field + ": " + first.description;
  }

  const std::shared_ptr<const routing::RuleSet> rule_set_ = rules::DefaultRuleSet();
  Violations violations_;
};

TEST_F(ConvertAgentTest, BoundsAndLeaseOfAnAgent) {
  v1::UpsertAgents message;
  v1::Agent& agent = *message.add_agents();
  agent.set_id("ann");
  for (const char* name : {"red", "blue"}) {
    agent.mutable_handling_cap()->add_labels()->set_name(name);
  }
  agent.mutable_handling_cap()->mutable_labels(1)->set_most(2);
  agent.mutable_pace()->set_contacts(3);
  agent.mutable_pace()->mutable_per()->set_seconds(60);
  agent.mutable_outside()->add_channels()->set_channel("voice");
  agent.mutable_outside()->mutable_channels(0)->set_contacts(1);
  agent.mutable_outside()->set_resets_idle(true);
  agent.mutable_lease()->set_seconds(30);
  agent.set_state(v1::AGENT_STATE_NOT_READY);
  agent.set_pending(true);

  const auto update = Converted<routing::UpsertAgents>(message).agents.front();
  EXPECT_EQ(Complaint(), "");
  EXPECT_EQ(update.handling_cap, (routing::HandlingCap{{{"blue", 2}, {"red", 0}}, {}}));
  EXPECT_EQ(update.pace, (routing::Pace{3, 60 * kSecond}));
  EXPECT_EQ(update.outside, (routing::OutsideWork{{{"voice", 1}}, true}));
  EXPECT_EQ(update.lease, 30 * kSecond);
  EXPECT_TRUE(update.pending);

  agent.Clear();
  agent.set_id("ann");
  const auto bare = Converted<routing::UpsertAgents>(message).agents.front();
  EXPECT_FALSE(bare.handling_cap || bare.pace || bare.outside || bare.lease || bare.pending);
}

TEST_F(ConvertAgentTest, WhatAnAgentCannotHave) {
  v1::UpsertAgents message;
  v1::Agent& agent = *message.add_agents();
  agent.set_id("ann");
  agent.mutable_pace()->set_contacts(1);
  Converted<routing::UpsertAgents>(message);
  EXPECT_EQ(Complaint(), "agents[0].pace.per: is required with contacts");

  agent.clear_pace();
  agent.set_pending(true);
  Converted<routing::UpsertAgents>(message);
  EXPECT_EQ(Complaint(), "agents[0].pending: goes with the states offline and not ready only");

  agent.clear_pending();
  for (const char* name : {"blue", "blue"}) {
    agent.mutable_handling_cap()->add_labels()->set_name(name);
  }
  Converted<routing::UpsertAgents>(message);
  EXPECT_EQ(Complaint().substr(0, 29), "agents[0].handling_cap.labels");
}

TEST_F(ConvertAgentTest, AStateThatWaitsIsNotForced) {
  v1::SetAgentState message;
  message.set_agent_id("ann");
  message.set_state(v1::AGENT_STATE_OFFLINE);
  message.set_pending(true);
  EXPECT_TRUE(Converted<routing::SetAgentState>(message).pending);
  EXPECT_EQ(Complaint(), "");
  message.set_force(true);
  Converted<routing::SetAgentState>(message);
  EXPECT_EQ(Complaint(), "pending: not together with force");
}

TEST_F(ConvertAgentTest, ARenewalNamesAnAgentOrAContact) {
  v1::RenewLease message;
  Converted<routing::RenewLease>(message);
  EXPECT_EQ(Complaint(), "agent_id: is required without contact_id");
  message.set_contact_id("c1");
  EXPECT_EQ(Converted<routing::RenewLease>(message).contact, "c1");
  EXPECT_EQ(Complaint(), "");
}

TEST_F(ConvertAgentTest, LabelsComeInByteOrderAndAreAtMostSixteen) {
  v1::Contact message;
  message.set_id("c1");
  message.set_channel("voice");
  for (const char* label : {"red", "blue"}) message.add_labels(label);
  EXPECT_EQ(Converted<routing::SubmitContact>(message).labels,
            (std::vector<std::string>{"blue", "red"}));
  message.clear_labels();
  for (int i = 0; i < 17; ++i) message.add_labels("label" + std::to_string(i));
  Converted<routing::SubmitContact>(message);
  EXPECT_NE(Complaint().find("16"), std::string::npos) << Complaint();
  EXPECT_NE(Complaint().find("17"), std::string::npos) << Complaint();

  v1::UpdateContact update;
  update.set_contact_id("c1");
  EXPECT_FALSE(Converted<routing::UpdateContact>(update).labels.has_value());
  (void)update.mutable_labels();
  EXPECT_EQ(Converted<routing::UpdateContact>(update).labels, std::vector<std::string>());
}

}  // namespace
}  // namespace strowger::grpc_api
