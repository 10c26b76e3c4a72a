#include "routing/event.h"
#include "routing/router.h"

namespace strowger::routing {

std::optional<PreferTerm> PreferTermNamed(std::string_view name) {
  constexpr std::string_view kNames[kPreferTermCount] = {
      "last_agent", "same_location", "distance", "idleness", "spare_capacity", "scarcity"};
  for (std::size_t i = 0; i < kPreferTermCount; ++i) {
    if (kNames[i] == name) return static_cast<PreferTerm>(i);
  }
  return std::nullopt;
}

std::string_view Name(EventType type) {
  constexpr std::string_view kNames[kEventTypeCount] = {
      "",           "queued",        "offered",     "assigned",      "declined",   "expired",
      "rescinded",  "requeued",      "step",        "step_skipped",  "overflowed", "ended",
      "wrap_up",    "wrap_up_ended", "agent_state", "agent_removed", "replanned",  "activated",
      "transferred"};
  return kNames[static_cast<int>(type)];
}

std::string_view Name(EndReason reason) {
  constexpr std::string_view kNames[kEndReasonCount] = {
      "", "completed", "abandoned", "canceled", "rejected", "expired", "treated"};
  return kNames[static_cast<int>(reason)];
}

std::string_view Name(Cause cause) {
  constexpr std::string_view kNames[kCauseCount] = {
      "",        "rule",        "wait_limit", "queue_full", "overflow",    "declined",
      "expired", "agent_state", "agent_gone", "abandoned",  "canceled",    "lease_lapsed",
      "restart", "replan",      "transfer",   "assigned",   "queue_empty", "moved"};
  return kNames[static_cast<int>(cause)];
}

std::string_view Name(AgentState state) {
  constexpr std::string_view kNames[] = {"offline", "not_ready", "ready"};
  return kNames[static_cast<int>(state)];
}

std::string_view Name(Obstacle obstacle) {
  constexpr std::string_view kNames[kObstacleCount] = {
      "offline",  "other_queue", "requirement", "rank", "not_ready", "busy",
      "reserved", "excluded",    "delay",       "cap",  ""};
  return kNames[static_cast<int>(obstacle)];
}

std::string_view Name(WaitCode code) {
  constexpr std::string_view kNames[kWaitCodeCount] = {"",
                                                       "nobody_logged_in",
                                                       "nobody_satisfies",
                                                       "nobody_ready",
                                                       "all_busy",
                                                       "reserved",
                                                       "excluded",
                                                       "delay",
                                                       "not_before",
                                                       "cap"};
  return kNames[static_cast<int>(code)];
}

std::string_view Name(ContactState state) {
  constexpr std::string_view kNames[] = {"queued", "offered", "handling", "ended"};
  return kNames[static_cast<int>(state)];
}

}  // namespace strowger::routing
