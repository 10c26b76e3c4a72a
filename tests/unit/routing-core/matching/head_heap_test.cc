#include "routing-core/matching/head_heap.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace strowger::routing {
namespace {

// Two heaps share the places, as curves do.
TEST(HeadHeap, AgreesWithSorting) {
  std::mt19937_64 random(12);
  HeadHeap::Places places;
  HeadHeap heaps[2];
  std::map<std::uint32_t, Head> naive[2];
  std::vector<std::uint32_t> frontier;
  for (int round = 0; round < 20'000; ++round) {
    const auto line = static_cast<std::uint32_t>(random() % 120);
    HeadHeap& heap = heaps[line % 2];
    std::map<std::uint32_t, Head>& heads = naive[line % 2];
    Head head;
    head.urgency = static_cast<std::int64_t>(random() % 3);
    head.arrival = static_cast<TimeNs>(random() % 20);
    head.number = static_cast<std::uint64_t>(round);
    head.line = line;
    head.requirement = static_cast<std::uint32_t>(random() % 5);
    if (!heads.contains(line)) {
      heap.Add(head, places);
      heads[line] = head;
    } else if (random() % 3 == 0) {
      heap.Remove(line, places);
      heads.erase(line);
    } else {
      heap.Replace(head, places);
      heads[line] = head;
    }
    std::vector<Head> sorted;
    for (const auto& [number, one] : heads) sorted.push_back(one);
    std::sort(sorted.begin(), sorted.end(),
              [](const Head& a, const Head& b) { return a.Before(b); });
    ASSERT_EQ(heap.empty(), sorted.empty());
    if (!sorted.empty()) {
      ASSERT_EQ(heap.top().line, sorted.front().line);
    }
    // All up to the first with this requirement are shown, in order.
    const auto wanted = static_cast<std::uint32_t>(random() % 6);
    std::size_t shown = 0;
    heap.Search(frontier, [&](const Head& one) {
      EXPECT_EQ(one.line, sorted.at(shown).line);
      ++shown;
      return one.requirement == wanted;
    });
    const auto found = std::find_if(sorted.begin(), sorted.end(),
                                    [&](const Head& one) { return one.requirement == wanted; });
    const std::size_t expected = static_cast<std::size_t>(found - sorted.begin());
    ASSERT_EQ(shown, found == sorted.end() ? sorted.size() : expected + 1);
  }
}

}  // namespace
}  // namespace strowger::routing
