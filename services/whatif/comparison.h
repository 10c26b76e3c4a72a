// One recording under two rule sets, beside each other.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "services/whatif/recording.h"
#include "services/whatif/simulation.h"

namespace strowger::whatif {

// Contacts that came to one queue under the one rule set and to another under the other.
struct Move {
  std::string from;  // empty: to none
  std::string to;
  std::uint64_t contacts = 0;
  std::vector<std::string> examples;  // the first few ids
};

struct SideBySide {
  QueueFigures recorded;
  QueueFigures base;
  QueueFigures candidate;
};

struct Comparison {
  routing::TimeNs begin = 0;  // of the figures
  routing::TimeNs end = 0;
  std::uint64_t contacts = 0;  // that came within
  SideBySide all;
  std::map<std::string, SideBySide> queues;
  // Of these contacts, how many fared otherwise. Waits within a second count as one.
  std::uint64_t other_rule = 0;
  std::uint64_t other_queue = 0;
  std::uint64_t other_agent = 0;
  std::uint64_t sooner = 0;  // answered under both
  std::uint64_t later = 0;
  std::uint64_t only_base = 0;  // answered
  std::uint64_t only_candidate = 0;
  std::vector<Move> moves;  // most contacts first; at most kMostMoves
  // How far the play is like the recording: commands that could not be repeated, contacts that are
  // neither answered nor gone at the end, and those whose rule was taken over.
  std::uint64_t refused_base = 0;
  std::uint64_t refused_candidate = 0;
  std::uint64_t unfinished_base = 0;
  std::uint64_t unfinished_candidate = 0;
  std::uint64_t decided_before = 0;
};

inline constexpr std::size_t kMostMoves = 50;
inline constexpr std::size_t kMostExamples = 5;

Comparison Compare(const Recording& recording, const Played& base, const Played& candidate);

}  // namespace strowger::whatif
