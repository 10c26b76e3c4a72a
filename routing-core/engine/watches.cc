// Conditions over figures: who waits for them, and when they are looked at.
#include <algorithm>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {
constexpr DurationNs kLookInterval = kSecond;
constexpr Figure kCountFigures[] = {Figure::kWaiting, Figure::kAgentsStaffed, Figure::kAgentsReady,
                                    Figure::kAgentsFree};
constexpr std::int64_t kNothing = -1;
}  // namespace

void Router::Engine::CountsOf(const Watch& watch, std::vector<std::int64_t>& counts) const {
  counts.clear();
  const std::string_view own = names_.name(queues_[watch.queue].name);
  for (const FigureRead& read : watch.condition->reads()) {
    for (const Figure figure : kCountFigures) {
      if ((read.figures & Bit(figure)) == 0) continue;
      if (read.owner != FigureOwner::kQueue) {
        counts.push_back(GroupFigure(read.owner, read.queue, figure).value_or(kNothing));
        continue;
      }
      const std::string_view queue = read.queue.empty() ? own : std::string_view(read.queue);
      counts.push_back(QueueFigure(queue, figure).value_or(kNothing));
    }
  }
  for (const std::string& name : watch.condition->flags()) {
    const std::optional<bool> on = Flag(name);
    counts.push_back(on ? static_cast<std::int64_t>(*on) : kNothing);
  }
}

void Router::Engine::JoinWatch(ContactSlot slot, const std::shared_ptr<const Condition>& condition,
                               bool is_step, std::uint8_t index) {
  if (FindMember(slot, is_step, index) != kNoSlot) return;
  const QueueSlot queue = contacts_[slot].queue;
  const auto found = std::find_if(watch_order_.begin(), watch_order_.end(), [&](WatchSlot w) {
    return watches_[w].queue == queue && watches_[w].condition->identity() == condition->identity();
  });
  WatchSlot watch_slot = kNoSlot;
  if (found != watch_order_.end()) {
    watch_slot = *found;
  } else {
    watch_slot = watches_.Take();
    watch_order_.push_back(watch_slot);
    Watch& made = watches_.Change(watch_slot);
    made.condition = condition;
    made.queue = queue;
    made.number = ++watches_made_;
    made.last_look = now_;
    CountsOf(made, made.last_counts);
  }
  const MemberSlot member_slot = members_.Take();
  Watch& watch = watches_.Change(watch_slot);
  Member& member = members_.Change(member_slot);
  member.watch = watch_slot;
  member.contact = slot;
  member.is_step = is_step;
  member.index = index;
  member.next_of_watch = watch.first_member;
  if (watch.first_member != kNoSlot) {
    members_.Change(watch.first_member).previous_of_watch = member_slot;
  }
  watch.first_member = member_slot;
  member.next_of_contact = contacts_[slot].first_member;
  contacts_.Change(slot).first_member = member_slot;
}

// The watch goes with its last member.
void Router::Engine::RemoveMember(MemberSlot slot) {
  const Member member = members_[slot];
  Watch& watch = watches_.Change(member.watch);
  if (member.previous_of_watch == kNoSlot) {
    watch.first_member = member.next_of_watch;
  } else {
    members_.Change(member.previous_of_watch).next_of_watch = member.next_of_watch;
  }
  if (member.next_of_watch != kNoSlot) {
    members_.Change(member.next_of_watch).previous_of_watch = member.previous_of_watch;
  }
  MemberSlot* link = &contacts_.Change(member.contact).first_member;
  while (*link != slot) link = &members_.Change(*link).next_of_contact;
  *link = member.next_of_contact;
  members_.Release(slot);
  if (watch.first_member != kNoSlot) return;
  deadlines_.Cancel(watch.look_deadline);
  watch.condition = nullptr;
  watch_order_.erase(std::find(watch_order_.begin(), watch_order_.end(), member.watch));
  watches_.Release(member.watch);
}

void Router::Engine::LeaveWatches(ContactSlot slot) {
  while (contacts_[slot].first_member != kNoSlot) RemoveMember(contacts_[slot].first_member);
}

// Steps before `below` are passed.
void Router::Engine::LeaveStepWatches(ContactSlot slot, std::uint8_t below) {
  for (MemberSlot m = contacts_[slot].first_member; m != kNoSlot;) {
    const MemberSlot next = members_[m].next_of_contact;
    if (members_[m].is_step && members_[m].index < below) RemoveMember(m);
    m = next;
  }
}

// The contact changed its queue: what it waits for belongs to the new one, where it may hold
// already.
void Router::Engine::MoveWatches(ContactSlot slot) {
  if (contacts_[slot].first_member == kNoSlot) return;
  const ContactRecord& contact = contacts_[slot];
  const Plan& plan = *plans_[contact.plan].plan;
  std::uint32_t steps = 0;
  std::uint32_t overflows = 0;
  for (MemberSlot m = contact.first_member; m != kNoSlot; m = members_[m].next_of_contact) {
    (members_[m].is_step ? steps : overflows) |= 1U << members_[m].index;
  }
  LeaveWatches(slot);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const bool waits = ((steps >> i) & 1) != 0;
    if (waits) JoinWatch(slot, plan.steps[i].when, true, static_cast<std::uint8_t>(i));
  }
  for (std::size_t i = 0; i < plan.overflow.size(); ++i) {
    const bool waits = ((overflows >> i) & 1) != 0;
    if (waits) JoinWatch(slot, plan.overflow[i].when, false, static_cast<std::uint8_t>(i));
  }
  for (MemberSlot m = contact.first_member; m != kNoSlot; m = members_[m].next_of_contact) {
    LookSoon(members_[m].watch);
  }
}

// A second after the last look.
void Router::Engine::LookSoon(WatchSlot slot) {
  Watch& watch = watches_.Change(slot);
  if (watch.look_deadline != kNoSlot) return;
  Deadline deadline;
  deadline.time = std::max(watch.last_look + kLookInterval, now_);
  deadline.turn = turn_;
  deadline.kind = DeadlineKind::kLook;
  deadline.number = watch.number;
  deadline.target = slot;
  watch.look_deadline = deadlines_.Set(deadline);
}

void Router::Engine::CheckWatches() {
  for (std::size_t i = 0; i < watch_order_.size();) {
    const WatchSlot slot = watch_order_[i];
    if (CheckWatch(slot)) {
      Settle();
      KeepVigil();
      if (deadlines_.next() <= now_) return;  // its turn ends with looks of its own
      i = 0;
    } else if (i < watch_order_.size() && watch_order_[i] == slot) {
      ++i;  // else it is gone, with its last member
    }
  }
}

// True when a look moved something.
bool Router::Engine::CheckWatch(WatchSlot slot) {
  const Watch& watch = watches_[slot];
  CountsOf(watch, counts_scratch_);
  const bool differs = counts_scratch_ != watch.last_counts;
  if (differs && now_ - watch.last_look >= kLookInterval) return Look(slot);
  if (differs || watch.condition->reads_time()) LookSoon(slot);
  return false;
}

bool Router::Engine::Look(WatchSlot slot) {
  Watch& watch = watches_.Change(slot);
  const std::shared_ptr<const Condition> condition = watch.condition;
  const std::uint64_t number = watch.number;  // its slot may be another's before the end
  watch.last_look = now_;
  CountsOf(watch, watch.last_counts);
  deadlines_.Cancel(watch.look_deadline);
  looked_at_.clear();
  for (MemberSlot m = watch.first_member; m != kNoSlot; m = members_[m].next_of_watch) {
    looked_at_.push_back({members_[m].contact, members_[m].is_step, members_[m].index});
  }
  std::sort(looked_at_.begin(), looked_at_.end(), [&](const LookedAt& a, const LookedAt& b) {
    if (a.contact != b.contact) return ServedBefore(b.contact, a.contact);
    if (a.is_step != b.is_step) return a.is_step;
    return a.index < b.index;
  });
  bool moved = false;
  for (const LookedAt& one : looked_at_) {
    // What fired before may have taken this one away.
    const MemberSlot member = FindMember(one.contact, one.is_step, one.index);
    if (member == kNoSlot || watches_[members_[member].watch].number != number) continue;
    if (!one.is_step && contacts_[one.contact].line == kNoSlot) continue;
    if (!ConditionHolds(*condition, one.contact)) continue;
    if (one.is_step) {
      TakeOrSkip(one.contact, one.index);
      moved = true;
    } else if (TryOverflow(one.contact, one.index)) {
      moved = true;
    }
  }
  return moved;
}

MemberSlot Router::Engine::FindMember(ContactSlot contact, bool is_step, std::uint8_t index) const {
  for (MemberSlot m = contacts_[contact].first_member; m != kNoSlot;
       m = members_[m].next_of_contact) {
    if (members_[m].is_step == is_step && members_[m].index == index) return m;
  }
  return kNoSlot;
}

}  // namespace strowger::routing
