// What customers met with: counted by queue, and contact by contact.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "routing/event.h"
#include "routing/time.h"

namespace strowger::whatif {

// Among all of a recording, in the order in which they came.
using ContactNumber = std::uint32_t;
inline constexpr ContactNumber kNoContact = UINT32_MAX;

struct QueueFigures {
  std::uint64_t came = 0;      // also from other queues
  std::uint64_t answered = 0;  // given to an agent
  std::uint64_t in_time = 0;   // of those: within the service level of the queue
  std::uint64_t abandoned = 0;
  std::uint64_t otherwise = 0;             // ended unanswered in any other way
  std::vector<routing::DurationNs> waits;  // of the answered
  std::vector<routing::DurationNs> services;

  void Add(const QueueFigures& other);
  // Of those who were answered or gave up, the part answered in time; nobody: 1.
  double ServiceLevel() const;
};

// The mean, and the one below which so many of a hundred lie (by rank, rounded up). 0 of nothing.
routing::DurationNs MeanOf(const std::vector<routing::DurationNs>& durations);
routing::DurationNs PercentileOf(std::vector<routing::DurationNs> durations, unsigned percent);

// How a contact fared.
struct Outcome {
  std::uint32_t rule = 0;   // names by Tally::name; 0: none
  std::uint32_t queue = 0;  // that answered it, or in which it ended
  std::uint32_t agent = 0;  // who answered first
  bool answered = false;
  routing::EndReason reason = routing::EndReason::kNone;  // kNone: not ended yet
  routing::DurationNs wait = 0;                           // until it was answered, or gave up
};

class Tally {
 public:
  // Events before `since` count nowhere, nor contacts that came before.
  explicit Tally(routing::TimeNs since) : since_(since) {}

  // `contact`: whom the event is about; kNoContact: nobody who counts.
  void Add(const routing::Event& event, ContactNumber contact);

  routing::TimeNs since() const { return since_; }
  const std::map<std::string, QueueFigures, std::less<>>& queues() const { return queues_; }
  // By number; those of whom nothing was heard are missing at the end.
  const std::vector<Outcome>& outcomes() const { return outcomes_; }
  const std::string& name(std::uint32_t id) const { return names_[id]; }

 private:
  void AddToQueue(const routing::Event& event);
  void AddToOutcome(const routing::Event& event, Outcome& outcome);
  QueueFigures& FiguresOf(std::string_view queue);
  std::uint32_t Intern(std::string_view name);

  routing::TimeNs since_;
  std::map<std::string, QueueFigures, std::less<>> queues_;
  std::vector<Outcome> outcomes_;
  std::vector<std::string> names_ = {""};
  absl::flat_hash_map<std::string, std::uint32_t> ids_;
};

}  // namespace strowger::whatif
