// Documents by meaning: effective form, differences, frames; and the operands of conditions.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "routing-core/rules/diff.h"
#include "routing-core/rules/effective.h"
#include "routing-core/rules/operands.h"
#include "routing-core/rules/trace.h"
#include "tests/unit/routing-core/rules/documents.h"

namespace strowger::rules {
namespace {

Node Parsed(std::string_view text) {
  ParsedDocument document = ParseYaml(text);
  EXPECT_TRUE(document.ok()) << text;
  return document.root;
}

std::vector<std::string> Diff(std::string_view before, std::string_view after) {
  std::vector<std::string> lines;
  for (const Change& change : DiffDocuments(Parsed(before), Parsed(after))) {
    lines.push_back(ToText(change));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Diff, WhatMeansTheSameIsNoDifference) {
  EXPECT_EQ(Diff("rules: [{id: a, then: {queue: q, priority: 5}}]\nqueues: {q: {}}\n",
                 "queues:\n  q: {select: longest_idle, wrap_up: 0s, offer: {timeout: 20s}}\n"
                 "rules:\n  - then: {priority: {start: 5, gain: 0/min}, queue: q, require: {}}\n"
                 "    id: a\n"),
            Lines{});
  EXPECT_EQ(
      Diff("rules: [{id: a, then: {queue: q, wait_limit: {after: 60s, treatment: t}}}]",
           "rules: [{id: a, then: {queue: q, wait_limit: {after: 1m, treatment: {name: t}}}}]"),
      Lines{});
}

TEST(Diff, SaysWhatChangedAndWhere) {
  EXPECT_EQ(
      Diff("rules: [{id: a, when: x, then: {queue: q, priority: 5}}, {id: b, then: {queue: q}}]",
           "rules: [{id: a, when: y, then: {queue: q, priority: 9}}, {id: b, then: {queue: q}}]"),
      (Lines{"~ rules.a.when: x -> y", "~ rules.a.then.priority.start: 5 -> 9"}));
  EXPECT_EQ(Diff("queues: {q: {}}", "queues: {q: {wrap_up: 90s}}"),
            Lines{"~ queues.q.wrap_up: 0 -> 90s"});
  EXPECT_EQ(Diff("let: {old: \"true\"}", "let: {new: \"true\"}"),
            (Lines{"- let.old: \"true\"", "+ let.new: \"true\""}));
}

TEST(Diff, AMovedRuleIsMovedAndNothingElse) {
  EXPECT_EQ(Diff("rules: [{id: a}, {id: b}, {id: c}, {id: d}]",
                 "rules: [{id: d}, {id: a}, {id: b}, {id: c}]"),
            Lines{"> rules.d: was after c, is first"});
}

TEST(Diff, StepsAreMatchedById) {
  EXPECT_EQ(
      Diff("rules: [{id: a, then: {queue: q, steps: [{id: s, after: 5s}, {id: t, after: 9s}]}}]",
           "rules: [{id: a, then: {queue: q, steps: [{id: t, after: 9s}]}}]"),
      Lines{"- rules.a.then.steps.s: {id: s, after: 5s, skip_if_empty: true}"});
}

TEST(Effective, FillsInWhatIsLeftUnsaid) {
  const std::string text = ToYaml(EffectiveDocument(
      Parsed("schema: strowger.rules/v1\nrule_set: s\nrules: [{id: a, then: {queue: q}}]\n"
             "queues: {q: }\ntests: [{name: t}]\n")));
  EXPECT_NE(text.find("select: longest_idle"), std::string::npos) << text;
  EXPECT_NE(text.find("time_zone: UTC"), std::string::npos) << text;
  EXPECT_NE(text.find("priority: {start: 0, gain: 0/min}"), std::string::npos) << text;
  EXPECT_EQ(text.find("tests"), std::string::npos) << text;
  // It is a document itself, and means the same.
  const CompileResult again = CompileText(text);
  EXPECT_NE(again.rule_set, nullptr) << text;
}

// Each default is what the readers take for it: writing it down changes nothing.
TEST(Effective, TheDefaultsAreThoseOfTheReaders) {
  const std::string plain =
      "schema: strowger.rules/v1\nrule_set: s\nrules: [{id: a, then: {queue: q}}]\nqueues: {q: "
      "{}}\n";
  const CompileResult left_unsaid = CompileText(plain);
  const CompileResult said = CompileText(ToYaml(EffectiveDocument(Parsed(plain))));
  ASSERT_NE(said.rule_set, nullptr);
  const routing::QueueSettings& a = left_unsaid.rule_set->queues()[0];
  const routing::QueueSettings& b = said.rule_set->queues()[0];
  EXPECT_EQ(a.select, b.select);
  EXPECT_EQ(a.use_rank, b.use_rank);
  EXPECT_EQ(a.handling_lease, b.handling_lease);
  EXPECT_EQ(a.offer_timeout, b.offer_timeout);
  EXPECT_EQ(a.exclude_for, b.exclude_for);
  EXPECT_EQ(a.retry, b.retry);
  EXPECT_EQ(a.on_decline.back_off, b.on_decline.back_off);
  EXPECT_EQ(a.on_decline.not_ready_after, b.on_decline.not_ready_after);
  EXPECT_EQ(a.on_decline.reason, b.on_decline.reason);
  EXPECT_EQ(a.on_expire.back_off, b.on_expire.back_off);
  EXPECT_EQ(a.on_expire.not_ready_after, b.on_expire.not_ready_after);
  EXPECT_EQ(a.on_expire.reason, b.on_expire.reason);
  EXPECT_EQ(a.wrap_up, b.wrap_up);
  EXPECT_EQ(a.wrap_up_scope, b.wrap_up_scope);
  EXPECT_EQ(a.service_level.target, b.service_level.target);
  EXPECT_EQ(a.service_level.within, b.service_level.within);
  EXPECT_EQ(a.service_level.abandoned, b.service_level.abandoned);
  EXPECT_EQ(a.window, b.window);
  EXPECT_EQ(a.external, b.external);
}

TEST(Frame, IsAllButLetsRulesCalendarsAndTests) {
  const std::string base = "rules: [{id: a}]\nqueues: {q: {}}\n";
  EXPECT_EQ(
      FrameOf(Parsed(base)),
      FrameOf(Parsed("let: {x: \"true\"}\nrules: [{id: b}]\ntests: []\nqueues: {q: {wrap_up: 0s}}\n"
                     "calendars: {c: {weekly: {}}}\n")));
  EXPECT_NE(FrameOf(Parsed(base)),
            FrameOf(Parsed("rules: [{id: a}]\nqueues: {q: {wrap_up: 1s}}\n")));
  EXPECT_NE(FrameOf(Parsed(base)), FrameOf(Parsed(base + "flags: {f: false}\n")));
}

// ---- Operands -----------------------------------------------------------------------------------

Lines Operands(const std::string& condition) {
  Lines parts;
  for (const Operand& operand : OperandsOf(condition)) {
    parts.push_back(condition.substr(operand.offset, operand.length));
  }
  return parts;
}

TEST(Operands, AreWhatStandsBetweenAndAndOr) {
  EXPECT_EQ(Operands("a"), Lines{"a"});
  EXPECT_EQ(Operands("a && b"), (Lines{"a", "b"}));
  EXPECT_EQ(Operands("(a || !b) && c.exists(x, x && y)"),
            (Lines{"a", "!b", "c.exists(x, x && y)"}));
  EXPECT_EQ(Operands("((a && b))"), (Lines{"a", "b"}));
  EXPECT_EQ(Operands("a ? b && c : d"), Lines{"a ? b && c : d"});
  EXPECT_EQ(Operands("(a) == (b)"), Lines{"(a) == (b)"});
  EXPECT_EQ(Operands("x in [1, 2] || f(a && b)[0]"), (Lines{"x in [1, 2]", "f(a && b)[0]"}));
}

// ---- Trace --------------------------------------------------------------------------------------

TEST(Trace, DecidesAgainFromWhatIsRemembered) {
  const CompileResult compiled = CompileText(
      "schema: strowger.rules/v1\nrule_set: s\nflags: {crisis: false}\nrules:\n"
      "  - {id: busy, when: contact.tier == \"gold\" && queue.waiting > 3 && !flags.crisis, then: "
      "{queue: q}}\n"
      "  - {id: long, when: contact.tier == \"iron\" && queues.q.oldest_wait > duration(\"5s\"), "
      "then: {queue: q}}\n"
      "  - {id: rest, then: {queue: q}}\nqueues: {q: {}}\n");
  ASSERT_NE(compiled.rule_set, nullptr);
  routing::Classification seen;
  seen.rule_set = compiled.rule_set;
  seen.contact = "c1";
  seen.channel = "voice";
  seen.attributes = {{"tier", std::string("gold")}};
  seen.figures = {{routing::FigureOwner::kQueue, "q", routing::Figure::kWaiting, 2}};
  const auto trace = TraceDecision(seen);
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->decided, "rest");
  ASSERT_EQ(trace->rules.size(), 3U);
  const TracedRule& busy = trace->rules[0];
  EXPECT_EQ(busy.truth, routing::Truth::kFalse);
  ASSERT_EQ(busy.parts.size(), 3U);
  EXPECT_EQ(busy.parts[0].truth, routing::Truth::kTrue);
  EXPECT_EQ(busy.parts[1].text, "queue.waiting > 3");
  EXPECT_EQ(busy.parts[1].truth, routing::Truth::kFalse);
  ASSERT_EQ(busy.parts[1].values.size(), 1U);
  EXPECT_EQ(busy.parts[1].values[0].name, "queue.waiting");
  EXPECT_EQ(busy.parts[1].values[0].value, "2");
  EXPECT_EQ(busy.parts[2].truth, routing::Truth::kTrue);
  // The decision never came to look at that figure.
  EXPECT_FALSE(trace->rules[1].parts[1].known);
}

}  // namespace
}  // namespace strowger::rules
