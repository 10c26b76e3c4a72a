// What is remembered of decisions, what a contact waits for, and a rule set on trial.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "routing-core/engine/unmet.h"
#include "routing/router.h"
#include "routing/siphash.h"
#include "tests/unit/routing-core/simple_rules.h"

namespace strowger::routing {
namespace {

class DecisionsTest : public testing::Test {
 protected:
  Result Do(CommandBody body, DurationNs later = 0) {
    now_ += later;
    events_.clear();
    Command command;
    command.sequence = ++sequence_;
    command.time = now_;
    command.body = std::move(body);
    return router_.Apply(command, events_);
  }

  static SubmitContact Call(std::string id) {
    SubmitContact submit;
    submit.contact = std::move(id);
    submit.channel = "voice";
    submit.attributes = {{"tier", std::string("gold")}};
    return submit;
  }

  static UpsertAgents Agent(std::string id, std::int64_t billing = 5,
                            AgentState state = AgentState::kReady) {
    AgentUpdate update;
    update.agent = std::move(id);
    update.skills = std::vector<SkillLevel>{{"billing", billing}};
    update.location = "lon";
    update.state = state;
    return {{update}};
  }

  std::shared_ptr<SimpleRules> rules_ = std::make_shared<SimpleRules>(
      std::vector{Queue("voice")}, "0123456789abcdef0123456789abcdef");
  Router router_{{}, rules_};
  EventBuffer events_;
  std::uint64_t sequence_ = 0;
  TimeNs now_ = 1'000'000 * kMinute;
};

TEST_F(DecisionsTest, ACallIsRememberedWithTheAgentsThatItPassedOver) {
  Do(Agent("ann"));
  Do(Agent("bob"), kSecond);
  Do(Agent("cid", 2), kSecond);
  Do(Agent("dan", 9, AgentState::kNotReady), kSecond);
  SubmitContact call = Call("c1");
  call.plan.emplace().queue = "voice";
  call.plan->requirement.require = {{"billing", 4}};
  Do(call, kSecond);
  const auto about = router_.DecisionsAbout("c1");
  ASSERT_TRUE(about.has_value());
  EXPECT_TRUE(about->classifications.empty());  // it came with a plan
  ASSERT_EQ(about->choices.size(), 1U);
  const Choice& choice = about->choices[0];
  EXPECT_EQ(choice.sequence, 5U);
  EXPECT_EQ(choice.offer, 1U);
  EXPECT_FALSE(choice.agent_chose);
  EXPECT_EQ(choice.eligible, 2U);
  ASSERT_EQ(choice.candidates.size(), 2U);
  EXPECT_EQ(choice.candidates[0].agent, "ann");
  EXPECT_EQ(choice.candidates[1].agent, "bob");
  EXPECT_EQ(choice.candidates[1].key, now_ - 3 * kSecond);  // idle since
  ASSERT_EQ(choice.passed_over.size(), 2U);
  EXPECT_EQ(choice.passed_over[0].agent, "cid");
  EXPECT_EQ(choice.passed_over[0].obstacle, Obstacle::kRequirement);
  EXPECT_EQ(choice.passed_over[0].detail, "has billing 2, not 4");
  EXPECT_EQ(choice.passed_over[1].obstacle, Obstacle::kNotReady);
}

TEST_F(DecisionsTest, RulesAreRememberedWithWhatTheyLookedAt) {
  Do(Call("c1"));
  const auto about = router_.DecisionsAbout("c1");
  ASSERT_EQ(about->classifications.size(), 1U);
  const Classification& seen = about->classifications[0];
  EXPECT_EQ(seen.rule_set_version, 1U);
  EXPECT_EQ(seen.rule_set, rules_);
  EXPECT_EQ(seen.rule, "voice");
  EXPECT_EQ(seen.contact, "c1");
  ASSERT_EQ(seen.attributes.size(), 1U);
  EXPECT_EQ(std::get<std::string>(seen.attributes[0].value), "gold");
  EXPECT_EQ(about->oldest_sequence, 1U);
  EXPECT_TRUE(about->complete);
}

TEST_F(DecisionsTest, AFreedAgentsChoiceIsItsOwn) {
  Do(Call("c1"));
  Do(Call("c2"), kSecond);
  Do(Agent("ann"), kMinute);
  const auto about = router_.DecisionsAbout("c1");
  ASSERT_EQ(about->choices.size(), 1U);
  EXPECT_TRUE(about->choices[0].agent_chose);
  EXPECT_EQ(about->choices[0].waiting, 2U);
  EXPECT_EQ(about->choices[0].waited, kMinute + kSecond);
}

TEST_F(DecisionsTest, OldOnesGiveWay) {
  for (std::size_t i = 0; i < kRememberedDecisions + 10; ++i) {
    Do(Call("c" + std::to_string(i)));
  }
  EXPECT_TRUE(router_.DecisionsAbout("c3")->classifications.empty());
  EXPECT_EQ(router_.DecisionsAbout("c3")->oldest_sequence, 11U);
  EXPECT_EQ(router_.DecisionsAbout("c10")->classifications.size(), 1U);
  EXPECT_FALSE(router_.DecisionsAbout("c9")->complete);
  EXPECT_TRUE(router_.DecisionsAbout("c10")->complete);
}

TEST_F(DecisionsTest, OldChoicesGiveWayToo) {
  const std::size_t half = kRememberedDecisions / 2;
  Do(Agent("ann"));
  for (std::size_t i = 0; i < 3 * half; ++i) {
    SubmitContact call = Call("c" + std::to_string(i));
    call.plan.emplace().queue = "voice";  // no rule is asked
    Do(call);
    AcceptOffer accept;
    accept.contact = "c" + std::to_string(i);
    accept.agent = "ann";
    Do(accept);
    CompleteContact complete;
    complete.contact = "c" + std::to_string(i);
    Do(complete);
  }
  EXPECT_TRUE(router_.DecisionsAbout("c1")->choices.empty());
  EXPECT_FALSE(router_.DecisionsAbout("c1")->complete);
  const auto last = router_.DecisionsAbout("c" + std::to_string(3 * half - 1));
  EXPECT_EQ(last->choices.size(), 1U);
  EXPECT_TRUE(last->complete);
}

TEST_F(DecisionsTest, ALookAtOneContactForgetsNothingOfIt) {
  router_.RememberOnly("c1");
  Do(Call("c0"));
  Do(Call("c1"));
  for (std::size_t i = 2; i < kRememberedDecisions + 10; ++i) {
    Do(Call("c" + std::to_string(i)));
  }
  EXPECT_EQ(router_.DecisionsAbout("c1")->classifications.size(), 1U);
  EXPECT_TRUE(router_.DecisionsAbout("c1")->complete);
  EXPECT_TRUE(router_.DecisionsAbout("c2")->classifications.empty());
}

TEST_F(DecisionsTest, ACheckpointRemembersNoDecisions) {
  Do(Call("c1"));
  std::string saved;
  router_.Save([&saved](std::string_view bytes) { saved.append(bytes); });
  class Source final : public RuleSource {
   public:
    explicit Source(std::shared_ptr<const RuleSet> rules) : rules_(std::move(rules)) {}
    std::shared_ptr<const RuleSet> RuleSetOf(std::string_view, std::string_view) override {
      return rules_;
    }
    std::shared_ptr<const Condition> ConditionOf(std::string_view, const RuleSet&) override {
      return nullptr;
    }

   private:
    std::shared_ptr<const RuleSet> rules_;
  } source(rules_);
  const auto loaded = Router::Load(saved, source);
  ASSERT_NE(loaded.router, nullptr) << loaded.error;
  const auto about = loaded.router->DecisionsAbout("c1");
  EXPECT_FALSE(about->complete);
  EXPECT_EQ(about->oldest_sequence, 2U);
  EXPECT_TRUE(router_.DecisionsAbout("c1")->complete);
}

TEST_F(DecisionsTest, AScoreSaysHowItCameAbout) {
  QueueSettings queue = Queue("voice");
  queue.select = Strategy::kScore;
  ActivateRuleSet activate;
  activate.rule_set =
      std::make_shared<SimpleRules>(std::vector{queue}, "2123456789abcdef0123456789abcdef");
  Do(activate);
  Do(Agent("ann", 4));
  Do(Agent("bob", 8));
  SubmitContact call = Call("c1");
  call.attributes.push_back({"last_agent", std::string("ann")});
  call.plan.emplace().queue = "voice";
  call.location = "nowhere";
  call.plan->prefer = {{"billing", 400'000}, {"last_agent", 100'000}, {"distance", 0}};
  ASSERT_TRUE(Do(call).ok());
  const auto about = router_.DecisionsAbout("c1");
  ASSERT_EQ(about->choices.size(), 1U);
  ASSERT_EQ(about->choices[0].candidates.size(), 2U);
  for (const Candidate& candidate : about->choices[0].candidates) {
    ASSERT_EQ(candidate.terms.size(), 3U);
    EXPECT_EQ(candidate.terms[0].name, "billing");
    EXPECT_EQ(candidate.terms[0].weight, 400'000);
    EXPECT_EQ(candidate.terms[1].value, candidate.agent == "ann" ? 1'000'000 : 0);
    std::int64_t sum = 0;
    for (const ScoredTerm& term : candidate.terms) sum += term.weight * term.value;
    EXPECT_EQ(sum, candidate.key) << candidate.agent;
  }
}

TEST_F(DecisionsTest, LongContactsGiveWaySooner) {
  SubmitContact large = Call("large");
  for (int i = 0; i < 12; ++i) {
    large.attributes.push_back({"a" + std::to_string(i), std::string(4'000, 'x')});
  }
  for (int i = 0; i < 40; ++i) {
    large.contact = "large" + std::to_string(i);
    ASSERT_TRUE(Do(large).ok());
  }
  EXPECT_TRUE(router_.DecisionsAbout("large0")->classifications.empty());
  const auto last = router_.DecisionsAbout("large39");
  ASSERT_EQ(last->classifications.size(), 1U);
  EXPECT_EQ(std::get<std::string>(last->classifications[0].attributes[12].value),
            std::string(4'000, 'x'));
}

TEST_F(DecisionsTest, AnAgentRemovedSinceIsNotTakenForItsSuccessor) {
  Do(Agent("ann"));
  Do(Call("c1"));
  RemoveAgent remove;
  remove.agent = "ann";
  remove.force = true;
  Do(remove);
  Do(Agent("eve"));
  const auto about = router_.DecisionsAbout("c1");
  EXPECT_EQ(about->choices[0].candidates[0].agent, "(removed since)");
}

TEST_F(DecisionsTest, WaitingIsToldWithWhatComes) {
  SubmitContact call = Call("c1");
  call.plan.emplace().queue = "voice";
  call.plan->requirement.require = {{"billing", 8}};
  Step step;
  step.id = "wider";
  step.after = 30 * kSecond;
  step.requirement.emplace().require = {{"billing", 3}};
  call.plan->steps.push_back(step);
  call.plan->wait_limit = WaitLimit{5 * kMinute, ""};
  Do(Agent("ann", 5));
  Do(Agent("bob", 9, AgentState::kNotReady));
  Do(call, kSecond);
  Do(Tick{}, 10 * kSecond);
  const auto why = router_.WhyWaiting("c1");
  ASSERT_TRUE(why.has_value());
  EXPECT_EQ(why->code, WaitCode::kNobodyReady);
  EXPECT_EQ(why->waited, 10 * kSecond);
  EXPECT_EQ(why->position, 1U);
  EXPECT_EQ(why->agents[static_cast<int>(Obstacle::kRequirement)], 1U);
  EXPECT_EQ(why->agents[static_cast<int>(Obstacle::kNotReady)], 1U);
  ASSERT_EQ(why->named.size(), 2U);
  EXPECT_EQ(why->named[0].agent, "bob");
  EXPECT_EQ(why->named[1].detail, "has billing 5, not 8");
  ASSERT_TRUE(why->next_step.has_value());
  EXPECT_EQ(why->next_step->at, now_ + 20 * kSecond);
  EXPECT_EQ(why->next_step->newcomers, 1U);
  EXPECT_EQ(why->wait_limit_at, now_ - 10 * kSecond + 5 * kMinute);
  EXPECT_FALSE(router_.WhyWaiting("c2").has_value());
}

TEST_F(DecisionsTest, ABusyAgentIsExpectedAfterAMeanHandling) {
  Do(Agent("ann"));
  Do(Call("c1"));
  AcceptOffer accept;
  accept.contact = "c1";
  accept.agent = "ann";
  Do(accept, kSecond);
  Do(Call("c2"), kMinute);
  const auto why = router_.WhyWaiting("c2");
  EXPECT_EQ(why->code, WaitCode::kAllBusy);
  EXPECT_EQ(why->named[0].detail, "handles c1");
  EXPECT_TRUE(why->named[0].expected);
  // Three minutes while nothing was observed, and this one has held ann for one already.
  EXPECT_GT(why->next_free, now_ + 2 * kMinute);
  EXPECT_LT(why->next_free, now_ + 4 * kMinute);
}

// ---- On trial ---------------------------------------------------------------------------------

TEST_F(DecisionsTest, AShareIsTheSameContactsAndGrows) {
  const auto decided = [&](std::int64_t share) {
    const auto candidate = std::make_shared<SimpleRules>(std::vector{Queue("voice")},
                                                         "fedcba9876543210fedcba9876543210");
    EXPECT_TRUE(Do(SetCandidate{candidate, share, {}}).ok());
    std::vector<bool> taken;
    for (int i = 0; i < 500; ++i) {
      const std::string id = "c" + std::to_string(i);
      Do(Call(id));
      taken.push_back(router_.DecisionsAbout(id)->classifications.back().by_candidate);
      Do(CancelContact{id, false});
    }
    EXPECT_EQ(router_.Candidate()->seen, 500U);
    return taken;
  };
  const std::vector<bool> tenth = decided(100'000);
  const std::vector<bool> half = decided(500'000);
  EXPECT_EQ(decided(100'000), tenth);
  const auto count = std::count(tenth.begin(), tenth.end(), true);
  EXPECT_GT(count, 25);
  EXPECT_LT(count, 80);
  for (std::size_t i = 0; i < tenth.size(); ++i) EXPECT_TRUE(!tenth[i] || half[i]) << i;
}

TEST_F(DecisionsTest, ShadowCountsAndSamplesDifferences) {
  auto candidate = std::make_shared<SimpleRules>(std::vector{Queue("voice")}, "00");
  candidate->plan("voice").priority.start = 7;
  ASSERT_TRUE(Do(SetCandidate{candidate, 0, {}}).ok());
  for (std::size_t i = 0; i < kKeptDifferences + 5; ++i) Do(Call("c" + std::to_string(i)));
  const auto view = router_.Candidate();
  EXPECT_EQ(view->other_plan, kKeptDifferences + 5);
  EXPECT_EQ(view->other_rule, 0U);
  ASSERT_EQ(view->differences.size(), kKeptDifferences);
  EXPECT_EQ(view->differences.front().contact, "c5");
  EXPECT_EQ(view->differences.back().contact, "c" + std::to_string(kKeptDifferences + 4));
  EXPECT_EQ(router_.FindContact("c0")->priority.start, 0);
  EXPECT_EQ(Do(SetCandidate{}).outcome, Outcome::kOk);
  EXPECT_EQ(Do(SetCandidate{}).outcome, Outcome::kWrongState);
}

// The reference implementation's vectors of 64 bits: key 00 01 .. 0f, inputs empty and 00 .. 0e.
TEST(SipHash64, AgreesWithTheReference) {
  const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  EXPECT_EQ(SipHash64("", key), 0x726fdb47dd0e0e31);
  std::string bytes;
  for (char c = 0; c < 15; ++c) bytes.push_back(c);
  EXPECT_EQ(SipHash64(bytes, key), 0xa129ca6149be45e5);
}

}  // namespace
}  // namespace strowger::routing
