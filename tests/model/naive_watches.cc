// Watches: a condition over figures is looked at once for all contacts that depend on it.
#include <algorithm>

#include "tests/model/naive_router.h"

namespace strowger::model {

using routing::ContactState;
using routing::Figure;
using routing::FigureRead;
using routing::kSecond;

namespace {

constexpr Figure kCountFigures[] = {Figure::kWaiting, Figure::kAgentsStaffed, Figure::kAgentsReady,
                                    Figure::kAgentsFree};

// One watch serves all conditions that say the same.
bool WatchedBy(const NaiveWatch& watch,
               const std::shared_ptr<const routing::Condition>& condition) {
  return condition != nullptr && condition->identity() == watch.condition->identity();
}

}  // namespace

bool NaiveRouter::IsMember(const NaiveContact& contact, const NaiveWatch& watch) const {
  if (!contact.waiting() || contact.queue != watch.queue) return false;
  for (std::size_t i = contact.steps_passed; i < contact.steps.size(); ++i) {
    if (contact.steps[i].pending && WatchedBy(watch, contact.plan->steps[i].when)) {
      return true;
    }
  }
  for (std::size_t i = 0; i < contact.overflow.size(); ++i) {
    if (contact.overflow[i].pending && WatchedBy(watch, contact.plan->overflow[i].when)) {
      return true;
    }
  }
  return false;
}

// A watch ceases the instant its last member goes: this comes before anything joins.
void NaiveRouter::DropEmptyWatches() {
  std::erase_if(watches_, [this](const NaiveWatch& watch) {
    return std::none_of(contacts_.begin(), contacts_.end(),
                        [&](const auto& entry) { return IsMember(entry.second, watch); });
  });
}

// Sees to it that every pending trigger of the contact has a watch.
void NaiveRouter::JoinWatches(const NaiveContact& contact) {
  DropEmptyWatches();
  const auto join = [this, &contact](const std::shared_ptr<const routing::Condition>& condition) {
    for (const NaiveWatch& watch : watches_) {
      if (watch.queue == contact.queue && WatchedBy(watch, condition)) return;
    }
    NaiveWatch watch;
    watch.condition = condition;
    watch.queue = contact.queue;
    watch.number = ++watches_made_;
    watch.last_look = now_;
    watch.last_counts = Counts(watch);
    watches_.push_back(watch);
  };
  for (std::size_t i = contact.steps_passed; i < contact.steps.size(); ++i) {
    if (contact.steps[i].pending) join(contact.plan->steps[i].when);
  }
  for (std::size_t i = 0; i < contact.overflow.size(); ++i) {
    if (contact.overflow[i].pending) join(contact.plan->overflow[i].when);
  }
}

// The same for a contact that came from another queue, where its conditions may hold already.
void NaiveRouter::JoinWatchesHere(const NaiveContact& contact) {
  JoinWatches(contact);
  for (NaiveWatch& watch : watches_) {
    if (!IsMember(contact, watch) || watch.look_due.has_value()) continue;
    watch.look_due = std::max(watch.last_look + kSecond, now_);
    watch.look_set = turn_;
  }
}

std::vector<std::optional<std::int64_t>> NaiveRouter::Counts(const NaiveWatch& watch) const {
  std::vector<std::optional<std::int64_t>> counts;
  for (const FigureRead& read : watch.condition->reads()) {
    const std::string queue = read.queue.empty() ? watch.queue : read.queue;
    for (const Figure figure : kCountFigures) {
      if ((read.figures & Bit(figure)) == 0) continue;
      counts.push_back(read.owner == routing::FigureOwner::kQueue
                           ? FigureOf(queue, figure, nullptr)
                           : GroupFigureOf(read.owner, read.queue, figure));
    }
  }
  for (const std::string& flag : watch.condition->flags()) {
    const auto found = flags_.find(flag);
    counts.push_back(found == flags_.end() ? std::nullopt
                                           : std::optional<std::int64_t>(found->second ? 1 : 0));
  }
  return counts;
}

NaiveWatch* NaiveRouter::FindWatch(std::uint64_t number) {
  for (NaiveWatch& watch : watches_) {
    if (watch.number == number) return &watch;
  }
  return nullptr;
}

// Deadlines due at this very instant come first: what they bring belongs to the same look.
void NaiveRouter::LookAtWatches() {
  DropEmptyWatches();
  if (MoreIsDue()) return;
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    const bool changed = Counts(watches_[i]) != watches_[i].last_counts;
    if (changed && now_ - watches_[i].last_look >= kSecond && Look(watches_[i].number)) {
      FinishTransition();
      Settle();
      KeepVigil();
      return LookAtWatches();
    }
    NaiveWatch& watch = watches_[i];
    const bool look_wanted = watch.condition->reads_time() || Counts(watch) != watch.last_counts;
    if (look_wanted && !watch.look_due.has_value()) {
      watch.look_due = watch.last_look + kSecond;
      watch.look_set = turn_;
    }
  }
}

// True when it moved anything.
bool NaiveRouter::Look(std::uint64_t watch_number) {
  NaiveWatch& found = *FindWatch(watch_number);
  found.last_look = now_;
  found.last_counts = Counts(found);
  found.look_due.reset();
  const NaiveWatch watch = found;
  std::vector<const NaiveContact*> members;
  for (const auto& [id, contact] : contacts_) {
    if (IsMember(contact, watch)) members.push_back(&contact);
  }
  std::sort(members.begin(), members.end(),
            [this](const NaiveContact* left, const NaiveContact* right) {
              return ServedBefore(*right, *left);
            });
  std::vector<std::string> ids;
  ids.reserve(members.size());
  for (const NaiveContact* member : members) ids.push_back(member->id);
  bool moved = false;
  for (const std::string& id : ids) {
    const auto contact = contacts_.find(id);
    if (contact == contacts_.end() || !IsMember(contact->second, watch)) continue;
    if (LookAtMember(contact->second, watch)) moved = true;
  }
  return moved;
}

bool NaiveRouter::LookAtMember(NaiveContact& contact, const NaiveWatch& watch) {
  bool moved = false;
  for (std::size_t i = contact.steps_passed; i < contact.steps.size(); ++i) {
    const auto& when = contact.plan->steps[i].when;
    if (!contact.steps[i].pending || !WatchedBy(watch, when)) continue;
    if (contact.queue != watch.queue || !Evaluate(contact, when)) continue;
    TakeOrSkip(contact, i);
    moved = true;
  }
  if (contact.state != ContactState::kQueued) return moved;
  for (std::size_t i = 0; i < contact.overflow.size(); ++i) {
    if (!contact.overflow[i].pending) continue;
    const auto& when = contact.plan->overflow[i].when;
    if (!WatchedBy(watch, when) || contact.queue != watch.queue) continue;
    if (Evaluate(contact, when) && Leave(contact, i)) return true;
  }
  return moved;
}

}  // namespace strowger::model
