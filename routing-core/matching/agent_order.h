// Agents in the order in which a strategy prefers them, kept rather than sought: the free among
// them are bits in that order, so that the first bit that passes is the answer.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "routing-core/engine/pool.h"
#include "routing-core/matching/bit_column.h"

namespace strowger::routing {

// Ordered by rank, then by a key, then by id. `Ids` gives access to the ids:
//   std::string_view Id(slot) const;
//
// Each rank has an array of places; an agent's place changes only with its own rank or key. Keys
// are instants or running numbers, so a new one nearly always belongs last and is appended there,
// O(1); what does not is kept apart until the order is asked for. A place that was left stays a
// hole until the array is full and closes up, which costs O(1) for each agent that moved since.
// One thread. Allocates only when there are more agents or ranks than ever.
template <typename Ids>
class AgentOrder {
 public:
  explicit AgentOrder(Ids ids) : ids_(ids) {}

  // The agent is new, or its rank or key may have changed.
  void Put(std::uint32_t slot, std::int64_t rank, std::int64_t key, bool free) {
    if (slot >= positions_.size()) Extend(slot + 1);
    if (positions_[slot] != kNowhere) {
      if (keys_[slot] == key && RankOf(slot) == rank) return SetFree(slot, free);
      Remove(slot);
    }
    keys_[slot] = key;
    free_.Set(slot, free);
    Group& group = GroupOf(rank);
    ++group.agents;
    if (group.end > 0 && Before(slot, group.slots[group.end - 1])) {
      group.late.push_back(slot);
      positions_[slot] = PositionOf(rank, kLate);
      any_late_ = true;
    } else {
      if (group.end == group.slots.size()) MakeRoom(group);
      Settle(group, group.end++, slot);
    }
  }

  // REQUIRES: the agent is in the order.
  void Remove(std::uint32_t slot) {
    Group& group = GroupOf(RankOf(slot));
    --group.agents;
    const std::uint32_t place = PlaceOf(slot);
    positions_[slot] = kNowhere;
    if (place == kLate) {
      group.late.erase(std::find(group.late.begin(), group.late.end(), slot));
      return;
    }
    group.slots[place] = kNoSlot;
    group.free.Set(place, false);
    // The last place is never a hole, so that a newcomer has somebody to be compared with.
    while (group.end > 0 && group.slots[group.end - 1] == kNoSlot) --group.end;
  }

  // REQUIRES: the agent is in the order.
  void SetFree(std::uint32_t slot, bool free) {
    free_.Set(slot, free);
    const std::uint32_t place = PlaceOf(slot);
    if (place != kLate) GroupOf(RankOf(slot)).free.Set(place, free);
  }

  // Gives their places to those who came out of order. Before any of the questions below.
  void Tidy() {
    if (!any_late_) return;
    for (Group& group : groups_) {
      if (group.late.size() > kFewLate) {
        MergeLate(group);
      } else {
        for (const std::uint32_t slot : group.late) Insert(group, slot);
      }
      group.late.clear();
    }
    any_late_ = false;
  }

  // A smaller one comes first. Valid until the next Put.
  std::uint64_t Position(std::uint32_t slot) const { return positions_[slot]; }

  // The first free agent for whom `test` is true, kNoSlot when there is none. Gives up after
  // `budget` tests, which it counts down to 0.
  template <typename Test>
  std::uint32_t FirstFree(Test test, std::uint32_t& budget) const {
    for (const Group& group : groups_) {
      for (std::uint32_t place = group.free.Next(0); place != kNoSlot;
           place = group.free.Next(place + 1)) {
        if (budget == 0) return kNoSlot;
        --budget;
        const std::uint32_t slot = group.slots[place];
        if (test(slot)) return slot;
      }
    }
    return kNoSlot;
  }

  // In order, for tests and checks: visit(slot, free).
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Group& group : groups_) {
      for (std::uint32_t place = 0; place < group.end; ++place) {
        if (group.slots[place] != kNoSlot) visit(group.slots[place], group.free.Test(place));
      }
    }
  }

 private:
  // Between half and a quarter of the places are taken right after closing up.
  static constexpr std::uint32_t kFewestPlaces = 64;
  static constexpr std::size_t kFewLate = 16;
  static constexpr std::uint32_t kLate = 0xFFFFFFFF;
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

  struct Group {
    std::int64_t rank = 0;
    std::uint32_t agents = 0;
    std::uint32_t end = 0;             // places from here on were never used
    std::vector<std::uint32_t> slots;  // by place; kNoSlot: a hole
    std::vector<std::int64_t> keys;    // by place, holes too: never decreases
    SparseBits free;                   // by place
    std::vector<std::uint32_t> late;   // not yet in their place
  };

  // Ranks lie within +-kMaxRank, so a biased one has 32 bits to itself.
  static constexpr std::int64_t kRankBias = std::int64_t{1} << 31;
  static std::uint64_t PositionOf(std::int64_t rank, std::uint32_t place) {
    return static_cast<std::uint64_t>(rank + kRankBias) << 32 | place;
  }
  std::int64_t RankOf(std::uint32_t slot) const {
    return static_cast<std::int64_t>(positions_[slot] >> 32) - kRankBias;
  }
  std::uint32_t PlaceOf(std::uint32_t slot) const {
    return static_cast<std::uint32_t>(positions_[slot]);
  }

  bool Before(std::uint32_t a, std::uint32_t b) const {
    return keys_[a] != keys_[b] ? keys_[a] < keys_[b] : ids_.Id(a) < ids_.Id(b);
  }

  void Extend(std::uint32_t agents) {
    positions_.resize(agents, kNowhere);
    keys_.resize(agents);
    free_.Resize(agents);
  }

  Group& GroupOf(std::int64_t rank) {
    const auto at = [&] {
      return std::lower_bound(groups_.begin(), groups_.end(), rank,
                              [](const Group& group, std::int64_t r) { return group.rank < r; });
    };
    auto found = at();
    if (found != groups_.end() && found->rank == rank) return *found;
    std::erase_if(groups_, [](const Group& group) { return group.agents == 0; });
    found = groups_.insert(at(), Group{});
    found->rank = rank;
    return *found;
  }

  void Settle(Group& group, std::uint32_t place, std::uint32_t slot) {
    group.slots[place] = slot;
    group.keys[place] = keys_[slot];
    group.free.Set(place, free_.Test(slot));
    positions_[slot] = PositionOf(group.rank, place);
  }

  // Closes the holes up, and doubles the places when that leaves less than half of them.
  void MakeRoom(Group& group) {
    std::uint32_t end = 0;
    for (std::uint32_t place = 0; place < group.end; ++place) {
      const std::uint32_t slot = group.slots[place];
      if (slot == kNoSlot) continue;
      group.free.Set(place, false);
      Settle(group, end++, slot);
    }
    group.end = end;
    std::size_t places = std::max<std::size_t>(group.slots.size(), kFewestPlaces);
    while (places < 2 * std::size_t{group.agents}) places *= 2;
    group.slots.resize(places);
    group.keys.resize(places);
    group.free.Resize(places);
  }

  // Into the middle: those behind move up to the next hole.
  void Insert(Group& group, std::uint32_t slot) {
    if (group.end == group.slots.size()) MakeRoom(group);
    const auto keys_end = group.keys.begin() + group.end;
    auto place = static_cast<std::uint32_t>(
        std::upper_bound(group.keys.begin(), keys_end, keys_[slot]) - group.keys.begin());
    while (place > 0 && group.keys[place - 1] == keys_[slot] &&
           (group.slots[place - 1] == kNoSlot || Before(slot, group.slots[place - 1]))) {
      --place;
    }
    if (place > 0 && group.slots[place - 1] == kNoSlot) return Settle(group, place - 1, slot);
    std::uint32_t hole = place;
    while (hole < group.end && group.slots[hole] != kNoSlot) ++hole;
    group.end = std::max(group.end, hole + 1);
    for (; hole > place; --hole) Settle(group, hole, group.slots[hole - 1]);
    Settle(group, place, slot);
  }

  // Many at once, such as agents who log in together: one pass instead of one for each.
  void MergeLate(Group& group) {
    std::sort(group.late.begin(), group.late.end(),
              [this](std::uint32_t a, std::uint32_t b) { return Before(a, b); });
    MakeRoom(group);
    std::uint32_t old = group.end;
    auto late = static_cast<std::uint32_t>(group.late.size());
    group.end += late;
    for (std::uint32_t place = group.end; late > 0;) {
      const bool take_old = old > 0 && Before(group.late[late - 1], group.slots[old - 1]);
      const std::uint32_t slot = take_old ? group.slots[--old] : group.late[--late];
      Settle(group, --place, slot);
    }
  }

  Ids ids_;
  std::vector<Group> groups_;             // by rank
  std::vector<std::uint64_t> positions_;  // by slot: rank and place
  std::vector<std::int64_t> keys_;        // by slot
  BitColumn free_;                        // by slot
  bool any_late_ = false;
};

}  // namespace strowger::routing
