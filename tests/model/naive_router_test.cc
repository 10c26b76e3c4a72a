// The twin itself, against scenarios worked out by hand from the design.
#include "tests/model/naive_router.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/model/fake_rules.h"
#include "tests/model/random_world.h"

namespace strowger::model {
namespace {

using routing::Cause;
using routing::Event;
using routing::kNever;
using routing::kSecond;
using routing::Outcome;
using routing::Plan;
using routing::QueueSettings;
using routing::TimeNs;
using Lines = std::vector<std::string>;

constexpr TimeNs kStart = 1'000'000 * kSecond;

QueueSettings Queue(const std::string& name) {
  QueueSettings queue;
  queue.name = name;
  return queue;
}

Plan To(const std::string& queue) {
  Plan plan;
  plan.queue = queue;
  return plan;
}

routing::Requirement Skill(const std::string& skill, std::int64_t at_least) {
  routing::Requirement requirement;
  requirement.require.push_back({skill, at_least});
  return requirement;
}

// "offered c1 ann", "ended c1 wait_limit": type, contact, agent, text and cause, where set.
std::string Line(const Event& event) {
  std::string line(Name(event.type));
  for (const std::string_view part : {event.contact, event.agent, event.to_queue, event.text}) {
    if (!part.empty()) line.append(" ").append(part);
  }
  if (event.cause != Cause::kNone) line.append(" ").append(Name(event.cause));
  return line;
}

class NaiveRouterTest : public testing::Test {
 protected:
  // All contacts without a plan go to the first of these queues.
  void Start(std::vector<QueueSettings> queues) {
    std::vector<FakeRuleSet::Rule> rules;
    rules.push_back({"all", nullptr, To(queues.front().name)});
    router_ = std::make_unique<NaiveRouter>(
        routing::Limits(),
        std::make_shared<FakeRuleSet>("test", "test", std::move(queues),
                                      std::vector<routing::FlagDefault>{}, std::move(rules)));
  }

  Lines At(TimeNs seconds, routing::CommandBody body) {
    return AtNs(kStart + seconds * kSecond, std::move(body));
  }

  Lines AtNs(TimeNs time, routing::CommandBody body) {
    routing::EventBuffer events;
    routing::Command command;
    command.sequence = ++sequence_;
    command.time = time;
    command.body = std::move(body);
    outcome_ = router_->Apply(command, events).outcome;
    Lines lines;
    for (const Event& event : events) lines.push_back(Line(event));
    return lines;
  }

  static routing::SubmitContact Submit(const std::string& contact) {
    routing::SubmitContact submit;
    submit.contact = contact;
    submit.channel = "voice";
    return submit;
  }

  static routing::SubmitContact Submit(const std::string& contact, const Plan& plan) {
    routing::SubmitContact submit = Submit(contact);
    submit.plan = plan;
    return submit;
  }

  static routing::UpsertAgents Ready(const std::string& agent, std::int64_t billing = 5) {
    routing::AgentUpdate update;
    update.agent = agent;
    update.skills = {{"billing", billing}};
    update.state = routing::AgentState::kReady;
    return {{update}};
  }

  std::unique_ptr<NaiveRouter> router_;
  std::uint64_t sequence_ = 0;
  Outcome outcome_ = Outcome::kOk;
};

TEST_F(NaiveRouterTest, LongestIdleAgentIsOfferedFirst) {
  Start({Queue("sales")});
  At(0, Ready("ann"));
  At(1, Ready("bob"));
  EXPECT_EQ(At(2, Submit("c1")), (Lines{"queued c1 all", "offered c1 ann"}));
  EXPECT_EQ(At(2, Submit("c2")), (Lines{"queued c2 all", "offered c2 bob"}));
  EXPECT_EQ(At(2, Submit("c3")), (Lines{"queued c3 all"}));
}

TEST_F(NaiveRouterTest, AnOfferExpiresAtItsInstantAndTheAgentIsSetNotReady) {
  Start({Queue("sales")});
  At(0, Ready("ann"));
  At(0, Submit("c1"));
  EXPECT_EQ(router_->next_deadline(), kStart + 20 * kSecond);
  // The accept that comes at the very instant of expiry is too late.
  EXPECT_EQ(At(20, routing::AcceptOffer{"c1", "ann", 0}),
            (Lines{"expired c1 ann", "agent_state ann no_answer", "requeued c1 expired"}));
  EXPECT_EQ(outcome_, Outcome::kOfferNotOpen);
}

TEST_F(NaiveRouterTest, WrapUpHoldsTheAgentToTheNanosecond) {
  QueueSettings sales = Queue("sales");
  sales.wrap_up = 30 * kSecond;
  Start({sales});
  At(0, Ready("ann"));
  At(0, Submit("c1"));
  At(0, Submit("c2"));
  At(1, routing::AcceptOffer{"c1", "ann", 1});
  EXPECT_EQ(At(60, routing::CompleteContact{"c1", ""}), (Lines{"ended c1 ann", "wrap_up c1 ann"}));
  EXPECT_EQ(AtNs(kStart + 90 * kSecond - 1, routing::Tick{}), Lines{});
  EXPECT_EQ(At(90, routing::Tick{}), (Lines{"wrap_up_ended c1 ann", "offered c2 ann"}));
}

TEST_F(NaiveRouterTest, GainOvertakes) {
  Start({Queue("sales")});
  Plan slow = To("sales");
  slow.priority = {3, 1, std::nullopt};
  Plan fast = To("sales");
  fast.priority = {1, 5, std::nullopt};
  At(0, Submit("slow", slow));
  At(0, Submit("fast", fast));
  // After half a minute both have 3.5, and the lower number goes first; after that, 5 a minute.
  EXPECT_EQ(At(30, Ready("ann")), (Lines{"agent_state ann", "offered slow ann"}));
  EXPECT_EQ(At(31, Ready("bob")), (Lines{"agent_state bob", "offered fast bob"}));
}

TEST_F(NaiveRouterTest, ADeclinedContactKeepsItsPlaceAndMeetsTheAgentAgainAfterRetry) {
  Start({Queue("sales")});
  At(0, Ready("ann"));
  At(0, Submit("c1"));
  At(5, Submit("c2"));
  // Nobody else could take c1, so only the pause of a second remains; c2 is next for ann.
  EXPECT_EQ(At(6, routing::DeclineOffer{"c1", "ann", 0}),
            (Lines{"declined c1 ann", "requeued c1 declined", "offered c2 ann"}));
  At(6, routing::CancelContact{"c2", true});
  EXPECT_EQ(At(7, routing::Tick{}), (Lines{"offered c1 ann"}));
}

TEST_F(NaiveRouterTest, AStepThatAddsNobodyIsSkippedForTheNext) {
  Start({Queue("sales")});
  At(0, Ready("ann", 3));
  Plan plan = To("sales");
  plan.requirement = Skill("billing", 8);
  plan.steps.resize(2);
  plan.steps[0].id = "less";
  plan.steps[0].after = 10 * kSecond;
  plan.steps[0].requirement = Skill("billing", 5);
  plan.steps[1].id = "least";
  plan.steps[1].after = 60 * kSecond;
  plan.steps[1].requirement = Skill("billing", 3);
  EXPECT_EQ(At(0, Submit("c1", plan)), (Lines{"queued c1"}));
  EXPECT_EQ(At(10, routing::Tick{}),
            (Lines{"step_skipped c1 less", "step c1 least", "offered c1 ann"}));
}

TEST_F(NaiveRouterTest, AFullQueueSendsOnAndAFullOneAfterItRejects) {
  QueueSettings sales = Queue("sales");
  sales.max_waiting = 1;
  sales.when_full.emplace();
  sales.when_full->queue = "spare";
  QueueSettings spare = Queue("spare");
  spare.max_waiting = 1;
  Start({sales, spare});
  EXPECT_EQ(At(0, Submit("c1")), (Lines{"queued c1 all"}));
  EXPECT_EQ(At(0, Submit("c2")), (Lines{"queued c2 all"}));
  EXPECT_EQ(router_->contacts().at("c2").queue, "spare");
  EXPECT_EQ(At(0, Submit("c3")), (Lines{"ended c3 queue_full"}));
  EXPECT_EQ(router_->contacts().at("c3").end_reason, routing::EndReason::kRejected);
}

TEST_F(NaiveRouterTest, OverflowMovesTheNewcomer) {
  Start({Queue("sales"), Queue("spare")});
  Plan plan = To("sales");
  plan.overflow.resize(1);
  plan.overflow[0].id = "many";
  plan.overflow[0].to.queue = "spare";
  plan.overflow[0].when = std::make_shared<FakeCondition>(std::vector<FakeCondition::Test>{
      {FakeCondition::Test::Kind::kFigureOver, "", routing::Figure::kWaiting, 2, ""}});
  At(0, Submit("c1", plan));
  At(5, Submit("c2", plan));
  EXPECT_EQ(At(10, Submit("c3", plan)), (Lines{"queued c3", "overflowed c3 spare many"}));
}

TEST_F(NaiveRouterTest, TheWaitLimitEndsAlsoAnOfferedContact) {
  Start({Queue("sales")});
  At(0, Ready("ann"));
  Plan plan = To("sales");
  plan.wait_limit = routing::WaitLimit{5 * kSecond, "voicemail"};
  At(0, Submit("c1", plan));
  EXPECT_EQ(At(5, routing::Tick{}),
            (Lines{"rescinded c1 ann wait_limit", "ended c1 voicemail wait_limit"}));
}

TEST_F(NaiveRouterTest, AScheduledContactKeepsItsPlaceAndComesAtItsTime) {
  Start({Queue("sales")});
  routing::SubmitContact later = Submit("later");
  later.not_before = kStart + 60 * kSecond;
  At(0, later);
  At(1, Submit("now"));
  EXPECT_EQ(At(2, Ready("ann")), (Lines{"agent_state ann", "offered now ann"}));
  At(2, Ready("bob"));
  EXPECT_EQ(At(60, routing::Tick{}),
            (Lines{"expired now ann", "agent_state ann no_answer", "requeued now expired",
                   "offered now bob", "expired now bob", "agent_state bob no_answer",
                   "requeued now expired"}));
  EXPECT_EQ(At(61, Ready("cid")), (Lines{"agent_state cid", "offered later cid"}));
}

TEST_F(NaiveRouterTest, ForcedOfflineGivesBackWhatIsInHandInPlace) {
  Start({Queue("sales")});
  At(0, Ready("ann"));
  At(0, Submit("c1"));
  At(1, routing::AcceptOffer{"c1", "ann", 0});
  At(2, Submit("c2"));
  EXPECT_EQ(At(3, routing::SetAgentState{"ann", routing::AgentState::kOffline, "", false}),
            Lines{});
  EXPECT_EQ(outcome_, Outcome::kWrongState);
  EXPECT_EQ(At(3, routing::SetAgentState{"ann", routing::AgentState::kOffline, "", true}),
            (Lines{"agent_state ann", "requeued c1 agent_gone"}));
  EXPECT_EQ(At(4, Ready("bob")), (Lines{"agent_state bob", "offered c1 bob"}));
}

TEST_F(NaiveRouterTest, InterruptibleWorkDoesNotCountAgainstTheTotal) {
  Start({Queue("sales")});
  routing::UpsertAgents ann = Ready("ann");
  ann.agents[0].capacity.emplace();
  ann.agents[0].capacity->total = 6;
  ann.agents[0].capacity->channels = {{"email", 5, 1, {"voice"}}, {"voice", 1, 6, {}}};
  At(0, ann);
  routing::SubmitContact email = Submit("mail");
  email.channel = "email";
  EXPECT_EQ(At(0, email), (Lines{"queued mail all", "offered mail ann"}));
  EXPECT_EQ(At(0, Submit("call")), (Lines{"queued call all", "offered call ann"}));
  email.contact = "mail2";
  // The call fills the total: no further e-mail beside it.
  EXPECT_EQ(At(0, email), (Lines{"queued mail2 all"}));
}

TEST_F(NaiveRouterTest, ARefusedCommandEmitsNothingAndTheLowestOutcomeIsGiven) {
  Start({Queue("sales")});
  EXPECT_EQ(At(0, routing::AcceptOffer{"c1", "ann", 0}), Lines{});
  EXPECT_EQ(outcome_, Outcome::kUnknownContact);
  At(0, Submit("c1"));
  EXPECT_EQ(At(0, Submit("c1", To("nowhere"))), Lines{});
  EXPECT_EQ(outcome_, Outcome::kUnknownQueue);
  At(0, Submit("c1"));
  EXPECT_EQ(outcome_, Outcome::kAlreadyExists);
  At(0, routing::CompleteContact{"c1", ""});
  EXPECT_EQ(outcome_, Outcome::kWrongState);
  EXPECT_EQ(router_->next_deadline(), kNever);
}

}  // namespace
}  // namespace strowger::model
