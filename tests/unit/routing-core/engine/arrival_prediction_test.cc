// What would become of a contact that came now, and that asking leaves nothing behind.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "routing/router.h"
#include "tests/unit/routing-core/simple_rules.h"

namespace strowger::routing {
namespace {

using Fate = ArrivalPrediction::Fate;

std::vector<QueueSettings> Queues() {
  QueueSettings small = Queue("small");
  small.max_waiting = 1;
  small.when_full.emplace();
  small.when_full->queue = "voice";
  QueueSettings full = Queue("full");
  full.max_waiting = 0;
  QueueSettings staffed = Queue("staffed");
  staffed.when_empty.emplace();
  staffed.when_empty->to.treatment = "voicemail";
  QueueSettings outside = Queue("outside");
  outside.external = true;
  return {Queue("voice"), small, full, staffed, outside};
}

std::string Saved(const Router& router) {
  std::string bytes;
  router.Save([&bytes](std::string_view piece) { bytes.append(piece); });
  return bytes;
}

class ArrivalPredictionTest : public testing::Test {
 protected:
  Result Do(CommandBody body, DurationNs later = 0) {
    now_ += later;
    events_.clear();
    return router_.Apply({++sequence_, now_, std::move(body)}, events_);
  }

  void LogIn(const std::string& id, AgentState state = AgentState::kReady) {
    AgentUpdate update;
    update.agent = id;
    update.state = state;
    update.skills = {{"de", 3}};
    UpsertAgents upsert;
    upsert.agents.push_back(std::move(update));
    ASSERT_TRUE(Do(std::move(upsert)).ok());
  }

  // The plan's queue is named by the channel, as SimpleRules have it.
  static SubmitContact Call(std::string id, std::string queue = "voice") {
    SubmitContact submit;
    submit.contact = std::move(id);
    submit.channel = std::move(queue);
    return submit;
  }

  static SubmitContact Planned(std::string id, Plan plan) {
    SubmitContact submit = Call(std::move(id));
    submit.plan = std::move(plan);
    return submit;
  }

  static Plan Asking(const std::string& skill) {
    Plan plan;
    plan.queue = "voice";
    plan.requirement.require.push_back({skill, 1});
    return plan;
  }

  // Whoever asks finds the state as it was.
  ArrivalPrediction Predict(const SubmitContact& submit) {
    const std::string before = Saved(router_);
    const StateHash hash = router_.Hash();
    ArrivalPrediction predicted = router_.Predict(submit);
    EXPECT_EQ(router_.Hash(), hash);
    EXPECT_EQ(Saved(router_), before);
    router_.CheckInvariants();
    EXPECT_FALSE(router_.FindContact("new").has_value());
    return predicted;
  }

  Router router_{{}, std::make_shared<SimpleRules>(Queues())};
  EventBuffer events_;
  std::uint64_t sequence_ = 0;
  TimeNs now_ = 1'000'000 * kMinute;
};

TEST_F(ArrivalPredictionTest, ARefusalIsTheSubmissions) {
  ASSERT_TRUE(Do(Call("c1")).ok());
  const auto refused = [&](const SubmitContact& submit) {
    const ArrivalPrediction predicted = Predict(submit);
    const Result result = Do(submit);
    EXPECT_EQ(predicted.fate, Fate::kRefused);
    EXPECT_EQ(predicted.refusal.outcome, result.outcome);
    EXPECT_EQ(predicted.refusal.field, result.field);
    return result.outcome;
  };
  EXPECT_EQ(refused(Call("c1")), Outcome::kAlreadyExists);
  EXPECT_EQ(refused(Call("")), Outcome::kInvalidArgument);
  Plan plan;
  plan.queue = "nowhere";
  EXPECT_EQ(refused(Planned("new", plan)), Outcome::kUnknownQueue);
  SubmitContact wishes = Call("new");
  wishes.requested.agent = "nobody";
  EXPECT_EQ(refused(wishes), Outcome::kUnknownAgent);
}

TEST_F(ArrivalPredictionTest, ItMayEndWithoutHavingWaited) {
  const auto ended = [&](const SubmitContact& submit) {
    const ArrivalPrediction predicted = Predict(submit);
    EXPECT_EQ(predicted.fate, Fate::kEnded);
    EXPECT_TRUE(Do(submit).ok());
    const ContactView view = router_.FindContact(submit.contact).value();
    EXPECT_EQ(predicted.end_reason, view.end_reason);
    EXPECT_EQ(predicted.end_cause, view.end_cause);
    EXPECT_EQ(predicted.treatment, view.treatment);
    EXPECT_EQ(predicted.queue, view.queue);
    EXPECT_EQ(predicted.rule, view.rule);
    return view;
  };
  EXPECT_EQ(ended(Call("e1", "outside")).treatment, "outside");
  EXPECT_EQ(ended(Call("e2", "full")).end_cause, Cause::kQueueFull);
  EXPECT_EQ(ended(Call("e3", "staffed")).treatment, "voicemail");
  EXPECT_EQ(ended(Call("e4", "no_rule")).end_reason, EndReason::kRejected);
  ASSERT_TRUE(Do(SetQueueOpen{"voice", false}).ok());
  EXPECT_EQ(ended(Call("e5")).end_reason, EndReason::kRejected);
  ASSERT_TRUE(Do(SetQueueOpen{"voice", true}).ok());
  Plan leaves;
  leaves.queue = "voice";
  leaves.overflow.emplace_back();
  leaves.overflow[0].id = "o1";
  leaves.overflow[0].to.treatment = "too_much";
  EXPECT_EQ(ended(Planned("e6", leaves)).end_cause, Cause::kOverflow);
  Plan impatient;
  impatient.queue = "voice";
  impatient.wait_limit.emplace();
  EXPECT_EQ(ended(Planned("e7", impatient)).end_reason, EndReason::kExpired);
}

TEST_F(ArrivalPredictionTest, AFreeAgentMakesItNoWait) {
  LogIn("ann");
  const ArrivalPrediction predicted = Predict(Call("new"));
  EXPECT_EQ(predicted.fate, Fate::kAtOnce);
  EXPECT_EQ(predicted.queue, "voice");
  EXPECT_EQ(predicted.position, 0U);
  EXPECT_EQ(predicted.wait.mean, 0);
  // Where a step comes at once, since nobody satisfies what comes before it.
  Plan plan = Asking("fr");
  plan.skip_if_empty = true;
  plan.steps.emplace_back();
  plan.steps[0].id = "s1";
  plan.steps[0].after = kMinute;
  plan.steps[0].requirement = Asking("de").requirement;
  EXPECT_EQ(Predict(Planned("new", plan)).fate, Fate::kAtOnce);
  plan.skip_if_empty = false;
  EXPECT_EQ(Predict(Planned("new", plan)).fate, Fate::kWaits);
}

TEST_F(ArrivalPredictionTest, AWaitIsWhatItsContactWouldBeTold) {
  LogIn("ann");
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Do(Call("c" + std::to_string(i)), kSecond).ok());
  SubmitContact submit = Call("new");
  submit.priority = Priority{0, 1, {}};
  submit.labels = {"gold"};
  const ArrivalPrediction predicted = Predict(submit);
  ASSERT_TRUE(Do(submit).ok());
  const ContactView view = *router_.FindContact("new");
  EXPECT_EQ(predicted.fate, Fate::kWaits);
  EXPECT_EQ(predicted.position, view.position);
  EXPECT_EQ(predicted.position, 4U);
  EXPECT_GT(predicted.wait.mean, 0);
  EXPECT_EQ(predicted.wait.mean, view.predicted_wait.mean);
  EXPECT_EQ(predicted.wait.p90, view.predicted_wait.p90);
  EXPECT_EQ(predicted.wait.length_over_rate, view.predicted_wait.length_over_rate);
  EXPECT_EQ(predicted.wait.last_to_enter, view.predicted_wait.last_to_enter);
}

TEST_F(ArrivalPredictionTest, AFullQueueSendsItOnToWhereItWaits) {
  ASSERT_TRUE(Do(Call("c1", "small")).ok());
  ASSERT_TRUE(Do(Call("c2")).ok());
  const ArrivalPrediction predicted = Predict(Call("new", "small"));
  EXPECT_EQ(predicted.fate, Fate::kWaits);
  EXPECT_EQ(predicted.queue, "voice");
  EXPECT_EQ(predicted.position, 2U);
}

TEST_F(ArrivalPredictionTest, AnInfiniteWaitSaysWhy) {
  const auto never = [&](const SubmitContact& submit) {
    const ArrivalPrediction predicted = Predict(submit);
    EXPECT_EQ(predicted.fate, Fate::kWaits);
    EXPECT_EQ(predicted.wait.mean, kNever);
    return predicted.wait.never;
  };
  EXPECT_EQ(never(Call("new")), NeverBecause::kNobodyLoggedIn);
  LogIn("ann");
  EXPECT_EQ(never(Planned("new", Asking("fr"))), NeverBecause::kNobodySatisfies);
  LogIn("ann", AgentState::kNotReady);
  EXPECT_EQ(never(Planned("new", Asking("de"))), NeverBecause::kNobodyReady);
}

TEST_F(ArrivalPredictionTest, OneThatIsScheduledHasNoPlaceYet) {
  LogIn("ann");
  SubmitContact submit = Call("new");
  submit.not_before = now_ + kHour;
  const ArrivalPrediction predicted = Predict(submit);
  EXPECT_EQ(predicted.fate, Fate::kWaits);
  EXPECT_EQ(predicted.position, 0U);
  EXPECT_GE(predicted.wait.mean, kHour);
}

// Nor do the figures, the counters and the tables of names know of it.
TEST_F(ArrivalPredictionTest, ManyQuestionsUseNothingUp) {
  LogIn("ann");
  ASSERT_TRUE(Do(Call("c1")).ok());
  const QueueView before = *router_.FindQueue("voice");
  for (int i = 0; i < 1'000; ++i) {
    Plan plan = Asking("skill" + std::to_string(i));
    SubmitContact submit = Planned("new", plan);
    submit.channel = "channel" + std::to_string(i);
    submit.labels = {"label" + std::to_string(i)};
    ASSERT_EQ(router_.Predict(submit).fate, Fate::kWaits);
  }
  const QueueView after = *router_.FindQueue("voice");
  EXPECT_EQ(after.entered, before.entered);
  EXPECT_EQ(after.waiting, before.waiting);
  EXPECT_EQ(router_.Domain().contacts_queued, 0U);
  // A channel is one of a few: what was only asked about has not taken their place.
  EXPECT_TRUE(Do(Call("c2", "voice")).ok());
  EXPECT_TRUE(Do(Planned("c3", Asking("de"))).ok());
  SubmitContact other = Planned("c4", Asking("de"));
  other.channel = "a_new_one";
  EXPECT_TRUE(Do(other).ok());
  router_.CheckInvariants();
}

}  // namespace
}  // namespace strowger::routing
