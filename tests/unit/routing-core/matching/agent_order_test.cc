#include "routing-core/matching/agent_order.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

struct Ids {
  const std::vector<std::string>* ids;
  std::string_view Id(std::uint32_t slot) const { return (*ids)[slot]; }
};

std::vector<std::string> ShuffledIds(std::size_t count, std::mt19937_64& random) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back("agent" + std::to_string(i));
  std::shuffle(ids.begin(), ids.end(), random);
  return ids;
}

struct Agent {
  std::int64_t rank = 0;
  std::int64_t key = 0;
  bool free = false;
};

using Naive = std::map<std::uint32_t, Agent>;

std::vector<std::uint32_t> Sorted(const Naive& agents, const std::vector<std::string>& ids) {
  std::vector<std::uint32_t> slots;
  for (const auto& [slot, agent] : agents) slots.push_back(slot);
  std::sort(slots.begin(), slots.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Agent& x = agents.at(a);
    const Agent& y = agents.at(b);
    return std::tie(x.rank, x.key, ids[a]) < std::tie(y.rank, y.key, ids[b]);
  });
  return slots;
}

void ExpectAlike(const AgentOrder<Ids>& order, const Naive& agents,
                 const std::vector<std::string>& ids, std::mt19937_64& random) {
  std::vector<std::uint32_t> slots;
  order.ForEach([&](std::uint32_t slot, bool free) {
    slots.push_back(slot);
    ASSERT_EQ(free, agents.at(slot).free);
  });
  ASSERT_EQ(slots, Sorted(agents, ids));
  for (std::size_t i = 1; i < slots.size(); ++i) {
    ASSERT_LT(order.Position(slots[i - 1]), order.Position(slots[i]));
  }
  const std::uint64_t one_in = 1 + random() % 4;
  const auto test = [&](std::uint32_t slot) { return slot % one_in == 0; };
  std::uint32_t expected = kNoSlot;
  for (const std::uint32_t slot : slots) {
    if (expected == kNoSlot && agents.at(slot).free && test(slot)) expected = slot;
  }
  std::uint32_t budget = 10'000;
  ASSERT_EQ(order.FirstFree(test, budget), expected);
}

// Time goes on, so that most newcomers belong last; some share an instant, some come with an old
// one, some change rank.
void RunAgainstNaive(std::uint64_t seed, std::uint64_t steps_between_questions) {
  std::mt19937_64 random(seed);
  const std::vector<std::string> ids = ShuffledIds(300, random);
  AgentOrder<Ids> order(Ids{&ids});
  Naive agents;
  std::int64_t now = 1000;
  for (int round = 0; round < 3000; ++round) {
    for (std::uint64_t step = random() % steps_between_questions; step > 0; --step) {
      const auto slot = static_cast<std::uint32_t>(random() % ids.size());
      if (random() % 3 == 0) now += static_cast<std::int64_t>(random() % 5);
      if (random() % 8 == 0 && agents.contains(slot)) {
        order.Remove(slot);
        agents.erase(slot);
      } else if (random() % 4 == 0 && agents.contains(slot)) {
        agents[slot].free = !agents[slot].free;
        order.SetFree(slot, agents[slot].free);
      } else {
        Agent& agent = agents[slot];
        if (random() % 10 == 0) agent.rank = static_cast<std::int64_t>(random() % 4) - 1;
        agent.key = random() % 10 == 0 ? now - static_cast<std::int64_t>(random() % 500) : now;
        agent.free = random() % 2 == 0;
        order.Put(slot, agent.rank, agent.key, agent.free);
      }
    }
    order.Tidy();
    ASSERT_NO_FATAL_FAILURE(ExpectAlike(order, agents, ids, random)) << "round " << round;
  }
}

TEST(AgentOrder, AgreesWithSortingWhenAskedOften) { RunAgainstNaive(5, 4); }

TEST(AgentOrder, AgreesWithSortingWhenManyComeAtOnce) { RunAgainstNaive(6, 200); }

TEST(AgentOrder, GivesUpWhenItsBudgetIsSpent) {
  std::mt19937_64 random(7);
  const std::vector<std::string> ids = ShuffledIds(100, random);
  AgentOrder<Ids> order(Ids{&ids});
  for (std::uint32_t slot = 0; slot < 100; ++slot) order.Put(slot, 0, slot, true);
  std::uint32_t asked = 0;
  const auto last = [&](std::uint32_t slot) {
    ++asked;
    return slot == 99;
  };
  std::uint32_t budget = 99;
  EXPECT_EQ(order.FirstFree(last, budget), kNoSlot);
  EXPECT_EQ(budget, 0U);
  EXPECT_EQ(asked, 99U);
  budget = 100;
  EXPECT_EQ(order.FirstFree(last, budget), 99U);
}

TEST(SparseBits, FindTheNextOne) {
  std::mt19937_64 random(8);
  SparseBits bits;
  constexpr std::uint32_t kBits = 20'000;
  bits.Resize(kBits);
  std::vector<bool> naive(kBits);
  for (int round = 0; round < 2000; ++round) {
    const auto bit = static_cast<std::uint32_t>(random() % kBits);
    naive[bit] = random() % 3 != 0 ? false : true;
    if (round % 400 == 399) {
      // Nearly empty again, so that whole rows are passed over.
      for (std::uint32_t i = 0; i < kBits; ++i) {
        if (naive[i]) bits.Set(i, false);
        naive[i] = false;
      }
    }
    bits.Set(bit, naive[bit]);
    const auto from = static_cast<std::uint32_t>(random() % kBits);
    std::uint32_t expected = from;
    while (expected < kBits && !naive[expected]) ++expected;
    ASSERT_EQ(bits.Next(from), expected == kBits ? kNoSlot : expected);
  }
}

}  // namespace
}  // namespace strowger::routing
