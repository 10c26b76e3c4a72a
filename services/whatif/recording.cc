#include "services/whatif/recording.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace strowger::whatif {

using routing::DurationNs;
using routing::EndReason;
using routing::Event;
using routing::EventType;
using routing::TimeNs;

namespace {

// What agents and customers do in answer to the rules is played anew; whatever the rules were, they
// are others now. What was erased is gone already, and a restart is nobody's doing.
bool ComesFromOutside(const routing::CommandBody& body) {
  if (const auto* cancel = std::get_if<routing::CancelContact>(&body)) return !cancel->by_customer;
  return std::holds_alternative<routing::SubmitContact>(body) ||
         std::holds_alternative<routing::UpdateContact>(body) ||
         std::holds_alternative<routing::UpsertAgents>(body) ||
         std::holds_alternative<routing::SyncAgents>(body) ||
         std::holds_alternative<routing::SetAgentState>(body) ||
         std::holds_alternative<routing::RemoveAgent>(body) ||
         std::holds_alternative<routing::AssignContact>(body) ||
         std::holds_alternative<routing::SetFlag>(body) ||
         std::holds_alternative<routing::SetQueueOpen>(body) ||
         std::holds_alternative<routing::MoveContacts>(body);
}

bool RenewsAnAgent(const routing::CommandBody& body) {
  const auto* renew = std::get_if<routing::RenewLease>(&body);
  return renew != nullptr && renew->contact.empty();
}

}  // namespace

Recorder::Recorder(std::string state, TimeNs since) {
  recording_.state = std::move(state);
  recording_.figures = Tally(since);
}

void Recorder::OnCommand(const routing::Command& command) {
  ++seen_;
  if (recording_.begin == 0) recording_.begin = command.time;
  recording_.end = command.time;
  if (const auto* transfer = std::get_if<routing::TransferContact>(&command.body)) {
    transfers_.emplace(command.sequence, *transfer);
  }
  if (!ComesFromOutside(command.body) && !RenewsAnAgent(command.body)) return;
  RecordedCommand& recorded = recording_.commands.emplace_back();
  recorded.time = command.time;
  recorded.body = command.body;
  const auto* submit = std::get_if<routing::SubmitContact>(&command.body);
  if (submit == nullptr) return;
  recorded.contact = static_cast<ContactNumber>(recording_.contacts.size());
  recording_.contacts.emplace_back().channel = submit->channel;
  recording_.decided_before += submit->decided ? 1 : 0;
  by_submission_.emplace(command.sequence, recorded.contact);
}

// An id may come again once its contact has ended. Deadlines fire before the command under whose
// sequence they are told, so the end of the one before may come in the name of the next.
ContactNumber Recorder::NumberOf(const Event& event) {
  const std::string id(event.contact);
  const auto known = now_.find(id);
  const bool is_over = known == now_.end() || ended_[known->second];
  const bool begins =
      event.type == EventType::kQueued || (event.type == EventType::kEnded && is_over);
  const auto submitted = by_submission_.find(event.sequence);
  ContactNumber number = kNoContact;
  if (submitted != by_submission_.end() && begins) {
    number = submitted->second;
    by_submission_.erase(submitted);
  } else if (known != now_.end()) {
    return known->second;
  } else {
    number = static_cast<ContactNumber>(recording_.contacts.size());
    recording_.contacts.emplace_back();
    recording_.at_begin.emplace(id, number);
  }
  now_[id] = number;
  if (ended_.size() <= number) ended_.resize(number + std::size_t{1});
  return number;
}

void Recorder::OnEvent(const Event& event) {
  const ContactNumber number = event.contact.empty() ? kNoContact : NumberOf(event);
  recording_.figures.Add(event, number);
  if (number == kNoContact) return;
  RecordedContact& contact = recording_.contacts[number];
  const std::pair<std::string, std::string> pair(event.contact, event.agent);
  switch (event.type) {
    case EventType::kOffered:
      offered_[pair] = event.time;
      return;
    case EventType::kAssigned:
      return OnAssigned(event, contact);
    case EventType::kTransferred:
      return OnServiceEnded(event, contact);
    case EventType::kWrapUp:
      wrapping_up_[pair] = {event.time, event.until, contact.services.size()};
      return;
    case EventType::kWrapUpEnded: {
      const auto began = wrapping_up_.find(pair);
      if (began == wrapping_up_.end()) return;
      // One that lasted as long as the rules let it is theirs.
      const WrapUp& wrap_up = began->second;
      const bool by_hand = wrap_up.until == 0 || event.time < wrap_up.until;
      if (by_hand && wrap_up.services > 0) {
        contact.services[wrap_up.services - 1].wrap_up = event.time - wrap_up.began_at;
      }
      wrapping_up_.erase(began);
      return;
    }
    case EventType::kEnded:
      ended_[number] = true;
      if (event.reason == EndReason::kCompleted) OnServiceEnded(event, contact);
      if (event.reason == EndReason::kAbandoned) {
        contact.gave_up_at = event.time;
        waited_ += event.duration;
        ++gave_up_;
      }
      return;
    default:
      return;
  }
}

void Recorder::OnAssigned(const Event& event, RecordedContact& contact) {
  contact.answered_at = event.time;
  waited_ += event.duration;
  RecordedService& service = contact.services.emplace_back();
  service.began_at = event.time;
  const auto offered =
      offered_.find(std::pair(std::string(event.contact), std::string(event.agent)));
  if (offered == offered_.end()) return;
  service.ring = event.time - offered->second;
  rings_.push_back(service.ring);
  offered_.erase(offered);
}

// One that began before the recording has no assignment in it.
void Recorder::OnServiceEnded(const Event& event, RecordedContact& contact) {
  if (contact.services.empty() || contact.services.back().ended_at != 0) {
    contact.services.emplace_back();
  }
  RecordedService& service = contact.services.back();
  service.duration = event.duration;
  service.ended_at = event.time;
  services_[contact.channel].push_back(event.duration);
  const auto transfer = transfers_.find(event.sequence);
  if (event.type == EventType::kTransferred && transfer != transfers_.end()) {
    service.handed_on = transfer->second;
  }
}

Recording Recorder::Finish() && {
  recording_.ring = PercentileOf(std::move(rings_), 50);
  std::vector<DurationNs> all;
  for (auto& [channel, durations] : services_) {
    all.insert(all.end(), durations.begin(), durations.end());
    recording_.service_by_channel[channel] = PercentileOf(std::move(durations), 50);
  }
  recording_.service = PercentileOf(std::move(all), 50);
  if (gave_up_ > 0) {
    recording_.patience = static_cast<DurationNs>(waited_ / static_cast<std::int64_t>(gave_up_));
  }
  return std::move(recording_);
}

}  // namespace strowger::whatif
