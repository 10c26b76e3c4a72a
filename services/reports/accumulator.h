// Adds a domain's events up into the rows of the interval at hand.
//
// Agents' time is counted from one event about the agent to the next, so the accumulator follows
// the state of every agent; of contacts it remembers nothing, since the events say how long a wait
// or a handling was.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "routing/event.h"
#include "routing/router.h"
#include "services/reports/rows.h"
#include "services/reports/store.h"

namespace strowger::reports {

// One thread at a time.
class Accumulator {
 public:
  // Below `short_wait` an abandonment is short.
  explicit Accumulator(routing::DurationNs short_wait) : short_wait_(short_wait) {}

  // Before the first Add. `mark` says how much the rows kept so far contain; `router` is where the
  // events to come go on from, and may be older. What is kept of quarter() then goes to Restore.
  void Begin(const routing::Router& router, const Mark& mark);
  void Restore(std::string_view queue, const QueueRow& row);
  void Restore(std::string_view agent, const AgentRow& row);

  // In the order of events. One that the mark contains only moves the states of agents.
  void Add(const routing::Event& event);
  // Nothing can happen any more before `time`: agents' time counts up to it.
  void PassTime(routing::TimeNs time);
  // Every event up to that sequence has been added. One command's are added without a break.
  void Contains(std::uint64_t sequence) { mark_.sequence = std::max(mark_.sequence, sequence); }
  // The history ends before the mark: go on from there.
  void GoBackTo(std::uint64_t sequence) { mark_.sequence = sequence; }

  const Mark& mark() const { return mark_; }
  std::int64_t quarter() const { return quarter_; }  // the one at hand
  // What has changed since the last call: rows of the interval at hand and of those that it has
  // closed since.
  std::vector<KeptRow> TakeChanged();

 private:
  struct QueueCell {
    QueueRow row;
    bool changed = false;
  };
  struct AgentCell {
    routing::AgentState state = routing::AgentState::kOffline;
    int reserved = 0;
    int handling = 0;
    int wrapping_up = 0;
    routing::TimeNs since = 0;
    AgentRow row;
    bool changed = false;
  };

  QueueCell& Queue(std::string_view name);
  AgentCell& Agent(std::string_view name);
  static void Spend(AgentCell& agent, routing::TimeNs until);
  void SpendAll(routing::TimeNs until);
  void SkipSilence(routing::TimeNs time);
  void CloseQuarter();
  void CountForQueue(const routing::Event& event);
  void CountForAgent(const routing::Event& event, AgentCell& agent);
  static void Follow(const routing::Event& event, AgentCell& agent);
  void TakeOpen(std::vector<KeptRow>& rows);

  const routing::DurationNs short_wait_;
  Mark mark_;
  std::int64_t quarter_ = 0;
  absl::flat_hash_map<std::string, QueueCell> queues_;
  absl::flat_hash_map<std::string, AgentCell> agents_;
  std::vector<KeptRow> closed_;
};

}  // namespace strowger::reports
