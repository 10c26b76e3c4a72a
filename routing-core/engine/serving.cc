// Who may serve a queue at all: queue lists with their delays, bands of ranks, and the counts of
// agents by queue.
#include <algorithm>
#include <bit>

#include "routing-core/engine/engine.h"

namespace strowger::routing {

// ---- Membership and rank ------------------------------------------------------------------------

// The agent's rank in the queue, which it must serve.
std::int64_t Router::Engine::RankIn(QueueSlot queue, AgentSlot agent) const {
  if (queues_[queue].own_ranks > 0 && listed_.Test(agent)) {
    const ServedQueue* const served = FindServed(agents_[agent].queues, queue);
    if (served != nullptr && served->has_rank) return served->rank;
  }
  return by_idleness_.RankOf(agent);
}

// What queue list, loans and band say. A `wait` of kNever asks without regard to delays.
bool Router::Engine::Admits(AgentSlot agent, QueueSlot queue, const RankTerms& ranks,
                            DurationNs wait) const {
  if (!listed_.Test(agent)) return ranks.Admits(by_idleness_.RankOf(agent));
  const ServedQueue* const served = FindServed(agents_[agent].queues, queue);
  if (served == nullptr) {
    return IsLent(agent, queue) && ranks.Admits(by_idleness_.RankOf(agent));
  }
  if (served->delay > wait) return false;
  return ranks.Admits(served->has_rank ? served->rank : by_idleness_.RankOf(agent));
}

// Of 64 agents those whom a contact reaches: they satisfy its requirement, serve its queue and lie
// in its band.
std::uint64_t Router::Engine::ReachedWord(std::size_t word, const Reach& reach) const {
  std::uint64_t reached = eligibility_.SatisfyingWord(word, reach.requirement);
  reached &= logged_in_.word(word);
  if (listed_count_ == 0 && !reach.ranks.IsBand()) return reached;
  return AdmittedOf(reached, word, reach.queue, reach.ranks, kNever);
}

// Of the 64 agents of that word, those of `agents` whom Admits lets through, asked one by one.
std::uint64_t Router::Engine::AdmittedOf(std::uint64_t agents, std::size_t word, QueueSlot queue,
                                         const RankTerms& ranks, DurationNs wait) const {
  for (std::uint64_t rest = agents; rest != 0; rest &= rest - 1) {
    const auto agent =
        static_cast<AgentSlot>(word * 64) + static_cast<AgentSlot>(std::countr_zero(rest));
    if (!Admits(agent, queue, ranks, wait)) agents &= ~(rest & (~rest + 1));
  }
  return agents;
}

Reach Router::Engine::ReachOf(const ContactRecord& contact) {
  return {contact.requirement, contact.queue, contact.ranks};
}

// ---- Queue lists --------------------------------------------------------------------------------

void Router::Engine::SetServedQueues(AgentSlot slot, const std::vector<AgentQueue>& queues) {
  CountStaff(slot, -1);
  DropServedQueues(slot);
  AgentRecord& agent = agents_.Change(slot);
  for (const AgentQueue& given : queues) {
    ServedQueue served;
    served.queue = queues_by_name_.at(names_.Find(given.queue));
    served.order = static_cast<std::int32_t>(given.order);
    served.has_rank = given.rank.has_value();
    served.rank = static_cast<std::int32_t>(given.rank.value_or(0));
    served.delay = given.delay;
    agent.queues.push_back(served);
  }
  std::sort(agent.queues.begin(), agent.queues.end(),
            [](const ServedQueue& a, const ServedQueue& b) { return a.queue < b.queue; });
  listed_.Set(slot, !agent.queues.empty());
  if (!agent.queues.empty()) ++listed_count_;
  for (const ServedQueue& served : agent.queues) {
    QueueRecord& queue = queues_[served.queue];
    if (served.has_rank) ++queue.own_ranks;
    if (served.delay > 0) CountDelay(served.queue, served.delay, 1);
    if (queue.serving != kNoSlot) continue;
    // Only for speed: without it every candidate is asked whether it serves the queue.
    queue.serving = eligibility_.InternServing(served.queue);
    FillNewAtoms();
  }
  CountStaff(slot, 1);
}

void Router::Engine::DropServedQueues(AgentSlot slot) {
  AgentRecord& agent = agents_.Change(slot);
  if (!agent.queues.empty()) --listed_count_;
  listed_.Set(slot, false);
  for (const ServedQueue& served : agent.queues) {
    if (served.has_rank) --queues_[served.queue].own_ranks;
    if (served.delay > 0) CountDelay(served.queue, served.delay, -1);
  }
  agent.queues.clear();
}

// By what the masks say of the agent.
void Router::Engine::CountStaff(AgentSlot slot, int sign) {
  const auto count = [&](Staff& staff) {
    const auto delta = static_cast<std::uint32_t>(sign);
    if (logged_in_.Test(slot)) staff.staffed += delta;
    if (ready_.Test(slot)) staff.ready += delta;
    if (free_.Test(slot)) staff.free += delta;
  };
  count(everyone_);
  if (!listed_.Test(slot)) return;
  count(listed_staff_);
  for (const ServedQueue& served : agents_[slot].queues) count(queues_[served.queue].listed);
}

Staff Router::Engine::StaffOf(const QueueRecord& queue) const {
  return {everyone_.staffed - listed_staff_.staffed + queue.listed.staffed,
          everyone_.ready - listed_staff_.ready + queue.listed.ready,
          everyone_.free - listed_staff_.free + queue.listed.free};
}

// ---- Delays -------------------------------------------------------------------------------------

void Router::Engine::CountDelay(QueueSlot slot, DurationNs length, int change) {
  std::vector<QueueDelay>& delays = queues_[slot].delays;
  auto found =
      std::lower_bound(delays.begin(), delays.end(), length,
                       [](const QueueDelay& delay, DurationNs l) { return delay.length < l; });
  if (found == delays.end() || found->length != length) {
    found = delays.insert(found, QueueDelay{length, 0});
  }
  found->agents += static_cast<std::uint32_t>(change);
  if (found->agents == 0) delays.erase(found);
  RefreshDelays(slot);
}

// Sets the deadline at which the next contact of the queue has waited as long as one of its delays.
// It counts as set before everything else, so that it fires first of its instant.
void Router::Engine::RefreshDelays(QueueSlot slot) {
  QueueRecord& queue = queues_[slot];
  deadlines_.Cancel(queue.delay_deadline);
  TimeNs next = kNever;
  for (const QueueDelay& delay : queue.delays) {
    const ContactSlot younger = FirstWaitingSince(queue, now_ - delay.length + 1);
    if (younger != kNoSlot) next = std::min(next, contacts_[younger].wait_base + delay.length);
  }
  if (next == kNever) return;
  Deadline deadline;
  deadline.time = next;
  deadline.turn = 0;
  deadline.kind = DeadlineKind::kDelay;
  deadline.number = slot;
  deadline.target = slot;
  queue.delay_deadline = deadlines_.Set(deadline);
}

// The first whose wait begins then or later.
ContactSlot Router::Engine::FirstWaitingSince(const QueueRecord& queue, TimeNs since) const {
  return queue_set_.FirstNot(queue.waiting_root, [&](ContactSlot contact) {
    return contacts_[contact].wait_base < since;
  });
}

// All of one instant in one turn.
void Router::Engine::DelayPassed(QueueSlot slot) {
  AskThoseOfAge(slot);
  while (deadlines_.next() == now_ && deadlines_.top().kind == DeadlineKind::kDelay) {
    const QueueSlot other = deadlines_.Pop().target;
    queues_[other].delay_deadline = kNoSlot;
    AskThoseOfAge(other);
  }
}

void Router::Engine::AskThoseOfAge(QueueSlot slot) {
  const QueueRecord& queue = queues_[slot];
  for (const QueueDelay& delay : queue.delays) {
    const TimeNs since = now_ - delay.length;
    ContactSlot contact = FirstWaitingSince(queue, since);
    while (contact != kNoSlot && contacts_[contact].wait_base == since) {
      AskForPlacement(contact);
      contact = queue_set_.After(queue.waiting_root, contact);
    }
  }
  RefreshDelays(slot);
}

}  // namespace strowger::routing
