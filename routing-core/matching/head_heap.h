// The heads of many lines, so that whoever may serve only some of them finds the first of those
// without looking at all.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/numeric/int128.h"
#include "routing-core/engine/pool.h"
#include "routing/time.h"

namespace strowger::routing {

// The first contact of a line, with what is asked about it.
struct Head {
  absl::int128 urgency = 0;  // larger is served earlier
  TimeNs arrival = 0;
  std::uint64_t number = 0;
  std::uint32_t contact = kNoSlot;
  std::uint32_t line = kNoSlot;
  std::uint32_t requirement = kNoSlot;
  std::uint16_t channel = 0;
  bool guarded = false;  // not everyone who satisfies the requirement will do

  bool Before(const Head& other) const {
    if (urgency != other.urgency) return urgency > other.urgency;
    return arrival != other.arrival ? arrival < other.arrival : number < other.number;
  }
};

// A binary heap of heads, one a line. `places` belongs to the caller, who shares it between heaps
// that have no line in common: the place of each line's head in its heap. One thread. Allocates
// only to grow.
class HeadHeap {
 public:
  using Places = std::vector<std::uint32_t>;

  bool empty() const { return heads_.empty(); }
  const Head& top() const { return heads_.front(); }
  const std::vector<Head>& heads() const { return heads_; }

  void Add(const Head& head, Places& places) {
    if (places.size() <= head.line) places.resize(head.line + 1);
    heads_.push_back(head);
    SiftUp(heads_.size() - 1, places);
  }
  // Of a line that has one.
  void Replace(const Head& head, Places& places) {
    const std::size_t place = places[head.line];
    heads_[place] = head;
    Sift(place, places);
  }
  void Remove(std::uint32_t line, Places& places) {
    const std::size_t place = places[line];
    const Head last = heads_.back();
    heads_.pop_back();
    if (place == heads_.size()) return;
    heads_[place] = last;
    Sift(place, places);
  }

  // Shows the heads in order to `done`, until that returns true. `frontier` is scratch.
  template <typename Done>
  void Search(std::vector<std::uint32_t>& frontier, Done done) const {
    if (heads_.empty()) return;
    const auto later = [this](std::uint32_t a, std::uint32_t b) {
      return heads_[b].Before(heads_[a]);
    };
    frontier.assign(1, 0);
    while (!frontier.empty()) {
      const std::uint32_t place = frontier.front();
      if (done(heads_[place])) return;
      std::pop_heap(frontier.begin(), frontier.end(), later);
      frontier.pop_back();
      for (std::uint32_t child = 2 * place + 1; child <= 2 * place + 2; ++child) {
        if (child >= heads_.size()) break;
        frontier.push_back(child);
        std::push_heap(frontier.begin(), frontier.end(), later);
      }
    }
  }

 private:
  void Sift(std::size_t place, Places& places) {
    if (place > 0 && heads_[place].Before(heads_[(place - 1) / 2])) return SiftUp(place, places);
    SiftDown(place, places);
  }

  void SiftUp(std::size_t place, Places& places) {
    const Head head = heads_[place];
    for (; place > 0 && head.Before(heads_[(place - 1) / 2]); place = (place - 1) / 2) {
      Put(place, heads_[(place - 1) / 2], places);
    }
    Put(place, head, places);
  }

  void SiftDown(std::size_t place, Places& places) {
    const Head head = heads_[place];
    for (;;) {
      std::size_t child = 2 * place + 1;
      if (child >= heads_.size()) break;
      if (child + 1 < heads_.size() && heads_[child + 1].Before(heads_[child])) ++child;
      if (!heads_[child].Before(head)) break;
      Put(place, heads_[child], places);
      place = child;
    }
    Put(place, head, places);
  }

  void Put(std::size_t place, const Head& head, Places& places) {
    places[head.line] = static_cast<std::uint32_t>(place);
    heads_[place] = head;
  }

  std::vector<Head> heads_;
};

}  // namespace strowger::routing
