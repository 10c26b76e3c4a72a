// Everything that the router can say. There are no other events.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "routing/command.h"
#include "routing/time.h"

namespace strowger::routing {

// Numbers are for ever. The comment names the fields that carry meaning.
enum class EventType : std::uint8_t {
  kQueued = 1,         // contact queue position rule
  kOffered = 2,        // contact agent queue offer until
  kAssigned = 3,       // contact agent queue offer
  kDeclined = 4,       // contact agent offer
  kExpired = 5,        // contact agent offer
  kRescinded = 6,      // contact agent offer cause
  kRequeued = 7,       // contact queue cause
  kStep = 8,           // contact step queue (where it leads to another)
  kStepSkipped = 9,    // contact step
  kOverflowed = 10,    // contact queue (from) to_queue overflow
  kEnded = 11,         // contact queue reason treatment cause agent
  kWrapUp = 12,        // agent contact until
  kWrapUpEnded = 13,   // agent contact queue
  kAgentState = 14,    // agent state text (the reason)
  kAgentRemoved = 15,  // agent
  kReplanned = 16,     // contact queue rule
  kActivated = 17,     // rule_set version
  kTransferred = 18,   // contact agent (who had it) queue (from) to_queue text (the agent named)
};

inline constexpr int kEventTypeCount = 19;

enum class EndReason : std::uint8_t {
  kNone = 0,
  kCompleted = 1,
  kAbandoned = 2,
  kCanceled = 3,
  kRejected = 4,
  kExpired = 5,
  kTreated = 6,
};

inline constexpr int kEndReasonCount = 7;

enum class Cause : std::uint8_t {
  kNone = 0,
  kRule = 1,  // treated: the rule said so
  kWaitLimit = 2,
  kQueueFull = 3,
  kOverflow = 4,
  kDeclined = 5,      // requeued
  kExpired = 6,       // requeued
  kAgentState = 7,    // rescinded, requeued
  kAgentGone = 8,     // rescinded, requeued
  kAbandoned = 9,     // rescinded
  kCanceled = 10,     // rescinded
  kLeaseLapsed = 11,  // ended: the handling was not renewed in time
  kRestart = 12,      // rescinded, requeued
  kReplan = 13,       // rescinded: the rules were asked again and it ended
  kTransfer = 14,     // requeued, treated
  kAssigned = 15,     // rescinded: another agent has it
  kQueueEmpty = 16,   // treated, rejected
  kMoved = 17,        // overflowed: by MoveContacts
};

inline constexpr int kCauseCount = 18;

// Text views are valid until the next Apply.
struct Event {
  EventType type = EventType::kQueued;
  std::uint64_t sequence = 0;  // of the command under which it happened
  std::uint32_t index = 0;     // within that command, from 0
  TimeNs time = 0;             // a deadline's own time, else the command's
  std::string_view contact = {};
  std::string_view agent = {};
  std::string_view queue = {};
  std::string_view to_queue = {};
  std::string_view text = {};  // rule, step, overflow, treatment, reason or rule set name
  std::uint64_t offer = 0;
  std::uint64_t number = 0;  // position or version
  TimeNs until = 0;          // the end of an offer or wrap-up
  // What reports are made of. Of what ends here: the wait (assigned, ended as abandoned), the
  // handling (ended as completed, transferred) or the wrap-up (wrap_up_ended).
  DurationNs duration = 0;
  DurationNs hold = 0;   // of that handling, how long the customer was parked
  bool in_time = false;  // of that wait: within the service level of its queue
  bool entered = false;  // `to_queue`, or without one `queue`, has got a contact more
  EndReason reason = EndReason::kNone;
  Cause cause = Cause::kNone;
  AgentState state = AgentState::kOffline;
};

using EventBuffer = std::vector<Event>;

// The names that scenario tests, logs and metrics use.
std::string_view Name(EventType type);
std::string_view Name(EndReason reason);
std::string_view Name(Cause cause);
std::string_view Name(AgentState state);

}  // namespace strowger::routing
