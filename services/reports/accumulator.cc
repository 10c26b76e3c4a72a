#include "services/reports/accumulator.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/string_view.h"

namespace strowger::reports {
namespace {

using routing::AgentState;
using routing::EndReason;
using routing::Event;
using routing::EventType;

// The longest that nothing was heard of a domain and its agents still count as having been there.
constexpr routing::DurationNs kLongestSilence = routing::kDay;

absl::string_view Key(std::string_view name) { return {name.data(), name.size()}; }

// An agent who was forced to go offline leaves offers that are withdrawn only afterwards.
void Lessen(int& count) { count = std::max(0, count - 1); }

}  // namespace

// ---- The beginning ------------------------------------------------------------------------------

void Accumulator::Begin(const routing::Router& router, const Mark& mark) {
  const routing::DomainView domain = router.Domain();
  mark_ = mark;
  // What happened between the mark and a later router is lost to the reports.
  if (mark.sequence < domain.sequence) {
    mark_.sequence = domain.sequence;
    mark_.time = std::max(mark.time, domain.time);
  }
  quarter_ = QuarterOf(mark_.time);
  const auto all = [](const routing::AgentView&) { return true; };
  for (const routing::AgentView& view :
       router.ListAgents("", std::numeric_limits<std::size_t>::max(), all)) {
    AgentCell& agent = Agent(view.agent);
    agent.state = view.state;
    for (const routing::AgentWork& work : view.work) {
      agent.reserved += work.kind == routing::AgentWork::Kind::kReserved ? 1 : 0;
      agent.handling += work.kind == routing::AgentWork::Kind::kHandling ? 1 : 0;
      agent.wrapping_up += work.kind == routing::AgentWork::Kind::kWrapUp ? 1 : 0;
    }
  }
}

void Accumulator::Restore(std::string_view queue, const QueueRow& row) { Queue(queue).row = row; }

void Accumulator::Restore(std::string_view agent, const AgentRow& row) { Agent(agent).row = row; }

// ---- Events -------------------------------------------------------------------------------------

Accumulator::QueueCell& Accumulator::Queue(std::string_view name) {
  const auto found = queues_.find(Key(name));
  return found != queues_.end() ? found->second : queues_[std::string(name)];
}

Accumulator::AgentCell& Accumulator::Agent(std::string_view name) {
  const auto found = agents_.find(Key(name));
  if (found != agents_.end()) return found->second;
  AgentCell& agent = agents_[std::string(name)];
  agent.since = mark_.time;
  return agent;
}

void Accumulator::Add(const Event& event) {
  const bool counted = event.sequence <= mark_.sequence;
  if (!counted) {
    PassTime(event.time);
    CountForQueue(event);
  }
  if (event.agent.empty()) return;
  AgentCell& agent = Agent(event.agent);
  if (!counted) {
    Spend(agent, mark_.time);
    CountForAgent(event, agent);
  }
  Follow(event, agent);
}

void Accumulator::CountForQueue(const Event& event) {
  if (event.entered) {
    QueueCell& entered = Queue(event.to_queue.empty() ? event.queue : event.to_queue);
    ++entered.row.queued;
    entered.changed = true;
  }
  if (event.queue.empty()) return;
  QueueRow& row = Queue(event.queue).row;
  switch (event.type) {
    case EventType::kAssigned:
      ++row.assigned;
      row.assigned_in_time += event.in_time ? 1 : 0;
      row.wait += event.duration;
      row.longest_wait = std::max(row.longest_wait, event.duration);
      break;
    case EventType::kOverflowed:
      ++row.overflowed;
      break;
    case EventType::kTransferred:
      ++row.transferred;
      row.handling += event.duration;
      row.hold += event.hold;
      break;
    case EventType::kEnded:
      ++row.ended[static_cast<std::size_t>(event.reason)];
      if (event.reason == EndReason::kCompleted) {
        row.handling += event.duration;
        row.hold += event.hold;
      } else if (event.reason == EndReason::kAbandoned) {
        row.abandoned_in_time += event.in_time ? 1 : 0;
        row.short_abandoned += event.duration < short_wait_ ? 1 : 0;
        row.longest_wait = std::max(row.longest_wait, event.duration);
      }
      break;
    case EventType::kWrapUpEnded:
      row.wrap_up += event.duration;
      break;
    default:
      return;
  }
  Queue(event.queue).changed = true;
}

void Accumulator::CountForAgent(const Event& event, AgentCell& agent) {
  AgentRow& row = agent.row;
  switch (event.type) {
    case EventType::kOffered:
      ++row.offered;
      break;
    case EventType::kAssigned:
      ++row.assigned;
      break;
    case EventType::kDeclined:
      ++row.declined;
      break;
    case EventType::kExpired:
      ++row.expired;
      break;
    case EventType::kTransferred:
      ++row.transferred;
      [[fallthrough]];
    case EventType::kEnded:
      ++row.handled;
      row.handling += event.duration;
      row.hold += event.hold;
      break;
    case EventType::kWrapUpEnded:
      row.wrap_up += event.duration;
      break;
    default:
      return;
  }
  agent.changed = true;
}

void Accumulator::Follow(const Event& event, AgentCell& agent) {
  switch (event.type) {
    case EventType::kOffered:
      ++agent.reserved;
      break;
    case EventType::kAssigned:
      if (event.offer != 0) Lessen(agent.reserved);
      ++agent.handling;
      break;
    case EventType::kDeclined:
    case EventType::kExpired:
    case EventType::kRescinded:
      Lessen(agent.reserved);
      break;
    case EventType::kTransferred:
    case EventType::kEnded:
      Lessen(agent.handling);
      break;
    case EventType::kWrapUp:
      ++agent.wrapping_up;
      break;
    case EventType::kWrapUpEnded:
      Lessen(agent.wrapping_up);
      break;
    case EventType::kAgentState:
      agent.state = event.state;
      if (event.state == AgentState::kOffline) agent.reserved = agent.handling = 0;
      break;
    case EventType::kAgentRemoved:
      agent.state = AgentState::kOffline;
      agent.reserved = agent.handling = agent.wrapping_up = 0;
      break;
    default:
      break;
  }
}

// ---- Time ---------------------------------------------------------------------------------------

void Accumulator::PassTime(routing::TimeNs time) {
  if (time <= mark_.time) return;
  if (time - mark_.time > kLongestSilence) SkipSilence(time);
  for (; QuarterOf(time) > quarter_; ++quarter_) {
    SpendAll(BeginOf(quarter_ + 1));
    CloseQuarter();
    if (agents_.empty()) quarter_ = QuarterOf(time) - 1;  // nothing happens in between
  }
  mark_.time = time;
}

// Who was there all the while cannot be told, and rows for all of it would be without bound.
void Accumulator::SkipSilence(routing::TimeNs time) {
  SpendAll(mark_.time);
  CloseQuarter();
  quarter_ = QuarterOf(time);
  mark_.time = BeginOf(quarter_);
  for (auto& [name, agent] : agents_) agent.since = mark_.time;
}

void Accumulator::Spend(AgentCell& agent, routing::TimeNs until) {
  const routing::DurationNs spent = until - agent.since;
  agent.since = until;
  if (spent <= 0 || agent.state == AgentState::kOffline) return;
  agent.changed = true;
  if (agent.handling > 0) {
    agent.row.in_handling += spent;
  } else if (agent.wrapping_up > 0) {
    agent.row.in_wrap_up += spent;
  } else if (agent.state == AgentState::kNotReady) {
    agent.row.in_not_ready += spent;
  } else if (agent.reserved > 0) {
    agent.row.in_reserved += spent;
  } else {
    agent.row.in_free += spent;
  }
}

void Accumulator::SpendAll(routing::TimeNs until) {
  for (auto& [name, agent] : agents_) Spend(agent, until);
}

// What is offline and has nothing in hand is forgotten: it is made anew when it is heard of.
void Accumulator::CloseQuarter() {
  TakeOpen(closed_);
  queues_.clear();
  absl::erase_if(agents_, [](auto& entry) {
    AgentCell& agent = entry.second;
    agent.row = {};
    return agent.state == AgentState::kOffline && agent.wrapping_up == 0;
  });
}

void Accumulator::TakeOpen(std::vector<KeptRow>& rows) {
  for (auto& [name, queue] : queues_) {
    if (!std::exchange(queue.changed, false)) continue;
    rows.push_back({Subject::kQueues, quarter_, name, Encode(queue.row)});
  }
  for (auto& [name, agent] : agents_) {
    if (!std::exchange(agent.changed, false)) continue;
    rows.push_back({Subject::kAgents, quarter_, name, Encode(agent.row)});
  }
}

std::vector<KeptRow> Accumulator::TakeChanged() {
  SpendAll(mark_.time);
  std::vector<KeptRow> rows = std::exchange(closed_, {});
  TakeOpen(rows);
  return rows;
}

}  // namespace strowger::reports
