// What happened in one interval: to the contacts of a queue, to an agent. The measures are those
// of the glossary; ratios and means are made of the sums when they are read.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "routing/event.h"
#include "routing/time.h"

namespace strowger::reports {

// Intervals are kept as quarter hours of UTC, by number since 1970: local time of every zone in use
// is whole quarter hours away from it, so that a site's half hours and days are made of them.
inline constexpr routing::DurationNs kQuarter = 15 * routing::kMinute;

inline std::int64_t QuarterOf(routing::TimeNs time) { return time / kQuarter; }
inline routing::TimeNs BeginOf(std::int64_t quarter) { return quarter * kQuarter; }

// Each thing counts in the interval in which it happened; a wait, a handling and a wrap-up in the
// one in which it ended. Times in nanoseconds.
struct QueueRow {
  std::int64_t queued = 0;    // entered the queue
  std::int64_t assigned = 0;  // to an agent
  std::int64_t assigned_in_time = 0;
  std::int64_t abandoned_in_time = 0;
  std::int64_t short_abandoned = 0;  // of those abandoned
  std::int64_t overflowed = 0;       // left for another queue
  std::array<std::int64_t, routing::kEndReasonCount> ended = {};
  std::int64_t transferred = 0;
  std::int64_t wait = 0;          // of those assigned
  std::int64_t longest_wait = 0;  // of one assigned or abandoned
  std::int64_t handling = 0;      // of those completed or transferred
  std::int64_t hold = 0;          // of that, how long customers were parked
  std::int64_t wrap_up = 0;

  std::int64_t abandoned() const {
    return ended[static_cast<std::size_t>(routing::EndReason::kAbandoned)];
  }
  std::int64_t handled() const {
    return ended[static_cast<std::size_t>(routing::EndReason::kCompleted)] + transferred;
  }
};

struct AgentRow {
  std::int64_t offered = 0;
  std::int64_t assigned = 0;
  std::int64_t declined = 0;
  std::int64_t expired = 0;
  std::int64_t handled = 0;      // completed or transferred
  std::int64_t transferred = 0;  // of those
  std::int64_t handling = 0;     // of contacts whose handling ended
  std::int64_t hold = 0;
  std::int64_t wrap_up = 0;  // that ended
  // How the time logged in was spent; each moment counts once, for the first that holds.
  std::int64_t in_handling = 0;
  std::int64_t in_wrap_up = 0;
  std::int64_t in_reserved = 0;
  std::int64_t in_free = 0;
  std::int64_t in_not_ready = 0;

  std::int64_t occupied() const { return in_handling + in_wrap_up; }
  std::int64_t logged_in() const { return occupied() + in_reserved + in_free + in_not_ready; }
};

// Visits the values of a row in an order that is for ever; new ones go to the end.
template <typename Row, typename Visit>
requires std::same_as<std::remove_const_t<Row>, QueueRow>
void ForEachValue(Row& row, const Visit& visit) {
  for (auto* const value :
       {&row.queued, &row.assigned, &row.assigned_in_time, &row.abandoned_in_time,
        &row.short_abandoned, &row.overflowed, &row.transferred, &row.wait, &row.longest_wait,
        &row.handling, &row.hold, &row.wrap_up}) {
    visit(*value);
  }
  for (auto& count : row.ended) visit(count);
}
template <typename Row, typename Visit>
requires std::same_as<std::remove_const_t<Row>, AgentRow>
void ForEachValue(Row& row, const Visit& visit) {
  for (auto* const value :
       {&row.offered, &row.assigned, &row.declined, &row.expired, &row.handled, &row.transferred,
        &row.handling, &row.hold, &row.wrap_up, &row.in_handling, &row.in_wrap_up, &row.in_reserved,
        &row.in_free, &row.in_not_ready}) {
    visit(*value);
  }
}

// Sums; of a longest wait the longer one.
void AddTo(QueueRow& sum, const QueueRow& row);
void AddTo(AgentRow& sum, const AgentRow& row);

template <typename Row>
bool IsEmpty(const Row& row) {
  bool empty = true;
  ForEachValue(row, [&empty](std::int64_t value) { empty = empty && value == 0; });
  return empty;
}

// As bytes for a store. What a newer build added reads as 0 from an older one's bytes, and the
// other way round is passed over. False: these are no bytes of a row.
std::string Encode(const QueueRow& row);
std::string Encode(const AgentRow& row);
bool Decode(std::string_view bytes, QueueRow& row);
bool Decode(std::string_view bytes, AgentRow& row);

}  // namespace strowger::reports
