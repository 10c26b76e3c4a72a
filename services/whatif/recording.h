// A stretch of a domain's past in terms that do not depend on its rules: who came and when, how
// long each service took, how long customers waited before they gave up, who was at work.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/time.h"
#include "services/whatif/figures.h"

namespace strowger::whatif {

// One agent's part in a contact.
struct RecordedService {
  routing::DurationNs ring = 0;  // from the offer to its acceptance
  routing::TimeNs began_at = 0;  // at the assignment; 0: before the recording
  routing::DurationNs duration = 0;
  routing::TimeNs ended_at = 0;                       // 0: it outlasted the recording
  std::optional<routing::TransferContact> handed_on;  // how it ended; nothing: completed
  std::optional<routing::DurationNs> wrap_up;         // that the agent ended by hand
};

struct RecordedContact {
  std::string channel;
  routing::TimeNs answered_at = 0;  // last; 0: never
  std::optional<routing::TimeNs> gave_up_at;
  std::vector<RecordedService> services;
};

// What came from outside, whatever the rules were.
struct RecordedCommand {
  routing::TimeNs time = 0;
  routing::CommandBody body;
  ContactNumber contact = kNoContact;  // of a submission
};

struct Recording {
  std::string state;  // of the router, before the first command
  routing::TimeNs begin = 0;
  routing::TimeNs end = 0;
  std::vector<RecordedCommand> commands;
  std::vector<RecordedContact> contacts;
  absl::flat_hash_map<std::string, ContactNumber> at_begin;  // those who had come before
  // What is taken where nothing was recorded.
  routing::DurationNs ring = 0;
  std::map<std::string, routing::DurationNs> service_by_channel;
  routing::DurationNs service = 0;
  // Mean, with those who were answered taken for cut short: the sum of all waits, divided by those
  // who gave up. kNever: nobody did.
  routing::DurationNs patience = routing::kNever;
  // Contacts decided by attributes that are not kept: their rule stands, if there is one so named.
  std::uint64_t decided_before = 0;
  Tally figures{0};  // as it was
};

// Fed with commands and events as a replay has them, each in its order. One thread.
class Recorder {
 public:
  // Figures begin with `since`.
  Recorder(std::string state, routing::TimeNs since);

  // Of a command that was not refused.
  void OnCommand(const routing::Command& command);
  void OnEvent(const routing::Event& event);
  std::uint64_t commands() const { return seen_; }
  Recording Finish() &&;

 private:
  struct WrapUp {
    routing::TimeNs began_at = 0;
    routing::TimeNs until = 0;
    std::size_t services = 0;  // that the contact had had
  };

  ContactNumber NumberOf(const routing::Event& event);
  void OnAssigned(const routing::Event& event, RecordedContact& contact);
  void OnServiceEnded(const routing::Event& event, RecordedContact& contact);

  Recording recording_;
  absl::flat_hash_map<std::string, ContactNumber> now_;  // by id
  std::vector<bool> ended_;                              // by number
  absl::flat_hash_map<std::uint64_t, ContactNumber> by_submission_;
  absl::flat_hash_map<std::pair<std::string, std::string>, routing::TimeNs> offered_;
  absl::flat_hash_map<std::pair<std::string, std::string>, WrapUp> wrapping_up_;
  absl::flat_hash_map<std::uint64_t, routing::TransferContact> transfers_;  // by sequence
  std::map<std::string, std::vector<routing::DurationNs>> services_;        // by channel
  std::vector<routing::DurationNs> rings_;
  absl::int128 waited_ = 0;
  std::uint64_t gave_up_ = 0;
  std::uint64_t seen_ = 0;
};

}  // namespace strowger::whatif
