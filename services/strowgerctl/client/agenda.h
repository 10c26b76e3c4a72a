// What is still to happen, in the order in which a driver of commands lets it.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

namespace strowger::ctl {

// At one time: completions, abandonments, agents, arrivals, answers (the order of the kinds), each
// in the order of their numbers.
struct AgendaItem {
  enum class Kind : std::uint8_t { kCompletion, kAbandonment, kAgent, kArrival, kAnswer };

  std::int64_t time = 0;  // in the driver's unit
  Kind kind = Kind::kCompletion;
  std::uint32_t number = 0;  // of the contact or agent
  std::int64_t detail = 0;   // what the kind needs; orders what is equal otherwise
};

class Agenda {
 public:
  void Add(const AgendaItem& item) { items_.push(item); }
  bool empty() const { return items_.empty(); }
  const AgendaItem& next() const { return items_.top(); }
  AgendaItem Take() {
    AgendaItem item = items_.top();
    items_.pop();
    return item;
  }

 private:
  struct Later {
    bool operator()(const AgendaItem& a, const AgendaItem& b) const {
      if (a.time != b.time) return a.time > b.time;
      if (a.kind != b.kind) return a.kind > b.kind;
      if (a.number != b.number) return a.number > b.number;
      return a.detail > b.detail;
    }
  };

  std::priority_queue<AgendaItem, std::vector<AgendaItem>, Later> items_;
};

}  // namespace strowger::ctl
