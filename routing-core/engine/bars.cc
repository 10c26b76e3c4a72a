// Who must not meet for a while: back-off of an agent, and the exclusion that parting leaves on a
// pair.
#include <algorithm>
#include <vector>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

void Router::Engine::BackOff(AgentSlot slot, DurationNs length) {
  AgentRecord& agent = agents_.Change(slot);
  if (agent.barred_until >= now_ + length) return;
  agent.barred_until = now_ + length;
  deadlines_.Cancel(agent.back_off_deadline);
  Deadline deadline;
  deadline.time = agent.barred_until;
  deadline.turn = turn_;
  deadline.kind = DeadlineKind::kBackOff;
  deadline.number = agent.number;
  deadline.target = slot;
  agent.back_off_deadline = deadlines_.Set(deadline);
  RefreshMasks(slot);
}

void Router::Engine::BackOffEnded(AgentSlot slot) {
  agents_.Change(slot).barred_until = 0;
  RefreshMasks(slot);
  FreeAgent(slot);
}

void Router::Engine::SetBarDeadline(BarSlot slot) {
  Bar& bar = bars_.Change(slot);
  deadlines_.Cancel(bar.deadline);
  Deadline deadline;
  deadline.time = bar.until;
  deadline.turn = turn_;
  deadline.kind = DeadlineKind::kBar;
  deadline.number = contacts_[bar.contact].number;
  deadline.second_number = agents_[bar.agent].number;
  deadline.target = slot;
  bar.deadline = deadlines_.Set(deadline);
}

void Router::Engine::AddBar(ContactSlot contact_slot, AgentSlot agent,
                            const QueueSettings& settings) {
  ContactRecord& contact = contacts_.Change(contact_slot);
  if (contact.first_bar == kNoSlot) {
    const auto place = std::lower_bound(
        barred_.begin(), barred_.end(), contact.number,
        [this](ContactSlot a, std::uint64_t number) { return contacts_[a].number < number; });
    barred_.insert(place, contact_slot);
  }
  const BarSlot slot = bars_.Take();
  Bar& bar = bars_.Change(slot);
  bar.contact = contact_slot;
  bar.agent = agent;
  bar.parted_at = now_;
  bar.until = now_ + std::max(settings.exclude_for, settings.retry);
  bar.next_of_contact = contact.first_bar;
  contact.first_bar = slot;
  SetBarDeadline(slot);
}

void Router::Engine::BarEnded(BarSlot slot) {
  const ContactSlot contact = bars_[slot].contact;
  RemoveBar(slot);
  AskForPlacement(contact);
}

void Router::Engine::RemoveBar(BarSlot slot) {
  Bar& bar = bars_.Change(slot);
  const ContactSlot contact = bar.contact;
  BarSlot* link = &contacts_.Change(contact).first_bar;
  while (*link != slot) link = &bars_.Change(*link).next_of_contact;
  *link = bar.next_of_contact;
  deadlines_.Cancel(bar.deadline);
  bars_.Release(slot);
  if (contacts_[contact].first_bar == kNoSlot) {
    barred_.erase(std::find(barred_.begin(), barred_.end(), contact));
  }
}

void Router::Engine::DropBars(ContactSlot contact) {
  while (contacts_[contact].first_bar != kNoSlot) RemoveBar(contacts_[contact].first_bar);
}

void Router::Engine::DropBarsOfAgent(AgentSlot agent) {
  const std::vector<ContactSlot> contacts = barred_;
  for (const ContactSlot contact : contacts) {
    for (BarSlot slot = contacts_[contact].first_bar; slot != kNoSlot;) {
      const BarSlot next = bars_[slot].next_of_contact;
      if (bars_[slot].agent == agent) RemoveBar(slot);
      slot = next;
    }
  }
}

bool Router::Engine::IsBarred(const ContactRecord& contact, AgentSlot agent) const {
  for (BarSlot slot = contact.first_bar; slot != kNoSlot; slot = bars_[slot].next_of_contact) {
    if (bars_[slot].agent == agent) return true;
  }
  return false;
}

// Lifts the exclusions of a queued contact when nobody else is left to try; the retry pauses stay.
void Router::Engine::JudgeExclusion(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  if (contact.state != ContactState::kQueued) return;
  bool any = false;
  for (BarSlot b = contact.first_bar; b != kNoSlot; b = bars_[b].next_of_contact) {
    any = any || !bars_[b].cleared;
  }
  if (!any || SomeoneIsLeft(contact)) return;
  const DurationNs retry = queues_[contact.queue].settings.retry;
  for (BarSlot b = contact.first_bar; b != kNoSlot;) {
    const BarSlot next = bars_[b].next_of_contact;
    Bar& bar = bars_.Change(b);
    if (!bar.cleared) {
      bar.cleared = true;
      bar.until = bar.parted_at + retry;
      if (bar.until > now_) {
        SetBarDeadline(b);
      } else {
        RemoveBar(b);
        AskForPlacement(slot);
      }
    }
    b = next;
  }
}

// The contact reaches a logged-in agent who is not excluded.
bool Router::Engine::SomeoneIsLeft(const ContactRecord& contact) const {
  for (std::size_t word = 0; word < logged_in_.words(); ++word) {
    std::uint64_t left = logged_in_.word(word);
    if (left != 0) left &= AskedWord(word, contact);
    for (BarSlot b = contact.first_bar; b != kNoSlot && left != 0; b = bars_[b].next_of_contact) {
      const Bar& bar = bars_[b];
      if (bar.cleared || bar.agent / 64 != word) continue;
      left &= ~(std::uint64_t{1} << (bar.agent % 64));
    }
    if (left != 0) return true;
  }
  return false;
}

void Router::Engine::JudgeExclusions() {
  if (barred_.empty()) return;
  judged_.assign(barred_.begin(), barred_.end());
  for (const ContactSlot contact : judged_) JudgeExclusion(contact);
}

}  // namespace strowger::routing
