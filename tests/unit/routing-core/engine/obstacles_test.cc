// What keeps agents from a contact: as it waits, and as it is remembered of a choice.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "routing/router.h"
#include "tests/unit/routing-core/simple_rules.h"

namespace strowger::routing {
namespace {

class ObstaclesTest : public testing::Test {
 protected:
  void Do(CommandBody body, DurationNs later = kSecond) {
    now_ += later;
    events_.clear();
    Command command;
    command.sequence = ++sequence_;
    command.time = now_;
    command.body = std::move(body);
    const Result result = router_.Apply(command, events_);
    EXPECT_TRUE(result.ok()) << Name(result.outcome) << " " << result.field;
  }

  void LogIn(AgentUpdate update, std::string id) {
    update.agent = std::move(id);
    if (!update.state) update.state = AgentState::kReady;
    if (!update.skills) update.skills = std::vector<SkillLevel>{{"billing", 5}};
    Do(UpsertAgents{{std::move(update)}});
  }

  static SubmitContact Call(std::string id) {
    SubmitContact submit;
    submit.contact = std::move(id);
    submit.channel = "voice";
    submit.plan.emplace().queue = "voice";
    submit.plan->requirement.require = {{"billing", 4}};
    return submit;
  }

  void Accept(const std::string& contact, const std::string& agent) {
    AcceptOffer accept;
    accept.contact = contact;
    accept.agent = agent;
    Do(accept);
  }

  static std::map<std::string, Obstacle> ByAgent(const std::vector<AgentObstacle>& agents) {
    std::map<std::string, Obstacle> named;
    for (const AgentObstacle& agent : agents) named[agent.agent] = agent.obstacle;
    return named;
  }
  std::string DetailOf(const std::string& contact, const std::string& agent) {
    const auto why = router_.WhyWaiting(contact);
    for (const AgentObstacle& one : why->named) {
      if (one.agent == agent) return one.detail;
    }
    return "not named";
  }

  static QueueSettings Strict() {
    QueueSettings settings = Queue("strict");
    settings.on_decline.back_off = kHour;
    return settings;
  }

  std::shared_ptr<SimpleRules> rules_ = std::make_shared<SimpleRules>(
      std::vector{Queue("voice"), Queue("other"), Strict()}, "0123456789abcdef0123456789abcdef");
  Router router_{{}, rules_};
  EventBuffer events_;
  std::uint64_t sequence_ = 0;
  TimeNs now_ = 1'000'000 * kMinute;
};

TEST_F(ObstaclesTest, EachIsToldWhileItWaitsAndRememberedOfTheChoice) {
  AgentUpdate update;
  LogIn({}, "busy");
  SubmitContact wish = Call("c-busy");
  wish.requested.agent = "busy";
  Do(wish);
  Accept("c-busy", "busy");
  update.pace = Pace{1, kHour};
  LogIn(update, "paced");
  wish = Call("c-paced");
  wish.requested.agent = "paced";
  Do(wish);
  Accept("c-paced", "paced");
  Do(CompleteContact{"c-paced", "paced"});
  LogIn({}, "reserved");
  wish = Call("c-reserved");
  wish.requested.agent = "reserved";
  Do(wish);

  SubmitContact call = Call("c1");
  call.labels = {"blue"};
  call.plan->ranks.high = 5;
  Do(call);
  LogIn({}, "excluded");
  DeclineOffer decline;
  decline.contact = "c1";
  decline.agent = "excluded";
  Do(decline);
  (update = {}).queues = std::vector<AgentQueue>{{"other", 0, 0, {}}};
  LogIn(update, "elsewhere");
  (update = {}).queues = std::vector<AgentQueue>{{"voice", 0, kMinute, {}}};
  LogIn(update, "later");
  (update = {}).skills = std::vector<SkillLevel>{{"billing", 2}};
  LogIn(update, "unskilled");
  (update = {}).rank = 9;
  LogIn(update, "outranked");
  (update = {}).state = AgentState::kNotReady;
  update.reason = "lunch";
  LogIn(update, "away");
  (update = {}).handling_cap = HandlingCap{{{"blue", 0}}, {}};
  LogIn(update, "capped");
  (update = {}).state = AgentState::kOffline;
  LogIn(update, "gone");

  std::map<std::string, Obstacle> expected = {{"gone", Obstacle::kOffline},
                                              {"elsewhere", Obstacle::kOtherQueue},
                                              {"unskilled", Obstacle::kRequirement},
                                              {"outranked", Obstacle::kRank},
                                              {"away", Obstacle::kNotReady},
                                              {"busy", Obstacle::kBusy},
                                              {"reserved", Obstacle::kReserved},
                                              {"excluded", Obstacle::kExcluded},
                                              {"later", Obstacle::kDelay},
                                              {"capped", Obstacle::kCap},
                                              {"paced", Obstacle::kCap}};
  const auto why = router_.WhyWaiting("c1");
  EXPECT_EQ(ByAgent(why->named), expected);
  EXPECT_EQ(why->code, WaitCode::kCap);
  EXPECT_EQ(why->agents[static_cast<int>(Obstacle::kCap)], 2U);
  EXPECT_EQ(DetailOf("c1", "outranked"), "rank 9");
  EXPECT_EQ(DetailOf("c1", "away"), "lunch");
  EXPECT_EQ(DetailOf("c1", "later"), "takes those who have waited 1m");
  EXPECT_EQ(DetailOf("c1", "capped"), "may have no more than 0 of blue");
  EXPECT_EQ(DetailOf("c1", "paced"), "paced at 1 in 1h");

  LogIn({}, "taker");
  const auto about = router_.DecisionsAbout("c1");
  ASSERT_EQ(about->choices.size(), 2U);
  EXPECT_EQ(about->choices[1].candidates[0].agent, "taker");
  EXPECT_EQ(about->choices[1].eligible, 1U);
  EXPECT_EQ(ByAgent(about->choices[1].passed_over), expected);
}

// Without lists, bands, bars and the like all agents are sorted at once, another way.
TEST_F(ObstaclesTest, APlainChoiceRemembersTheSame) {
  LogIn({}, "backing");
  SubmitContact call = Call("c-backing");
  call.plan->queue = "strict";
  Do(call);
  DeclineOffer decline;
  decline.contact = "c-backing";
  decline.agent = "backing";
  Do(decline);
  CancelContact cancel;
  cancel.contact = "c-backing";
  Do(cancel);
  LogIn({}, "busy");
  Do(Call("c-busy"));
  Accept("c-busy", "busy");
  AgentUpdate update;
  update.pace = Pace{1, kHour};
  LogIn(update, "paced");
  Do(Call("c-paced"));
  Accept("c-paced", "paced");
  Do(CompleteContact{"c-paced", "paced"});
  (update = {}).state = AgentState::kOffline;
  LogIn(update, "gone");
  (update = {}).state = AgentState::kNotReady;
  LogIn(update, "away");
  (update = {}).skills = std::vector<SkillLevel>{{"billing", 2}};
  for (int i = 0; i < 70; ++i) LogIn(update, "unskilled" + std::to_string(i));
  LogIn({}, "reserved");
  Do(Call("c-reserved"));
  LogIn({}, "taker");
  LogIn({}, "next");

  Do(Call("c1"));
  const Choice choice = router_.DecisionsAbout("c1")->choices.at(0);
  EXPECT_EQ(choice.candidates.at(0).agent, "taker");
  EXPECT_EQ(choice.eligible, 2U);
  EXPECT_EQ(choice.agents[static_cast<int>(Obstacle::kRequirement)], 70U);
  std::map<std::string, Obstacle> special;
  for (const auto& [agent, obstacle] : ByAgent(choice.passed_over)) {
    if (obstacle != Obstacle::kRequirement) special[agent] = obstacle;
  }
  const std::map<std::string, Obstacle> expected = {
      {"gone", Obstacle::kOffline},     {"away", Obstacle::kNotReady},
      {"busy", Obstacle::kBusy},        {"reserved", Obstacle::kReserved},
      {"backing", Obstacle::kExcluded}, {"paced", Obstacle::kCap}};
  EXPECT_EQ(special, expected);
}

TEST_F(ObstaclesTest, AWishKeepsAllOthersAway) {
  LogIn({}, "ann");
  LogIn({}, "bob");
  for (const char* id : {"c1", "c2"}) {
    SubmitContact wish = Call(id);
    wish.requested.agent = "bob";
    Do(wish);
  }
  const auto why = router_.WhyWaiting("c2");
  EXPECT_EQ(why->code, WaitCode::kReserved);
  EXPECT_EQ(why->wished_agent, "bob");
  EXPECT_EQ(DetailOf("c2", "ann"), "is not bob");
  const Choice choice = router_.DecisionsAbout("c1")->choices.at(0);
  EXPECT_TRUE(choice.wished);
  ASSERT_EQ(choice.candidates.size(), 1U);
  EXPECT_EQ(choice.candidates[0].agent, "bob");
}

// ---- Who would have been next -------------------------------------------------------------------

using Agents = std::vector<std::string>;

class RunnerUpTest : public ObstaclesTest {
 protected:
  Agents Candidates(SubmitContact call) {
    const std::string id = call.contact;
    Do(std::move(call));
    Agents names;
    const auto about = router_.DecisionsAbout(id);
    for (const Candidate& each : about->choices.at(0).candidates) {
      names.push_back(each.agent);
    }
    return names;
  }
};

TEST_F(RunnerUpTest, RanksBelowTheLiftCompareAsOne) {
  AgentUpdate update;
  for (const auto& [id, rank] : {std::pair{"eve", 7}, {"bob", 2}, {"ann", 1}}) {
    update.rank = rank;
    LogIn(update, id);
  }
  EXPECT_EQ(Candidates(Call("c1")), (Agents{"ann", "bob", "eve"}));
  Do(CancelContact{"c1", false});
  SubmitContact lifted = Call("c2");
  lifted.plan->lift = 5;
  EXPECT_EQ(Candidates(lifted), (Agents{"bob", "ann"}));
}

TEST_F(RunnerUpTest, RanksOfTheQueueCount) {
  AgentUpdate update;
  update.queues = std::vector<AgentQueue>{{"voice", 0, 0, 3}};
  LogIn(update, "ann");
  LogIn({}, "bob");
  (update = {}).rank = 1;
  LogIn(update, "eve");
  EXPECT_EQ(Candidates(Call("c1")), (Agents{"bob", "eve"}));
}

}  // namespace
}  // namespace strowger::routing
