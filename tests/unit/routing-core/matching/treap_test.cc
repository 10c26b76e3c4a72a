#include "routing-core/matching/treap.h"

#include <random>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

struct Record {
  int key = 0;
  TreapNode node;
};

struct Links {
  std::vector<Record>* records;
  const TreapNode& Node(std::uint32_t slot) const { return (*records)[slot].node; }
  TreapNode& ChangeNode(std::uint32_t slot) { return (*records)[slot].node; }
  bool Less(std::uint32_t a, std::uint32_t b) const {
    const int x = (*records)[a].key;
    const int y = (*records)[b].key;
    return x != y ? x < y : a < b;
  }
};

TEST(Treap, AgreesWithAnOrderedSet) {
  std::mt19937_64 random(11);
  std::vector<Record> records(300);
  Treap<Links> treap(Links{&records});
  std::uint32_t root = kNoSlot;
  const Links links{&records};
  const auto less = [&](std::uint32_t a, std::uint32_t b) { return links.Less(a, b); };
  std::set<std::uint32_t, decltype(less)> set(less);
  for (int round = 0; round < 30'000; ++round) {
    const auto slot = static_cast<std::uint32_t>(random() % records.size());
    if (set.contains(slot)) {
      treap.Erase(root, slot);
      set.erase(slot);
    } else {
      records[slot].key = static_cast<int>(random() % 40);
      treap.Insert(root, slot);
      set.insert(slot);
    }
    ASSERT_EQ(treap.Size(root), set.size());
    ASSERT_EQ(treap.First(root), set.empty() ? kNoSlot : *set.begin());
    const auto probe = static_cast<std::uint32_t>(random() % records.size());
    const auto next = set.upper_bound(probe);
    ASSERT_EQ(treap.After(root, probe), next == set.end() ? kNoSlot : *next);
    const auto before = [&](std::uint32_t other) { return less(other, probe); };
    ASSERT_EQ(treap.CountWhile(root, before),
              static_cast<std::uint32_t>(std::distance(set.begin(), set.lower_bound(probe))));
  }
}

}  // namespace
}  // namespace strowger::routing
