#include "tests/model/fake_rules.h"

#include <utility>

#include "routing/siphash.h"

namespace strowger::model {

using routing::kMinute;
using routing::kSecond;
using routing::QueueSettings;
using routing::Strategy;

FakeRuleSet::FakeRuleSet(std::string name, std::string frame, std::vector<QueueSettings> queues,
                         std::vector<routing::FlagDefault> flags, std::vector<Rule> rules)
    : name_(std::move(name)),
      frame_(std::move(frame)),
      hash_(routing::SipHash128(name_).ToHex()),
      queues_(std::move(queues)),
      flags_(std::move(flags)),
      rules_(std::move(rules)) {
  for (const Rule& rule : rules_) {
    plans_.push_back(&rule.plan);
    AddGroups(rule.when);
    for (const routing::Step& step : rule.plan.steps) AddGroups(step.when);
    for (const routing::Overflow& overflow : rule.plan.overflow) AddGroups(overflow.when);
    text_.append(rule.id).append(" when ");
    text_.append(rule.when == nullptr ? "anything" : rule.when->source()).append("; ");
  }
}

void FakeRuleSet::AddGroups(const std::shared_ptr<const routing::Condition>& condition) {
  if (condition == nullptr) return;
  for (const routing::FigureRead& read : condition->reads()) {
    if (read.owner == routing::FigureOwner::kQueue) continue;
    groups_.push_back({read.owner, read.queue});
  }
}

routing::Decision FakeRuleSet::Classify(const routing::ContactFacts& contact, routing::TimeNs now,
                                        const routing::FigureSource& figures) const {
  for (const Rule& rule : rules_) {
    routing::ConditionInput input;
    input.contact = &contact;
    input.queue = rule.plan.queue;
    input.now = now;
    input.figures = &figures;
    if (rule.when == nullptr || rule.when->Holds(input) == routing::Truth::kTrue) {
      return {rule.id, &rule.plan};
    }
  }
  return {};
}

routing::Decision FakeRuleSet::DecisionOf(std::string_view name) const {
  for (const Rule& rule : rules_) {
    if (rule.id == name) return {rule.id, &rule.plan};
  }
  return {};
}

// Two cities, and a place without coordinates.
std::optional<std::int64_t> FakeRuleSet::DistanceMetres(std::string_view from,
                                                        std::string_view to) const {
  if (from.empty() || to.empty()) return std::nullopt;
  return from == to ? 0 : 262'000;
}

namespace {

routing::WhenEmpty RandomWhenEmpty(Dice& dice, const std::vector<std::string>& queues) {
  routing::WhenEmpty when;
  when.nobody = static_cast<routing::WhenEmpty::Nobody>(dice.Below(3));
  if (dice.Chance(60)) when.after = RandomDuration(dice);
  if (dice.Chance(50)) when.grace = RandomDuration(dice);
  if (dice.Chance(85)) when.to = RandomDestination(dice, queues);
  return when;
}

QueueSettings RandomQueue(Dice& dice, const std::string& name,
                          const std::vector<std::string>& queues) {
  QueueSettings queue;
  queue.name = name;
  queue.select = static_cast<Strategy>(dice.Below(routing::kStrategyCount));
  if (queue.select == Strategy::kAllocation) {
    for (int i = 0; i < 10; ++i) {
      if (!dice.Chance(60)) continue;
      queue.shares.push_back(
          {Numbered("a", static_cast<std::uint64_t>(i)), dice.Between(1, 4) * 250'000});
    }
  }
  queue.use_rank = !dice.Chance(20);
  if (dice.Chance(25)) queue.serve = routing::Serve::kGreatestNeed;
  if (dice.Chance(25)) queue.starvation_bound = RandomDuration(dice);
  if (dice.Chance(20)) queue.max_occupancy = dice.Between(0, 4) * 250'000;
  for (int i = 0; i < 2 && dice.Chance(30); ++i) {
    queue.borrow.push_back({RandomCondition(dice, queues), RandomFormula(dice)});
  }
  queue.offer_timeout = dice.Chance(50) ? 20 * kSecond : dice.Between(1, 5) * 2 * kSecond;
  if (dice.Chance(20)) queue.offer_parallel = dice.Between(2, 4);
  queue.offer_assigns = queue.offer_parallel == 1 && dice.Chance(12);
  queue.exclude_for = dice.Chance(60) ? 30 * kSecond : RandomDuration(dice);
  queue.retry = dice.Chance(60) ? kSecond : RandomDuration(dice);
  if (dice.Chance(50)) {
    queue.on_decline = {dice.Chance(50) ? RandomDuration(dice) : 0, dice.Between(0, 3), "declined"};
  }
  if (dice.Chance(60)) {
    queue.on_expire = {dice.Chance(60) ? RandomDuration(dice) : 0, dice.Between(0, 3), "no_answer"};
  }
  queue.wrap_up = dice.Chance(50) ? RandomDuration(dice) : 0;
  queue.wrap_up_scope = static_cast<routing::WrapUpScope>(dice.Below(3));
  if (dice.Chance(40)) queue.handling_lease = RandomDuration(dice);
  if (dice.Chance(50)) {
    queue.max_waiting = dice.Between(0, 5);
    if (dice.Chance(70)) queue.when_full = RandomDestination(dice, queues);
  }
  if (dice.Chance(35)) queue.when_empty = RandomWhenEmpty(dice, queues);
  queue.service_level.within = RandomDuration(dice);
  queue.service_level.abandoned = static_cast<routing::ServiceLevel::Abandoned>(dice.Below(3));
  queue.window = dice.Chance(50) ? 30 * kMinute : 30 * kSecond * dice.Between(1, 4);
  return queue;
}

std::vector<FakeRuleSet::Rule> RandomRules(Dice& dice, const FakeQueues& queues) {
  std::vector<FakeRuleSet::Rule> rules;
  const std::int64_t count = dice.Between(1, 4);
  for (std::int64_t i = 0; i < count; ++i) {
    FakeRuleSet::Rule rule;
    rule.id = Numbered("r", rules.size());
    rule.when = RandomCondition(dice, queues.all);
    if (dice.Chance(12)) {
      rule.plan.treatment = dice.Pick(Treatments());
    } else {
      rule.plan = RandomPlan(dice, queues.all, queues.inner);
    }
    rules.push_back(std::move(rule));
  }
  // Every sixth set has no rule for the rest: such contacts are refused.
  if (!dice.Chance(17)) {
    rules.push_back({"rest", nullptr, RandomPlan(dice, queues.all, queues.inner)});
  }
  return rules;
}

}  // namespace

FakeRules MakeFakeRules(std::uint64_t seed, std::uint64_t edition, std::uint64_t variant) {
  Dice dice(seed * 1'000'003 + edition);
  FakeRules rules;
  rules.queues.inner = {"general", "sales"};
  if (dice.Chance(60)) rules.queues.inner.push_back("support");
  if (dice.Chance(40)) rules.queues.inner.push_back("late");
  rules.queues.all = rules.queues.inner;
  rules.queues.all.push_back("partner");
  std::vector<QueueSettings> queues;
  for (const std::string& name : rules.queues.inner) {
    queues.push_back(RandomQueue(dice, name, rules.queues.all));
  }
  QueueSettings partner;
  partner.name = "partner";
  partner.external = true;
  queues.push_back(partner);
  std::vector<routing::FlagDefault> flags;
  for (const std::string& flag : Flags()) {
    if (dice.Chance(70)) flags.push_back({flag, dice.Chance(30)});
  }
  const std::string frame = Numbered(Numbered("fake", seed) + "_", edition);
  Dice own(seed * 999'983 + edition * 16 + variant);
  rules.rule_set = std::make_shared<FakeRuleSet>(
      variant == 0 ? frame : Numbered(frame + "_", variant), frame, std::move(queues),
      std::move(flags), RandomRules(variant == 0 ? dice : own, rules.queues));
  return rules;
}

}  // namespace strowger::model
