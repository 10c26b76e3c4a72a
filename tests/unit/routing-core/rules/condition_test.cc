#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "routing-core/rules/compiler.h"
#include "tests/unit/routing-core/rules/documents.h"

namespace strowger::rules {
namespace {

using routing::Figure;
using routing::Truth;

constexpr std::string_view kDocument = R"(
schema: strowger.rules/v1
rule_set: conditions
time_zone: Europe/London
vocabulary:
  channels: [voice, chat]
  contact:
    tier: {type: string, values: [gold, silver], default: silver}
    balance: {type: double}
    age_group: {type: int}
    vip: {type: bool, default: false}
    tags: {type: list(string), default: [none]}
    time_zone: {type: string}
calendars:
  shop: {weekly: {mon-fri: ["08:00-20:00"]}}
  always: {weekly: {mon-sun: ["00:00-24:00"]}}
let:
  is_open: calendar.shop.open
  long_line: queue.waiting > 3
  crowded: long_line && queues.other.waiting > 0
rules:
  - id: all
    then: {queue: q}
queues: {q: {}, other: {}, "vip-1": {}, "_0": {}, in: {}}
)";

std::shared_ptr<const routing::RuleSet> Set() {
  static const CompileResult result = CompileText(kDocument);
  EXPECT_NE(result.rule_set, nullptr);
  return result.rule_set;
}

std::shared_ptr<const routing::Condition> Make(std::string_view text) {
  ConditionResult result = CompileCondition(text, *Set());
  for (const cel::Finding& finding : result.findings) {
    ADD_FAILURE() << text << ": " << finding.message;
  }
  return result.condition;
}

Truth Value(std::string_view text, const Case& contact, const FakeFigures& figures = {},
            std::string_view queue = "q") {
  const auto condition = Make(text);
  return condition == nullptr ? Truth::kError : Holds(*condition, contact, figures, queue);
}

TEST(Condition, SeesTheContact) {
  const std::vector<std::string_view> tags = {"a", "churn:price"};
  Case contact;
  contact.location = "lon";
  contact.arrival = At("2026-03-30T09:00:00Z");
  contact.now = At("2026-03-30T09:01:30Z");
  contact.attempt = 2;
  contact.attributes = {{"tier", std::string_view("gold")},
                        {"age_group", std::int64_t{4}},
                        {"tags", absl::Span<const std::string_view>(tags)}};
  const struct {
    std::string_view text;
    Truth truth;
  } cases[] = {
      {"contact.channel == 'voice'", Truth::kTrue},
      {"contact.location == 'lon' && contact.id == 'c1'", Truth::kTrue},
      {"contact.age == duration('90s') && contact.attempt == 2", Truth::kTrue},
      {"now == timestamp('2026-03-30T09:01:30Z')", Truth::kTrue},
      {"now.getHours() == 10", Truth::kTrue},  // in the zone of the rule set
      {"contact.tier == 'gold' && contact.age_group == 4", Truth::kTrue},
      {"contact.tags.exists(t, t.startsWith('churn:')) && 'a' in contact.tags", Truth::kTrue},
      {"contact.vip", Truth::kFalse},
      {"has(contact.vip) && !has(contact.balance)", Truth::kTrue},
      {"contact.balance > 3.0", Truth::kError},
      {"has(contact.balance) && contact.balance > 3.0", Truth::kFalse},
  };
  for (const auto& c : cases) EXPECT_EQ(Value(c.text, contact), c.truth) << c.text;
}

TEST(Condition, NamesQueuesInBrackets) {
  FakeFigures figures;
  figures.Set("vip-1", routing::Figure::kWaiting, 3);
  figures.Set("_0", routing::Figure::kWaiting, 4);
  figures.Set("in", routing::Figure::kWaiting, 5);
  figures.Set("other", routing::Figure::kWaiting, 6);
  EXPECT_EQ(Value("queues[\"vip-1\"].waiting == 3", {}, figures), Truth::kTrue);
  EXPECT_EQ(Value("queues [ 'vip-1' ] . waiting == 3", {}, figures), Truth::kTrue);
  EXPECT_EQ(Value("queues['_0'].waiting == 4 && queues._0.waiting == 4", {}, figures),
            Truth::kTrue);
  EXPECT_EQ(Value("queues['in'].waiting + queues['vip-1'].waiting == 8", {}, figures),
            Truth::kTrue);
  EXPECT_EQ(Value("queues['other'].waiting == queues.other.waiting", {}, figures), Truth::kTrue);
  const auto condition = Make("queues['vip-1'].waiting == 3");
  EXPECT_EQ(condition->source(), "queues['vip-1'].waiting == 3");
  ASSERT_EQ(condition->reads().size(), 1U);
  EXPECT_EQ(condition->reads()[0].queue, "vip-1");
}

TEST(Condition, TakesDefaultsAndWholeNumbersForDoubles) {
  Case contact;
  EXPECT_EQ(Value("contact.tier == 'silver' && contact.tags == ['none']", contact), Truth::kTrue);
  contact.attributes = {{"balance", std::int64_t{1000}}};
  EXPECT_EQ(Value("contact.balance >= 1000.0", contact), Truth::kTrue);
}

TEST(Condition, ErrsOnAnAttributeOfAnotherType) {
  Case contact;
  contact.attributes = {{"tier", std::int64_t{1}},
                        {"balance", std::string_view("much")},
                        {"tags", true},
                        {"vip", 1.5},
                        {"age_group", 2.5}};
  for (const std::string_view text :
       {"contact.tier == 'gold'", "contact.balance > 1.0", "size(contact.tags) > 0", "contact.vip",
        "contact.age_group == 2"}) {
    EXPECT_EQ(Value(text, contact), Truth::kError) << text;
  }
}

TEST(Condition, SeesTheFiguresOfItsQueueAndOfOthers) {
  FakeFigures figures;
  figures.Set("q", Figure::kWaiting, 5);
  figures.Set("q", Figure::kOldestWait, 90 * routing::kSecond);
  figures.Set("q", Figure::kPredictedWait, routing::kNever);
  figures.Set("q", Figure::kAgentsStaffed, 7);
  figures.Set("q", Figure::kServiceLevel, 812'500);
  figures.Set("other", Figure::kPredictedWait, 30 * routing::kSecond);
  figures.Set("other", Figure::kOccupancy, 500'000);
  const Case contact;
  const struct {
    std::string_view text;
    Truth truth;
  } cases[] = {
      {"queue.waiting == 5 && queue.agents_staffed == 7 && queue.agents_ready == 0", Truth::kTrue},
      {"queue.oldest_wait == duration('90s')", Truth::kTrue},
      {"queue.predicted_wait > duration('87600h')",
       Truth::kTrue},  // infinite: the largest there is
      {"queues.other.predicted_wait < duration('31s')", Truth::kTrue},
      {"queue.service_level == 0.8125 && queues.other.occupancy == 0.5", Truth::kTrue},
      {"queue.abandon_rate == 0.0", Truth::kTrue},
      {"long_line", Truth::kTrue},
      {"crowded", Truth::kFalse},
  };
  for (const auto& c : cases) EXPECT_EQ(Value(c.text, contact, figures), c.truth) << c.text;
  EXPECT_EQ(Value("queue.waiting == 0", contact, figures, "other"), Truth::kTrue);
  EXPECT_EQ(Value("queue.waiting == 0", contact, figures, "gone"), Truth::kError);
}

TEST(Condition, SeesCalendars) {
  Case contact;
  contact.now = At("2026-03-30T19:30:00+01:00");
  contact.attributes = {{"time_zone", std::string_view("America/New_York")}};
  EXPECT_EQ(Value("is_open && calendar.shop.closes_in == duration('30m')", contact), Truth::kTrue);
  EXPECT_EQ(Value("calendar.shop.opens_in == duration('0s')", contact), Truth::kTrue);
  EXPECT_EQ(Value("calendar.always.closes_in > duration('1s')", contact), Truth::kError);
  EXPECT_EQ(Value("calendar.shop.open_at(contact.time_zone)", contact), Truth::kTrue);
  contact.now = At("2026-03-30T21:30:00+01:00");
  EXPECT_EQ(Value("is_open", contact), Truth::kFalse);
  EXPECT_EQ(Value("calendar.shop.open_at(contact.time_zone)", contact), Truth::kTrue);
  contact.attributes = {{"time_zone", std::string_view("Mars/Base")}};
  EXPECT_EQ(Value("calendar.shop.open_at(contact.time_zone)", contact), Truth::kError);
}

TEST(Condition, SaysWhatItReads) {
  const auto plain = Make("contact.tier == 'gold' && contact.attempt < 3");
  EXPECT_TRUE(plain->reads().empty());
  EXPECT_FALSE(plain->reads_time());
  EXPECT_EQ(plain->source(), "contact.tier == 'gold' && contact.attempt < 3");

  const auto counts =
      Make("queue.waiting > 1 || queue.agents_free == 0 || queues.other.waiting > 2");
  ASSERT_EQ(counts->reads().size(), 2U);
  EXPECT_EQ(counts->reads()[0].queue, "");
  EXPECT_EQ(counts->reads()[0].figures,
            routing::Bit(Figure::kWaiting) | routing::Bit(Figure::kAgentsFree));
  EXPECT_EQ(counts->reads()[1].queue, "other");
  EXPECT_FALSE(counts->reads_time());

  const auto through_lets = Make("crowded");
  ASSERT_EQ(through_lets->reads().size(), 2U);
  EXPECT_EQ(through_lets->reads()[0].figures, routing::Bit(Figure::kWaiting));

  for (const std::string_view text :
       {"is_open", "now > timestamp('2026-01-01T00:00:00Z')", "contact.age > duration('1s')",
        "queue.oldest_wait > duration('1s')", "queues.other.service_level < 0.5",
        "calendar.shop.open_at('UTC')"}) {
    EXPECT_TRUE(Make(text)->reads_time()) << text;
  }
}

TEST(Condition, FindingsNameTheNearest) {
  const auto finding = [](std::string_view text) {
    const ConditionResult result = CompileCondition(text, *Set());
    EXPECT_EQ(result.condition, nullptr) << text;
    EXPECT_EQ(result.findings.size(), 1U) << text;
    return result.findings.empty()
               ? ""
               : result.findings[0].message + " -> " + result.findings[0].suggestion;
  };
  EXPECT_EQ(finding("queues.othr.waiting > 1"), "no queue othr is declared -> other");
  EXPECT_EQ(finding("contact.channel in ['voice', 'chatt']"),
            "contact.channel is never \"chatt\"; it is one of chat or voice -> chat");
  EXPECT_NE(finding("contact.tear == 'gold'").find("-> contact.tier"), std::string::npos);
}

TEST(Condition, InAnOpenVocabularyTakesWhatTheContactBrings) {
  ConditionResult result =
      CompileCondition("contact.tier == 'gold' && contact.n > 2", *DefaultRuleSet());
  ASSERT_NE(result.condition, nullptr);
  Case contact;
  contact.attributes = {{"tier", std::string_view("gold")}, {"n", 2.5}};
  EXPECT_EQ(Holds(*result.condition, contact, FakeFigures{}), Truth::kTrue);
  contact.attributes = {{"tier", std::string_view("gold")}};
  EXPECT_EQ(Holds(*result.condition, contact, FakeFigures{}), Truth::kError);
}

TEST(Condition, OutlivesItsRuleSet) {
  std::shared_ptr<const routing::Condition> condition;
  {
    const CompileResult set = CompileText(kDocument);
    condition = CompileCondition("is_open && contact.tier == 'silver'", *set.rule_set).condition;
  }
  Case contact;
  contact.now = At("2026-03-30T10:00:00+01:00");
  EXPECT_EQ(Holds(*condition, contact, FakeFigures{}), Truth::kTrue);
}

TEST(Condition, ServesManyThreads) {
  const auto condition = Make("crowded && contact.tags.exists(t, t == 'none')");
  FakeFigures figures;
  figures.Set("q", Figure::kWaiting, 5);
  figures.Set("other", Figure::kWaiting, 1);
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  for (int& count : right) {
    threads.emplace_back([&, mine = figures] {
      for (int i = 0; i < 1'000; ++i) {
        count += Holds(*condition, Case{}, mine) == Truth::kTrue ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 1'000));
}

}  // namespace
}  // namespace strowger::rules
