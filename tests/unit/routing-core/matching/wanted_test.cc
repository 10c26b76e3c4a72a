#include "routing-core/matching/wanted.h"

#include <map>
#include <random>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

TEST(Wanted, FindsThoseOfWhichNothingIsMissing) {
  std::mt19937_64 random(7);
  Wanted wanted;
  std::map<std::uint32_t, std::vector<std::uint32_t>> expected;
  for (int round = 0; round < 5000; ++round) {
    const auto requirement = static_cast<std::uint32_t>(random() % 3000);
    const auto known = expected.find(requirement);
    ASSERT_EQ(wanted.Contains(requirement), known != expected.end()) << "round " << round;
    if (known != expected.end()) {
      wanted.Remove(requirement, known->second);
      expected.erase(known);
    } else {
      std::vector<std::uint32_t> atoms;  // some of them twice, some none at all
      for (auto left = random() % 10 == 0 ? std::uint64_t{12} : random() % 4; left > 0; --left) {
        atoms.push_back(
            static_cast<std::uint32_t>(random() % static_cast<std::uint64_t>(1 + round / 100)));
      }
      wanted.Add(requirement, atoms);
      expected.emplace(requirement, atoms);
    }
    if (round % 10 != 0) continue;
    std::uint64_t has = random();
    has |= random();
    const auto holds = [&](std::uint32_t atom) { return ((has >> (atom % 64)) & 1) != 0; };
    std::set<std::uint32_t> found;
    wanted.ForEachWithin(holds, [&](std::uint32_t each) { found.insert(each); });
    for (const auto& [id, atoms] : expected) {
      const bool all = std::all_of(atoms.begin(), atoms.end(), holds);
      // Of many atoms only the first few are looked at.
      const std::set<std::uint32_t> distinct(atoms.begin(), atoms.end());
      if (distinct.size() > 7 && !all) continue;
      ASSERT_EQ(found.count(id), all ? 1U : 0U) << "round " << round;
    }
    for (const std::uint32_t id : found) ASSERT_TRUE(expected.contains(id)) << "round " << round;
  }
}

}  // namespace
}  // namespace strowger::routing
