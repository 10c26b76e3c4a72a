// Agents in the order in which a strategy prefers them, kept rather than sought: those who are open
// for a channel, and those for whom an atom holds, are bits in that order, so that the first bit of
// their conjunction is the answer.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "routing-core/engine/pool.h"
#include "routing-core/matching/bit_column.h"
#include "routing-core/matching/bit_table.h"
#include "routing-core/matching/serving.h"
#include "routing/limits.h"

namespace strowger::routing {

// A bit per channel.
using ChannelMask = std::uint32_t;
static_assert(kMaxChannels <= 32);

// Ordered by rank, then by a key, then by id. `Agents` gives access to the agents:
//   std::string_view Id(slot) const;
//   template <typename Visit> void ForEachAtom(slot, visit) const;  // the atoms that hold
//
// Each rank has an array of places; an agent's place changes only with its own rank or key. Keys
// are instants or running numbers, so a new one nearly always belongs last and is appended there,
// O(atoms that hold); what does not is kept apart until the order is asked for. A place that was
// left stays a hole until the array is full and closes up: that costs once more as much for each
// agent that moved since. A search passes in one step over 4,096 places at which nobody is open, or
// no atom of a conjunction holds; bits that agents left behind it meets but once. One thread.
// Allocates only when there are more agents, ranks, channels or atoms than ever.
template <typename Agents>
class AgentOrder {
 public:
  explicit AgentOrder(Agents agents) : agents_(agents) {}

  // The agent is new, or something about it may have changed. `open`: for these channels.
  void Put(std::uint32_t slot, std::int64_t rank, std::int64_t key, ChannelMask open) {
    if (slot >= positions_.size()) Extend(slot + 1);
    if (Contains(slot)) {
      if (keys_[slot] == key && RankOf(slot) == rank) return SetOpen(slot, open);
      Remove(slot);
    }
    keys_[slot] = key;
    open_[slot] = open;
    Group& group = GroupOf(rank);
    ++group.agents;
    if (BelongsLast(group, slot)) {
      if (group.end == group.slots.size()) MakeRoom(group);
      Settle(group, group.end++, slot);
    } else {
      group.late.push_back(slot);
      positions_[slot] = PositionOf(rank, kLate);
      any_late_ = true;
    }
  }

  bool Contains(std::uint32_t slot) const {
    return slot < positions_.size() && positions_[slot] != kNowhere;
  }

  // REQUIRES: the agent is in the order.
  void Remove(std::uint32_t slot) {
    Group& group = GroupOf(RankOf(slot));
    --group.agents;
    const std::uint32_t place = PlaceOf(slot);
    if (place == kLate) {
      group.late.erase(std::find(group.late.begin(), group.late.end(), slot));
    } else {
      // Holes further off keep the bits of their atoms until a search comes by: nobody is open
      // there, and nobody moves in.
      if (group.end - place <= kNearEnd) MarkAtoms(slot, false);
      MarkOpen(group, place, open_[slot], 0);
      group.slots[place] = kNoSlot;
      group.taken.Set(place, false);
    }
    positions_[slot] = kNowhere;
  }

  // REQUIRES: the agent is in the order.
  void SetOpen(std::uint32_t slot, ChannelMask open) {
    if (open == open_[slot]) return;
    const std::uint32_t place = PlaceOf(slot);
    if (place != kLate) MarkOpen(GroupOf(RankOf(slot)), place, open_[slot], open);
    open_[slot] = open;
  }

  // Gives their places to those who came out of order. Before any of the questions below.
  void Tidy() {
    if (!any_late_) return;
    for (Group& group : groups_) {
      if (group.late.size() > kFewLate) {
        std::sort(group.late.begin(), group.late.end(),
                  [this](std::uint32_t a, std::uint32_t b) { return Before(a, b); });
        Merge(group, group.late);
      } else {
        for (const std::uint32_t slot : group.late) Insert(group, slot);
      }
      group.late.clear();
    }
    any_late_ = false;
  }

  // What ForEachAtom says of an agent is about to change; afterwards it has changed.
  void BeforeAtomsChange(std::uint32_t slot) { MarkAtoms(slot, false); }
  void AfterAtomsChange(std::uint32_t slot) { MarkAtoms(slot, true); }
  // `atom` means something else from now on, and holds for nobody yet.
  void ClearAtom(std::uint32_t atom) {
    for (Group& group : groups_) group.atoms.ClearRow(atom);
  }
  void AtomHolds(std::uint32_t slot, std::uint32_t atom) {
    if (Placed(slot)) GroupOf(RankOf(slot)).atoms.Set(atom, PlaceOf(slot));
  }

  // REQUIRES: the agents are in the order.
  std::int64_t Key(std::uint32_t slot) const { return keys_[slot]; }
  std::int64_t RankOf(std::uint32_t slot) const {
    return static_cast<std::int64_t>(positions_[slot] >> 32) - kRankBias;
  }
  // By key and id, whatever their ranks. REQUIRES: Tidy.
  bool Earlier(std::uint32_t a, std::uint32_t b) const {
    const bool one_rank = positions_[a] >> 32 == positions_[b] >> 32;
    return one_rank ? positions_[a] < positions_[b] : Before(a, b);
  }

  // The first agent who is open for the channel, satisfies `formula`, has a rank that `ranks`
  // admits and for whom `test` is true; kNoSlot when there is none. Ranks up to the lift are as
  // one. `formula` combines the words of its atoms:
  //   std::uint64_t Word(load) const;  load(atom) gives 64 agents' bits of the atom
  //   bool is_conjunction() const;     then it holds nowhere in a word in which an atom never does
  template <typename Formula, typename Test>
  std::uint32_t First(std::uint32_t channel, const Formula& formula, const RankTerms& ranks,
                      Test test) {
    std::uint32_t first = kNoSlot;
    for (Group& group : groups_) {
      if (group.rank < ranks.low || channel >= group.open.size()) continue;
      if (group.rank > ranks.high || (first != kNoSlot && group.rank > ranks.lift)) break;
      const std::uint32_t slot = FirstOf(group, group.open[channel], formula, test);
      if (slot != kNoSlot && (first == kNoSlot || Before(slot, first))) first = slot;
      if (first != kNoSlot && group.rank >= ranks.lift) break;
    }
    return first;
  }

  // In order, for tests and checks: visit(slot, open channels).
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Group& group : groups_) {
      for (std::uint32_t place = 0; place < group.end; ++place) {
        if (group.slots[place] == kNoSlot) continue;
        ChannelMask open = 0;
        for (std::uint32_t channel = 0; channel < group.open.size(); ++channel) {
          if (group.open[channel].Test(place)) open |= ChannelMask{1} << channel;
        }
        visit(group.slots[place], open);
      }
    }
  }

 private:
  static constexpr std::uint32_t kFewestPlaces = 64;
  static constexpr std::size_t kFewLate = 16;
  static constexpr std::uint32_t kNearEnd = 256;
  static constexpr std::uint32_t kLate = 0xFFFFFFFF;
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

  struct Group {
    std::int64_t rank = 0;
    std::uint32_t agents = 0;
    std::uint32_t end = 0;              // places from here on are as new
    std::int64_t last_key = INT64_MIN;  // no key is above it
    std::vector<std::uint32_t> slots;   // by place; kNoSlot: a hole
    std::vector<SparseBits> open;       // by channel, then by place
    BitColumn taken;                    // by place
    BitTable atoms;                     // by atom and place; means nothing at holes
    std::vector<std::uint32_t> late;    // not yet in their place
  };

  // Ranks lie within +-kMaxRank, so a biased one has 32 bits to itself.
  static constexpr std::int64_t kRankBias = std::int64_t{1} << 31;
  static std::uint64_t PositionOf(std::int64_t rank, std::uint32_t place) {
    return static_cast<std::uint64_t>(rank + kRankBias) << 32 | place;
  }
  std::uint32_t PlaceOf(std::uint32_t slot) const {
    return static_cast<std::uint32_t>(positions_[slot]);
  }
  // Absent and late ones have no bits anywhere.
  bool Placed(std::uint32_t slot) const { return Contains(slot) && PlaceOf(slot) != kLate; }

  bool Before(std::uint32_t a, std::uint32_t b) const {
    return keys_[a] != keys_[b] ? keys_[a] < keys_[b] : agents_.Id(a) < agents_.Id(b);
  }

  bool BelongsLast(const Group& group, std::uint32_t slot) const {
    if (keys_[slot] != group.last_key) return keys_[slot] > group.last_key;
    std::uint32_t place = group.end;
    while (place > 0 && group.slots[place - 1] == kNoSlot) --place;
    return place == 0 || Before(group.slots[place - 1], slot);
  }

  void Extend(std::uint32_t agents) {
    positions_.resize(agents, kNowhere);
    keys_.resize(agents);
    open_.resize(agents);
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

  void MarkAtoms(std::uint32_t slot, bool hold) {
    if (!Placed(slot)) return;
    BitTable& atoms = GroupOf(RankOf(slot)).atoms;
    const std::uint32_t place = PlaceOf(slot);
    if (hold) {
      agents_.ForEachAtom(slot, [&](std::uint32_t atom) { atoms.Set(atom, place); });
    } else {
      agents_.ForEachAtom(slot, [&](std::uint32_t atom) { atoms.Clear(atom, place); });
    }
  }

  static void MarkOpen(Group& group, std::uint32_t place, ChannelMask before, ChannelMask after) {
    for (ChannelMask rest = before ^ after; rest != 0; rest &= rest - 1) {
      const auto channel = static_cast<std::uint32_t>(std::countr_zero(rest));
      while (channel >= group.open.size()) group.open.emplace_back().Resize(group.slots.size());
      group.open[channel].Set(place, ((after >> channel) & 1) != 0);
    }
  }

  // REQUIRES: the place is as new, or its agent has left it together with its bits.
  void Settle(Group& group, std::uint32_t place, std::uint32_t slot) {
    group.slots[place] = slot;
    group.taken.Set(place, true);
    group.last_key = std::max(group.last_key, keys_[slot]);
    MarkOpen(group, place, 0, open_[slot]);
    positions_[slot] = PositionOf(group.rank, place);
    agents_.ForEachAtom(slot, [&](std::uint32_t atom) { group.atoms.Set(atom, place); });
  }

  // Takes the agents out of their places, in order, into order_. All places are as new, and more
  // when less than half of them would be free.
  void TakeOut(Group& group) {
    order_.clear();
    for (std::uint32_t place = 0; place < group.end; ++place) {
      if (group.slots[place] != kNoSlot) order_.push_back(group.slots[place]);
    }
    group.end = 0;
    group.last_key = INT64_MIN;
    std::size_t places = std::max<std::size_t>(group.slots.size(), kFewestPlaces);
    while (places < 2 * std::size_t{group.agents}) places *= 2;
    group.slots.resize(places);
    group.taken.Clear(places);
    for (SparseBits& open : group.open) open.Clear(places);
    group.atoms.Clear(places);
  }

  // Closes the holes up.
  void MakeRoom(Group& group) {
    TakeOut(group);
    for (const std::uint32_t slot : order_) Settle(group, group.end++, slot);
  }

  // Into the middle. Near the end, where agents of one instant belong, those behind move up to the
  // next hole; its bits went when it was left, since the end only ever moves away from a place.
  void Insert(Group& group, std::uint32_t slot) {
    if (group.end == group.slots.size()) MakeRoom(group);
    std::uint32_t place = group.end;
    while (place > 0 &&
           (group.slots[place - 1] == kNoSlot || Before(slot, group.slots[place - 1]))) {
      if (group.end - --place < kNearEnd) continue;
      one_.assign(1, slot);
      return Merge(group, one_);
    }
    std::uint32_t hole = place;
    while (hole < group.end && group.slots[hole] != kNoSlot) ++hole;
    group.end = std::max(group.end, hole + 1);
    for (; hole > place; --hole) {
      const std::uint32_t moved = group.slots[hole - 1];
      MarkAtoms(moved, false);
      MarkOpen(group, hole - 1, open_[moved], 0);
      Settle(group, hole, moved);
    }
    Settle(group, place, slot);
  }

  // Many at once, such as agents who log in together: one pass instead of one for each.
  // `newcomers` are in order.
  void Merge(Group& group, const std::vector<std::uint32_t>& newcomers) {
    TakeOut(group);
    auto old = order_.begin();
    auto late = newcomers.begin();
    while (old != order_.end() || late != newcomers.end()) {
      const bool take_old = late == newcomers.end() || (old != order_.end() && Before(*old, *late));
      Settle(group, group.end++, take_old ? *old++ : *late++);
    }
  }

  template <typename Formula, typename Test>
  static std::uint32_t FirstOf(Group& group, const SparseBits& open, const Formula& formula,
                               Test test) {
    for (std::size_t row = 0; row < open.rows(); ++row) {
      std::uint64_t filled = open.filled(row);
      if (filled != 0 && formula.is_conjunction()) {
        filled &= formula.Word([&](std::uint32_t atom) { return group.atoms.filled(atom, row); });
      }
      for (; filled != 0; filled &= filled - 1) {
        const std::size_t word = row * 64 + static_cast<std::size_t>(std::countr_zero(filled));
        const std::uint64_t taken = group.taken.word(word);
        std::uint64_t passing = open.word(word) & formula.Word([&](std::uint32_t atom) {
          return group.atoms.KeepOnly(atom, word, taken);
        });
        for (; passing != 0; passing &= passing - 1) {
          const std::size_t place = word * 64 + static_cast<std::size_t>(std::countr_zero(passing));
          if (test(group.slots[place])) return group.slots[place];
        }
      }
    }
    return kNoSlot;
  }

  Agents agents_;
  std::vector<Group> groups_;             // by rank
  std::vector<std::uint64_t> positions_;  // by slot: rank and place
  std::vector<std::int64_t> keys_;        // by slot
  std::vector<ChannelMask> open_;         // by slot
  bool any_late_ = false;
  std::vector<std::uint32_t> order_;  // scratch
  std::vector<std::uint32_t> one_;    // scratch
};

}  // namespace strowger::routing
