// Offers, handling, wrap-up, and the bars that failed offers leave.
#include <algorithm>

#include "tests/model/eligibility.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::AgentState;
using routing::Cause;
using routing::ContactState;
using routing::EndReason;
using routing::Event;
using routing::EventType;
using routing::Outcome;
using routing::QueueSettings;
using routing::WrapUpScope;

// ---- Offers -----------------------------------------------------------------------------------

// To the agent first; where the queue offers to several, to the best of all others as well.
void NaiveRouter::Offer(NaiveContact& contact, NaiveAgent& agent) {
  const QueueSettings& settings = queues_.at(contact.queue).settings;
  if (settings.offer_assigns) {
    NoteChosen(contact.queue, agent);
    return Assign(contact, agent, nullptr);
  }
  MakeOffer(contact, agent);
  for (std::int64_t made = 1; made < settings.offer_parallel; ++made) {
    std::vector<NaiveAgent*> others;
    for (auto& [id, other] : agents_) {
      if (!Offered(contact, other) && Eligible(other, contact)) others.push_back(&other);
    }
    NaiveAgent* best = Choose(contact, others);
    if (best == nullptr) return;
    MakeOffer(contact, *best);
  }
}

void NaiveRouter::NoteChosen(const std::string& name, const NaiveAgent& agent) {
  NaiveQueue& queue = queues_.at(name);
  if (queue.settings.select == routing::Strategy::kRoundRobin) queue.last_chosen = agent.id;
}

bool NaiveRouter::Offered(const NaiveContact& contact, const NaiveAgent& agent) const {
  return std::any_of(offers_.begin(), offers_.end(), [&](const auto& entry) {
    return entry.second.contact == contact.id && entry.second.agent == agent.id;
  });
}

void NaiveRouter::MakeOffer(NaiveContact& contact, NaiveAgent& agent) {
  NaiveOffer offer;
  offer.number = ++offers_made_;
  offer.contact = contact.id;
  offer.agent = agent.id;
  offer.queue = contact.queue;
  offer.labels = contact.labels;
  offer.made_at = now_;
  offer.until = now_ + queues_.at(contact.queue).settings.offer_timeout;
  offer.made = turn_;
  offer.hold = ++holds_made_;
  offers_[offer.number] = offer;
  contact.state = ContactState::kOffered;
  NoteChosen(contact.queue, agent);
  Event& event = Emit(EventType::kOffered);
  event.contact = Keep(contact.id);
  event.agent = Keep(agent.id);
  event.queue = Keep(contact.queue);
  event.offer = offer.number;
  event.until = offer.until;
}

Outcome NaiveRouter::FindOffer(const std::string& contact, const std::string& agent,
                               std::uint64_t number, const NaiveOffer** found) const {
  if (!contacts_.contains(contact)) return Outcome::kUnknownContact;
  if (!agents_.contains(agent)) return Outcome::kUnknownAgent;
  *found = nullptr;
  for (const auto& [key, offer] : offers_) {
    if (offer.contact != contact || offer.agent != agent) continue;
    if (number == 0 || number == key) *found = &offer;
  }
  return *found == nullptr ? Outcome::kOfferNotOpen : Outcome::kOk;
}

Outcome NaiveRouter::Accept(const routing::AcceptOffer& command) {
  const NaiveOffer* found = nullptr;
  const Outcome outcome = FindOffer(command.contact, command.agent, command.offer, &found);
  if (outcome != Outcome::kOk) return outcome;
  const NaiveOffer offer = *found;
  offers_.erase(offer.number);
  Confirm(agents_.at(offer.agent));
  Assign(contacts_.at(offer.contact), agents_.at(offer.agent), &offer);
  return Outcome::kOk;
}

Outcome NaiveRouter::Decline(const routing::DeclineOffer& command) {
  const NaiveOffer* found = nullptr;
  const Outcome outcome = FindOffer(command.contact, command.agent, command.offer, &found);
  if (outcome != Outcome::kOk) return outcome;
  const NaiveOffer offer = *found;
  Confirm(agents_.at(offer.agent));
  OfferFailed(offer, /*declined=*/true);
  return Outcome::kOk;
}

void NaiveRouter::OfferFailed(const NaiveOffer& offer, bool declined) {
  NaiveContact& contact = contacts_.at(offer.contact);
  NaiveAgent& agent = agents_.at(offer.agent);
  Event& event = Emit(declined ? EventType::kDeclined : EventType::kExpired);
  event.contact = Keep(contact.id);
  event.agent = Keep(agent.id);
  event.offer = offer.number;
  const QueueSettings& settings = queues_.at(contact.queue).settings;
  const routing::OfferFailure& failure = declined ? settings.on_decline : settings.on_expire;
  std::int64_t& in_row = declined ? agent.declined_in_row : agent.expired_in_row;
  ++in_row;
  const bool gives_up = failure.not_ready_after > 0 && in_row >= failure.not_ready_after;
  if (gives_up) {
    in_row = 0;
    agent.state = AgentState::kNotReady;
    agent.reason = failure.reason;
    UpdateSpans(agent);
    Event& change = Emit(EventType::kAgentState);
    change.agent = Keep(agent.id);
    change.state = agent.state;
    change.text = Keep(agent.reason);
    agents_changed_ = true;
  } else if (failure.back_off > 0 && now_ + failure.back_off > agent.barred_until) {
    agent.barred_until = now_ + failure.back_off;
    agent.barred = turn_;
  }
  Exclude(contact, agent.id);
  offers_.erase(offer.number);
  Freed(agent);
  Requeue(contact, declined ? Cause::kDeclined : Cause::kExpired);
  if (gives_up) RescindAndRequeueAll(agent, Cause::kAgentState);
}

// It ran out while nobody could answer.
void NaiveRouter::OfferOutlived(const NaiveOffer& offer) {
  NaiveContact& contact = contacts_.at(offer.contact);
  RescindOffer(offer, Cause::kRestart);
  Requeue(contact, Cause::kRestart);
}

// It parted from the agent and does not meet it again for a while.
void NaiveRouter::Exclude(NaiveContact& contact, const std::string& agent) {
  const QueueSettings& settings = queues_.at(contact.queue).settings;
  contact.bars.push_back(
      {agent, now_, now_ + std::max(settings.exclude_for, settings.retry), false, turn_});
}

void NaiveRouter::RescindOffer(const NaiveOffer& offer, Cause cause) {
  const NaiveOffer gone = offer;
  offers_.erase(gone.number);
  Event& event = Emit(EventType::kRescinded);
  event.contact = Keep(gone.contact);
  event.agent = Keep(gone.agent);
  event.offer = gone.number;
  event.cause = cause;
  Freed(agents_.at(gone.agent));
}

void NaiveRouter::RescindOffersOf(NaiveContact& contact, Cause cause) {
  std::vector<NaiveOffer> open;
  for (const auto& [number, offer] : offers_) {
    if (offer.contact == contact.id) open.push_back(offer);
  }
  for (const NaiveOffer& offer : open) RescindOffer(offer, cause);
}

void NaiveRouter::RescindAndRequeueAll(NaiveAgent& agent, Cause cause) {
  for (const std::uint64_t number : OffersOfAgent(agent.id)) {
    NaiveContact& contact = contacts_.at(offers_.at(number).contact);
    RescindOffer(offers_.at(number), cause);
    Requeue(contact, cause);
  }
}

std::vector<std::uint64_t> NaiveRouter::OffersOfAgent(const std::string& agent) const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, offer] : offers_) {
    if (offer.agent == agent) numbers.push_back(number);
  }
  return numbers;
}

// Not while another offer of the same round is open.
void NaiveRouter::Requeue(NaiveContact& contact, Cause cause) {
  const bool still_offered = std::any_of(offers_.begin(), offers_.end(), [&](const auto& entry) {
    return entry.second.contact == contact.id;
  });
  if (still_offered) return;
  const bool was_handled = contact.state == ContactState::kHandling;
  if (was_handled) ServiceEnded(contact.queue);
  contact.state = ContactState::kQueued;
  contact.agent.clear();
  contact.assigned_at = 0;
  contact.lease_until = 0;
  contact.held_since = contact.hold_time = 0;
  ++contact.attempt;
  if (was_handled) contact.entered_at = std::max(now_, contact.not_before);
  if (contact.vigil.has_value()) contact.vigil->ready_at = now_;
  Event& event = Emit(EventType::kRequeued);
  event.contact = Keep(contact.id);
  event.queue = Keep(contact.queue);
  event.cause = cause;
  if (was_handled) RearmTriggers(contact);
  RecheckOverflow(contact);
  JudgeExclusion(contact);
  AskPlace(contact);
}

// ---- Exclusion --------------------------------------------------------------------------------

bool NaiveRouter::Reaches(const NaiveContact& contact, const NaiveAgent& agent) const {
  return agent.logged_in() && Admitted(agent, contact) && Asks(contact, agent);
}

bool NaiveRouter::ReachesSomeone(const NaiveContact& contact) const {
  return std::any_of(agents_.begin(), agents_.end(),
                     [&](const auto& entry) { return Reaches(contact, entry.second); });
}

// When nobody is left but those whom it parted from, the contact may meet them again.
void NaiveRouter::JudgeExclusion(NaiveContact& contact) {
  if (contact.state != ContactState::kQueued || contact.bars.empty()) return;
  const bool someone_left = std::any_of(agents_.begin(), agents_.end(), [&](const auto& entry) {
    const NaiveAgent& agent = entry.second;
    const bool excluded =
        std::any_of(contact.bars.begin(), contact.bars.end(),
                    [&](const NaiveBar& bar) { return bar.agent == agent.id && !bar.cleared; });
    return !excluded && Reaches(contact, agent);
  });
  if (someone_left) return;
  for (NaiveBar& bar : contact.bars) {
    if (bar.cleared) continue;
    bar.cleared = true;
    bar.until = bar.parted_at + queues_.at(contact.queue).settings.retry;
    bar.set = turn_;
  }
  const auto gone = std::erase_if(contact.bars, [this](const NaiveBar& bar) {
    return bar.cleared && bar.set == turn_ && bar.until <= now_;
  });
  if (gone > 0) AskPlace(contact);
}

void NaiveRouter::JudgeAllExclusions() {
  std::vector<NaiveContact*> all;
  for (auto& [id, contact] : contacts_) all.push_back(&contact);
  std::sort(all.begin(), all.end(), [](const NaiveContact* left, const NaiveContact* right) {
    return left->number < right->number;
  });
  for (NaiveContact* contact : all) JudgeExclusion(*contact);
}

// ---- Handling and wrap-up ---------------------------------------------------------------------

Outcome NaiveRouter::Complete(const routing::CompleteContact& command) {
  NaiveContact* contact = nullptr;
  const Outcome outcome = FindHandling(command.contact, command.agent, &contact);
  if (outcome != Outcome::kOk) return outcome;
  NaiveAgent& agent = agents_.at(contact->agent);
  Confirm(agent);
  CompleteHandling(*contact, Cause::kNone, WrapUpAfter(*contact, agent));
  return Outcome::kOk;
}

std::optional<NaiveWrapUp> NaiveRouter::WrapUpAfter(const NaiveContact& contact,
                                                    const NaiveAgent& agent) const {
  const QueueSettings& settings = queues_.at(contact.queue).settings;
  const routing::DurationNs length = agent.wrap_up.value_or(settings.wrap_up);
  if (length == 0) return std::nullopt;
  NaiveWrapUp wrap_up;
  wrap_up.contact = contact.id;
  wrap_up.contact_number = contact.number;
  wrap_up.channel = contact.channel;
  wrap_up.queue = contact.queue;
  wrap_up.labels = contact.taken_labels;
  wrap_up.since = now_;
  wrap_up.until = now_ + length;
  wrap_up.scope = settings.wrap_up_scope;
  wrap_up.set = turn_;
  return wrap_up;
}

Outcome NaiveRouter::Finish(const routing::FinishWrapUp& command) {
  const auto found = agents_.find(command.agent);
  if (found == agents_.end()) return Outcome::kUnknownAgent;
  NaiveAgent& agent = found->second;
  bool any = false;
  for (std::size_t i = 0; i < agent.wrap_ups.size();) {
    if (command.contact.empty() || agent.wrap_ups[i].contact == command.contact) {
      EndWrapUp(agent, i);
      any = true;
    } else {
      ++i;
    }
  }
  if (any) Confirm(agent);
  return any ? Outcome::kOk : Outcome::kWrongState;
}

void NaiveRouter::EndWrapUp(NaiveAgent& agent, std::size_t index) {
  Event& event = Emit(EventType::kWrapUpEnded);
  event.agent = Keep(agent.id);
  event.contact = Keep(agent.wrap_ups[index].contact);
  event.queue = Keep(agent.wrap_ups[index].queue);
  event.duration = now_ - agent.wrap_ups[index].since;
  ServiceEnded(agent.wrap_ups[index].queue);
  agent.wrap_ups.erase(agent.wrap_ups.begin() + static_cast<std::ptrdiff_t>(index));
  agent.idle_since = now_;
  UpdateSpans(agent);
  Freed(agent);
}

}  // namespace strowger::model
