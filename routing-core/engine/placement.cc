// Where a contact waits: its queue, its place in the order of service, and where a full queue sends
// it.
#include <algorithm>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

namespace {

// In priority units x one minute in ns: exact.
absl::int128 Risen(std::int64_t start, std::int64_t gain_per_minute, std::int64_t max,
                   DurationNs wait) {
  absl::int128 risen = absl::int128(start) * kMinute;
  if (gain_per_minute != 0) risen += absl::int128(gain_per_minute) * std::max<DurationNs>(0, wait);
  if (max == kNoMax) return risen;
  return std::min(risen, absl::int128(max) * kMinute);
}

}  // namespace

absl::int128 Router::Engine::EffectivePriority(const ContactRecord& contact, TimeNs now) const {
  return Risen(contact.start, contact.gain_per_minute, contact.max, now - contact.wait_base);
}

Turn Router::Engine::TurnIn(QueueSlot queue, absl::int128 priority, TimeNs wait_base,
                            TimeNs arrival, std::uint64_t number) const {
  Turn turn;
  turn.urgency = priority;
  turn.arrival = arrival;
  turn.number = number;
  if (special_services_ == 0) return turn;
  const ServeTerms& terms = queues_[queue].serve_terms;
  const DurationNs wait = now_ - wait_base;
  if (wait >= terms.bound) {
    turn.kind = Turn::Class::kStarved;
    turn.urgency = wait;
  } else if (terms.by_need) {
    turn.kind = wait >= terms.within ? Turn::Class::kNeedy : Turn::Class::kContent;
    turn.urgency = wait;
    turn.within = terms.within;
  }
  return turn;
}

Turn Router::Engine::TurnOf(const ContactRecord& contact) const {
  return TurnIn(contact.queue, EffectivePriority(contact, now_), contact.wait_base, contact.arrival,
                contact.number);
}

Turn Router::Engine::TurnOfHead(const Line& line) const {
  const DurationNs wait = now_ - line.head_wait_base;
  return TurnIn(line.key.queue, Risen(line.key.start, line.key.gain_per_minute, line.key.max, wait),
                line.head_wait_base, line.head_arrival, line.head_number);
}

bool Router::Engine::ServedBefore(ContactSlot a, ContactSlot b) const {
  const ContactRecord& x = contacts_[a];
  const ContactRecord& y = contacts_[b];
  // Alike in all that priority depends on but arrival, as most are who are compared.
  if (x.start == y.start && x.gain_per_minute == y.gain_per_minute && x.max == y.max &&
      (x.wait_base - x.arrival == y.wait_base - y.arrival
           ? special_services_ == 0 || x.queue == y.queue
           : special_services_ == 0 && x.gain_per_minute == 0)) {
    return x.arrival != y.arrival ? x.arrival < y.arrival : x.number < y.number;
  }
  return TurnOf(x).Before(TurnOf(y));
}

// It begins to wait there.
void Router::Engine::ComeTo(ContactSlot slot, QueueSlot queue) {
  ContactRecord& contact = contacts_.Change(slot);
  contact.entered_at = std::max(now_, contact.not_before);
  EnterQueue(slot, queue);
}

void Router::Engine::EnterQueue(ContactSlot slot, QueueSlot queue) {
  contacts_.Change(slot).queue = queue;
  contacts_.Change(slot).in_queue = true;
  queue_set_.Insert(queues_[queue].waiting_root, slot);
  TouchVigil(slot);
  if (!queues_[queue].delays.empty()) RefreshDelays(queue);
  CountPatience(queue, 1);
}

void Router::Engine::LeaveQueue(ContactSlot slot) {
  contacts_.Change(slot).in_queue = false;
  const QueueSlot queue = contacts_[slot].queue;
  queue_set_.Erase(queues_[queue].waiting_root, slot);
  if (!queues_[queue].delays.empty()) RefreshDelays(queue);
  CountPatience(queue, -1);
}

// A waiting contact goes over to another queue with what it is. It must stand in no line, and the
// newest event be the one that says why.
void Router::Engine::ChangeQueue(ContactSlot slot, QueueSlot queue) {
  const bool offered = contacts_[slot].state == ContactState::kOffered;
  if (offered) --queues_[contacts_[slot].queue].offered;
  LeaveQueue(slot);
  ComeTo(slot, queue);
  if (offered) ++queues_[queue].offered;
  ++queues_[queue].entered;
  events_->back().entered = true;
  MoveWatches(slot);
}

std::uint64_t Router::Engine::Waiting(const QueueRecord& queue) const {
  return queue_set_.Size(queue.waiting_root);
}

bool Router::Engine::IsFull(const QueueRecord& queue) const {
  const auto& limit = queue.settings.max_waiting;
  return limit && Waiting(queue) >= static_cast<std::uint64_t>(*limit);
}

// Takes over the caller's reference. The contact must not be in a line.
void Router::Engine::SetRequirement(ContactSlot slot, RequirementId requirement) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.requirement != kNoSlot) eligibility_.Release(contact.requirement);
  contact.requirement = requirement;
  TouchVigil(slot);
}

void Router::Engine::SetPriority(ContactSlot slot, const Priority& priority) {
  ContactRecord& contact = contacts_.Change(slot);
  contact.start = priority.start;
  contact.gain_per_minute = priority.gain_per_minute;
  contact.max = priority.max.value_or(kNoMax);
}

void Router::Engine::ChangePriority(ContactSlot slot, const PriorityChange& change) {
  if (change.set) return SetPriority(slot, *change.set);
  contacts_.Change(slot).start += change.add;
}

bool Router::Engine::Admit(ContactSlot slot, Cause cause, bool overflowing) {
  const auto ending = EndingAtDoor(slot, cause, overflowing);
  if (ending) End(slot, ending->reason, ending->treatment, ending->cause);
  return !ending.has_value();
}

std::optional<Router::Engine::Ending> Router::Engine::EndingAtDoor(ContactSlot slot, Cause cause,
                                                                   bool overflowing) {
  for (;;) {
    const QueueSlot here = contacts_[slot].queue;
    const QueueSettings& settings = queues_[here].settings;
    if (settings.external) return Ending{EndReason::kTreated, settings.name, cause};
    const Destination* to = SentOn(slot, cause);
    if (cause == Cause::kNone) return std::nullopt;
    if (to == nullptr) return Ending{EndReason::kRejected, {}, cause};
    if (to->queue.empty()) return EndingAt(*to, cause);
    if (overflowing) {
      Event& event = EmitContact(EventType::kOverflowed, slot);
      event.queue = Keep(settings.name);
      event.to_queue = Keep(to->queue);
      ++queues_[here].overflowed;
    }
    const QueueRecord& queue = queues_[here];
    Divert(
        slot, *to, QueueNamed(to->queue),
        cause == Cause::kQueueEmpty ? queue.when_empty_requirement : queue.when_full_requirement);
  }
}

// REQUIRES: a destination without a queue.
Router::Engine::Ending Router::Engine::EndingAt(const Destination& to, Cause cause) {
  return {to.treatment.empty() ? EndReason::kRejected : EndReason::kTreated, to.treatment, cause};
}

// Why the queue does not take the contact, kNone if it does, and where it sends it; null: nowhere.
const Destination* Router::Engine::SentOn(ContactSlot slot, Cause& cause) {
  const ContactRecord& contact = contacts_[slot];
  const QueueRecord& queue = queues_[contact.queue];
  const QueueSettings& settings = queue.settings;
  if (FindsNobody(contact)) {
    const Destination& to = settings.when_empty->to;
    cause = Cause::kQueueEmpty;
    if (to.queue.empty() || MayMove(slot, QueueNamed(to.queue))) return &to;
  }
  cause = Cause::kNone;
  const bool takes = !IsFull(queue) || (contact.wait_base <= now_ && HasEligible(slot));
  if (takes && !queue.closed) return nullptr;
  cause = Cause::kQueueFull;
  if (!settings.when_full) return nullptr;
  const Destination& to = *settings.when_full;
  return to.queue.empty() || MayMove(slot, QueueNamed(to.queue)) ? &to : nullptr;
}

// Gives the contact the bare plan of a destination. It must stand in no line and no queue.
void Router::Engine::Divert(ContactSlot slot, const Destination& to, QueueSlot target,
                            RequirementId requirement) {
  EndRequest(slot);
  ContactRecord& contact = contacts_.Change(slot);
  AddVisit(slot, contact.queue);
  if (contact.base_queue != contact.queue) AddVisit(slot, contact.base_queue);
  contact.queue = target;
  contact.base_queue = target;
  contact.step_taken = contact.steps_passed = contact.steps_due = contact.prefer_of = 0;
  contact.overflow_due = contact.overflow_spent = 0;
  contact.plan_start = std::max(now_, contact.not_before);
  contact.plan_turn = turn_;
  if (requirement != kNoSlot || !to.keep_requirement) {
    const RequirementId next = requirement != kNoSlot ? requirement : anyone_;
    eligibility_.Refer(next);
    SetRequirement(slot, next);
  }
  if (!to.keep_requirement) contact.ranks = RankTerms{};
  if (to.priority) ChangePriority(slot, *to.priority);
  // Last, since `to` may belong to the plan.
  if (contact.plan != kNoSlot) ReleasePlan(contact.plan);
  contact.plan = kNoSlot;
}

// A queue is entered at most once under a plan, by way of destinations.
bool Router::Engine::MayMove(ContactSlot slot, QueueSlot target) const {
  const ContactRecord& contact = contacts_[slot];
  if (target == kNoSlot || target == contact.queue || target == contact.base_queue) return false;
  for (VisitSlot v = contact.first_visit; v != kNoSlot; v = visits_[v].next) {
    if (visits_[v].queue == target) return false;
  }
  return true;
}

void Router::Engine::AddVisit(ContactSlot slot, QueueSlot queue) {
  const VisitSlot made = visits_.Take();
  visits_.Change(made) = {queue, contacts_[slot].first_visit};
  contacts_.Change(slot).first_visit = made;
}

void Router::Engine::ForgetVisits(ContactSlot slot) {
  while (contacts_[slot].first_visit != kNoSlot) {
    const VisitSlot visit = contacts_[slot].first_visit;
    contacts_.Change(slot).first_visit = visits_[visit].next;
    visits_.Release(visit);
  }
}

void Router::Engine::AskForPlacement(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.line == kNoSlot || contact.waiting_for_placement) return;
  contact.waiting_for_placement = true;
  to_place_.push_back(slot);
}

}  // namespace strowger::routing
