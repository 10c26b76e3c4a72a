#include "services/journal/codec.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "routing-core/rules/compiler.h"
#include "routing-core/rules/who.h"
#include "services/journal/who_text.h"
#include "tests/unit/services/runtime/support.h"

namespace strowger::journal {
namespace {

using routing::kMillisecond;
using routing::kSecond;

std::shared_ptr<const routing::RuleSet> Rules() { return rules::DefaultRuleSet(); }

DecodeContext Context(const routing::RuleSet* rule_set) {
  return {[rule_set] { return rule_set; },
          [](const std::string& text) -> absl::StatusOr<std::shared_ptr<const routing::RuleSet>> {
            return std::make_shared<runtime::OneQueueRules>(text);
          }};
}

// Through bytes and back.
Record RoundTrip(const Record& record) {
  v1::Record message;
  const RecordView view{&record.command, record.command_id, record.session_id, record.number,
                        nullptr};
  EXPECT_TRUE(Encode(view, message).ok());
  v1::Record read;
  EXPECT_TRUE(read.ParseFromString(message.SerializeAsString()));
  const auto rule_set = Rules();
  absl::StatusOr<Record> decoded = Decode(read, Context(rule_set.get()));
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  v1::Record again;
  const RecordView second{&decoded->command, decoded->command_id, decoded->session_id,
                          decoded->number, nullptr};
  EXPECT_TRUE(Encode(second, again).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(message, again));
  return *std::move(decoded);
}

template <typename Body>
Body RoundTripBody(Body body) {
  Record record;
  record.command = {7, 12'345'678'901, std::move(body)};
  const Record decoded = RoundTrip(record);
  EXPECT_EQ(decoded.command.sequence, 7U);
  EXPECT_EQ(decoded.command.time, 12'345'678'901);
  return std::get<Body>(decoded.command.body);
}

routing::Requirement Requirement(const char* who) {
  routing::Requirement requirement;
  requirement.require = {{"billing", 6}, {"english", 1}};
  requirement.who = rules::CompileWho(who).formula;
  return requirement;
}

std::vector<routing::Attribute> Attributes() {
  return {{"name", std::string("Zo\xc3\xab")},
          {"count", std::int64_t{-5}},
          {"ratio", 0.1},
          {"vip", true},
          {"tags", std::vector<std::string>{"a", ""}}};
}

routing::Plan FullPlan(const routing::RuleSet& rule_set) {
  routing::Plan plan;
  plan.queue = "default";
  plan.requirement = Requirement("agent.team == \"a\" || agent.skills.french >= 3");
  routing::Step first;
  first.id = "wider";
  first.after = 1'500 * kMillisecond;
  first.requirement = routing::Requirement{};
  first.priority = routing::PriorityChange{std::nullopt, 5};
  first.skip_if_empty = false;
  routing::Step second;
  second.id = "crowded";
  second.after = 2 * kSecond;
  second.when = rules::CompileCondition("queue.waiting > 5", rule_set).condition;
  second.queue = "default";
  second.priority = routing::PriorityChange{routing::Priority{1, 2, 3}, 0};
  plan.steps = {first, second};
  routing::Overflow away;
  away.id = "away";
  away.after = 60 * kSecond;
  away.to.queue = "default";
  away.to.keep_requirement = true;
  away.to.priority = routing::PriorityChange{std::nullopt, -1};
  routing::Overflow mail;
  mail.id = "mail";
  mail.to.treatment = "voicemail";
  plan.overflow = {away, mail};
  plan.wait_limit = routing::WaitLimit{90 * kSecond, "callback"};
  plan.skip_if_empty = true;
  plan.ranks = {std::nullopt, 2};
  plan.lift = -1;
  plan.prefer = {{"billing", 300'000}, {"last_agent", 1}};
  plan.steps[0].ranks = routing::RankChange{0, std::nullopt, 3};
  plan.steps[0].lift = 3;
  plan.steps[1].prefer = {{"idleness", routing::kMaxPreferWeight}};
  return plan;
}

TEST(Codec, WhatIsDoneToHandlingsAndQueues) {
  routing::TransferContact transfer;
  transfer.contact = "c1";
  transfer.queue = "back";
  transfer.requirement = Requirement("agent.team == \"a\"");
  transfer.priority = routing::PriorityChange{routing::Priority{1, 2, 3}, 0};
  const routing::TransferContact to_queue = RoundTripBody(transfer);
  EXPECT_EQ(to_queue.contact, "c1");
  EXPECT_EQ(to_queue.queue, "back");
  EXPECT_EQ(to_queue.agent, "");
  EXPECT_EQ(to_queue.requirement, transfer.requirement);
  EXPECT_EQ(to_queue.priority, transfer.priority);
  const routing::TransferContact to_agent = RoundTripBody(
      routing::TransferContact{"c1", "", "ann", {}, routing::PriorityChange{std::nullopt, -4}});
  EXPECT_EQ(to_agent.agent, "ann");
  EXPECT_EQ(to_agent.queue, "");
  EXPECT_EQ(to_agent.priority->add, -4);
  const routing::AssignContact assign = RoundTripBody(routing::AssignContact{"c1", "ann"});
  EXPECT_EQ(assign.contact + assign.agent, "c1ann");
  const routing::HoldContact hold = RoundTripBody(routing::HoldContact{"c1", "ann"});
  EXPECT_EQ(hold.contact + hold.agent, "c1ann");
  const routing::ResumeContact resume = RoundTripBody(routing::ResumeContact{"c1", ""});
  EXPECT_EQ(resume.contact + resume.agent, "c1");
  for (const bool open : {false, true}) {
    const routing::SetQueueOpen set = RoundTripBody(routing::SetQueueOpen{"main", open});
    EXPECT_EQ(set.queue, "main");
    EXPECT_EQ(set.open, open);
  }
  const routing::MoveContacts move = RoundTripBody(routing::MoveContacts{"a", "b"});
  EXPECT_EQ(move.from + move.to, "ab");
}

TEST(Codec, ASubmitWithEverything) {
  const auto rule_set = Rules();
  routing::SubmitContact from;
  from.labels = {"blue", "vip"};
  from.contact = "c1";
  from.channel = "voice";
  from.attributes = Attributes();
  from.location = "Paris";
  from.not_before = 20 * kSecond + 1;
  from.virtual_arrival = 10 * kSecond + 999'999'999;
  from.priority = routing::Priority{-5, 7, 9};
  from.requested = {"ann", 30 * kSecond, false};
  from.resume = routing::Resume{"+44", 60 * kSecond};
  from.plan = FullPlan(*rule_set);
  const routing::SubmitContact to = RoundTripBody(from);
  EXPECT_EQ(to.labels, from.labels);
  EXPECT_EQ(to.contact, from.contact);
  EXPECT_EQ(to.channel, from.channel);
  EXPECT_EQ(to.requested, from.requested);
  EXPECT_EQ(to.resume, from.resume);
  EXPECT_EQ(to.attributes, from.attributes);
  EXPECT_EQ(to.location, from.location);
  EXPECT_EQ(to.not_before, from.not_before);
  EXPECT_EQ(to.virtual_arrival, from.virtual_arrival);
  EXPECT_EQ(to.priority, from.priority);
  ASSERT_TRUE(to.plan.has_value());
  EXPECT_EQ(to.plan->queue, "default");
  EXPECT_EQ(to.plan->requirement, from.plan->requirement);
  ASSERT_EQ(to.plan->steps.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(to.plan->steps[i].id, from.plan->steps[i].id);
    EXPECT_EQ(to.plan->steps[i].after, from.plan->steps[i].after);
    EXPECT_EQ(to.plan->steps[i].requirement, from.plan->steps[i].requirement);
    EXPECT_EQ(to.plan->steps[i].priority, from.plan->steps[i].priority);
    EXPECT_EQ(to.plan->steps[i].queue, from.plan->steps[i].queue);
    EXPECT_EQ(to.plan->steps[i].skip_if_empty, from.plan->steps[i].skip_if_empty);
    EXPECT_EQ(to.plan->steps[i].ranks, from.plan->steps[i].ranks);
    EXPECT_EQ(to.plan->steps[i].lift, from.plan->steps[i].lift);
    EXPECT_EQ(to.plan->steps[i].prefer, from.plan->steps[i].prefer);
  }
  EXPECT_EQ(to.plan->steps[0].when, nullptr);
  ASSERT_NE(to.plan->steps[1].when, nullptr);
  EXPECT_EQ(to.plan->steps[1].when->source(), from.plan->steps[1].when->source());
  ASSERT_EQ(to.plan->overflow.size(), 2U);
  EXPECT_EQ(to.plan->overflow[0].to, from.plan->overflow[0].to);
  EXPECT_EQ(to.plan->overflow[1].to, from.plan->overflow[1].to);
  EXPECT_EQ(to.plan->overflow[0].after, 60 * kSecond);
  EXPECT_EQ(to.plan->wait_limit, from.plan->wait_limit);
  EXPECT_TRUE(to.plan->skip_if_empty);
  EXPECT_EQ(to.plan->ranks, from.plan->ranks);
  EXPECT_EQ(to.plan->lift, from.plan->lift);
  EXPECT_EQ(to.plan->prefer, from.plan->prefer);
}

routing::SubmitContact Submit(std::string contact, std::string channel) {
  routing::SubmitContact submit;
  submit.contact = std::move(contact);
  submit.channel = std::move(channel);
  return submit;
}

TEST(Codec, ASubmitWithNothingHasNothing) {
  const routing::SubmitContact to = RoundTripBody(Submit("c1", "chat"));
  EXPECT_TRUE(to.labels.empty());
  EXPECT_TRUE(to.attributes.empty());
  EXPECT_FALSE(to.not_before.has_value());
  EXPECT_FALSE(to.virtual_arrival.has_value());
  EXPECT_FALSE(to.priority.has_value());
  EXPECT_FALSE(to.plan.has_value());
}

TEST(Codec, UpdatesAndEnds) {
  routing::UpdateContact update;
  update.contact = "c1";
  update.attributes = Attributes();
  update.priority = routing::Priority{4, 0, std::nullopt};
  update.requirement = Requirement("!(agent.id == \"ann\")");
  update.replan = true;
  update.labels = std::vector<std::string>{"blue", "red"};
  const routing::UpdateContact to = RoundTripBody(update);
  EXPECT_EQ(to.contact, "c1");
  EXPECT_EQ(to.attributes, update.attributes);
  EXPECT_EQ(to.priority, update.priority);
  EXPECT_EQ(to.requirement, update.requirement);
  EXPECT_FALSE(to.virtual_arrival.has_value());
  EXPECT_TRUE(to.replan);
  EXPECT_EQ(to.labels, update.labels);
  EXPECT_FALSE(RoundTripBody(routing::UpdateContact{}).labels.has_value());
  EXPECT_TRUE(RoundTripBody(routing::CancelContact{"c1", true}).by_customer);
  EXPECT_FALSE(RoundTripBody(routing::CancelContact{"c1", false}).by_customer);
  EXPECT_EQ(RoundTripBody(routing::CompleteContact{"c1", "ann"}).agent, "ann");
  EXPECT_EQ(RoundTripBody(routing::FinishWrapUp{"ann", "c1"}).contact, "c1");
  EXPECT_EQ(RoundTripBody(routing::AcceptOffer{"c1", "ann", 9}).offer, 9U);
  EXPECT_EQ(RoundTripBody(routing::DeclineOffer{"c1", "ann", 0}).agent, "ann");
  RoundTripBody(routing::Tick{});
}

TEST(Codec, AgentsGivenWholeAndInPart) {
  routing::AgentUpdate full;
  full.agent = "ann";
  full.skills = {{{"billing", 7}}};
  full.team = "a";
  full.location = "";
  full.attributes = Attributes();
  full.rank = 3;
  full.queues = {{{"default", 2, 30 * kSecond, 1}, {"late", 0, 0, std::nullopt}}};
  full.capacity.emplace();
  full.capacity->total = 10;
  full.capacity->channels = {{"chat", 3, 2, {"voice"}}, {"voice", 1, 0, {}}};
  full.wrap_up = 0;
  full.state = routing::AgentState::kNotReady;
  full.reason = "lunch";
  full.pending = true;
  full.handling_cap = routing::HandlingCap{{{"blue", 2}}, {{"billing", 0}, {"sales", 1}}};
  full.pace = routing::Pace{2, 3'600 * kSecond};
  full.outside = routing::OutsideWork{{{"voice", 1}}, true};
  full.lease = 60 * kSecond;
  routing::AgentUpdate bare;
  bare.agent = "bob";
  const routing::UpsertAgents to = RoundTripBody(routing::UpsertAgents{{full, bare}});
  ASSERT_EQ(to.agents.size(), 2U);
  EXPECT_EQ(to.agents[0].skills, full.skills);
  EXPECT_EQ(to.agents[0].team, full.team);
  EXPECT_EQ(to.agents[0].location, full.location);
  EXPECT_EQ(to.agents[0].attributes, full.attributes);
  EXPECT_EQ(to.agents[0].rank, full.rank);
  EXPECT_EQ(to.agents[0].queues, full.queues);
  EXPECT_EQ(to.agents[0].capacity, full.capacity);
  EXPECT_EQ(to.agents[0].wrap_up, full.wrap_up);
  EXPECT_EQ(to.agents[0].state, full.state);
  EXPECT_EQ(to.agents[0].reason, "lunch");
  EXPECT_TRUE(to.agents[0].pending);
  EXPECT_EQ(to.agents[0].handling_cap, full.handling_cap);
  EXPECT_EQ(to.agents[0].pace, full.pace);
  EXPECT_EQ(to.agents[0].outside, full.outside);
  EXPECT_EQ(to.agents[0].lease, full.lease);
  const routing::AgentUpdate& other = to.agents[1];
  EXPECT_FALSE(other.skills || other.team || other.location || other.attributes || other.rank ||
               other.queues || other.capacity || other.wrap_up || other.state ||
               other.handling_cap || other.pace || other.outside || other.lease || other.pending);
  routing::AgentUpdate everywhere;
  everywhere.agent = "cat";
  everywhere.queues.emplace();
  const auto again = RoundTripBody(routing::UpsertAgents{{everywhere}});
  ASSERT_TRUE(again.agents[0].queues.has_value());
  EXPECT_TRUE(again.agents[0].queues->empty());
  const routing::SetAgentState state =
      RoundTripBody(routing::SetAgentState{"ann", routing::AgentState::kOffline, "", true});
  EXPECT_EQ(state.state, routing::AgentState::kOffline);
  EXPECT_TRUE(state.force);
  EXPECT_FALSE(state.pending || state.lease);
  const routing::SetAgentState later = RoundTripBody(
      routing::SetAgentState{"ann", routing::AgentState::kNotReady, "lunch", false, true, 0});
  EXPECT_TRUE(later.pending);
  EXPECT_EQ(later.lease, 0);
  EXPECT_EQ(RoundTripBody(routing::SyncAgents{{full, bare}}).agents.size(), 2U);
  EXPECT_TRUE(RoundTripBody(routing::SyncAgents{}).agents.empty());
  EXPECT_EQ(RoundTripBody(routing::Restarted{5 * kSecond}).grace, 5 * kSecond);
  const routing::RenewLease renew = RoundTripBody(routing::RenewLease{"ann", "c1"});
  EXPECT_EQ(renew.agent, "ann");
  EXPECT_EQ(renew.contact, "c1");
  EXPECT_TRUE(RoundTripBody(routing::RemoveAgent{"ann", true}).force);
}

TEST(Codec, AnActivationCarriesTextAndHash) {
  routing::ActivateRuleSet from;
  from.rule_set = std::make_shared<runtime::OneQueueRules>("the text");
  from.if_version = 4;
  from.replan = true;
  const routing::ActivateRuleSet to = RoundTripBody(from);
  EXPECT_EQ(to.rule_set->text(), "the text");
  EXPECT_EQ(to.if_version, from.if_version);
  EXPECT_TRUE(to.replan);

  v1::Record message;
  routing::Command command{1, 1, from};
  ASSERT_TRUE(Encode({&command, {}, {}, 0}, message).ok());
  EXPECT_EQ(message.activate_rule_set().hash(), from.rule_set->hash());
  message.mutable_activate_rule_set()->set_hash("another");
  EXPECT_EQ(Decode(message, Context(nullptr)).status().code(), absl::StatusCode::kDataLoss);
}

TEST(Codec, IdentityIsKept) {
  Record record;
  record.command = {1, 1, routing::Tick{}};
  record.command_id = "key";
  EXPECT_EQ(RoundTrip(record).command_id, "key");
  record.command_id.clear();
  record.session_id = "s";
  record.number = 99;
  const Record decoded = RoundTrip(record);
  EXPECT_EQ(decoded.session_id, "s");
  EXPECT_EQ(decoded.number, 99U);
}

TEST(Codec, WhatANewerVersionWroteIsRefused) {
  v1::Record empty;
  EXPECT_EQ(Decode(empty, Context(nullptr)).status().code(), absl::StatusCode::kFailedPrecondition);
  v1::Record unknown;
  unknown.mutable_command();
  EXPECT_EQ(Decode(unknown, Context(nullptr)).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(Codec, WhatHasNoPlaceIsAnErrorAndNotLost) {
  routing::SubmitContact submit = Submit("c1", "voice");
  submit.plan.emplace();
  submit.plan->queue = "default";
  submit.plan->treatment = "voicemail";
  routing::Command command{1, 1, submit};
  v1::Record message;
  EXPECT_EQ(Encode({&command, {}, {}, 0}, message).code(), absl::StatusCode::kUnimplemented);
}

TEST(WhoText, CompilesIntoTheSameFormula) {
  for (const char* text :
       {"", "true", "!false", "agent.skills.billing >= 6", "agent.skills.billing == 6",
        "agent.skills.billing != 6", "agent.skills.billing < 6", "agent.skills.billing in [1, 3]",
        "agent.team == \"a\\\"\\\\\\n\"", "agent.team in [\"a\", \"b\", \"c\"]",
        "agent.location != \"Paris\" && agent.id == \"ann\"",
        "agent.attributes.x == 5 || agent.attributes.y == 5.0 || agent.attributes.z == true",
        "agent.attributes.x == \"t\" && (agent.team == \"a\" || agent.team == \"b\") && true",
        "(agent.id == \"a\" || agent.id == \"b\") && (agent.id == \"c\" || agent.id == \"d\")",
        "!(agent.id == \"a\" && !(agent.id == \"b\" || agent.id == \"c\"))",
        "agent.attributes.x == 1e300 || agent.attributes.x == -0.1"}) {
    const rules::WhoResult first = rules::CompileWho(text);
    ASSERT_TRUE(first.findings.empty() || *text == '\0') << text;
    const std::string written = WhoText(first.formula);
    const rules::WhoResult second = rules::CompileWho(written);
    EXPECT_EQ(second.formula, first.formula) << text << " became " << written;
  }
}

TEST(Codec, ErasuresAndDecisionsMadeBefore) {
  EXPECT_EQ(RoundTripBody(routing::EraseContactData{"c1"}).contact, "c1");
  routing::SubmitContact submit;
  submit.contact = "c1";
  submit.channel = "voice";
  EXPECT_EQ(RoundTripBody(submit).decided, std::nullopt);
  submit.decided = "";
  EXPECT_EQ(RoundTripBody(submit).decided, "");
  submit.decided = "vip";
  EXPECT_EQ(RoundTripBody(submit).decided, "vip");
}

TEST(Codec, WhatIsNotStoredIsNotWritten) {
  routing::SubmitContact submit;
  submit.contact = "c1";
  submit.channel = "voice";
  submit.unstored = {{"card", std::string("4929")}};
  const routing::Command command{5, 77, submit};
  v1::Record message;
  EXPECT_EQ(Encode({&command, {}, {}, 0, nullptr}, message).code(),
            absl::StatusCode::kUnimplemented);
}

TEST(Codec, FlagsAndCandidates) {
  const auto flag = RoundTripBody(routing::SetFlag{"emergency", true});
  EXPECT_EQ(flag.flag, "emergency");
  EXPECT_TRUE(flag.on);
  routing::SetCandidate trial;
  trial.rule_set = std::make_shared<runtime::OneQueueRules>("text of a candidate");
  trial.share = 50'000;
  trial.if_version = 3;
  const auto read = RoundTripBody(trial);
  ASSERT_NE(read.rule_set, nullptr);
  EXPECT_EQ(read.rule_set->text(), "text of a candidate");
  EXPECT_EQ(read.share, 50'000);
  EXPECT_EQ(read.if_version, 3U);
  EXPECT_EQ(RoundTripBody(routing::SetCandidate{}).rule_set, nullptr);
}

TEST(Codec, ASwitchKeepsWhoAndWhy) {
  const ActivationNote note{"ann", "line cut", 0, false};
  const routing::Command command{5, 77, routing::SetFlag{"emergency", true}};
  v1::Record message;
  ASSERT_TRUE(Encode({&command, {}, {}, 0, &note}, message).ok());
  const auto rule_set = Rules();
  const auto decoded = Decode(message, Context(rule_set.get()));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->note.author, "ann");
  EXPECT_EQ(decoded->note.comment, "line cut");
}

}  // namespace
}  // namespace strowger::journal
