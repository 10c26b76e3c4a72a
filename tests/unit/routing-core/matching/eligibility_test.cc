#include "routing-core/matching/eligibility.h"

#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

struct Person {
  std::string id;
  std::string team;
  std::vector<SkillLevel> skills;
  std::vector<Attribute> attributes;

  ServedQueues queues;

  AgentTraits traits() const { return {id, team, "", &skills, &attributes, &queues}; }
};

Atom Skill(std::string name, std::int64_t at_least) {
  Atom atom;
  atom.name = std::move(name);
  atom.at_least = at_least;
  return atom;
}

Atom Team(std::string name) {
  Atom atom;
  atom.kind = Atom::Kind::kTeam;
  atom.name = std::move(name);
  return atom;
}

Formula RandomFormula(std::mt19937_64& random) {
  Formula formula;
  std::size_t depth = 0;
  const auto length = 1 + random() % 12;
  for (std::uint64_t i = 0; i < length || depth > 1; ++i) {
    const bool close = depth > 1 && (i >= length || random() % 2 == 0);
    if (close) {
      formula.terms.push_back({random() % 2 == 0 ? Formula::Op::kAnd : Formula::Op::kOr, 0});
      --depth;
    } else if (depth > 0 && random() % 4 == 0) {
      formula.terms.push_back({Formula::Op::kNot, 0});
    } else {
      formula.atoms.push_back(random() % 3 == 0
                                  ? Team(random() % 2 == 0 ? "front" : "senior")
                                  : Skill("s" + std::to_string(random() % 3),
                                          static_cast<std::int64_t>(1 + random() % 5)));
      formula.terms.push_back(
          {Formula::Op::kAtom, static_cast<std::uint32_t>(formula.atoms.size() - 1)});
      ++depth;
    }
  }
  return formula;
}

// The same by direct evaluation for one person.
bool Evaluate(const Requirement& requirement, const AgentTraits& agent) {
  for (const SkillMinimum& minimum : requirement.require) {
    if (!Holds(Skill(minimum.skill, minimum.at_least), agent)) return false;
  }
  std::vector<bool> stack;
  for (const Formula::Term& term : requirement.who.terms) {
    if (term.op == Formula::Op::kAtom) {
      stack.push_back(Holds(requirement.who.atoms[term.atom], agent));
    } else if (term.op == Formula::Op::kNot) {
      stack.back() = !stack.back();
    } else {
      const bool right = stack.back();
      stack.pop_back();
      const bool left = stack.back();
      stack.back() = term.op == Formula::Op::kAnd ? left && right : left || right;
    }
  }
  return stack.empty() || stack.back();
}

TEST(Eligibility, ColumnsAgreeWithDirectEvaluation) {
  std::mt19937_64 random(3);
  Limits limits;
  limits.plans = 20;  // so that ids are used again
  Eligibility eligibility(limits);
  std::vector<Person> people(150);
  const auto fill = [&](const auto& each) {
    for (std::uint32_t i = 0; i < people.size(); ++i) each(i, people[i].traits());
  };
  for (std::uint32_t i = 0; i < people.size(); ++i) {
    people[i].id = "a" + std::to_string(i);
    eligibility.AgentChanged(i, people[i].traits());
  }
  for (int round = 0; round < 400; ++round) {
    Person& person = people[random() % people.size()];
    person.team = random() % 2 == 0 ? "front" : "senior";
    person.skills.clear();
    for (int s = 0; s < 3; ++s) {
      if (random() % 2 == 0) {
        person.skills.push_back(
            {"s" + std::to_string(s), static_cast<std::int64_t>(1 + random() % 5)});
      }
    }
    eligibility.AgentChanged(static_cast<std::uint32_t>(&person - people.data()), person.traits());
    Requirement requirement;
    if (random() % 2 == 0) requirement.require.push_back({"s1", 2});
    if (random() % 3 != 0) requirement.who = RandomFormula(random);
    const RequirementId id = eligibility.Intern(requirement);
    eligibility.FillColumns(
        fill, [](std::uint32_t) {}, [](std::uint32_t, std::uint32_t) {});
    // Of every third.
    BitColumn thirds;
    thirds.Resize(people.size());
    for (std::uint32_t i = 0; i < people.size(); i += 3) thirds.Set(i, true);
    std::vector<std::uint64_t> kept(thirds.data(), thirds.data() + thirds.words());
    eligibility.KeepSatisfying(id, 0, absl::MakeSpan(kept));
    std::size_t satisfying = 0;
    for (std::uint32_t i = 0; i < people.size(); ++i) {
      const bool expected = Evaluate(requirement, people[i].traits());
      satisfying += expected && i % 3 == 0 ? 1 : 0;
      ASSERT_EQ((kept[i / 64] >> (i % 64)) & 1, expected && i % 3 == 0 ? 1U : 0U);
      ASSERT_EQ(eligibility.Satisfies(i, id), expected) << "round " << round << " agent " << i;
      ASSERT_EQ((eligibility.SatisfyingWord(i / 64, id) >> (i % 64)) & 1, expected ? 1U : 0U);
    }
    ASSERT_EQ(eligibility.CountSatisfying(id, thirds), satisfying);
    eligibility.Release(id);
  }
}

TEST(Eligibility, TheSameRequirementIsInternedOnce) {
  Limits limits;
  Eligibility eligibility(limits);
  Requirement requirement;
  requirement.require = {{"billing", 6}};
  EXPECT_EQ(eligibility.Intern(requirement), eligibility.Intern(requirement));
  requirement.require = {{"billing", 7}};
  EXPECT_NE(eligibility.Intern(Requirement{}), eligibility.Intern(requirement));
}

TEST(Eligibility, ToServeAQueueIsARequirementLikeOthers) {
  Limits limits;
  Eligibility eligibility(limits);
  std::vector<Person> people(3);
  people[1].queues = {{7, 0, 0, false, 0}};
  people[2].queues = {{3, 0, 0, false, 0}, {8, 0, 0, false, 0}};
  for (std::uint32_t i = 0; i < people.size(); ++i) eligibility.AgentChanged(i, people[i].traits());
  const RequirementId serving = eligibility.InternServing(7);
  ASSERT_NE(serving, kNoSlot);
  EXPECT_NE(eligibility.InternServing(8), serving);
  const auto fill = [&](const auto& each) {
    for (std::uint32_t i = 0; i < people.size(); ++i) each(i, people[i].traits());
  };
  eligibility.FillColumns(
      fill, [](std::uint32_t) {}, [](std::uint32_t, std::uint32_t) {});
  EXPECT_EQ(eligibility.SatisfyingWord(0, serving), 0b011U);
  people[2].queues = {{7, 0, 0, false, 0}};
  eligibility.AgentChanged(2, people[2].traits());
  EXPECT_EQ(eligibility.SatisfyingWord(0, serving), 0b111U);
}

TEST(Eligibility, ALimitOfAtomsRefusesUntilOthersGo) {
  Limits limits;
  limits.atoms = 2;
  Eligibility eligibility(limits);
  const auto want = [](std::string skill) {
    Requirement requirement;
    requirement.require = {{std::move(skill), 1}};
    return requirement;
  };
  const RequirementId first = eligibility.Intern(want("a"));
  eligibility.Intern(want("b"));
  EXPECT_EQ(eligibility.Intern(want("c")), kNoSlot);
  eligibility.Release(first);
  EXPECT_NE(eligibility.Intern(want("c")), kNoSlot);
  EXPECT_EQ(eligibility.Intern(want("a")), kNoSlot);
}

}  // namespace
}  // namespace strowger::routing
