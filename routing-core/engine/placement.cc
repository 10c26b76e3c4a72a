// Where a contact waits: its queue, its line, its place in the order of service, and where a full
// queue sends it.
#include <algorithm>

#include "routing-core/engine/check.h"
#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {
// Idle lines are kept for the next contact like those that stood in them, up to this many more than
// stand in use.
constexpr std::size_t kSpareLines = 1024;
}  // namespace

// In priority units x one minute in ns: exact.
absl::int128 Router::Engine::EffectivePriority(const ContactRecord& contact, TimeNs now) const {
  const DurationNs wait = std::max<DurationNs>(0, now - contact.wait_base);
  const absl::int128 risen =
      absl::int128(contact.start) * kMinute + absl::int128(contact.gain_per_minute) * wait;
  if (contact.max == kNoMax) return risen;
  return std::min(risen, absl::int128(contact.max) * kMinute);
}

bool Router::Engine::ServedBefore(ContactSlot a, ContactSlot b) const {
  const ContactRecord& x = contacts_[a];
  const ContactRecord& y = contacts_[b];
  const absl::int128 px = EffectivePriority(x, now_);
  const absl::int128 py = EffectivePriority(y, now_);
  if (px != py) return px > py;
  if (x.arrival != y.arrival) return x.arrival < y.arrival;
  return x.number < y.number;
}

std::uint64_t Router::Engine::Position(ContactSlot slot) const {
  const ContactRecord& contact = contacts_[slot];
  if (contact.line == kNoSlot) return 0;
  std::uint64_t ahead = 0;
  for (const LineSlot line : queues_[contact.queue].lines) {
    ahead += line_set_.CountWhile(lines_[line].root,
                                  [&](ContactSlot other) { return ServedBefore(other, slot); });
  }
  return ahead + 1;
}

void Router::Engine::EnterQueue(ContactSlot slot, QueueSlot queue) {
  contacts_.Change(slot).queue = queue;
  contacts_.Change(slot).in_queue = true;
  queue_set_.Insert(queues_[queue].waiting_root, slot);
}

void Router::Engine::LeaveQueue(ContactSlot slot) {
  contacts_.Change(slot).in_queue = false;
  queue_set_.Erase(queues_[contacts_[slot].queue].waiting_root, slot);
}

// A waiting contact goes over to another queue with what it is. It must stand in no line.
void Router::Engine::ChangeQueue(ContactSlot slot, QueueSlot queue) {
  const bool offered = contacts_[slot].state == ContactState::kOffered;
  if (offered) --queues_[contacts_[slot].queue].offered;
  LeaveQueue(slot);
  EnterQueue(slot, queue);
  if (offered) ++queues_[queue].offered;
  ++queues_[queue].entered;
  MoveWatches(slot);
}

void Router::Engine::EnterLine(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  Check(contact.line == kNoSlot, "a contact in one line at most");
  const LineKey key{contact.queue,
                    contact.requirement,
                    contact.channel,
                    contact.start,
                    contact.gain_per_minute,
                    contact.max,
                    contact.wait_base - contact.arrival};
  auto found = lines_by_key_.find(key);
  if (found == lines_by_key_.end()) {
    if (lines_by_key_.size() > 2 * active_lines_.size() + kSpareLines) SweepIdleLines();
    const LineSlot made = lines_.Take();
    lines_.Change(made).key = key;
    eligibility_.Refer(key.requirement);
    found = lines_by_key_.emplace(key, made).first;
  }
  contact.line = found->second;
  Line& line = lines_.Change(contact.line);
  QueueRecord& queue = queues_[contact.queue];
  if (line.root == kNoSlot) {
    line.place_in_queue = static_cast<std::uint32_t>(queue.lines.size());
    queue.lines.push_back(contact.line);
    line.place_in_active = static_cast<std::uint32_t>(active_lines_.size());
    active_lines_.push_back(contact.line);
  }
  line_set_.Insert(line.root, slot);
  ++queue.queued;
}

void Router::Engine::LeaveLine(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.line == kNoSlot) return;
  Line& line = lines_.Change(contact.line);
  QueueRecord& queue = queues_[line.key.queue];
  line_set_.Erase(line.root, slot);
  --queue.queued;
  if (line.root == kNoSlot) {
    lines_.Change(queue.lines.back()).place_in_queue = line.place_in_queue;
    queue.lines[line.place_in_queue] = queue.lines.back();
    queue.lines.pop_back();
    lines_.Change(active_lines_.back()).place_in_active = line.place_in_active;
    active_lines_[line.place_in_active] = active_lines_.back();
    active_lines_.pop_back();
  }
  contact.line = kNoSlot;
}

void Router::Engine::SweepIdleLines() {
  for (auto at = lines_by_key_.begin(); at != lines_by_key_.end();) {
    const LineSlot slot = at->second;
    if (lines_[slot].root != kNoSlot) {
      ++at;
      continue;
    }
    eligibility_.Release(at->first.requirement);
    lines_.Release(slot);
    lines_by_key_.erase(at++);
  }
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
  for (;;) {
    const ContactRecord& contact = contacts_[slot];
    const QueueSlot here = contact.queue;
    const QueueSettings& settings = queues_[here].settings;
    if (settings.external) {
      End(slot, EndReason::kTreated, settings.name, cause);
      return false;
    }
    if (!IsFull(queues_[here]) || (contact.wait_base <= now_ && HasEligible(slot))) return true;
    if (!settings.when_full) {
      End(slot, EndReason::kRejected, {}, Cause::kQueueFull);
      return false;
    }
    if (!settings.when_full->treatment.empty()) {
      End(slot, EndReason::kTreated, settings.when_full->treatment, Cause::kQueueFull);
      return false;
    }
    const QueueSlot target = QueueNamed(settings.when_full->queue);
    const bool known =
        std::find(known_queues_.begin(), known_queues_.end(), target) != known_queues_.end();
    if (target == kNoSlot || known) {
      End(slot, EndReason::kRejected, {}, Cause::kQueueFull);
      return false;
    }
    if (overflowing) {
      Event& event = EmitContact(EventType::kOverflowed, slot);
      event.queue = Keep(settings.name);
      event.to_queue = Keep(settings.when_full->queue);
      ++queues_[here].overflowed;
    }
    Divert(slot, *settings.when_full, target, queues_[here].when_full_requirement);
    cause = Cause::kQueueFull;
  }
}

// Gives the contact the bare plan of a destination. It must stand in no line and no queue.
void Router::Engine::Divert(ContactSlot slot, const Destination& to, QueueSlot target,
                            RequirementId requirement) {
  known_queues_.push_back(target);
  ContactRecord& contact = contacts_.Change(slot);
  contact.queue = target;
  contact.base_queue = target;
  contact.step_taken = contact.steps_passed = contact.steps_due = 0;
  contact.overflow_due = contact.overflow_spent = 0;
  contact.plan_start = std::max(now_, contact.not_before);
  contact.plan_turn = turn_;
  if (requirement != kNoSlot || !to.keep_requirement) {
    const RequirementId next = requirement != kNoSlot ? requirement : anyone_;
    eligibility_.Refer(next);
    SetRequirement(slot, next);
  }
  if (to.priority) ChangePriority(slot, *to.priority);
  // Last, since `to` may belong to the plan.
  if (contact.plan != kNoSlot) ReleasePlan(contact.plan);
  contact.plan = kNoSlot;
}

void Router::Engine::AskForPlacement(ContactSlot slot) {
  ContactRecord& contact = contacts_.Change(slot);
  if (contact.line == kNoSlot || contact.waiting_for_placement) return;
  contact.waiting_for_placement = true;
  to_place_.push_back(slot);
}

}  // namespace strowger::routing
