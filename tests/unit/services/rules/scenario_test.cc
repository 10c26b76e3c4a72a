// The scenario runner itself: that a wrong expectation fails, and says how.
#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/rules/scenario_checks.h"
#include "services/rules/scenario_coverage.h"
#include "services/rules/scenario_diff.h"
#include "services/rules/scenario_events.h"
#include "services/rules/scenario_reader.h"
#include "services/rules/scenario_runner.h"
#include "services/rules/scenario_values.h"

namespace strowger::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

ScenarioFile Read(const std::string& text) {
  RulesLibrary library;
  return ReadScenarioText(text, "test.yaml", library);
}

// A file with one test, whose timeline these entries are.
std::string WithTimeline(const std::string& entries) {
  return "tests:\n  - name: t\n    agents: [{id: ann}]\n    timeline:\n" + entries;
}

ScenarioResult RunText(const std::string& text, ScenarioCoverage* coverage = nullptr) {
  const ScenarioFile file = Read(text);
  EXPECT_TRUE(file.usable()) << RenderFindings(file.path, file.text, file.findings);
  if (!file.usable() || file.scenarios.empty()) return {false, "unusable"};
  return RunScenario(file.scenarios.front(), coverage);
}

ScenarioResult RunTimeline(const std::string& entries) { return RunText(WithTimeline(entries)); }

// "line:column message" of every finding.
std::vector<std::string> Findings(const std::string& text) {
  std::vector<std::string> found;
  for (const Finding& finding : Read(text).findings) {
    found.push_back(std::to_string(finding.at.line) + ":" + std::to_string(finding.at.column) +
                    " " + finding.message);
  }
  return found;
}

// ---- Expectations that hold and that do not ---------------------------------------------------

TEST(ScenarioTest, RightExpectationPasses) {
  const auto result = RunTimeline(
      "      - {at: 0s, submit: {id: c1}, expect: [{queued: {contact: c1}}, {offered: {agent: "
      "ann}}], only: true}\n");
  EXPECT_TRUE(result.passed) << result.report;
  EXPECT_THAT(result.report, IsEmpty());
}

TEST(ScenarioTest, WrongFieldFailsAndSaysWhatItIs) {
  const auto result = RunTimeline(
      "      - {at: 0s, submit: {id: c1}, expect: [{offered: {contact: c1, agent: bob}}]}\n");
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.report,
            "  entry 1 at 0s, submit (line 5)\n"
            "    what happened ('-' did not, '+' should not have):\n"
            "    -          offered {contact: c1, agent: bob}  (expected at line 5; agent is ann, "
            "not bob)\n"
            "      0s       queued {contact: c1, queue: default, position: 1, rule: default}\n"
            "      0s       offered {contact: c1, agent: ann, queue: default}\n");
}

TEST(ScenarioTest, WrongOrderFails) {
  const auto result =
      RunTimeline("      - {at: 0s, submit: {id: c1}, expect: [offered, queued]}\n");
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.report, HasSubstr("but not in this order"));
}

TEST(ScenarioTest, OnlyRefusesWhatIsNotListed) {
  const auto result = RunTimeline(
      "      - {at: 0s, submit: {id: c1}, expect: [{queued: {contact: c1}}], only: true}\n");
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.report, HasSubstr("    + 0s       offered {contact: c1"));
}

TEST(ScenarioTest, NoneRefusesWhatHappenedSinceThePreviousEntry) {
  const auto result = RunTimeline(
      "      - {at: 0s, submit: {id: c1}}\n"
      "      - {at: 60s, expect: none}\n");
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.report, HasSubstr("  entry 2 at 1m (line 6)\n"));
  EXPECT_THAT(result.report, HasSubstr("    + 20s      expired {contact: c1, agent: ann}"));
}

TEST(ScenarioTest, EarlierEventsDoNotCountAndTheHintSaysSo) {
  const auto result = RunTimeline(
      "      - {at: 0s, submit: {id: c1}}\n"
      "      - {at: 60s, expect: [{expired: {contact: c1}}]}\n");
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.report,
              HasSubstr("it happened at 20s: give that instant an entry of its own"));
}

TEST(ScenarioTest, AdvanceMovesOnFromTheEntry) {
  const auto result = RunTimeline(
      "      - {at: 0s, submit: {id: c1}, advance: 30s, expect: [{expired: {contact: c1}}]}\n"
      "      - {at: 30s, expect: none}\n");
  EXPECT_TRUE(result.passed) << result.report;
}

TEST(ScenarioTest, UnexpectedRefusalFails) {
  const auto result = RunTimeline("      - {at: 0s, cancel: {contact: c9}}\n");
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.report, HasSubstr("the command was refused, which nothing here expects"));
  EXPECT_THAT(result.report, HasSubstr("refused {outcome: unknown_contact}"));
}

TEST(ScenarioTest, WrongRefusalFails) {
  const auto result = RunTimeline(
      "      - {at: 0s, cancel: {contact: c9}, expect: [{refused: {outcome: wrong_state}}]}\n");
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.report, HasSubstr("outcome is unknown_contact, not wrong_state"));
}

TEST(ScenarioTest, RepeatedCommandIdDoesNothing) {
  const auto result = RunTimeline(
      "      - {at: 0s, submit: {id: c1, command_id: k}, expect: [{queued: {contact: c1}}]}\n"
      "      - {at: 1s, submit: {id: c2, command_id: k}, expect: none}\n"
      "      - {at: 1s, cancel: {contact: c2}, expect: [{refused: {outcome: unknown_contact}}]}\n");
  EXPECT_TRUE(result.passed) << result.report;
}

TEST(ScenarioTest, OffersAreCountedByPair) {
  const auto result = RunTimeline(
      "      - {at: 0s, submit: {id: c0}}\n"
      "      - {at: 0s, cancel: {contact: c0}}\n"
      "      - {at: 1s, submit: {id: c1}}\n"
      "      - {at: 2s, accept: {contact: c1, agent: ann, offer: 2}, expect: [{refused: {outcome: "
      "offer_not_open}}]}\n"
      "      - {at: 3s, accept: {contact: c1, agent: ann, offer: 1}, expect: [assigned]}\n");
  EXPECT_TRUE(result.passed) << result.report;
}

// ---- Checks -----------------------------------------------------------------------------------

TEST(ScenarioTest, FailedChecksSayWhatIs) {
  const auto result = RunTimeline(
      "      - {at: 0s, submit: {id: c1}}\n"
      "      - {at: 1s, check: [{contact: c1, state: queued, agent: none}, {agent: ann, free: 1}, "
      "{queue: default, waiting: 2}, {contact: c9, state: queued}]}\n");
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.report,
            "  entry 2 at 1s (line 6)\n"
            "    contact c1: state is offered, not queued (line 6)\n"
            "    contact c1: agent is ann, not none (line 6)\n"
            "    agent ann: free is 0, not 1 (line 6)\n"
            "    queue default: waiting is 1, not 2 (line 6)\n"
            "    there is no contact c9 (line 6)\n");
}

TEST(ScenarioTest, RatiosMayBeFractionsOrRounded) {
  const char* const lived =
      "      - {at: 0s, submit: {id: a}}\n"
      "      - {at: 0s, accept: {contact: a, agent: ann}}\n"
      "      - {at: 1s, submit: {id: b}}\n"
      "      - {at: 1s, submit: {id: c}}\n"
      "      - {at: 2s, abandon: {contact: b}}\n"
      "      - {at: 2s, abandon: {contact: c}}\n";
  const auto with = [lived](const std::string& ratio) {
    return RunTimeline(std::string(lived) +
                       "      - {at: 3s, check: {queue: default, abandon_rate: " + ratio + "}}\n");
  };
  EXPECT_TRUE(with("2/3").passed) << with("2/3").report;
  EXPECT_TRUE(with("0.667").passed) << with("0.667").report;
  EXPECT_FALSE(with("0.66").passed);
  EXPECT_FALSE(with("1/3").passed);
}

TEST(ScenarioTest, FreeCapacityCountsWhatStillFits) {
  routing::AgentView agent;
  agent.capacity.total = 6;
  agent.capacity.channels = {{"chat", 3, 2, {"voice"}}, {"voice", 1, 6, {}}};
  const auto free = [&](const std::string& channel) { return FreeCapacity(agent, channel); };
  EXPECT_EQ(free("chat"), 3);
  EXPECT_EQ(free("voice"), 1);
  EXPECT_EQ(free("fax"), 0);
  agent.work.resize(1);
  agent.work[0].channel = "chat";
  EXPECT_EQ(free("chat"), 2);
  EXPECT_EQ(free("voice"), 1) << "voice may interrupt chat";
  agent.work[0].channel = "voice";
  EXPECT_EQ(free("chat"), 0);
  agent.work[0].kind = routing::AgentWork::Kind::kWrapUp;
  EXPECT_EQ(free("chat"), 0) << "wrap-up keeps the capacity";
  agent.work[0].scope = routing::WrapUpScope::kQueue;
  EXPECT_EQ(free("chat"), 3) << "unless it only keeps from a queue";
  agent.outside.channels = {{"voice", 1}};
  EXPECT_EQ(free("chat"), 0) << "work from outside uses capacity too";
  agent.outside = {};
  agent.work[0].kind = routing::AgentWork::Kind::kHandling;
  agent.capacity = {};
  agent.capacity.one_of_any = true;
  EXPECT_EQ(free("fax"), 0);
  agent.work.clear();
  EXPECT_EQ(free("fax"), 1);
}

// ---- The short forms --------------------------------------------------------------------------

constexpr char kShop[] =
    "rule_set: shop\n"
    "schema: strowger.rules/v1\n"
    "vocabulary: {contact: {tier: {type: string, default: bronze}}}\n"
    "rules:\n"
    "  - {id: vip, when: contact.tier == \"gold\", then: {queue: vip, priority: {start: 80, gain: "
    "6/min}, require: {care: 4}, steps: [{id: all, after: 9s, require: {}}]}}\n"
    "  - {id: rest, then: {treatment: {name: busy}}}\n"
    "queues: {vip: {}}\n"
    "tests:\n";

TEST(ScenarioTest, ShortFormComparesThePlan) {
  const std::string test = std::string(kShop) +
                           "  - {name: t, contact: {tier: gold}, expect: {rule: vip, queue: vip, "
                           "priority: 80, require: {care: 4}, steps: [all]}}\n";
  const auto right = RunText(test);
  EXPECT_TRUE(right.passed) << right.report;
  const auto wrong = RunText(std::string(kShop) +
                             "  - {name: t, contact: {tier: gold}, expect: {rule: rest, priority: "
                             "{gain: 5/min}, require: {care: 3}, treatment: busy}}\n");
  EXPECT_FALSE(wrong.passed);
  EXPECT_THAT(wrong.report, HasSubstr("rule is vip, not rest (line 9)"));
  EXPECT_THAT(wrong.report, HasSubstr("priority.gain is 6, not 5"));
  EXPECT_THAT(wrong.report, HasSubstr("require is {care: 4}, not {care: 3}"));
  EXPECT_THAT(wrong.report, HasSubstr("treatment is none, not busy"));
}

TEST(ScenarioTest, FindingsAreComparedInOrder) {
  const std::string test =
      "tests:\n"
      "  - name: t\n"
      "    rules:\n"
      "      rules:\n"
      "        - {id: a, when: contact.x == , then: {queue: q}}\n"
      "        - {id: b, then: {queue: qq}}\n"
      "      queues: {q: {}}\n"
      "    only: true\n"
      "    findings: ";
  const auto right = RunText(test + "[{rule: a, line: 5}, {rule: b, line: 6, suggests: q}]\n");
  EXPECT_TRUE(right.passed) << right.report;
  const auto swapped = RunText(test + "[{rule: b}, {rule: a}]\n");
  EXPECT_FALSE(swapped.passed);
  EXPECT_THAT(swapped.report, HasSubstr("was not made"));
  const auto fewer = RunText(test + "[{rule: a}]\n");
  EXPECT_FALSE(fewer.passed);
  EXPECT_THAT(fewer.report, HasSubstr("    + 6:"));
}

// ---- Coverage ---------------------------------------------------------------------------------

TEST(ScenarioTest, CoverageKnowsWhatWasNotReached) {
  ScenarioCoverage coverage;
  const auto result = RunText(
      std::string(kShop) + "  - {name: t, timeline: [{at: 0s, submit: {id: c1, tier: gold}}]}\n",
      &coverage);
  EXPECT_TRUE(result.passed) << result.report;
  ASSERT_THAT(coverage.documents(), SizeIs(1));
  std::vector<std::string> missed;
  for (const auto& item : coverage.documents().front().items) {
    if (!item.reached) missed.push_back(item.label);
  }
  EXPECT_THAT(missed, ElementsAre("branch vip 1 false: contact.tier == \"gold\"", "step vip/all",
                                  "rule rest"));
}

// ---- Files that cannot be used ----------------------------------------------------------------

TEST(ScenarioTest, UnknownKeysAreNamedWithTheNearest) {
  const ScenarioFile file = Read(WithTimeline("      - {at: 0s, submitt: {id: c1}}\n"));
  ASSERT_THAT(file.findings, SizeIs(1));
  EXPECT_FALSE(file.usable());
  EXPECT_EQ(file.findings[0].at.line, 5);
  EXPECT_EQ(file.findings[0].at.column, 18);
  EXPECT_EQ(file.findings[0].suggestion, "submit");
  EXPECT_EQ(file.findings[0].rule, "t");
}

TEST(ScenarioTest, UnknownEventsAndFieldsAreNamedWithTheNearest) {
  const ScenarioFile file = Read(WithTimeline(
      "      - {at: 0s, expect: [{offred: {contact: c1}}, {offered: {agnet: ann}}]}\n"));
  ASSERT_THAT(file.findings, SizeIs(2));
  EXPECT_EQ(file.findings[0].suggestion, "offered");
  EXPECT_EQ(file.findings[1].suggestion, "agent");
}

TEST(ScenarioTest, MisspeltPlanKeysAreNotTakenForAttributes) {
  const ScenarioFile file =
      Read(WithTimeline("      - {at: 0s, submit: {id: c1, prioritty: 5}}\n"));
  ASSERT_THAT(file.findings, SizeIs(1));
  EXPECT_EQ(file.findings[0].suggestion, "priority");
}

TEST(ScenarioTest, TimeDoesNotRunBackwards) {
  EXPECT_THAT(Findings(WithTimeline("      - {at: 9s}\n      - {at: 8s}\n")),
              ElementsAre("6:14 time runs backwards: the entry before ends at 9s"));
}

TEST(ScenarioTest, OneActionAnEntry) {
  EXPECT_THAT(
      Findings(WithTimeline("      - {at: 0s, cancel: {contact: c1}, abandon: {contact: c1}}\n")),
      ElementsAre(HasSubstr("5:41 an entry has one action")));
}

TEST(ScenarioTest, BrokenRulesOfATimelineAreToldWithTheirPlace) {
  EXPECT_THAT(Findings("tests:\n"
                       "  - name: t\n"
                       "    rules: {queues: {q: {selekt: in_order}}}\n"
                       "    timeline: []\n"),
              ElementsAre(HasSubstr("3:12 the rules have an error at test.yaml:3:3:26")));
}

TEST(ScenarioTest, FilesAreNotOpenedWhereTheyMustNotBe) {
  RulesLibrary library(RulesLibrary::Paths::kRefused);
  const ScenarioFile file = ReadScenarioText(
      "tests:\n  - {name: t, rules: other.yaml, timeline: []}\n", "net.yaml", library);
  ASSERT_THAT(file.findings, SizeIs(1));
  EXPECT_THAT(file.findings[0].message, HasSubstr("cannot refer to other files"));
}

TEST(ScenarioTest, AFileWithoutTestsIsNoTestFile) {
  EXPECT_THAT(Findings("test: []\n"), Not(IsEmpty()));
  EXPECT_THAT(Findings("[]\n"), Not(IsEmpty()));
  EXPECT_THAT(Findings("tests: {}\n"), Not(IsEmpty()));
  EXPECT_THAT(Findings("tests:\n  - {name: t}\n"), Not(IsEmpty()));
}

// ---- Small parts ------------------------------------------------------------------------------

TEST(ScenarioTest, DecimalsAreWrittenWithoutNeedlessZeros) {
  EXPECT_EQ(WriteDecimal(12500, 3), "12.5");
  EXPECT_EQ(WriteDecimal(-500, 3), "-0.5");
  EXPECT_EQ(WriteDecimal(615384, 6), "0.615384");
  EXPECT_EQ(WriteDecimal(3000, 3), "3");
}

TEST(ScenarioTest, EveryEventTypeCanBeExpected) {
  for (int i = 1; i < routing::kEventTypeCount; ++i) {
    routing::Event event;
    event.type = static_cast<routing::EventType>(i);
    const Happening happening = Describe(event);
    EXPECT_NE(FindEventShape(happening.type), nullptr) << happening.type;
  }
}

}  // namespace
}  // namespace strowger::rules
