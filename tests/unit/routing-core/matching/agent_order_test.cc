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

constexpr std::uint32_t kAtoms = 5;
constexpr std::uint32_t kChannels = 3;

// What the order asks about.
struct World {
  std::vector<std::string> ids;
  std::vector<std::uint32_t> atoms;  // by slot: a bit for each that holds
};

struct Agents {
  const World* world;
  std::string_view Id(std::uint32_t slot) const { return world->ids[slot]; }
  template <typename Visit>
  void ForEachAtom(std::uint32_t slot, Visit visit) const {
    for (std::uint32_t atom = 0; atom < kAtoms; ++atom) {
      if (((world->atoms[slot] >> atom) & 1) != 0) visit(atom);
    }
  }
};

// One atom and another, or one but not the other.
struct TwoAtoms {
  std::uint32_t first;
  std::uint32_t second;
  bool negated;
  bool is_conjunction() const { return !negated; }
  template <typename Load>
  std::uint64_t Word(Load load) const {
    return load(first) & (negated ? ~load(second) : load(second));
  }
  bool Holds(std::uint32_t atoms) const {
    return (Word([&](std::uint32_t atom) { return std::uint64_t{(atoms >> atom) & 1}; }) & 1) != 0;
  }
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
  ChannelMask open = 0;
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

void ExpectAlike(AgentOrder<Agents>& order, const Naive& agents, const World& world,
                 std::mt19937_64& random) {
  std::vector<std::uint32_t> slots;
  order.ForEach([&](std::uint32_t slot, ChannelMask open) {
    slots.push_back(slot);
    ASSERT_EQ(open, agents.at(slot).open);
  });
  ASSERT_EQ(slots, Sorted(agents, world.ids));
  for (std::size_t i = 1; i < slots.size(); ++i) {
    const bool earlier = std::tie(agents.at(slots[i - 1]).key, world.ids[slots[i - 1]]) <
                         std::tie(agents.at(slots[i]).key, world.ids[slots[i]]);
    ASSERT_EQ(order.Earlier(slots[i - 1], slots[i]), earlier);
    ASSERT_EQ(order.RankOf(slots[i]), agents.at(slots[i]).rank);
  }
  const auto channel = static_cast<std::uint32_t>(random() % kChannels);
  const TwoAtoms formula{static_cast<std::uint32_t>(random() % kAtoms),
                         static_cast<std::uint32_t>(random() % kAtoms), random() % 3 == 0};
  const std::uint64_t one_in = 1 + random() % 4;
  const auto test = [&](std::uint32_t slot) { return slot % one_in == 0; };
  RankTerms ranks;
  if (random() % 3 == 0) ranks.low = static_cast<std::int32_t>(random() % 4) - 1;
  if (random() % 3 == 0) ranks.high = static_cast<std::int32_t>(random() % 4) - 1;
  if (random() % 3 == 0) ranks.lift = static_cast<std::int32_t>(random() % 5) - 2;
  const auto by_lifted_rank = [&](std::uint32_t slot) {
    return std::tuple(std::max<std::int64_t>(agents.at(slot).rank, ranks.lift), agents.at(slot).key,
                      world.ids[slot]);
  };
  std::uint32_t expected = kNoSlot;
  for (const std::uint32_t slot : slots) {
    const bool open = ((agents.at(slot).open >> channel) & 1) != 0;
    if (!open || !formula.Holds(world.atoms[slot]) || !test(slot)) continue;
    if (!ranks.Admits(agents.at(slot).rank)) continue;
    if (expected == kNoSlot || by_lifted_rank(slot) < by_lifted_rank(expected)) expected = slot;
  }
  ASSERT_EQ(order.First(channel, formula, ranks, test), expected);
}

// Time goes on, so that most newcomers belong last; some share an instant, some come with an old
// one, some change rank, some what holds for them; now and then an atom gets another meaning.
class Random {
 public:
  Random(std::uint64_t seed, std::size_t agents) : random_(seed) {
    world_.ids = ShuffledIds(agents, random_);
    world_.atoms.resize(agents);
  }

  void Step() {
    const auto slot = static_cast<std::uint32_t>(random_() % world_.ids.size());
    if (random_() % 3 == 0) now_ += static_cast<std::int64_t>(random_() % 5);
    const bool known = agents_.contains(slot);
    const std::uint64_t what = random_() % 16;
    if (what < 2 && known) {
      order_.Remove(slot);
      agents_.erase(slot);
    } else if (what < 6 && known) {
      agents_[slot].open = RandomMask();
      order_.SetOpen(slot, agents_[slot].open);
    } else if (what < 7) {
      order_.BeforeAtomsChange(slot);
      world_.atoms[slot] = static_cast<std::uint32_t>(random_());
      order_.AfterAtomsChange(slot);
    } else if (what < 8 && random_() % 10 == 0) {
      GiveAtomAnotherMeaning(static_cast<std::uint32_t>(random_() % kAtoms));
    } else {
      Agent& agent = agents_[slot];
      if (random_() % 10 == 0) agent.rank = static_cast<std::int64_t>(random_() % 4) - 1;
      agent.key = random_() % 10 == 0 ? now_ - static_cast<std::int64_t>(random_() % 500) : now_;
      agent.open = RandomMask();
      order_.Put(slot, agent.rank, agent.key, agent.open);
    }
  }

  void Check() {
    order_.Tidy();
    ASSERT_NO_FATAL_FAILURE(ExpectAlike(order_, agents_, world_, random_));
  }

  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }

 private:
  ChannelMask RandomMask() { return static_cast<ChannelMask>(random_() % (1U << kChannels)); }

  void GiveAtomAnotherMeaning(std::uint32_t atom) {
    order_.ClearAtom(atom);
    for (std::uint32_t slot = 0; slot < world_.ids.size(); ++slot) {
      const bool holds = random_() % 2 == 0;
      world_.atoms[slot] = (world_.atoms[slot] & ~(1U << atom)) | (holds ? 1U << atom : 0U);
      if (holds) order_.AtomHolds(slot, atom);
    }
  }

  std::mt19937_64 random_;
  World world_;
  AgentOrder<Agents> order_{Agents{&world_}};
  Naive agents_;
  std::int64_t now_ = 1000;
};

void CompareWithNaive(std::uint64_t seed, std::size_t agents, int rounds, std::uint64_t steps) {
  Random random(seed, agents);
  for (int round = 0; round < rounds; ++round) {
    for (std::uint64_t step = random.Below(steps); step > 0; --step) random.Step();
    ASSERT_NO_FATAL_FAILURE(random.Check()) << "round " << round;
  }
}

TEST(AgentOrder, AgreesWithSortingWhenAskedOften) { CompareWithNaive(5, 300, 3000, 4); }

TEST(AgentOrder, AgreesWithSortingWhenManyComeAtOnce) { CompareWithNaive(6, 300, 1000, 200); }

TEST(AgentOrder, AgreesWithSortingAmongMany) { CompareWithNaive(7, 6000, 60, 3000); }

TEST(SparseBits, KnowWhichWordsAreEmpty) {
  std::mt19937_64 random(8);
  SparseBits bits;
  constexpr std::uint32_t kBits = 20'000;
  bits.Resize(kBits);
  std::vector<bool> naive(kBits);
  for (int round = 0; round < 5000; ++round) {
    const auto bit = static_cast<std::uint32_t>(random() % kBits / (1 + random() % 50));
    naive[bit] = random() % 2 == 0;
    bits.Set(bit, naive[bit]);
    std::uint64_t word = 0;
    for (std::uint32_t i = 0; i < 64; ++i) {
      const std::uint32_t other = bit / 64 * 64 + i;
      if (other < kBits && naive[other]) word |= std::uint64_t{1} << i;
    }
    ASSERT_EQ(bits.word(bit / 64), word);
    ASSERT_EQ((bits.filled(bit / 4096) >> (bit / 64 % 64)) & 1, word != 0 ? 1U : 0U);
  }
  bits.Clear(kBits);
  for (std::size_t row = 0; row < bits.rows(); ++row) EXPECT_EQ(bits.filled(row), 0U);
}

}  // namespace
}  // namespace strowger::routing
