// Commands about a whole queue, and the replanning of all who wait.
#include <algorithm>

#include "routing-core/engine/engine.h"
#include "routing-core/engine/form.h"

namespace strowger::routing {

Result Router::Engine::SetOpen(const SetQueueOpen& command) {
  if (Result r = CheckForm(command); !r.ok()) return r;
  const QueueSlot queue = QueueNamed(command.queue);
  if (queue == kNoSlot) return {Outcome::kUnknownQueue, "queue"};
  queues_[queue].closed = !command.open;
  return {};
}

Result Router::Engine::Move(const MoveContacts& command) {
  if (Result r = CheckForm(command); !r.ok()) return r;
  const QueueSlot to = QueueNamed(command.to);
  if (to != kNoSlot && queues_[to].settings.external) return {Outcome::kInvalidArgument, "to"};
  const std::uint32_t name = names_.Find(command.from);
  const auto found = name == kNoSlot ? queues_by_name_.end() : queues_by_name_.find(name);
  if (found == queues_by_name_.end()) return {Outcome::kUnknownQueue, "from"};
  const QueueSlot from = found->second;
  if (to == kNoSlot) return {Outcome::kUnknownQueue, "to"};
  while (queues_[from].waiting_root != kNoSlot) {
    const ContactSlot slot = queue_set_.First(queues_[from].waiting_root);
    Event& event = EmitContact(EventType::kOverflowed, slot);
    event.queue = Keep(command.from);
    event.to_queue = Keep(command.to);
    event.cause = Cause::kMoved;
    ++queues_[from].overflowed;
    const bool in_line = contacts_[slot].line != kNoSlot;
    LeaveLine(slot);
    ChangeQueue(slot, to);
    if (in_line) EnterLine(slot);
    batch_ = true;
  }
  return {};
}

// ---- Replanning of all who wait ---------------------------------------------------------------

namespace {
// Of a heap with the first on top.
bool Later(const ReplanEntry& a, const ReplanEntry& b) { return b.Before(a); }
}  // namespace

// Those whom rules gave their plan; a plan of the caller's stays.
void Router::Engine::ReplanAll() {
  to_replan_.clear();
  for (const ContactSlot slot : contacts_by_id_) {
    ContactRecord& contact = contacts_.Change(slot);
    if (!contact.in_queue || contact.rule == kNoSlot) continue;
    contact.replan_due = true;
    if (contact.state == ContactState::kQueued) {
      to_replan_.push_back({contact.arrival, contact.number, slot});
    }
  }
  std::make_heap(to_replan_.begin(), to_replan_.end(), Later);
}

// Its turn depends on its arrival, and comes only while it is queued.
void Router::Engine::ReplanLater(ContactSlot slot) {
  const ContactRecord& contact = contacts_[slot];
  if (!contact.replan_due || contact.state != ContactState::kQueued) return;
  to_replan_.push_back({contact.arrival, contact.number, slot});
  std::push_heap(to_replan_.begin(), to_replan_.end(), Later);
}

// Afterwards the first of the list, if there is one, is a contact to be replanned.
void Router::Engine::DropVoidReplans() {
  while (!to_replan_.empty()) {
    const ReplanEntry& first = to_replan_.front();
    const ContactRecord& contact = contacts_[first.contact];
    if (contact.number == first.number && contact.arrival == first.arrival && contact.replan_due &&
        contact.state == ContactState::kQueued) {
      return;
    }
    std::pop_heap(to_replan_.begin(), to_replan_.end(), Later);
    to_replan_.pop_back();
  }
}

// A turn of its own. With the last of them everybody is placed, since settings may have changed for
// those who keep their plan too.
void Router::Engine::ReplanSlice() {
  ++turn_;
  for (std::uint32_t done = 0; done < limits_.replan_slice && !to_replan_.empty(); ++done) {
    const ContactSlot slot = to_replan_.front().contact;
    std::pop_heap(to_replan_.begin(), to_replan_.end(), Later);
    to_replan_.pop_back();
    Replan(slot);
    DropVoidReplans();
  }
  batch_ = to_replan_.empty();
  EndTurn();
}

}  // namespace strowger::routing
