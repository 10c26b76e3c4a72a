#include "routing-core/rules/compiler.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "routing-core/rules/plan_reader.h"
#include "routing-core/rules/vocabulary.h"
#include "tests/unit/routing-core/rules/allocations.h"
#include "tests/unit/routing-core/rules/documents.h"

namespace strowger::rules {
namespace {

using routing::kMinute;
using routing::kSecond;

// Every kind of thing that a document can hold at this stage.
constexpr std::string_view kDocument = R"(
schema: strowger.rules/v1
rule_set: everything
time_zone: Europe/London
vocabulary:
  channels: [voice, chat]
  skills: {billing: 1..10, retention: 1..10}
  teams: [front, senior]
  agent: {desk: {type: string}}
  locations: {lon: {lat: 51.51, lon: -0.13, region: uk}, man: }
  contact:
    tier: {type: string, values: [gold, bronze], default: bronze}
    balance: {type: double}
    tags: {type: list(string), max: 32, default: []}
calendars:
  support: {weekly: {mon-fri: ["08:00-20:00"]}, closed: [2026-12-25]}
let:
  is_open: calendar.support.open
  at_risk: contact.tags.exists(t, t.startsWith("churn:"))
  swamped: queue.predicted_wait > duration("4m")
rules:
  - id: closed
    when: "!is_open && contact.channel == 'voice'"
    then: {treatment: {name: callback_offer}}
  - id: rich
    when: is_open && at_risk && has(contact.balance) && contact.balance >= 1000.0
    then:
      queue: retention
      skip_if_empty: true
      priority: {start: 80, gain: 6/min, max: 95}
      require: {retention: 6, billing: 2}
      who: agent.team == "senior"
      prefer: {last_agent: 0.3, location: 0.1, retention: 1}
      steps:
        - {id: relax, after: 30s, require: {retention: 3}, priority: {add: -5}}
        - {id: move, after: 90s, when: queue.agents_ready == 0, queue: general, priority: 7,
           skip_if_empty: false}
        - {after: 90s, require: {}}
      overflow:
        - {id: partner, after: 10s, when: swamped, to: {queue: partner, keep_requirement: true}}
        - {to: {queue: general, require: {billing: 1}, priority: {add: 10}}}
        - {treatment: voicemail}
      wait_limit: {after: 20m, treatment: {name: voicemail}}
  - id: crowded
    when: swamped
    then: {queue: general}
  - id: everything_else
    then: {queue: general, priority: 30}
queues:
  retention:
    select: best_skill
    service_level: {target: 0.85, within: 30s, abandoned: credited}
    offer: {timeout: 15s}
    exclude_for: 1m
    retry: 500ms
    on_decline: {back_off: 5s, not_ready_after: 3, reason: tired}
    on_expire: {not_ready_after: 2}
    wrap_up: 30s
    wrap_up_scope: agent
    window: 60m
  general: {select: least_busy, max_waiting: 500, when_full: {to: {treatment: busy}}}
  partner: {select: in_order, external: true}
)";

const routing::RuleSet& Set() {
  static const CompileResult result = CompileText(kDocument);
  EXPECT_EQ(Describe(result.findings), std::vector<std::string>{});
  return *result.rule_set;
}

TEST(Compiler, ReadsEverySettingOfAQueue) {
  ASSERT_EQ(Set().queues().size(), 3U);
  const routing::QueueSettings& retention = Set().queues()[0];
  EXPECT_EQ(retention.name, "retention");
  EXPECT_EQ(retention.select, routing::Strategy::kBestSkill);
  EXPECT_EQ(retention.service_level.target, 850'000);
  EXPECT_EQ(retention.service_level.within, 30 * kSecond);
  EXPECT_EQ(retention.service_level.abandoned, routing::ServiceLevel::Abandoned::kCredited);
  EXPECT_EQ(retention.offer_timeout, 15 * kSecond);
  EXPECT_EQ(retention.exclude_for, kMinute);
  EXPECT_EQ(retention.retry, kSecond / 2);
  EXPECT_EQ(retention.on_decline.back_off, 5 * kSecond);
  EXPECT_EQ(retention.on_decline.not_ready_after, 3);
  EXPECT_EQ(retention.on_decline.reason, "tired");
  EXPECT_EQ(retention.on_expire.not_ready_after, 2);
  EXPECT_EQ(retention.on_expire.reason, "no_answer");
  EXPECT_EQ(retention.wrap_up, 30 * kSecond);
  EXPECT_EQ(retention.wrap_up_scope, routing::WrapUpScope::kAgent);
  EXPECT_EQ(retention.window, routing::kHour);
  const routing::QueueSettings& general = Set().queues()[1];
  EXPECT_EQ(general.select, routing::Strategy::kLeastBusy);
  EXPECT_EQ(general.max_waiting, 500);
  ASSERT_TRUE(general.when_full.has_value());
  EXPECT_EQ(general.when_full->treatment, "busy");
  EXPECT_EQ(general.offer_timeout, 20 * kSecond);
  EXPECT_EQ(general.window, 30 * kMinute);
  EXPECT_TRUE(Set().queues()[2].external);
  EXPECT_EQ(Set().queues()[2].select, routing::Strategy::kInOrder);
}

TEST(Compiler, ReadsWhatAPlanAsksFor) {
  ASSERT_EQ(Set().plans().size(), 4U);
  EXPECT_EQ(Set().plans()[0]->treatment, "callback_offer");
  const routing::Plan& plan = *Set().plans()[1];
  EXPECT_EQ(plan.queue, "retention");
  EXPECT_TRUE(plan.skip_if_empty);
  EXPECT_EQ(plan.priority, (routing::Priority{80, 6, 95}));
  EXPECT_EQ(plan.requirement.require,
            (std::vector<routing::SkillMinimum>{{"billing", 2}, {"retention", 6}}));
  ASSERT_EQ(plan.requirement.who.atoms.size(), 1U);
  EXPECT_EQ(plan.requirement.who.atoms[0].kind, routing::Atom::Kind::kTeam);
  EXPECT_EQ(plan.prefer,
            (std::vector<routing::Preference>{
                {"last_agent", 300'000}, {"same_location", 100'000}, {"retention", 1'000'000}}));
  EXPECT_EQ(plan.wait_limit, (routing::WaitLimit{20 * kMinute, "voicemail"}));
  EXPECT_EQ(Set().plans()[3]->priority, (routing::Priority{30, 0, std::nullopt}));
  EXPECT_FALSE(Set().plans()[3]->skip_if_empty);
}

TEST(Compiler, ReadsStepsAndOverflow) {
  const routing::Plan& plan = *Set().plans()[1];
  ASSERT_EQ(plan.steps.size(), 3U);
  EXPECT_EQ(plan.steps[0].id, "relax");
  EXPECT_EQ(plan.steps[0].after, 30 * kSecond);
  EXPECT_EQ(plan.steps[0].requirement->require,
            (std::vector<routing::SkillMinimum>{{"retention", 3}}));
  EXPECT_EQ(plan.steps[0].priority, (routing::PriorityChange{std::nullopt, -5}));
  EXPECT_TRUE(plan.steps[0].skip_if_empty);
  EXPECT_EQ(plan.steps[0].when, nullptr);
  EXPECT_EQ(plan.steps[1].queue, "general");
  EXPECT_EQ(plan.steps[1].when->source(), "queue.agents_ready == 0");
  EXPECT_EQ(plan.steps[1].priority->set, (routing::Priority{7, 0, std::nullopt}));
  EXPECT_FALSE(plan.steps[1].requirement.has_value());
  EXPECT_FALSE(plan.steps[1].skip_if_empty);
  EXPECT_EQ(plan.steps[2].id, "3");
  EXPECT_EQ(plan.steps[2].requirement, routing::Requirement{});
  ASSERT_EQ(plan.overflow.size(), 3U);
  EXPECT_EQ(plan.overflow[0].id, "partner");
  EXPECT_EQ(plan.overflow[0].after, 10 * kSecond);
  EXPECT_EQ(plan.overflow[0].to.queue, "partner");
  EXPECT_TRUE(plan.overflow[0].to.keep_requirement);
  EXPECT_TRUE(plan.overflow[0].when->reads_time());
  EXPECT_EQ(plan.overflow[1].to.priority, (routing::PriorityChange{std::nullopt, 10}));
  EXPECT_EQ(plan.overflow[1].to.requirement->require.size(), 1U);
  EXPECT_EQ(plan.overflow[2].to.treatment, "voicemail");
}

TEST(Compiler, FirstRuleThatHoldsDecides) {
  const std::vector<std::string_view> tags = {"churn:price"};
  FakeFigures figures;
  figures.Set("general", routing::Figure::kPredictedWait, kMinute);
  Case contact;
  contact.now = At("2026-03-30T10:00:00+01:00");
  EXPECT_EQ(RuleOf(Set(), contact, figures), "everything_else");
  contact.attributes = {{"tags", absl::Span<const std::string_view>(tags)}, {"balance", 1000.0}};
  EXPECT_EQ(RuleOf(Set(), contact, figures), "rich");
  contact.attributes = {{"tags", absl::Span<const std::string_view>(tags)}, {"balance", 999.9}};
  EXPECT_EQ(RuleOf(Set(), contact, figures), "everything_else");
  contact.attributes = {{"balance", std::string_view("lots")},  // an error matches nothing
                        {"tags", absl::Span<const std::string_view>(tags)}};
  EXPECT_EQ(RuleOf(Set(), contact, figures), "everything_else");
  figures.Set("general", routing::Figure::kPredictedWait, routing::kNever);
  EXPECT_EQ(RuleOf(Set(), contact, figures), "crowded");
  contact.now = At("2026-12-25T10:00:00Z");
  EXPECT_EQ(RuleOf(Set(), contact, figures), "closed");
  contact.channel = "chat";
  EXPECT_EQ(RuleOf(Set(), contact, figures), "crowded");
}

TEST(Compiler, EvaluatesALetOnceForEachQueueOfADecision) {
  const CompileResult result = CompileText(
      "let: {busy: queue.waiting > 3}\n"
      "rules:\n"
      "  - {id: a, when: busy && contact.x == 1, then: {queue: one}}\n"
      "  - {id: b, when: busy && contact.x == 2, then: {queue: one}}\n"
      "  - {id: c, when: busy, then: {queue: two}}\n"
      "  - {id: d, then: {queue: one}}\n"
      "queues: {one: {}, two: {}}\n",
      true);
  ASSERT_EQ(Describe(result.findings), std::vector<std::string>{});
  FakeFigures figures;
  figures.Set("one", routing::Figure::kWaiting, 4);
  figures.Set("two", routing::Figure::kWaiting, 3);
  Case contact;
  contact.attributes = {{"x", std::int64_t{5}}};
  EXPECT_EQ(RuleOf(*result.rule_set, contact, figures), "d");
  EXPECT_EQ(figures.asked, 2);
  EXPECT_EQ(RuleOf(*result.rule_set, contact, figures), "d");
  EXPECT_EQ(figures.asked, 4);  // nothing is kept from one decision to the next
  figures.Set("two", routing::Figure::kWaiting, 9);
  EXPECT_EQ(RuleOf(*result.rule_set, contact, figures), "c");
}

TEST(Compiler, ClassifyAllocatesNothingOnceWarm) {
  const std::vector<std::string_view> tags = {"x", "churn:price"};
  FakeFigures figures;
  figures.Set("general", routing::Figure::kPredictedWait, routing::kNever);
  Case contact;
  contact.now = At("2026-03-30T10:00:00+01:00");
  contact.attributes = {{"tags", absl::Span<const std::string_view>(tags)}, {"balance", 1.0}};
  const routing::ContactFacts facts = contact.facts();
  EXPECT_EQ(Set().Classify(facts, contact.now, figures).rule, "crowded");
  // The fake's own map of strings: what it costs is measured beside.
  const std::size_t before_fake = Allocations();
  (void)figures.QueueFigure("general", routing::Figure::kPredictedWait);
  const std::size_t of_fake = Allocations() - before_fake;
  const std::size_t before = Allocations();
  (void)Set().Classify(facts, contact.now, figures);
  EXPECT_EQ(Allocations() - before, of_fake);
}

TEST(Compiler, KeepsTextAndHash) {
  EXPECT_EQ(Set().name(), "everything");
  EXPECT_EQ(Set().text(), kDocument);
  EXPECT_EQ(Set().hash().size(), 32U);
  EXPECT_EQ(CompileText(kDocument).rule_set->hash(), Set().hash());
  EXPECT_NE(CompileText(std::string(kDocument) + "\n").rule_set->hash(), Set().hash());
}

TEST(Compiler, DefaultRuleSetSendsEverythingToOneQueue) {
  const auto set = DefaultRuleSet();
  ASSERT_EQ(set->queues().size(), 1U);
  EXPECT_EQ(set->queues()[0].name, "default");
  const routing::Decision decision = set->Classify(Case{}.facts(), 1, FakeFigures{});
  EXPECT_EQ(decision.rule, "default");
  EXPECT_EQ(decision.plan->queue, "default");
  // Its text is a document that says the same.
  const CompileResult again = CompileText(set->text());
  ASSERT_EQ(Describe(again.findings), std::vector<std::string>{});
  EXPECT_EQ(again.rule_set->hash(), set->hash());
  EXPECT_EQ(again.rule_set->plans()[0]->queue, "default");
}

TEST(Compiler, FragmentMayLeaveOut) {
  const CompileResult queues = CompileText("queues: {billing: {wrap_up: 5s}}", true);
  ASSERT_EQ(Describe(queues.findings), std::vector<std::string>{});
  EXPECT_EQ(queues.rule_set->queues()[0].wrap_up, 5 * kSecond);
  EXPECT_EQ(queues.rule_set->Classify(Case{}.facts(), 1, FakeFigures{}).plan, nullptr);
  const CompileResult empty = CompileText("{vocabulary: {channels: [voice]}}", true);
  ASSERT_EQ(Describe(empty.findings), std::vector<std::string>{});
  EXPECT_EQ(RuleOf(*empty.rule_set, Case{}, FakeFigures{}), "default");
}

TEST(Compiler, FragmentsTextStandsForItself) {
  const CompileResult fragment = CompileText(
      "queues: {'a \"b\"': {wrap_up: 5s}}\nrules: [{id: x, when: 'true', then: {queue: "
      "'a \"b\"'}}]\n",
      true);
  ASSERT_EQ(Describe(fragment.findings), std::vector<std::string>{});
  const CompileResult again = CompileText(fragment.rule_set->text(), true);
  ASSERT_EQ(Describe(again.findings), std::vector<std::string>{});
  EXPECT_EQ(again.rule_set->hash(), fragment.rule_set->hash());
  EXPECT_EQ(again.rule_set->queues()[0].name, "a \"b\"");
}

TEST(Compiler, ReadsPlansThatBypassTheRules) {
  const std::string_view text =
      "queue: nowhere\nrequire: {billing: 4}\nsteps: [{after: 5s, when: at_risk && is_open, who: "
      "agent.id == 'ann'}]\n";
  const ParsedDocument parsed = ParseYaml(text);
  Report report(text);
  const routing::Plan plan = ReadPlan(parsed.root, *ContextOf(Set()), report);
  EXPECT_EQ(Describe(report.Take()), std::vector<std::string>{});
  EXPECT_EQ(plan.queue, "nowhere");  // the router answers unknown_queue
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_EQ(plan.steps[0].when->source(), "at_risk && is_open");
}

TEST(Compiler, TypesAttributesByTheVocabulary) {
  const std::string_view text =
      "{balance: 5, tier: gold, tags: [a], n: 5, f: 2.5, b: true, s: '5'}";
  const ParsedDocument parsed = ParseYaml(text);
  const auto& declared = VocabularyOf(Set()).contact;
  Report report(text);
  const auto read = [&](std::string_view name, const auto& names) {
    return ReadAttribute(name, *parsed.root.Find(name), names, report);
  };
  EXPECT_EQ(read("balance", declared), routing::AttributeValue(5.0));
  EXPECT_EQ(read("tier", declared), routing::AttributeValue(std::string("gold")));
  EXPECT_EQ(read("tags", declared), routing::AttributeValue(std::vector<std::string>{"a"}));
  const decltype(VocabularyOf(Set()).contact) open;
  EXPECT_EQ(read("n", open), routing::AttributeValue(std::int64_t{5}));
  EXPECT_EQ(read("f", open), routing::AttributeValue(2.5));
  EXPECT_EQ(read("b", open), routing::AttributeValue(true));
  EXPECT_EQ(read("s", open), routing::AttributeValue(std::string("5")));
  EXPECT_EQ(read("n", declared), std::nullopt);
  EXPECT_EQ(Describe(report.Take()), std::vector<std::string>{"1:40 no attribute n is declared"});
}

}  // namespace
}  // namespace strowger::rules
