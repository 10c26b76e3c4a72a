#include "services/grpc/convert_plan.h"

#include <string>

#include "gtest/gtest.h"
#include "routing-core/rules/compiler.h"
#include "routing-core/rules/who.h"

namespace strowger::grpc_api {
namespace {

routing::Formula Compiled(const std::string& who) {
  rules::WhoResult result = rules::CompileWho(who);
  EXPECT_TRUE(result.findings.empty()) << who;
  return std::move(result.formula);
}

// Whether an agent that satisfies the atoms of `held`, by index, satisfies the formula.
bool Holds(const routing::Formula& formula, unsigned held) {
  std::vector<bool> stack;
  for (const routing::Formula::Term& term : formula.terms) {
    using Op = routing::Formula::Op;
    if (term.op == Op::kAtom) {
      stack.push_back((held >> term.atom & 1U) != 0);
    } else if (term.op == Op::kTrue || term.op == Op::kFalse) {
      stack.push_back(term.op == Op::kTrue);
    } else if (term.op == Op::kNot) {
      stack.back() = !stack.back();
    } else {
      const bool right = stack.back();
      stack.pop_back();
      stack.back() = term.op == Op::kAnd ? stack.back() && right : stack.back() || right;
    }
  }
  return stack.back();
}

TEST(RenderWho, MeansTheSameWhenCompiledAgain) {
  for (const char* who : {
           "agent.skills.billing >= 6",
           "agent.skills.billing > 2 && agent.skills.spanish >= 1 || agent.team == 'senior'",
           "agent.skills.billing >= 1 && (agent.team == 'a' || agent.location == 'lon')",
           "!(agent.id in ['ann', 'bob']) && agent.attributes.desk == \"x\\\"y\"",
           "agent.attributes.level == 3 || agent.attributes.rate == 1.5 || "
           "agent.attributes.remote == true",
           "agent.team == 'a' && (agent.team == 'b' && agent.team == 'c')",
           "!(agent.team == 'a' || agent.team == 'b')",
       }) {
    const routing::Formula first = Compiled(who);
    const std::string rendered = RenderWho(first);
    const routing::Formula second = Compiled(rendered);
    ASSERT_EQ(first.atoms.size(), second.atoms.size()) << rendered;
    EXPECT_TRUE(first.atoms == second.atoms) << rendered;
    for (unsigned held = 0; held < 1U << first.atoms.size(); ++held) {
      EXPECT_EQ(Holds(first, held), Holds(second, held)) << who << " as " << rendered;
    }
  }
  EXPECT_EQ(RenderWho({}), "");
}

TEST(ConvertPlan, TellsEverythingThatIsWrongAtOnce) {
  v1::Plan plan;
  v1::Step* const step = plan.add_steps();
  step->set_id("a");
  step->mutable_after()->set_seconds(-1);
  v1::SkillRequirement* const skill = plan.mutable_requirement()->add_skills();
  skill->set_skill("billing");
  skill->set_min_proficiency(500);
  plan.mutable_wait_limit()->set_treatment("voicemail");
  const auto rule_set = rules::DefaultRuleSet();
  Violations violations;
  Conversion conversion{*rule_set, rules::VocabularyOf(*rule_set), violations};
  routing::Plan to;
  Convert(plan, conversion, to);
  std::vector<std::string> fields;
  for (const Violation& violation : violations.list()) fields.push_back(violation.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"queue", "requirement.skills[0].min_proficiency",
                                              "steps[0].after", "wait_limit.after"}));
}

TEST(ConvertPlan, RanksLiftAndPreferences) {
  v1::Plan plan;
  plan.set_queue("default");
  plan.mutable_ranks()->set_high(2);
  plan.set_lift(-1);
  v1::Preference* const preference = plan.add_prefer();
  preference->set_name("last_agent");
  preference->set_weight(0.3);
  v1::Step* const step = plan.add_steps();
  step->set_id("wider");
  step->mutable_after()->set_seconds(30);
  step->mutable_ranks()->set_raise(3);
  step->mutable_ranks()->set_low(1);
  step->set_lift(3);
  (void)step->mutable_prefer();
  const auto rule_set = rules::DefaultRuleSet();
  Violations violations;
  Conversion conversion{*rule_set, rules::VocabularyOf(*rule_set), violations};
  routing::Plan to;
  Convert(plan, conversion, to);
  ASSERT_TRUE(violations.empty());
  EXPECT_EQ(to.ranks, (routing::RankBand{std::nullopt, 2}));
  EXPECT_EQ(to.lift, -1);
  EXPECT_EQ(to.prefer, (std::vector<routing::Preference>{{"last_agent", 300'000}}));
  EXPECT_EQ(to.steps[0].ranks, (routing::RankChange{1, std::nullopt, 3}));
  EXPECT_EQ(to.steps[0].lift, 3);
  ASSERT_TRUE(to.steps[0].prefer.has_value());
  EXPECT_TRUE(to.steps[0].prefer->empty());

  plan.mutable_ranks()->set_low(2'000'000);
  preference->set_weight(-1);
  *plan.add_prefer() = *preference;
  Convert(plan, conversion, to);
  std::vector<std::string> fields;
  for (const Violation& violation : violations.list()) fields.push_back(violation.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"ranks.low", "prefer[0].weight", "prefer[1].weight",
                                              "prefer[1].name"}));
}

TEST(ConvertPlan, SkillsAreSortedAndNoneComesTwice) {
  v1::Requirement requirement;
  for (const char* name : {"c", "a", "b"}) requirement.add_skills()->set_skill(name);
  const auto rule_set = rules::DefaultRuleSet();
  Violations violations;
  Conversion conversion{*rule_set, rules::VocabularyOf(*rule_set), violations};
  routing::Requirement to;
  Convert(requirement, conversion, to);
  ASSERT_TRUE(violations.empty());
  EXPECT_EQ(to.require.front().skill, "a");
  EXPECT_EQ(to.require.back().at_least, 1);
  requirement.add_skills()->set_skill("a");
  Convert(requirement, conversion, to);
  EXPECT_EQ(violations.list().front().field, "skills");
}

}  // namespace
}  // namespace strowger::grpc_api
