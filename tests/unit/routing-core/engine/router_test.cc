// The router's contract where scenarios do not reach: limits, forms, reading.
#include "routing/router.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/unit/routing-core/simple_rules.h"

namespace strowger::routing {
namespace {

class RouterTest : public testing::Test {
 protected:
  explicit RouterTest(Limits limits = {})
      : router_(limits, std::make_shared<SimpleRules>(std::vector{Queue("voice"), Queue("chat")})) {
  }

  Result Do(CommandBody body, DurationNs later = 0) {
    now_ += later;
    events_.clear();
    Command command;
    command.sequence = ++sequence_;
    command.time = now_;
    command.body = std::move(body);
    const Result result = router_.Apply(command, events_);
    router_.CheckInvariants();
    return result;
  }

  static SubmitContact Call(std::string id, std::string channel = "voice") {
    SubmitContact submit;
    submit.contact = std::move(id);
    submit.channel = std::move(channel);
    return submit;
  }

  static UpsertAgents Agent(std::string id, AgentState state = AgentState::kReady) {
    AgentUpdate update;
    update.agent = std::move(id);
    update.state = state;
    UpsertAgents upsert;
    upsert.agents.push_back(std::move(update));
    return upsert;
  }

  Router router_;
  EventBuffer events_;
  std::uint64_t sequence_ = 0;
  TimeNs now_ = 1'000'000 * kMinute;
};

TEST_F(RouterTest, QueueListsAreCheckedForFormAndNames) {
  const auto with = [](AgentQueue first, AgentQueue second) {
    UpsertAgents upsert = Agent("ann");
    upsert.agents[0].queues = {{std::move(first), std::move(second)}};
    return upsert;
  };
  EXPECT_TRUE(Do(with({"chat", 1, kSecond, 2}, {"voice", 0, 0, std::nullopt})).ok());
  ASSERT_EQ(router_.FindAgent("ann")->queues.size(), 2U);
  EXPECT_EQ(router_.FindAgent("ann")->queues[0], (AgentQueue{"chat", 1, kSecond, 2}));
  const AgentQueue plain{"voice", 0, 0, std::nullopt};
  EXPECT_EQ(Do(with({"chat", -1, 0, std::nullopt}, plain)).outcome, Outcome::kInvalidArgument);
  EXPECT_EQ(Do(with({"chat", 0, -1, std::nullopt}, plain)).outcome, Outcome::kInvalidArgument);
  EXPECT_EQ(Do(with({"chat", 0, 0, kMaxRank + 1}, plain)).outcome, Outcome::kInvalidArgument);
  EXPECT_EQ(Do(with(plain, plain)).outcome, Outcome::kInvalidArgument);
  const Result unknown = Do(with({"nowhere", 0, 0, std::nullopt}, plain));
  EXPECT_EQ(unknown.outcome, Outcome::kUnknownQueue);
  EXPECT_EQ(unknown.field, "agents.queues");
  EXPECT_EQ(router_.FindAgent("ann")->queues.size(), 2U);
}

TEST_F(RouterTest, ACallsWholeLife) {
  EXPECT_TRUE(Do(Agent("ann")).ok());
  EXPECT_TRUE(Do(Call("c1"), kSecond).ok());
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[0].type, EventType::kQueued);
  EXPECT_EQ(events_[0].number, 1U);
  EXPECT_EQ(events_[1].type, EventType::kOffered);
  EXPECT_EQ(events_[1].agent, "ann");
  EXPECT_EQ(router_.next_deadline(), now_ + 20 * kSecond);

  AcceptOffer accept;
  accept.contact = "c1";
  accept.agent = "ann";
  EXPECT_TRUE(Do(accept, kSecond).ok());
  EXPECT_EQ(router_.FindContact("c1")->state, ContactState::kHandling);
  EXPECT_EQ(Do(accept).outcome, Outcome::kOfferNotOpen);

  CompleteContact complete;
  complete.contact = "c1";
  EXPECT_TRUE(Do(complete, kMinute).ok());
  const auto view = router_.FindContact("c1");
  EXPECT_EQ(view->state, ContactState::kEnded);
  EXPECT_EQ(view->end_reason, EndReason::kCompleted);
  EXPECT_EQ(router_.FindAgent("ann")->handled, 1U);
  EXPECT_EQ(router_.FindQueue("voice")->handle_sum, kMinute);
  EXPECT_EQ(router_.next_deadline(), kNever);
}

TEST_F(RouterTest, RefusalsNameTheField) {
  EXPECT_EQ(Do(Call("")).field, "contact");
  EXPECT_EQ(Do(Call(std::string(129, 'x'))).field, "contact");
  EXPECT_EQ(Do(Call("c1", "")).field, "channel");
  SubmitContact submit = Call("c1");
  submit.plan.emplace();
  submit.plan->queue = "nowhere";
  EXPECT_EQ(Do(submit).outcome, Outcome::kUnknownQueue);
  submit.plan->queue = "voice";
  submit.plan->requirement.who.terms = {{Formula::Op::kAnd, 0}};
  EXPECT_EQ(Do(submit).field, "plan.require");
  submit.plan->requirement.who.terms = {{Formula::Op::kAtom, 3}};
  EXPECT_EQ(Do(submit).outcome, Outcome::kInvalidArgument);
  EXPECT_TRUE(events_.empty());
  EXPECT_FALSE(router_.FindContact("c1").has_value());
}

TEST_F(RouterTest, ContactDataHasASize) {
  SubmitContact submit = Call("c1");
  for (int i = 0; i < 17; ++i) {
    submit.attributes.push_back({"a" + std::to_string(i), std::string(4096, 'x')});
  }
  EXPECT_EQ(Do(submit).field, "attributes");
  submit.attributes.resize(15);
  EXPECT_TRUE(Do(submit).ok());
  EXPECT_EQ(router_.FindContact("c1")->attributes.size(), 15U);
}

TEST_F(RouterTest, AnIdCanBeUsedAgainAfterItsEnd) {
  EXPECT_TRUE(Do(Call("c1")).ok());
  EXPECT_EQ(Do(Call("c1")).outcome, Outcome::kAlreadyExists);
  CancelContact cancel;
  cancel.contact = "c1";
  EXPECT_TRUE(Do(cancel).ok());
  EXPECT_EQ(Do(cancel).outcome, Outcome::kWrongState);
  EXPECT_TRUE(Do(Call("c1")).ok());
  EXPECT_EQ(router_.FindContact("c1")->state, ContactState::kQueued);
}

TEST_F(RouterTest, AnUnroutedChannelIsRejectedByTheRules) {
  EXPECT_TRUE(Do(Call("c1", "fax")).ok());
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].reason, EndReason::kRejected);
  EXPECT_EQ(events_[0].cause, Cause::kRule);
}

class SmallRouterTest : public RouterTest {
 protected:
  SmallRouterTest() : RouterTest(Small()) {}
  static Limits Small() {
    Limits limits;
    limits.agents = 1;
    limits.contacts = 2;
    limits.ended_contacts = 1;
    limits.plans = 3;
    return limits;
  }
};

TEST_F(SmallRouterTest, PastALimitIsOverLimit) {
  EXPECT_TRUE(Do(Agent("ann", AgentState::kNotReady)).ok());
  EXPECT_EQ(Do(Agent("bob")).outcome, Outcome::kOverLimit);
  EXPECT_TRUE(Do(Call("c1")).ok());
  EXPECT_TRUE(Do(Call("c2")).ok());
  EXPECT_EQ(Do(Call("c3")).outcome, Outcome::kOverLimit);
}

TEST_F(SmallRouterTest, TheEndedAreForgottenOldestFirst) {
  for (const char* id : {"c1", "c2"}) {
    EXPECT_TRUE(Do(Call(id)).ok());
    CancelContact cancel;
    cancel.contact = id;
    EXPECT_TRUE(Do(cancel).ok());
  }
  EXPECT_FALSE(router_.FindContact("c1").has_value());
  EXPECT_TRUE(router_.FindContact("c2").has_value());
}

TEST_F(SmallRouterTest, PlansMakeRoomForOthersOnceUnused) {
  for (int i = 0; i < 20; ++i) {
    SubmitContact submit = Call("c" + std::to_string(i));
    submit.plan.emplace();
    submit.plan->queue = "voice";
    submit.plan->requirement.require = {{"skill" + std::to_string(i), 1}};
    EXPECT_TRUE(Do(submit).ok()) << i;
    CancelContact cancel;
    cancel.contact = submit.contact;
    EXPECT_TRUE(Do(cancel).ok());
  }
}

TEST(RouterDeathTest, ATimeThatRunsBackwardsIsABrokenInvariant) {
  Router router({}, std::make_shared<SimpleRules>(std::vector{Queue("voice")}));
  EventBuffer events;
  Command command;
  command.sequence = 1;
  command.time = 10;
  router.Apply(command, events);
  command.sequence = 2;
  command.time = 9;
  EXPECT_DEATH(router.Apply(command, events), "stamps that do not run backwards");
}

}  // namespace
}  // namespace strowger::routing
