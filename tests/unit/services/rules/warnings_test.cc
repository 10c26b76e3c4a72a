// What a document that loads is told nevertheless: golden, with carets.
#include <gtest/gtest.h>

#include <string>

#include "services/rules/loader.h"

namespace strowger::rules {
namespace {

constexpr std::string_view kHead = R"(schema: strowger.rules/v1
rule_set: test
vocabulary:
  channels: [voice, chat]
  skills: {billing: 1..10}
  contact:
    tier: {type: string, values: [gold, silver, bronze], default: bronze}
    vip: {type: bool, default: false}
    level: {type: int, default: 0}
    balance: {type: double}
)";

// `rules`, with a queue for them to name.
std::string Told(const std::string& rules) {
  const LoadResult result =
      LoadRuleText(std::string(kHead) + rules + "queues: {q: {}, r: {}}\n", "w.yaml");
  EXPECT_TRUE(result.ok()) << RenderFindings(result);
  std::string told = RenderFindings(result);
  return told;
}

// Rules `a`, `b`, ... under these conditions, and what is said about reaching them.
std::string Unreached(const std::vector<std::string>& conditions) {
  std::string text = std::string(kHead) + "rules:\n";
  char id = 'a';
  for (const std::string& condition : conditions) {
    text += std::string("  - {id: ") + id++ + ", when: \"" + condition + "\", then: {queue: q}}\n";
  }
  text += "  - {id: last, then: {queue: q, require: {billing: 1}}}\nqueues: {q: {}}\n";
  std::string told;
  for (const Finding& finding : LoadRuleText(text, "w").findings) {
    if (finding.message.find("may be absent") != std::string::npos) continue;
    told += finding.rule + ": " + finding.message + '\n';
  }
  return told;
}

TEST(Warnings, NothingToSay) {
  EXPECT_EQ(
      Told("rules:\n"
           "  - {id: a, when: contact.tier == 'gold', then: {queue: r}}\n"
           "  - {id: b, when: has(contact.balance) && contact.balance > 5.0, then: {queue: q}}\n"
           "  - {id: c, then: {queue: q, require: {billing: 10}}}\n"),
      "");
}

TEST(Warnings, ShadowedRule) {
  EXPECT_EQ(
      Told("rules:\n"
           "  - {id: gold, when: contact.tier == 'gold', then: {queue: r, require: {billing: 1}}}\n"
           "  - id: rich_gold\n"
           "    when: contact.level > 3 && contact.tier == 'gold'\n"
           "    then: {queue: q}\n"
           "  - {id: rest, then: {queue: q}}\n"),
      "w.yaml:13:9: warning: never reached: the rule gold, above, takes every contact that this "
      "one "
      "would take (rule rich_gold)\n"
      "      - id: rich_gold\n"
      "            ^\n"
      "0 errors, 1 warning\n");
}

TEST(Warnings, ConditionsThatNeverOrAlwaysHold) {
  EXPECT_EQ(
      Told("let: {broke: contact.level < 0 && contact.level > 5}\n"
           "rules:\n"
           "  - id: a\n"
           "    when: contact.level >= 5 && contact.tier == 'gold' && contact.level < 5\n"
           "    then: {queue: r, require: {billing: 1}}\n"
           "  - {id: b, when: broke || false, then: {queue: q}}\n"
           "  - id: c\n"
           "    when: contact.channel in ['voice', 'chat']\n"
           "    then: {queue: q}\n"
           "  - {id: rest, then: {queue: q}}\n"),
      "w.yaml:11:49: warning: this is never true together with what stands before it\n"
      "    let: {broke: contact.level < 0 && contact.level > 5}\n"
      "                                                    ^\n"
      "w.yaml:14:73: warning: this is never true together with what stands before it (rule a)\n"
      "        when: contact.level >= 5 && contact.tier == 'gold' && contact.level < 5\n"
      "                                                                            ^\n"
      "w.yaml:16:25: warning: this is never true (rule b)\n"
      "      - {id: b, when: broke || false, then: {queue: q}}\n"
      "                            ^\n"
      "w.yaml:18:27: warning: this is always true (rule c)\n"
      "        when: contact.channel in ['voice', 'chat']\n"
      "                              ^\n"
      "w.yaml:20:10: warning: never reached, nor is any rule below: the rule c, "
      "above, takes every contact (rule rest)\n"
      "      - {id: rest, then: {queue: q}}\n"
      "             ^\n"
      "0 errors, 5 warnings\n");
}

TEST(Warnings, AttributesThatMayBeAbsent) {
  EXPECT_EQ(
      Told("let: {known: has(contact.balance)}\n"
           "rules:\n"
           "  - {id: a, when: contact.balance > 5.0, then: {queue: r, require: {billing: 1}}}\n"
           "  - {id: b, when: known && contact.balance > 3.0, then: {queue: q}}\n"
           "  - id: c\n"
           "    then: {queue: q, steps: [{when: contact.balance < 1.0, require: {}}]}\n"),
      "w.yaml:13:19: warning: contact.balance may be absent, and this does not hold then; ask "
      "has() "
      "or declare a default (rule a)\n"
      "      - {id: a, when: contact.balance > 5.0, then: {queue: r, require: {billing: 1}}}\n"
      "                      ^\n"
      "  did you mean has(contact.balance)?\n"
      "w.yaml:16:37: warning: contact.balance may be absent, and this does not hold then; ask "
      "has() "
      "or declare a default (rule c)\n"
      "        then: {queue: q, steps: [{when: contact.balance < 1.0, require: {}}]}\n"
      "                                        ^\n"
      "  did you mean has(contact.balance)?\n"
      "0 errors, 2 warnings\n");
}

TEST(Warnings, NamesThatNothingUses) {
  EXPECT_EQ(Told("calendars: {desk: {weekly: {mon: ['08:00-09:00']}}}\n"
                 "let: {gold: contact.tier == 'gold'}\n"
                 "rules: [{id: a, then: {queue: q}}]\n"),
            "w.yaml:5:12: warning: no rule asks for the skill billing\n"
            "      skills: {billing: 1..10}\n"
            "               ^\n"
            "w.yaml:11:13: warning: no condition looks at the calendar desk\n"
            "    calendars: {desk: {weekly: {mon: ['08:00-09:00']}}}\n"
            "                ^\n"
            "w.yaml:12:7: warning: no condition uses the let gold\n"
            "    let: {gold: contact.tier == 'gold'}\n"
            "          ^\n"
            "w.yaml:14:17: warning: no rule sends contacts to the queue r\n"
            "    queues: {q: {}, r: {}}\n"
            "                    ^\n"
            "0 errors, 4 warnings\n");
}

TEST(Warnings, Calendars) {
  EXPECT_EQ(Told("calendars:\n"
                 "  never: {weekly: {mon: []}}\n"
                 "  gap: {weekly: {sun: ['02:15-09:00']}, time_zone: Europe/Paris}\n"
                 "  late: {weekly: {sat: ['22:00-02:30']}, time_zone: Europe/Paris}\n"
                 "  fine: {weekly: {sat: ['02:15-09:00']}, time_zone: Europe/Paris}\n"
                 "  twice: {weekly: {mon: ['08:00-12:00', '11:30-14:00']},\n"
                 "          closed: [2027-12-25, 2027-01-01, 2027-12-25]}\n"
                 "let: {used: calendar.never.open || calendar.gap.open || calendar.late.open ||\n"
                 "            calendar.fine.open || calendar.twice.open}\n"
                 "rules:\n"
                 "  - {id: a, when: used, then: {queue: r, require: {billing: 1}}}\n"
                 "  - {id: rest, then: {queue: q}}\n"),
            "w.yaml:12:19: warning: this calendar never opens\n"
            "      never: {weekly: {mon: []}}\n"
            "                      ^\n"
            "w.yaml:13:17: warning: 02:15 does not exist on 2026-03-29 in Europe/Paris: the clock "
            "goes to 03:00, and the window changes there\n"
            "      gap: {weekly: {sun: ['02:15-09:00']}, time_zone: Europe/Paris}\n"
            "                    ^\n"
            "w.yaml:14:18: warning: 02:30 does not exist on 2026-03-29 in Europe/Paris: the clock "
            "goes to 03:00, and the window changes there\n"
            "      late: {weekly: {sat: ['22:00-02:30']}, time_zone: Europe/Paris}\n"
            "                     ^\n"
            "w.yaml:16:19: warning: two windows of one day overlap: 08:00-12:00 and 11:30-14:00\n"
            "      twice: {weekly: {mon: ['08:00-12:00', '11:30-14:00']},\n"
            "                      ^\n"
            "w.yaml:17:44: warning: 2027-12-25 is given twice\n"
            "              closed: [2027-12-25, 2027-01-01, 2027-12-25]}\n"
            "                                               ^\n"
            "0 errors, 5 warnings\n");
}

TEST(Warnings, ClosedDatesThatHavePassed) {
  const std::string text = std::string(kHead) +
                           "calendars: {desk: {weekly: {mon: ['08:00-09:00']}, closed: "
                           "[2026-12-25, 2026-01-01]}}\n"
                           "rules: [{id: a, when: calendar.desk.open, then: {queue: q, require: "
                           "{billing: 1}}},\n"
                           "        {id: b, then: {queue: q}}]\nqueues: {q: {}}\n";
  constexpr routing::TimeNs kChristmas = 1'798'156'800 * routing::kSecond;  // 2026-12-25
  EXPECT_TRUE(LoadRuleText(text, "w").findings.empty());
  EXPECT_TRUE(LoadRuleText(text, "w", kChristmas + routing::kDay - 1).findings.empty());
  const LoadResult later = LoadRuleText(text, "w", kChristmas + routing::kDay);
  ASSERT_EQ(later.findings.size(), 1U);
  EXPECT_EQ(later.findings[0].message, "every closed date has passed, 2026-12-25 the last");
  EXPECT_EQ(later.findings[0].at.column, 61);
}

TEST(Warnings, WhatComesAfterTheWaitLimit) {
  EXPECT_EQ(Told("rules:\n"
                 "  - id: a\n"
                 "    then:\n"
                 "      queue: q\n"
                 "      steps: [{after: 1m, require: {billing: 2}}, {after: 5m, require: {}}]\n"
                 "      overflow: [{after: 6m, to: {queue: r}}]\n"
                 "      wait_limit: {after: 5m}\n"),
            "w.yaml:15:59: warning: never reached: the wait limit is 5m (rule a)\n"
            "          steps: [{after: 1m, require: {billing: 2}}, {after: 5m, require: {}}]\n"
            "                                                              ^\n"
            "w.yaml:16:26: warning: never reached: the wait limit is 5m (rule a)\n"
            "          overflow: [{after: 6m, to: {queue: r}}]\n"
            "                             ^\n"
            "0 errors, 2 warnings\n");
}

TEST(Warnings, EveryWayOfUsingAName) {
  EXPECT_EQ(
      Told("calendars:\n"
           "  one: {weekly: {mon: ['08:00-09:00']}}\n"
           "  two: {weekly: {mon: ['08:00-09:00']}}\n"
           "let: {first: calendar.one.open, second: first || !first}\n"
           "rules:\n"
           "  - {id: a, when: calendar.two.open_at('Asia/Tokyo'), then: {queue: q}}\n"
           "  - id: b\n"
           "    then:\n"
           "      queue: q\n"
           "      overflow: [{when: second && first, to: {queue: r, require: {billing: 2}}}]\n"),
      "");
}

// ---- Which rules shadow which -------------------------------------------------------------------

constexpr std::string_view kOne = " takes every contact that this one would take\n";

std::string By(const std::string& rule, const std::string& by) {
  return rule + ": never reached: the rule " + by + ", above," + std::string(kOne);
}

TEST(Shadows, AWeakerConditionAbove) {
  EXPECT_EQ(Unreached({"contact.level > 3", "contact.level >= 4 && contact.vip"}), By("b", "a"));
  EXPECT_EQ(Unreached({"contact.level > 3", "contact.level >= 3 && contact.vip"}), "");
  EXPECT_EQ(Unreached({"contact.level > 3", "contact.level > 3 && contact.vip"}), By("b", "a"));
  EXPECT_EQ(Unreached({"contact.level > 3", "contact.level == 7"}), By("b", "a"));
  EXPECT_EQ(Unreached({"contact.level > 3", "contact.level in [7, 3]"}), "");
  EXPECT_EQ(Unreached({"contact.tier in ['gold', 'silver']", "contact.tier == 'gold'"}),
            By("b", "a"));
  EXPECT_EQ(Unreached({"contact.tier != 'gold'", "contact.tier == 'silver'"}), By("b", "a"));
  EXPECT_EQ(Unreached({"contact.tier == 'gold' || contact.vip", "contact.vip"}), By("b", "a"));
  EXPECT_EQ(Unreached({"has(contact.balance)", "contact.balance > 3.0"}), By("b", "a"));
  EXPECT_EQ(Unreached({"contact.balance > 3.0", "has(contact.balance)"}), "");
  EXPECT_EQ(
      Unreached({"!(contact.vip || contact.level > 3)", "!contact.vip && contact.level == 1"}),
      By("b", "a"));
}

TEST(Shadows, TheSameWords) {
  EXPECT_EQ(
      Unreached({"contact.id.startsWith('a')", "contact.vip && contact.id.startsWith( 'a' )"}),
      By("b", "a"));
  EXPECT_EQ(Unreached({"contact.id.startsWith('a')", "contact.vip && contact.id.startsWith('b')"}),
            "");
  EXPECT_EQ(Unreached({"contact.id.startsWith('a') && contact.vip", "contact.id.startsWith('a')"}),
            "");
}

TEST(Shadows, SeveralTogether) {
  const std::string together = " takes every contact that this one would take\n";
  EXPECT_EQ(Unreached({"contact.channel == 'voice'",
                       "contact.tier == 'gold' && contact.channel == 'chat'",
                       "contact.channel == 'chat'", "contact.level == 3"}),
            "d: never reached: one of the rules a or c, above," + together);
  EXPECT_EQ(Unreached({"contact.vip", "!contact.vip && contact.tier == 'gold'",
                       "contact.tier == 'gold' && contact.level > 2"}),
            "c: never reached: one of the rules a or b, above," + together);
  // A let or an attribute without a default may fail, and then neither holds.
  EXPECT_EQ(Unreached({"contact.balance > 3.0", "contact.balance <= 3.0", "contact.level == 1"}),
            "");
}

TEST(Shadows, AnErrorIsNeitherTrueNorFalse) {
  EXPECT_EQ(Unreached({"contact.level / 0 > 1 || contact.vip", "contact.vip && contact.level > 1"}),
            By("b", "a"));
  EXPECT_EQ(Unreached({"!(contact.balance > 3.0)", "contact.level == 1"}), "");
}

TEST(Shadows, QueueMeansTheQueueOfTheRule) {
  const auto told = [](const std::string& queue) {
    const LoadResult result = LoadRuleText(
        "schema: strowger.rules/v1\nrule_set: t\nrules:\n"
        "  - {id: a, when: queue.waiting > 3, then: {queue: q}}\n"
        "  - {id: b, when: queue.waiting > 5, then: {queue: " +
            queue +
            "}}\n"
            "  - {id: c, then: {queue: q}}\n"
            "queues: {q: {}, r: {}}\n",
        "w");
    return result.findings.empty() ? "" : result.findings[0].rule;
  };
  EXPECT_EQ(told("q"), "b");
  EXPECT_EQ(told("r"), "");
}

TEST(Shadows, LetsAreLookedThrough) {
  const auto told = [](const std::string& first, const std::string& second) {
    const LoadResult result = LoadRuleText(
        std::string(kHead) +
            "let: {gold: contact.tier == 'gold', rich: has(contact.balance)}\n"
            "rules:\n"
            "  - {id: a, when: \"" +
            first +
            "\", then: {queue: q, require: {billing: 1}}}\n"
            "  - {id: b, when: \"" +
            second +
            "\", then: {queue: q}}\n"
            "  - {id: c, when: 'gold && rich && contact.level == 77', then: {queue: q}}\n"
            "  - {id: d, then: {queue: q}}\n"
            "queues: {q: {}}\n",
        "w");
    std::string rules;
    for (const Finding& finding : result.findings) rules += finding.rule;
    return rules;
  };
  EXPECT_EQ(told("gold", "contact.tier == 'gold' && contact.vip"), "bc");
  EXPECT_EQ(told("contact.tier == 'gold'", "gold && contact.vip"), "bc");
  EXPECT_EQ(told("gold && contact.vip", "contact.tier == 'gold'"), "c");
}

}  // namespace
}  // namespace strowger::rules
