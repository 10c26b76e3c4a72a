// Queues that do not keep a contact for which there is nobody. Contacts of one queue that ask for
// the same are watched together: whether somebody is there is judged once for all of them, and only
// when the agents who count have changed.
#include <algorithm>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

bool Router::Engine::NobodyIsThere(WhenEmpty::Nobody level, const Reach& reach,
                                   AgentSlot requested) const {
  const BitColumn& column = level == WhenEmpty::Nobody::kLoggedIn ? logged_in_
                            : level == WhenEmpty::Nobody::kReady  ? ready_
                                                                  : free_;
  if (requested != kNoSlot) {
    const std::uint64_t there = column.word(requested / 64) & ReachedWord(requested / 64, reach);
    return ((there >> (requested % 64)) & 1) == 0;
  }
  for (std::size_t word = 0; word < column.words(); ++word) {
    const std::uint64_t agents = column.word(word);
    if (agents != 0 && (agents & ReachedWord(word, reach)) != 0) return false;
  }
  return true;
}

// A lift makes agents equal and admits none.
VigilKey Router::Engine::VigilKeyOf(const ContactRecord& contact, const WhenEmpty& when) const {
  VigilKey key{ReachOf(contact), RequestedBy(contact), when.nobody, when.after};
  key.reach.ranks.lift = RankTerms::kLowest;
  return key;
}

// At arrival: it does not even come to wait.
bool Router::Engine::FindsNobody(const ContactRecord& contact) const {
  const auto& when = queues_[contact.queue].settings.when_empty;
  return when && when->after == 0 && when->grace == 0 && contact.wait_base <= now_ &&
         NobodyIsThere(when->nobody, ReachOf(contact), RequestedBy(contact));
}

// ---- Who is watched ---------------------------------------------------------------------------

// What the contact asks for, or where it waits, may have changed.
void Router::Engine::TouchVigil(ContactSlot slot) {
  if (!any_when_empty_) return;
  vigils_touched_.push_back(slot);
}

void Router::Engine::Rewatch(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  const bool waits = contact.in_queue && contact.not_before_deadline == kNoSlot;
  const auto* when = waits ? &queues_[contact.queue].settings.when_empty : nullptr;
  if (when == nullptr || !when->has_value()) return Unwatch(slot);
  const VigilKey key = VigilKeyOf(contact, **when);
  if (contact.ward != kNoSlot) {
    const Ward& ward = wards_[contact.ward];
    if (vigils_[ward.vigil].key == key && ward.grace == (*when)->grace) {
      return RefileWard(contact.ward);
    }
  }
  Unwatch(slot);
  const WardSlot made = wards_.Take();
  Ward& ward = wards_.Change(made);
  ward.contact = slot;
  ward.joined = now_;
  ward.grace = (*when)->grace;
  ward.vigil = VigilFor(key);
  contacts_.Change(slot).ward = made;
  SetContactDeadline(slot, DeadlineKind::kWhenEmpty, ward.deadline,
                     std::max(ward.joined, contact.entered_at + ward.grace) + key.after);
}

// Its deadline counts as set in the turn of its plan, which may be another one by now.
void Router::Engine::RefileWard(WardSlot slot) {
  Ward& ward = wards_.Change(slot);
  if (ward.deadline == kNoSlot) return;
  const TimeNs time = deadlines_.at(ward.deadline).time;
  SetContactDeadline(ward.contact, DeadlineKind::kWhenEmpty, ward.deadline, time);
}

VigilSlot Router::Engine::VigilFor(const VigilKey& key) {
  auto [found, is_new] = vigils_by_key_.try_emplace(key, kNoSlot);
  if (is_new) {
    found->second = vigils_.Take();
    Vigil& vigil = vigils_.Change(found->second);
    vigil.key = key;
    vigil.since = NobodyIsThere(key.nobody, key.reach, key.requested) ? now_ : 0;
    vigil.place = static_cast<std::uint32_t>(vigil_order_.size());
    vigil_order_.push_back(found->second);
    eligibility_.Refer(key.reach.requirement);
  }
  ++vigils_.Change(found->second).wards;
  return found->second;
}

// The vigil goes with its last ward.
void Router::Engine::Unwatch(ContactSlot slot) {
  const WardSlot left = contacts_[slot].ward;
  if (left == kNoSlot) return;
  SetReady(left, false);
  deadlines_.Cancel(wards_.Change(left).deadline);
  const VigilSlot vigil_slot = wards_[left].vigil;
  contacts_.Change(slot).ward = kNoSlot;
  wards_.Release(left);
  Vigil& vigil = vigils_.Change(vigil_slot);
  if (--vigil.wards > 0) return;
  deadlines_.Cancel(vigil.deadline);
  vigils_.Change(vigil_order_.back()).place = vigil.place;
  vigil_order_[vigil.place] = vigil_order_.back();
  vigil_order_.pop_back();
  vigils_by_key_.erase(vigil.key);
  eligibility_.Release(vigil.key.reach.requirement);
  vigils_.Release(vigil_slot);
}

// Ready: queued, and its own time is past, so that only the state decides.
void Router::Engine::SetReady(WardSlot slot, bool ready) {
  Ward& ward = wards_.Change(slot);
  if (ward.ready == ready) return;
  ward.ready = ready;
  Vigil& vigil = vigils_.Change(ward.vigil);
  if (ready) {
    ward.previous = kNoSlot;
    ward.next = vigil.first_ready;
    if (ward.next != kNoSlot) wards_.Change(ward.next).previous = slot;
    vigil.first_ready = slot;
  } else {
    (ward.previous == kNoSlot ? vigil.first_ready : wards_.Change(ward.previous).next) = ward.next;
    if (ward.next != kNoSlot) wards_.Change(ward.next).previous = ward.previous;
  }
}

// ---- At the end of each turn ------------------------------------------------------------------

void Router::Engine::KeepVigil() {
  for (const ContactSlot contact : vigils_touched_) Rewatch(contact);
  vigils_touched_.clear();
  for (const VigilSlot slot : vigil_order_) {
    Vigil& vigil = vigils_.Change(slot);
    const VigilKey& key = vigil.key;
    if (((agents_moved_ >> static_cast<int>(key.nobody)) & 1) != 0) {
      const bool nobody = NobodyIsThere(key.nobody, key.reach, key.requested);
      if (nobody != (vigil.since != 0)) {
        vigil.since = nobody ? now_ : 0;
        deadlines_.Cancel(vigil.deadline);
      }
    }
    if (vigil.first_ready == kNoSlot) deadlines_.Cancel(vigil.deadline);
    if (vigil.first_ready == kNoSlot || vigil.since == 0 || vigil.deadline != kNoSlot) continue;
    Deadline deadline;
    deadline.time = std::max(vigil.since + key.after, now_);
    deadline.turn = 0;  // before all else of that time: it only arms those who are ready
    deadline.kind = DeadlineKind::kVigil;
    deadline.number = slot;
    deadline.target = slot;
    vigil.deadline = deadlines_.Set(deadline);
  }
  agents_moved_ = 0;
}

// Nobody has been there for long enough: each contact's own turn comes now, in the order of theirs.
void Router::Engine::VigilDue(VigilSlot slot) {
  while (vigils_[slot].first_ready != kNoSlot) {
    const WardSlot ward = vigils_[slot].first_ready;
    SetReady(ward, false);
    SetContactDeadline(wards_[ward].contact, DeadlineKind::kWhenEmpty, wards_.Change(ward).deadline,
                       now_);
  }
}

void Router::Engine::WhenEmptyDue(ContactSlot slot) {
  Ward& ward = wards_.Change(contacts_[slot].ward);
  ward.past = true;
  if (ward.spent || contacts_[slot].state != ContactState::kQueued) return;
  const Vigil& vigil = vigils_[ward.vigil];
  const TimeNs since = vigil.since == 0 ? kNever : std::max(vigil.since, ward.joined);
  if (since == kNever || since + vigil.key.after > now_) {
    return SetReady(contacts_[slot].ward, true);
  }
  const QueueRecord& queue = queues_[contacts_[slot].queue];
  const Destination& to = queue.settings.when_empty->to;
  if (to.queue.empty()) {
    const bool treated = !to.treatment.empty();
    return End(slot, treated ? EndReason::kTreated : EndReason::kRejected, to.treatment,
               Cause::kQueueEmpty);
  }
  const QueueSlot target = QueueNamed(to.queue);
  if (!MayMove(slot, target)) {
    ward.spent = true;
    return;
  }
  MoveAway(slot, to, target, queue.when_empty_requirement, {}, Cause::kQueueEmpty);
}

// A contact that was on offer is queued again.
void Router::Engine::ResumeVigil(ContactSlot slot) {
  const WardSlot ward = contacts_[slot].ward;
  if (ward != kNoSlot && wards_[ward].past && !wards_[ward].spent) SetReady(ward, true);
}

void Router::Engine::PauseVigil(ContactSlot slot) {
  if (contacts_[slot].ward != kNoSlot) SetReady(contacts_[slot].ward, false);
}

// ---- Rule sets --------------------------------------------------------------------------------

// The queue's settings changed: those who wait in it are watched by the new ones.
void Router::Engine::RewatchQueue(QueueSlot queue) {
  for (ContactSlot slot = queue_set_.First(queues_[queue].waiting_root); slot != kNoSlot;
       slot = queue_set_.After(queues_[queue].waiting_root, slot)) {
    vigils_touched_.push_back(slot);
  }
}

}  // namespace strowger::routing
