// The index changes no decision, only how soon it is found.
#include "routing-core/rules/rule_index.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/routing-core/rules/allocations.h"
#include "tests/unit/routing-core/rules/documents.h"

namespace strowger::rules {
namespace {

constexpr std::string_view kHead = R"(
vocabulary:
  channels: [voice, chat, email]
  contact:
    tier: {type: string, values: [gold, silver, bronze], default: bronze}
    topic: {type: string}
    level: {type: int, default: 3}
    vip: {type: bool}
    balance: {type: double}
    tags: {type: list(string), default: []}
calendars: {desk: {weekly: {mon-fri: ["08:00-20:00"]}}}
let:
  gold: contact.tier == "gold"
  known: has(contact.topic) && contact.topic != ""
  odd: contact.topic == "t1" || contact.vip
  crowded: queue.waiting > 2
  number: contact.level + 1
  text: contact.topic
)";

constexpr std::string_view kOpenHead = R"(
let:
  gold: contact.tier == "gold"
  known: has(contact.topic)
  odd: contact.topic == "t1" || contact.vip == true
  crowded: queue.waiting > 2
  number: contact.level
  text: contact.topic
)";

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t Below(std::size_t n) { return engine_() % n; }
  bool OneIn(std::size_t n) { return Below(n) == 0; }
  template <typename Words>
  std::string Pick(const Words& words) {
    return std::string(words[Below(words.size())]);
  }

 private:
  std::mt19937_64 engine_;
};

std::string Topic(Random& random) { return "\"t" + std::to_string(random.Below(12)) + '"'; }

std::string Atom(Random& random) {
  static constexpr std::array<std::string_view, 3> kChannels = {"voice", "chat", "email"};
  static constexpr std::array<std::string_view, 3> kTiers = {"gold", "silver", "bronze"};
  static constexpr std::array<std::string_view, 6> kLets = {
      "gold", "known", "odd", "crowded", "number == 4", "text == \"t3\""};
  static constexpr std::array<std::string_view, 5> kOthers = {
      "queue.waiting == 3", "queues.q1.waiting == 2", "has(contact.vip)",
      "contact.tags.exists(t, t == \"a\")", "contact.level / (contact.level - 3) > 0"};
  switch (random.Below(9)) {
    case 0:
      return "contact.channel == \"" + random.Pick(kChannels) + '"';
    case 1:
      return "contact.tier in [\"" + random.Pick(kTiers) + "\", \"" + random.Pick(kTiers) + "\"]";
    case 2:
    case 3:
      return "contact.topic == " + Topic(random);
    case 4:
      return "contact.topic in [" + Topic(random) + ", " + Topic(random) + ']';
    case 5:
      return std::to_string(random.Below(6)) + " == contact.level";
    case 6:
      return random.OneIn(2) ? "contact.vip == true" : "contact.tier != \"gold\"";
    case 7:
      return random.Pick(kLets);
    default:
      return random.Pick(kOthers);
  }
}

std::string Condition(Random& random, int depth) {
  if (depth == 0 || random.OneIn(3)) {
    return random.OneIn(5) ? "!(" + Atom(random) + ')' : Atom(random);
  }
  const std::string join = random.OneIn(3) ? " || " : " && ";
  std::string text = Condition(random, depth - 1);
  for (std::size_t i = 0; i <= random.Below(2); ++i) text += join + Condition(random, depth - 1);
  return '(' + text + ')';
}

std::string Document(Random& random, std::size_t rules) {
  std::string text(random.OneIn(2) ? kHead : kOpenHead);
  text += "rules:\n";
  for (std::size_t i = 0; i < rules; ++i) {
    text += "  - {id: r" + std::to_string(i) + ", when: '" + Condition(random, 2) +
            "', then: {queue: q" + std::to_string(random.Below(3)) + "}}\n";
  }
  return text + "  - {id: last, then: {queue: q0}}\nqueues: {q0: , q1: , q2: }\n";
}

// Attributes of every type that they should and should not have.
void Vary(Random& random, std::vector<std::string>& texts, Case& contact) {
  static constexpr std::array<std::string_view, 3> kChannels = {"voice", "chat", "email"};
  static constexpr std::array<std::string_view, 3> kTiers = {"gold", "silver", "bronze"};
  contact.channel = random.Pick(kChannels);
  contact.attributes.clear();
  texts.clear();
  texts.push_back(random.Pick(kTiers));
  texts.push_back("t" + std::to_string(random.Below(14)));
  if (!random.OneIn(4)) contact.attributes.push_back({"tier", std::string_view(texts[0])});
  if (!random.OneIn(4)) contact.attributes.push_back({"topic", std::string_view(texts[1])});
  if (!random.OneIn(3)) contact.attributes.push_back({"vip", random.OneIn(2)});
  const auto level = static_cast<std::int64_t>(random.Below(6));
  switch (random.Below(4)) {
    case 0:
      contact.attributes.push_back({"level", static_cast<double>(level)});
      break;
    case 1:
      contact.attributes.push_back({"level", std::string_view(texts[1])});
      break;
    default:
      contact.attributes.push_back({"level", level});
  }
}

TEST(RuleIndex, ChangesNoDecision) {
  int decided_early = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    const std::string text = Document(random, 20 + random.Below(200));
    const CompileResult with = CompileText(text, true, true);
    const CompileResult without = CompileText(text, true, false);
    ASSERT_NE(with.rule_set, nullptr) << text;
    FakeFigures figures;
    for (const char* queue : {"q0", "q1", "q2"}) {
      figures.Set(queue, routing::Figure::kWaiting, static_cast<std::int64_t>(random.Below(5)));
    }
    std::vector<std::string> texts;
    Case contact;
    for (int i = 0; i < 100; ++i) {
      Vary(random, texts, contact);
      const std::string rule = RuleOf(*without.rule_set, contact, figures);
      ASSERT_EQ(RuleOf(*with.rule_set, contact, figures), rule) << "seed " << seed << '\n' << text;
      if (rule != "last") ++decided_early;
    }
  }
  EXPECT_GT(decided_early, 3'000);  // else nothing was compared
}

std::string Distinct(std::size_t rules) {
  std::string text = "rules:\n";
  for (std::size_t i = 0; i < rules; ++i) {
    text += "  - {id: r" + std::to_string(i) + ", when: 'contact.topic == \"t" + std::to_string(i) +
            "\" && queue.waiting > 0', then: {queue: q}}\n";
  }
  return text + "  - {id: last, then: {queue: q}}\nqueues: {q: {}}\n";
}

// Counts: what is evaluated asks for the figure.
TEST(RuleIndex, LooksOnlyAtRulesThatCanMatch) {
  const CompileResult with = CompileText(Distinct(5'000), true, true);
  const CompileResult without = CompileText(Distinct(500), true, false);
  ASSERT_NE(with.rule_set, nullptr);
  FakeFigures figures;
  figures.Set("q", routing::Figure::kWaiting, 1);
  Case contact;
  contact.attributes = {{"topic", std::string_view("t4321")}};
  EXPECT_EQ(RuleOf(*with.rule_set, contact, figures), "r4321");
  EXPECT_EQ(figures.asked, 1);
  contact.attributes = {{"topic", std::string_view("none")}};
  EXPECT_EQ(RuleOf(*with.rule_set, contact, figures), "last");
  EXPECT_EQ(figures.asked, 1);
  EXPECT_EQ(RuleOf(*without.rule_set, contact, figures), "last");
}

TEST(RuleIndex, HoldsAsManyRulesAsADocumentMay) {
  const CompileResult full = CompileText(Distinct(kMaxRules - 1), true, true);
  ASSERT_NE(full.rule_set, nullptr);
  FakeFigures figures;
  figures.Set("q", routing::Figure::kWaiting, 1);
  Case contact;
  for (const std::size_t rule : {0UL, 63UL, 64UL, 4'095UL, 4'096UL, kMaxRules - 2}) {
    const std::string topic = "t" + std::to_string(rule);
    contact.attributes = {{"topic", std::string_view(topic)}};
    EXPECT_EQ(RuleOf(*full.rule_set, contact, figures), "r" + std::to_string(rule));
  }
  contact.attributes = {};
  EXPECT_EQ(RuleOf(*full.rule_set, contact, figures), "last");
}

TEST(RuleIndex, AllocatesNothingOnceWarm) {
  const CompileResult set = CompileText(Distinct(1'000), true, true);
  FakeFigures figures;
  Case contact;
  contact.attributes = {{"topic", std::string_view("none")}};
  const routing::ContactFacts facts = contact.facts();
  (void)set.rule_set->Classify(facts, contact.now, figures);
  const std::size_t before = Allocations();
  (void)set.rule_set->Classify(facts, contact.now, figures);
  EXPECT_EQ(Allocations(), before);
}

}  // namespace
}  // namespace strowger::rules
