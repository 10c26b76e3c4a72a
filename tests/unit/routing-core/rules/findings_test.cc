// What a wrong document is told: golden, to the column.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "routing-core/rules/report.h"
#include "tests/unit/routing-core/rules/documents.h"

namespace strowger::rules {
namespace {

struct Wrong {
  const char* name;
  std::string_view text;
  std::vector<std::string> findings;
};

class Findings : public testing::TestWithParam<Wrong> {};

TEST_P(Findings, AreExact) {
  const CompileResult result = CompileText(GetParam().text, true);
  EXPECT_EQ(Describe(result.findings), GetParam().findings);
  bool refused = false;
  for (const std::string& line : GetParam().findings) refused |= line.rfind("warning", 0) != 0;
  EXPECT_EQ(result.rule_set == nullptr, refused);
}

const Wrong kWrong[] = {
    {"NoMapping", "- a\n", {"1:1 expected a mapping, found a list"}},
    {"UnknownKeys",
     "rulez: []\nqueues: {q: {selct: best_skill, wrapup: 3s, zzz: 1}}\n",
     {"1:1 unknown key rulez -> rules", "2:14 [q] unknown key selct -> select",
      "2:33 [q] unknown key wrapup -> wrap_up",
      "2:45 [q] unknown key zzz; known here: select, shares, use_rank, offer, exclude_for, retry, "
      "on_decline, "
      "on_expire, wrap_up, wrap_up_scope, handling_lease, max_waiting, when_full, when_empty, "
      "service_level, window, external, serve, starvation_bound, max_occupancy or borrow"}},
    {"Schema",
     "schema: strowger.rules/v2\nrule_set: [a]\ntime_zone: Europe/Pars\n",
     {"1:9 expected strowger.rules/v1, found \"strowger.rules/v2\" -> strowger.rules/v1",
      "2:11 expected a name, found a list",
      "3:12 unknown time zone \"Europe/Pars\"; expected a name such as Europe/London"}},
    {"Queues",
     "queues:\n"
     "  a: {select: longest, offer: {timeout: 0s}, window: 45s, max_waiting: -1}\n"
     "  b: {service_level: {target: 1.5, within: fast, abandoned: never}, external: yes}\n"
     "  c: {when_full: {queue: d, treatment: x}, max_waiting: 5}\n"
     "  d: {when_full: {treatment: x}}\n",
     {"2:15 [a] expected longest_idle, least_busy, best_skill, in_order, fewest_contacts, "
      "least_handle_time, least_skilled, round_robin, random, allocation or score, found "
      "\"longest\"",
      "2:31 [a] an offer needs some time", "2:54 [a] a window is a multiple of 30s",
      "2:72 [a] expected a whole number from 0 to 1000000000, found \"-1\"",
      "3:31 [b] expected a number from 0 to 1 with at most six decimals, found \"1.5\"",
      "3:44 [b] expected a duration such as 90s, 110m or 2h, at most 366d, found \"fast\"",
      "3:61 [b] expected late, ignored or credited, found \"never\"",
      "3:79 [b] expected true or false, found \"yes\"",
      "4:18 [c] expected either a queue or a treatment",
      "warning 5:18 [d] a queue without max_waiting is never full"}},
    {"OnlyAWarning",
     "queues: {d: {when_full: {treatment: x}}}\n",
     {"warning 1:25 [d] a queue without max_waiting is never full"}},
    {"Vocabulary",
     "vocabulary:\n"
     "  channels: [voice, voice]\n"
     "  skills: {billing: 1..200, sales: high}\n"
     "  contact:\n"
     "    queue: {type: string}\n"
     "    9lives: {type: int}\n"
     "    tier: {type: strng}\n"
     "    vip: {type: bool, default: 3, values: [a]}\n"
     "    level: {type: string, values: [a, b], default: zzz}\n"
     "  locations: {lon: {lat: 51.5}}\n"
     "queues: {q: {}}\n",
     {"2:21 voice is given twice",
      "3:21 expected a range of proficiency such as 1..10, within 1..100",
      "3:36 expected a range of proficiency such as 1..10, within 1..100",
      "5:5 queue has a meaning of its own and cannot be an attribute",
      "6:5 an attribute's name is letters, digits and _, not beginning with a digit",
      "7:18 expected string, int, double, bool or list(string), found \"strng\" -> string",
      "8:32 expected true or false, found \"3\"", "8:43 only a string attribute can have values",
      "9:52 expected a or b, found \"zzz\"", "10:20 a location has both lat and lon, or neither"}},
    {"Rules",
     "rules:\n"
     "  - {id: a, then: {queue: q}}\n"
     "  - {id: a, then: {queue: qq}}\n"
     "  - {then: {}}\n"
     "  - {id: d}\n"
     "  - {id: e, then: {treatment: busy, require: {x: 1}}}\n"
     "  - {id: f, then: {queue: q, treatment: {nme: busy}}}\n"
     "  - {id: g, when: contact.x == 1, then: {queue: q}}\n"
     "queues: {q: {}}\n",
     {"3:10 [a] the id a is taken by an earlier rule",
      "warning 3:10 [a] never reached, nor is any rule below: the rule a, above, takes every "
      "contact",
      "3:27 [a] no queue qq is declared -> q", "4:5 a rule needs an id",
      "4:12 a rule names either a queue or a treatment",
      "5:5 [d] a rule needs then: what it decides",
      "6:37 [e] require has no effect: a treatment ends the contact",
      "7:19 [f] a rule names either a queue or a treatment", "7:41 [f] a treatment needs a name",
      "7:42 [f] unknown key nme -> name",
      "8:19 [g] the last rule must be unconditional: a contact must end somewhere"}},
    {"Plans",
     "vocabulary: {skills: {billing: 1..10}}\n"
     "rules:\n"
     "  - id: a\n"
     "    then:\n"
     "      queue: q\n"
     "      require: {biling: 3, billing: 11}\n"
     "      priority: {start: 9, gain: 10/h, max: 3}\n"
     "      prefer: {billing: 0.1234567, idle: 1}\n"
     "      steps:\n"
     "        - {id: x, after: 30s, require: {}}\n"
     "        - {id: x, after: 10s, priority: {add: many}}\n"
     "        - {priority: 3}\n"
     "      overflow:\n"
     "        - {id: y}\n"
     "        - {id: z, to: {queue: r}}\n"
     "      wait_limit: {treatment: voicemail}\n"
     "queues: {q: {}}\n",
     {"6:17 [a] no skill biling is declared -> billing",
      "6:37 [a] impossible: the proficiency of billing is 1 to 10 -> 10",
      "7:34 [a] a gain must be a whole number a minute; 10/h is not",
      "7:45 [a] max 3 is below start 9",
      "8:25 [a] expected a number from 0 to 1000 with at most six decimals, found \"0.1234567\"",
      "8:36 [a] no skill idle is declared", "11:16 [a] the id x is taken",
      "11:26 [a] steps come in order of after: 10s is before the 30s of the step above it",
      "11:47 [a] expected a whole number from -2000000 to 2000000, found \"many\"",
      "12:11 [a] a step needs after, when, or both",
      "14:11 [a] an overflow needs either to or treatment", "15:31 [a] no queue r is declared -> q",
      "16:19 [a] a wait limit needs after"}},
    {"Lets",
     "calendars: {desk: {weekly: {mon: ['08:00-09:00']}}}\n"
     "let:\n"
     "  contact: 'true'\n"
     "  in: 'true'\n"
     "  later: earlier\n"
     "  earlier: calendar.dsk.open\n"
     "rules: [{id: a, when: earlier && later, then: {queue: q}}, {id: b, then: {queue: q}}]\n"
     "queues: {q: {}}\n",
     {"3:3 contact has a meaning of its own and cannot be a let",
      "4:3 the name of a let is letters, digits and _, not beginning with a digit, and no word of "
      "the language",
      "5:10 unknown name 'earlier'",
      "6:12 unknown name 'calendar.dsk.open' -> calendar.desk.open"}},
    {"QueuesInBrackets",
     "rules:\n"
     "  - {id: a, when: 'queues[\"vip-1\"].waiting > 2 && queues[\"vip-2\"].waiting > 2',\n"
     "     then: {queue: vip-1}}\n"
     "  - {id: b, when: 'queues[\"vip-1\"].waitin > 2 || unknwn', then: {queue: q}}\n"
     "  - {id: c, then: {queue: q}}\n"
     "queues: {q: {}, vip-1: {}}\n",
     {"2:51 [a] no queue vip-2 is declared -> vip-1",
      "4:20 [b] unknown name 'queues[\"vip-1\"].waitin' -> queues[\"vip-1\"].waiting",
      "4:50 [b] unknown name 'unknwn'"}},
    {"OwnQueueWithoutQueue",
     "let: {busy: queue.waiting > 3}\n"
     "rules:\n"
     "  - {id: a, when: 'contact.x == 1 && queue.waiting > 2', then: {treatment: t}}\n"
     "  - {id: b, when: contact.x == 2 || busy, then: {treatment: t}}\n"
     "  - {id: c, then: {queue: q}}\n"
     "queues: {q: {}}\n",
     {"3:38 [a] queue.* means the queue that the rule names, and this rule names none",
      "4:37 [b] queue.* means the queue that the rule names, and this rule names none"}},
};

INSTANTIATE_TEST_SUITE_P(Documents, Findings, testing::ValuesIn(kWrong),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(WholeDocument, NeedsItsHead) {
  EXPECT_EQ(
      Describe(CompileText("{time_zone: UTC}").findings),
      (std::vector<std::string>{"1:1 the document needs schema: strowger.rules/v1",
                                "1:1 the document needs rule_set: a name for the set",
                                "1:1 the document needs rules", "1:1 the document needs queues"}));
}

TEST(WholeDocument, GivesThePathOfAFinding) {
  const CompileResult result = CompileText(
      "rules: [{id: a, then: {queue: q, steps: [{after: 1s}, {after: 1s, when: 'x'}]}}]\nqueues: "
      "{q: {}}\n",
      true);
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].path, "rules[0].then.steps[1].when");
}

// A finding inside an expression, through every way of writing a scalar.
TEST(WholeDocument, PlacesFindingsInsideScalars) {
  const struct {
    std::string_view when;
    std::string_view place;
  } cases[] = {
      {"      when: contact.x == 1 && unknwn\n", "2:31"},
      {"      when: contact.x == 1\n        && unknwn\n", "3:12"},
      {"      when: contact.x == 1\n\n\n        && unknwn\n", "5:12"},
      {"      when: 'contact.x == ''é'' && unknwn'\n", "2:36"},
      {"      when: \"contact.x == \\\"é\\u00e9\\\" && unknwn\"\n", "2:42"},
      {"      when: \"contact.x\\\n         == 1 && unknwn\"\n", "3:18"},
      {"      when: |\n        contact.x == 1 &&\n          unknwn\n", "4:11"},
      {"      when: |2-\n          contact.x == 1 &&\n        unknwn\n", "4:9"},
      {"      when: >-\n        contact.x == 1\n\n          && 'é' != ''\n        && unknwn\n",
       "6:12"},
      {"      when: >\n        contact.x == 1 &&\n        unknwn\n", "4:9"},
      {"      when:\n        unknwn\n", "3:9"},
  };
  for (const auto& c : cases) {
    const std::string text = "rules:\n  -\n" + std::string(c.when) +
                             "      id: a\n      then: {queue: q}\n  - {id: b, then: {queue: q}}\n"
                             "queues: {q: {}}\n";
    const CompileResult result = CompileText(text, true);
    ASSERT_FALSE(result.findings.empty()) << text;
    const Position at = result.findings.back().at;
    // The list's dash stands on a line of its own.
    EXPECT_EQ(std::to_string(at.line - 1) + ':' + std::to_string(at.column), c.place) << text;
  }
}

TEST(WholeDocument, BoundsTheCostOfACondition) {
  const CompileResult result = CompileText(
      "rules:\n"
      "  - {id: a, when: 'contact.tags.all(a, contact.tags.all(b, a != b))', then: {queue: q}}\n"
      "  - {id: c, then: {queue: q}}\n"
      "queues: {q: {}}\n",
      true);
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].message.substr(0, 17), "this costs up to ");
}

TEST(WholeDocument, ShowsNoMoreThanAnyoneReads) {
  std::string text = "queues: {q: }\n";
  for (int i = 0; i < 1'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  const CompileResult result = CompileText(text, true);
  EXPECT_EQ(result.rule_set, nullptr);
  ASSERT_EQ(result.findings.size(), kMaxFindings + 1);
  EXPECT_EQ(Describe(result.findings.back()), "0:0 800 more findings are not shown");
}

TEST(WholeDocument, CountsItsRules) {
  std::string text = "queues: {q: }\nrules:\n";
  for (int i = 0; i <= 10'000; ++i)
    text += "- {id: r" + std::to_string(i) + ", then: {queue: q}}\n";
  EXPECT_EQ(Describe(CompileText(text, true).findings),
            std::vector<std::string>{"3:1 10001 rules; the limit is 10000"});
}

}  // namespace
}  // namespace strowger::rules
