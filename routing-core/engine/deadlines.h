// All that time does: one heap of deadlines.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "routing-core/engine/pool.h"
#include "routing/time.h"

namespace strowger::routing {

// In the order in which deadlines of one time and one turn fire.
enum class DeadlineKind : std::uint8_t {
  kOfferExpiry,
  kWrapUp,
  kAgentLease,
  kHandlingLease,
  kBackOff,
  kPace,
  kBar,
  kNotBefore,
  kRequest,
  kStep,
  kOverflow,
  kWhenEmpty,
  kWaitLimit,
  kLook,
  kVigil,
  kDelay,
  kQueueLook,
};

struct Deadline {
  TimeNs time = 0;
  std::uint64_t turn = 0;  // in which it counts as set
  DeadlineKind kind = DeadlineKind::kOfferExpiry;
  std::uint64_t number = 0;         // of the thing it is about; breaks ties
  std::uint64_t second_number = 0;  // breaks the ties that are left
  std::uint32_t target = kNoSlot;   // slot, by kind

  bool Before(const Deadline& other) const {
    return std::tie(time, turn, kind, number, second_number) <
           std::tie(other.time, other.turn, other.kind, other.number, other.second_number);
  }
};

// A 4-ary heap with handles, so that any deadline can be withdrawn. Set, Cancel and Pop cost
// O(log n); allocation only while growing.
class Deadlines {
 public:
  using Handle = std::uint32_t;

  Handle Set(const Deadline& deadline);
  // Forgets the deadline and clears the handle; a handle of kNoSlot is fine.
  void Cancel(Handle& handle);

  bool empty() const { return heap_.empty(); }
  std::uint64_t size() const { return heap_.size(); }
  TimeNs next() const { return heap_.empty() ? kNever : entries_[heap_.front()].time; }
  const Deadline& at(Handle handle) const { return entries_[handle]; }
  const Deadline& top() const { return entries_[heap_.front()]; }
  // The owner's handle is void afterwards.
  Deadline Pop();

 private:
  void Place(std::uint32_t position, Handle handle);
  void SiftUp(std::uint32_t position);
  void SiftDown(std::uint32_t position);
  void Remove(std::uint32_t position);

  Pool<Deadline> entries_;
  std::vector<Handle> heap_;
  std::vector<std::uint32_t> positions_;  // by handle
};

}  // namespace strowger::routing
