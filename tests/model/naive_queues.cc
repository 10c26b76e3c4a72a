// Queues that close, empty into others, or do not keep those for whom there is nobody; and the
// replanning of all who wait.
#include <algorithm>
#include <vector>

#include "tests/model/eligibility.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::Cause;
using routing::ContactState;
using routing::EndReason;
using routing::Event;
using routing::EventType;
using routing::Outcome;
using routing::TimeNs;
using routing::WhenEmpty;

Outcome NaiveRouter::SetOpen(const routing::SetQueueOpen& command) {
  if (command.queue.empty()) return Outcome::kInvalidArgument;
  const auto queue = queues_.find(command.queue);
  if (queue == queues_.end() || queue->second.retired) return Outcome::kUnknownQueue;
  queue->second.closed = !command.open;
  return Outcome::kOk;
}

Outcome NaiveRouter::Move(const routing::MoveContacts& command) {
  if (command.from.empty() || command.to.empty() || command.from == command.to) {
    return Outcome::kInvalidArgument;
  }
  const auto to = queues_.find(command.to);
  const bool known = to != queues_.end() && !to->second.retired;
  if (known && to->second.settings.external) return Outcome::kInvalidArgument;
  if (!known || !queues_.contains(command.from)) return Outcome::kUnknownQueue;
  std::vector<NaiveContact*> moved;
  for (auto& [id, contact] : contacts_) {
    if (contact.waiting() && contact.queue == command.from) moved.push_back(&contact);
  }
  std::sort(moved.begin(), moved.end(), [](const NaiveContact* left, const NaiveContact* right) {
    const auto key = [](const NaiveContact& contact) {
      return std::pair(std::max(contact.arrival, contact.not_before), contact.number);
    };
    return key(*left) < key(*right);
  });
  for (NaiveContact* contact : moved) {
    Event& event = Emit(EventType::kOverflowed);
    event.contact = Keep(contact->id);
    event.queue = Keep(command.from);
    event.to_queue = Keep(command.to);
    event.cause = Cause::kMoved;
    event.entered = true;
    ++queues_.at(command.from).overflowed;
    ++to->second.entered;
    contact->queue = command.to;
    contact->entered_at = std::max(now_, contact->not_before);
    JoinWatchesHere(*contact);
  }
  batch_ = !moved.empty();
  return Outcome::kOk;
}

// ---- when_empty -------------------------------------------------------------------------------

bool NaiveRouter::IsFree(const NaiveAgent& agent) const {
  return CanTakeAnything(agent) &&
         FitsAny(agent.capacity, ChannelsOf(InHand(agent), agent.outside));
}

bool NaiveRouter::Nobody(const NaiveContact& contact, WhenEmpty::Nobody level) const {
  return std::none_of(agents_.begin(), agents_.end(), [&](const auto& entry) {
    const NaiveAgent& agent = entry.second;
    const bool counts = level == WhenEmpty::Nobody::kLoggedIn ? agent.logged_in()
                        : level == WhenEmpty::Nobody::kReady  ? agent.ready()
                                                              : IsFree(agent);
    return counts && Admitted(agent, contact) && Asks(contact, agent);
  });
}

// At the end of each turn: for whom is there nobody, and since when.
void NaiveRouter::KeepVigil() {
  for (auto& [id, contact] : contacts_) {
    const auto queue = queues_.find(contact.queue);
    const bool watched =
        contact.waiting() && contact.opened && queue->second.settings.when_empty.has_value();
    if (!watched) {
      contact.vigil.reset();
      continue;
    }
    const WhenEmpty& when = *queue->second.settings.when_empty;
    NaiveVigil now;
    now.queue = contact.queue;
    now.requirement = contact.requirement;
    now.ranks = contact.ranks;
    if (contact.request.has_value()) now.requested = contact.request->agent;
    now.nobody = when.nobody;
    now.after = when.after;
    now.grace = when.grace;
    now.joined = now_;
    if (!contact.vigil.has_value() || !contact.vigil->WatchesTheSameAs(now)) contact.vigil = now;
    if (!Nobody(contact, when.nobody)) {
      contact.vigil->empty_since = 0;
    } else if (contact.vigil->empty_since == 0) {
      contact.vigil->empty_since = now_;
    }
  }
}

std::optional<TimeNs> NaiveRouter::WhenEmptyDue(const NaiveContact& contact) const {
  if (!contact.vigil.has_value() || contact.vigil->spent) return std::nullopt;
  const NaiveVigil& vigil = *contact.vigil;
  if (!vigil.past) {
    return std::max(vigil.joined, contact.entered_at + vigil.grace) + vigil.after;
  }
  if (contact.state != ContactState::kQueued || vigil.empty_since == 0) return std::nullopt;
  return std::max(vigil.empty_since + vigil.after, vigil.ready_at);
}

void NaiveRouter::FireWhenEmpty(NaiveContact& contact) {
  NaiveVigil& vigil = *contact.vigil;
  vigil.past = true;
  vigil.ready_at = now_;
  const bool empty = vigil.empty_since != 0 && vigil.empty_since + vigil.after <= now_;
  if (contact.state != ContactState::kQueued || !empty) return;
  const routing::Destination to = queues_.at(contact.queue).settings.when_empty->to;
  if (to.queue.empty()) {
    const auto reason = to.treatment.empty() ? EndReason::kRejected : EndReason::kTreated;
    End(contact, reason, to.treatment, Cause::kQueueEmpty);
  } else if (MayEnter(contact, to.queue)) {
    GoTo(contact, to, {}, Cause::kQueueEmpty);
  } else {
    vigil.spent = true;
  }
}

// ---- Replanning of all who wait ---------------------------------------------------------------

NaiveContact* NaiveRouter::NextToReplan() {
  NaiveContact* first = nullptr;
  for (auto& [id, contact] : contacts_) {
    if (!contact.replan_due || contact.state != ContactState::kQueued) continue;
    if (first == nullptr ||
        std::pair(contact.arrival, contact.number) < std::pair(first->arrival, first->number)) {
      first = &contact;
    }
  }
  return first;
}

bool NaiveRouter::ReplansLeft() const {
  return std::any_of(contacts_.begin(), contacts_.end(), [](const auto& entry) {
    return entry.second.replan_due && entry.second.state == ContactState::kQueued;
  });
}

void NaiveRouter::ReplanSlice() {
  ++turn_;
  for (std::uint32_t i = 0; i < limits_.replan_slice && ReplansLeft(); ++i) {
    Replan(*NextToReplan());
  }
  batch_ = !ReplansLeft();
  FinishTransition();
  Settle();
  KeepVigil();
  LookAtWatches();
  TellMeters();
}

}  // namespace strowger::model
