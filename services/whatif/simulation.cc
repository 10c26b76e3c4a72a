#include "services/whatif/simulation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <queue>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "routing/outcome.h"
#include "routing/router.h"

namespace strowger::whatif {
namespace {

using routing::CommandBody;
using routing::ContactState;
using routing::DurationNs;
using routing::Event;
using routing::EventType;
using routing::kNever;
using routing::Outcome;
using routing::TimeNs;

constexpr std::uint64_t kCommandsPerNotice = 4'096;

absl::string_view KeyOf(std::string_view id) { return {id.data(), id.size()}; }

// What somebody is going to do.
struct Intention {
  enum class Kind : std::uint8_t { kAccept, kEndService, kFinishWrapUp, kGiveUp, kRenew };

  TimeNs time = 0;
  Kind kind = Kind::kAccept;
  std::string contact = {};
  std::string agent = {};             // kAccept, kFinishWrapUp
  ContactNumber number = kNoContact;  // kGiveUp: void once another has the id
  std::uint64_t offer = 0;            // kAccept
  std::uint64_t service = 0;          // kEndService, kRenew: void once the contact is in another
  DurationNs lease = 0;               // kRenew
  std::uint64_t order = 0;            // among those of one instant: as they were formed

  bool operator>(const Intention& other) const {
    return time != other.time ? time > other.time : order > other.order;
  }
};

// A contact that is there.
struct Present {
  ContactNumber number = kNoContact;
  std::size_t services = 0;   // that it has had
  std::uint64_t service = 0;  // that it has now; 0: none
};

class Player {
 public:
  Player(const Recording& recording, std::shared_ptr<const routing::RuleSet> rules,
         routing::Router& router)
      : recording_(recording), rules_(std::move(rules)), router_(router) {
    played_.figures = Tally(recording.figures.since());
    sequence_ = router.Domain().sequence;
  }

  absl::StatusOr<Played> Run(const std::function<bool(double)>& progress) {
    routing::ActivateRuleSet activation;
    activation.rule_set = rules_;
    activation.replan = true;
    const routing::Result activated = Apply(recording_.begin, std::move(activation));
    if (!activated.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the rules cannot come into force where the recording begins: ",
                       std::string(routing::Name(activated.outcome))));
    }
    TakeOverThosePresent();
    for (const RecordedCommand& command : recording_.commands) {
      PlayUntil(command.time);
      Repeat(command);
      if (++repeated_ % kCommandsPerNotice == 0 && progress && !progress(PartDone())) {
        return absl::CancelledError("the simulation was stopped");
      }
    }
    PlayUntil(recording_.end);
    played_.unfinished = present_.size();
    return std::move(played_);
  }

 private:
  double PartDone() const {
    return static_cast<double>(repeated_) / static_cast<double>(recording_.commands.size());
  }

  // ---- Time -------------------------------------------------------------------------------------

  // Deadlines come in between, so that what they lead to is answered at its own time.
  void PlayUntil(TimeNs time) {
    for (;;) {
      const TimeNs deadline = router_.next_deadline();
      const TimeNs intended = intentions_.empty() ? kNever : intentions_.top().time;
      if (std::min(deadline, intended) > time) return;
      if (deadline <= intended) {
        Apply(deadline, routing::Tick{});
      } else {
        const Intention intention = intentions_.top();
        intentions_.pop();
        Do(intention);
      }
    }
  }

  routing::Result Apply(TimeNs time, CommandBody body) {
    routing::Command command;
    command.sequence = ++sequence_;
    command.time = now_ = std::max(now_, time);
    command.body = std::move(body);
    events_.clear();
    const routing::Result result = router_.Apply(command, events_);
    for (const Event& event : events_) Answer(event);
    return result;
  }

  void Intend(Intention intention) {
    intention.time = std::max(intention.time, now_);
    intention.order = ++intended_;
    intentions_.push(std::move(intention));
  }

  // ---- What comes from outside ------------------------------------------------------------------

  void Repeat(const RecordedCommand& command) {
    if (const auto* submit = std::get_if<routing::SubmitContact>(&command.body)) {
      coming_ = {submit->contact, command.contact};
    }
    const routing::Result result = Apply(command.time, command.body);
    coming_ = {};
    if (result.ok()) return;
    // An agent may be at work here where it was not.
    if (const auto* set = std::get_if<routing::SetAgentState>(&command.body)) {
      if (result.outcome == Outcome::kWrongState)
        return LeaveLater(command.time, set->agent, set->state);
    } else if (const auto* remove = std::get_if<routing::RemoveAgent>(&command.body)) {
      if (result.outcome == Outcome::kWrongState) {
        return LeaveLater(command.time, remove->agent, routing::AgentState::kOffline);
      }
    }
    ++played_.refused;
  }

  void LeaveLater(TimeNs time, const std::string& agent, routing::AgentState state) {
    routing::SetAgentState later;
    later.agent = agent;
    later.state = state;
    later.pending = true;
    if (!Apply(time, std::move(later)).ok()) ++played_.refused;
  }

  void TakeOverThosePresent() {
    std::uint64_t place = 0;
    while (place != routing::kNoPlace) {
      for (const routing::ContactView& view : router_.ListContacts({}, place, SIZE_MAX, 1'000)) {
        if (view.state == ContactState::kEnded) continue;
        const auto known = recording_.at_begin.find(view.contact);
        Present& present = present_[view.contact];
        if (known != recording_.at_begin.end()) present.number = known->second;
        if (view.state == ContactState::kHandling) {
          present.service = ++services_;
          const RecordedService* const service = ServiceOf(present);
          const bool ended = service != nullptr && service->ended_at != 0;
          EndLater(view.contact, present,
                   ended ? service->ended_at : now_ + UsualService(view.channel));
          continue;
        }
        for (const routing::OfferView& offer : view.offers) {
          Intend({.time = now_ + recording_.ring,
                  .kind = Intention::Kind::kAccept,
                  .contact = view.contact,
                  .agent = offer.agent,
                  .offer = offer.offer});
        }
        GiveUpLater(view.contact, present);
      }
    }
  }

  // ---- What agents and customers do -------------------------------------------------------------

  // The first event that tells of the contact in hand, unless one before it still has the id: that
  // one ends by a deadline before the command.
  void Greet(const Event& event) {
    const bool begins = event.type == EventType::kQueued || event.type == EventType::kEnded;
    if (!begins || event.contact != coming_.first || present_.contains(coming_.first)) return;
    Present& present = present_[coming_.first];
    present.number = coming_.second;
    if (event.type == EventType::kQueued) GiveUpLater(coming_.first, present);
    coming_ = {};
  }

  void Answer(const Event& event) {
    if (!coming_.first.empty()) Greet(event);
    const auto found = present_.find(KeyOf(event.contact));
    played_.figures.Add(event, found == present_.end() ? kNoContact : found->second.number);
    if (found == present_.end()) {
      if (event.type == EventType::kWrapUp && last_ended_.first == event.contact) {
        FinishWrapUpLater(event, ServiceOf(last_ended_.second));
      }
      return;
    }
    Present& present = found->second;
    switch (event.type) {
      case EventType::kOffered: {
        const RecordedService* const service = ServiceOf(present);
        const DurationNs ring =
            service != nullptr && service->ring != 0 ? service->ring : recording_.ring;
        return Intend({.time = event.time + ring,
                       .kind = Intention::Kind::kAccept,
                       .contact = std::string(event.contact),
                       .agent = std::string(event.agent),
                       .offer = event.offer});
      }
      case EventType::kAssigned:
        return Serve(event, present);
      case EventType::kTransferred:
        ++present.services;
        present.service = 0;
        return;
      case EventType::kRequeued:
        present.service = 0;
        return;
      case EventType::kWrapUp:
        return FinishWrapUpLater(event, ServiceBefore(present));
      case EventType::kEnded:
        // The wrap-up that may follow is told in the same breath.
        last_ended_ = {std::string(event.contact), present};
        present_.erase(found);
        return;
      default:
        return;
    }
  }

  void Serve(const Event& event, Present& present) {
    present.service = ++services_;
    EndLater(std::string(event.contact), present, event.time + DurationOf(present));
    const DurationNs lease = LeaseOf(event.queue);
    if (lease > 0) RenewLater(std::string(event.contact), event.time, lease, present.service);
  }

  void EndLater(const std::string& contact, const Present& present, TimeNs time) {
    Intend({.time = time,
            .kind = Intention::Kind::kEndService,
            .contact = contact,
            .service = present.service});
  }

  void RenewLater(const std::string& contact, TimeNs time, DurationNs lease,
                  std::uint64_t service) {
    Intend({.time = time + lease / 2,
            .kind = Intention::Kind::kRenew,
            .contact = contact,
            .service = service,
            .lease = lease});
  }

  void FinishWrapUpLater(const Event& event, const RecordedService* service) {
    if (service == nullptr || !service->wrap_up) return;
    Intend({.time = event.time + *service->wrap_up,
            .kind = Intention::Kind::kFinishWrapUp,
            .contact = std::string(event.contact),
            .agent = std::string(event.agent)});
  }

  // One who was answered, at last, might have waited longer: as long again as anybody has on
  // average before giving up, whatever the wait so far; drawn by the contact's number.
  void GiveUpLater(const std::string& id, const Present& present) {
    if (present.number == kNoContact) return;
    const RecordedContact& contact = recording_.contacts[present.number];
    TimeNs when = kNever;
    if (contact.gave_up_at) {
      when = *contact.gave_up_at;
    } else if (contact.answered_at != 0 && recording_.patience != kNever) {
      when = contact.answered_at + Drawn(present.number, recording_.patience);
    }
    if (when == kNever) return;
    Intend(
        {.time = when, .kind = Intention::Kind::kGiveUp, .contact = id, .number = present.number});
  }

  // Exponential, of that mean.
  static DurationNs Drawn(ContactNumber number, DurationNs mean) {
    std::uint64_t mixed = (number + std::uint64_t{1}) * 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    const double uniform = (static_cast<double>(mixed >> 11) + 0.5) * 0x1p-53;
    return static_cast<DurationNs>(-std::log(uniform) * static_cast<double>(mean));
  }

  void Do(const Intention& intention) {
    const auto found = present_.find(intention.contact);
    const Present* const present = found == present_.end() ? nullptr : &found->second;
    switch (intention.kind) {
      case Intention::Kind::kAccept:
        if (present == nullptr) return;
        Apply(intention.time,
              routing::AcceptOffer{intention.contact, intention.agent, intention.offer});
        return;
      case Intention::Kind::kEndService:
        if (present != nullptr && present->service == intention.service)
          EndService(intention, *present);
        return;
      case Intention::Kind::kFinishWrapUp:
        Apply(intention.time, routing::FinishWrapUp{intention.agent, intention.contact});
        return;
      case Intention::Kind::kGiveUp:
        if (present == nullptr || present->number != intention.number || present->service != 0)
          return;
        Apply(intention.time, routing::CancelContact{intention.contact, true});
        return;
      case Intention::Kind::kRenew:
        if (present == nullptr || present->service != intention.service) return;
        Apply(intention.time, routing::RenewLease{{}, intention.contact});
        return RenewLater(intention.contact, intention.time, intention.lease, intention.service);
    }
  }

  // As it was: handed on to where it was handed on to, if that is possible here.
  void EndService(const Intention& intention, const Present& present) {
    const RecordedService* const service = ServiceOf(present);
    if (service != nullptr && service->handed_on &&
        Apply(intention.time, *service->handed_on).ok()) {
      return;
    }
    Apply(intention.time, routing::CompleteContact{intention.contact, {}});
  }

  // ---- What was recorded ------------------------------------------------------------------------

  // The one that the contact is in, or comes to next.
  const RecordedService* ServiceOf(const Present& present) const {
    if (present.number == kNoContact) return nullptr;
    const std::vector<RecordedService>& services = recording_.contacts[present.number].services;
    return present.services < services.size() ? &services[present.services] : nullptr;
  }
  // The one that has just ended: it was handed on.
  const RecordedService* ServiceBefore(Present present) const {
    if (present.services == 0) return nullptr;
    --present.services;
    return ServiceOf(present);
  }
  std::string ChannelOf(const Present& present) const {
    return present.number == kNoContact ? "" : recording_.contacts[present.number].channel;
  }
  // Of the service to come. One that outlasted the recording is not over before that.
  DurationNs DurationOf(const Present& present) const {
    const RecordedService* const service = ServiceOf(present);
    if (service != nullptr && service->ended_at != 0) return service->duration;
    const DurationNs usual = UsualService(ChannelOf(present));
    if (service == nullptr) return usual;
    return std::max(usual, recording_.end - service->began_at + 1);
  }
  DurationNs UsualService(const std::string& channel) const {
    const auto found = recording_.service_by_channel.find(channel);
    return found != recording_.service_by_channel.end() ? found->second : recording_.service;
  }
  DurationNs LeaseOf(std::string_view queue) const {
    for (const routing::QueueSettings& settings : rules_->queues()) {
      if (settings.name == queue) return settings.handling_lease;
    }
    return 0;
  }

  const Recording& recording_;
  const std::shared_ptr<const routing::RuleSet> rules_;
  routing::Router& router_;
  Played played_;
  routing::EventBuffer events_;
  std::priority_queue<Intention, std::vector<Intention>, std::greater<>> intentions_;
  absl::flat_hash_map<std::string, Present> present_;
  std::pair<std::string, ContactNumber> coming_;  // the contact that a command in hand submits
  std::pair<std::string, Present> last_ended_;
  TimeNs now_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t intended_ = 0;
  std::uint64_t services_ = 0;
  std::uint64_t repeated_ = 0;
};

}  // namespace

absl::StatusOr<Played> Play(const Recording& recording,
                            const std::shared_ptr<const routing::RuleSet>& rules,
                            routing::RuleSource& source,
                            const std::function<bool(double)>& progress) {
  const routing::LoadedRouter loaded = routing::Router::Load(recording.state, source);
  if (loaded.router == nullptr) {
    return absl::DataLossError(absl::StrCat("the state before the recording: ", loaded.error));
  }
  return Player(recording, rules, *loaded.router).Run(progress);
}

}  // namespace strowger::whatif
