#include "routing-core/rules/who.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace strowger::rules {
namespace {

using routing::Atom;
using routing::Formula;

struct Agent {
  std::string id = "ann";
  std::string team;
  std::string location;
  std::map<std::string, std::int64_t> skills;
  std::map<std::string, routing::AttributeValue> attributes;
};

bool Fits(const Atom& atom, const Agent& agent) {
  switch (atom.kind) {
    case Atom::Kind::kSkillAtLeast: {
      const auto found = agent.skills.find(atom.name);
      return found != agent.skills.end() && found->second >= atom.at_least;
    }
    case Atom::Kind::kTeam:
      return agent.team == atom.name;
    case Atom::Kind::kLocation:
      return agent.location == atom.name;
    case Atom::Kind::kAgentId:
      return agent.id == atom.name;
    case Atom::Kind::kAttribute: {
      const auto found = agent.attributes.find(atom.name);
      return found != agent.attributes.end() && found->second == atom.value;
    }
  }
  return false;
}

bool Fits(const Formula& formula, const Agent& agent) {
  std::vector<bool> stack;
  const auto pop = [&] {
    const bool top = stack.back();
    stack.pop_back();
    return top;
  };
  for (const Formula::Term& term : formula.terms) {
    switch (term.op) {
      case Formula::Op::kTrue:
        stack.push_back(true);
        break;
      case Formula::Op::kFalse:
        stack.push_back(false);
        break;
      case Formula::Op::kAtom:
        stack.push_back(Fits(formula.atoms[term.atom], agent));
        break;
      case Formula::Op::kNot:
        stack.push_back(!pop());
        break;
      case Formula::Op::kAnd: {
        const bool right = pop();
        stack.push_back(pop() && right);
        break;
      }
      case Formula::Op::kOr: {
        const bool right = pop();
        stack.push_back(pop() || right);
        break;
      }
    }
  }
  EXPECT_EQ(stack.size(), 1U);
  return stack.size() == 1 && stack.back();
}

// The proficiencies in billing, 0 being none, for which the expression holds.
std::vector<std::int64_t> Proficiencies(std::string_view text) {
  const WhoResult who = CompileWho(text);
  EXPECT_TRUE(who.findings.empty()) << text << ": " << who.findings.front().message;
  std::vector<std::int64_t> fitting;
  for (std::int64_t proficiency = 0; proficiency <= 7; ++proficiency) {
    Agent agent;
    if (proficiency > 0) agent.skills["billing"] = proficiency;
    if (Fits(who.formula, agent)) fitting.push_back(proficiency);
  }
  return fitting;
}

TEST(Who, ComparesASkillWithEveryOperatorFromEitherSide) {
  const struct {
    std::string_view text;
    std::vector<std::int64_t> fitting;
  } cases[] = {
      {"agent.skills.billing == 3", {3}},
      {"agent.skills.billing != 3", {1, 2, 4, 5, 6, 7}},
      {"agent.skills.billing < 3", {1, 2}},
      {"agent.skills.billing <= 3", {1, 2, 3}},
      {"agent.skills.billing > 3", {4, 5, 6, 7}},
      {"agent.skills.billing >= 3", {3, 4, 5, 6, 7}},
      {"3 == agent.skills.billing", {3}},
      {"3 != agent.skills.billing", {1, 2, 4, 5, 6, 7}},
      {"3 > agent.skills.billing", {1, 2}},
      {"3 >= agent.skills.billing", {1, 2, 3}},
      {"3 < agent.skills.billing", {4, 5, 6, 7}},
      {"3 <= agent.skills.billing", {3, 4, 5, 6, 7}},
      {"agent.skills.billing in [2, 5]", {2, 5}},
      {"has(agent.skills.billing)", {1, 2, 3, 4, 5, 6, 7}},
      {"agent.skills.billing >= -4", {1, 2, 3, 4, 5, 6, 7}},
      {"agent.skills.billing <= 100", {1, 2, 3, 4, 5, 6, 7}},
      {"agent.skills.billing != 1000", {1, 2, 3, 4, 5, 6, 7}},
      {"agent.skills.billing >= 2 + 2", {4, 5, 6, 7}},
      {"!(agent.skills.billing >= 3)", {0, 1, 2}},
      {"!has(agent.skills.billing)", {0}},
      {"agent.skills.billing > 5 && agent.skills.billing < 7", {6}},
      {"agent.skills.billing < 2 || agent.skills.billing > 6", {1, 7}},
      {"true", {0, 1, 2, 3, 4, 5, 6, 7}},
      {"false", {}},
  };
  for (const auto& c : cases) EXPECT_EQ(Proficiencies(c.text), c.fitting) << c.text;
}

TEST(Who, TellsAgentsByTeamLocationIdAndAttributes) {
  Agent agent;
  agent.team = "senior";
  agent.location = "lon";
  agent.attributes["desk"] = std::string("a4");
  agent.attributes["floor"] = std::int64_t{3};
  agent.attributes["home"] = true;
  const struct {
    std::string_view text;
    bool fits;
  } cases[] = {
      {"agent.team == 'senior'", true},
      {"agent.team == 'front'", false},
      {"agent.team != 'front'", true},
      {"'senior' == agent.team", true},
      {"agent.team in ['front', 'senior']", true},
      {"agent.team in []", false},
      {"agent.location == 'lon' && agent.id == 'ann'", true},
      {"agent.id in ['bob']", false},
      {"!(agent.id in ['bob'])", true},
      {"agent.attributes.desk == 'a4'", true},
      {"agent.attributes.desk == 'a5'", false},
      {"agent.attributes.floor == 3", true},
      {"agent.attributes.floor in [1, 2]", false},
      {"agent.attributes.home == true", true},
      {"agent.attributes.missing != 'x'", true},
      {"agent.team == 'front' || (agent.location == 'lon' && !(agent.attributes.desk == 'a5'))",
       true},
  };
  for (const auto& c : cases) {
    const WhoResult who = CompileWho(c.text);
    ASSERT_TRUE(who.findings.empty()) << c.text << ": " << who.findings.front().message;
    EXPECT_EQ(Fits(who.formula, agent), c.fits) << c.text;
  }
}

TEST(Who, NamesEachAtomOnce) {
  const WhoResult who = CompileWho(
      "agent.team == 'a' && agent.skills.x >= 2 || agent.team == 'a' && agent.id == 'b'");
  ASSERT_TRUE(who.findings.empty());
  EXPECT_EQ(who.formula.atoms.size(), 3U);
}

TEST(Who, RefusesWhatAnIndexCannotAnswer) {
  for (const std::string_view text :
       {"agent.skills.billing + 1 > 3", "agent.skills.billing >= agent.skills.sales",
        "agent.skills.billing >= 2.5", "agent.team.startsWith('s')", "agent.team > 'a'",
        "agent.attributes.floor >= 3", "has(agent.attributes.desk)",
        "agent.team == agent.location"}) {
    const WhoResult who = CompileWho(text);
    ASSERT_EQ(who.findings.size(), 1U) << text;
    EXPECT_NE(who.findings[0].message.find("`who` can compare"), std::string::npos)
        << text << ": " << who.findings[0].message;
  }
}

TEST(Who, RefusesWhatIsNoConditionOverAgents) {
  for (const std::string_view text : {"", "agent.team", "contact.tier == 'gold'",
                                      "agent.team ==", "agent.skills.billing", "1", "now"}) {
    EXPECT_FALSE(CompileWho(text).findings.empty()) << text;
  }
}

TEST(Who, HoldsToTheVocabulary) {
  Vocabulary vocabulary;
  vocabulary.skills.emplace();
  (*vocabulary.skills)["billing"] = SkillRange{1, 10};
  vocabulary.teams.emplace();
  vocabulary.teams->insert("senior");
  vocabulary.locations.emplace();
  (*vocabulary.locations)["lon"] = Location{};
  vocabulary.agent.emplace();
  (*vocabulary.agent)["grade"].type = AttributeType::kDouble;
  const auto suggestion = [&](std::string_view text) {
    const WhoResult who = CompileWho(text, &vocabulary);
    return who.findings.empty() ? "none" : who.findings[0].suggestion;
  };
  EXPECT_EQ(suggestion("agent.team == 'snior'"), "senior");
  EXPECT_EQ(suggestion("agent.location in ['lom']"), "lon");
  EXPECT_EQ(suggestion("agent.skills.biling >= 2"), "agent.skills.billing");
  EXPECT_EQ(suggestion("agent.skills.billing >= 10"), "none");
  EXPECT_FALSE(CompileWho("agent.attributes.grade == 'high'", &vocabulary).findings.empty());
  const WhoResult impossible = CompileWho("agent.skills.billing > 10", &vocabulary);
  ASSERT_EQ(impossible.findings.size(), 1U);
  EXPECT_EQ(impossible.findings[0].message, "impossible: the proficiency of billing is 1 to 10");
  const WhoResult grade = CompileWho("agent.attributes.grade == 3.0", &vocabulary);
  ASSERT_TRUE(grade.findings.empty());
  EXPECT_EQ(grade.formula.atoms[0].value, routing::AttributeValue(3.0));
}

TEST(Who, LimitsTheTerms) {
  std::string text = "agent.id in ['a0'";
  for (int i = 1; i < 100; ++i) text += ", 'a" + std::to_string(i) + "'";
  const WhoResult who = CompileWho(text + "]");
  ASSERT_EQ(who.findings.size(), 1U);
  EXPECT_EQ(who.findings[0].message, "a requirement of 199 terms; the limit is 128");
}

}  // namespace
}  // namespace strowger::rules
