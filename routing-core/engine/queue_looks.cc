// Queues that are looked at every second while contacts stand in line: agents lent to them, and
// agents who were too busy for them.
#include <algorithm>
#include <bit>

#include "routing-core/engine/engine.h"

namespace strowger::routing {
namespace {
constexpr DurationNs kLookInterval = kSecond;
}  // namespace

// The queue's settings are new, and what it borrowed before is forgotten.
void Router::Engine::BindBorrows(QueueSlot slot) {
  StopLooking(slot);
  QueueRecord& queue = queues_[slot];
  for (const Borrow& borrow : queue.settings.borrow) {
    Requirement requirement;
    requirement.who = borrow.who;
    queue.borrows.push_back({InternRequirement(requirement), false});
  }
  if (queue.borrows.empty() && !queue.settings.max_occupancy) return;
  looked_at_queues_.insert(
      std::lower_bound(looked_at_queues_.begin(), looked_at_queues_.end(), slot), slot);
}

bool Router::Engine::IsLent(AgentSlot agent, QueueSlot queue) const {
  const std::vector<BorrowRecord>& borrows = queues_[queue].borrows;
  return std::any_of(borrows.begin(), borrows.end(), [&](const BorrowRecord& borrow) {
    return borrow.holds && eligibility_.Satisfies(agent, borrow.who);
  });
}

// What to look through first for those who serve the queue; those lent to it are not in there.
RequirementId Router::Engine::ServingMask(const QueueRecord& queue) const {
  for (const BorrowRecord& borrow : queue.borrows) {
    if (borrow.holds) return kNoSlot;
  }
  return queue.serving;
}

bool Router::Engine::IsTooBusy(AgentSlot agent, const QueueRecord& queue) const {
  if (!queue.settings.max_occupancy) return false;
  const Occupancy occupancy = OccupancyOf(agents_[agent]);
  return absl::int128(occupancy.busy) * 1'000'000 >
         absl::int128(*queue.settings.max_occupancy) *
             std::max<std::int64_t>(occupancy.available, 1);
}

// ---- Looks --------------------------------------------------------------------------------------

// Begins to look where somebody stands in line, stops where nobody does any more.
void Router::Engine::LookAtQueues() {
  for (const QueueSlot slot : looked_at_queues_) {
    if (queues_[slot].queued == 0) {
      StopLooking(slot);
    } else if (queues_[slot].look_due == 0) {
      LookAtQueue(slot, true);
    }
  }
}

void Router::Engine::StopLooking(QueueSlot slot) {
  QueueRecord& queue = queues_[slot];
  deadlines_.Cancel(queue.look_deadline);
  queue.look_due = 0;
  for (BorrowRecord& borrow : queue.borrows) SetLoan(borrow, false);
}

// Whoever is lent may be the one who is there for a contact.
void Router::Engine::SetLoan(BorrowRecord& borrow, bool holds) {
  if (borrow.holds == holds) return;
  borrow.holds = holds;
  agents_moved_ = ~std::uint32_t{0};
  ++agents_version_;
}

void Router::Engine::QueueLookDue(QueueSlot slot) {
  if (queues_[slot].queued == 0) return StopLooking(slot);
  LookAtQueue(slot, false);
}

void Router::Engine::LookAtQueue(QueueSlot slot, bool first) {
  QueueRecord& queue = queues_[slot];
  ContactFacts nobody;
  nobody.arrival = now_;
  ConditionInput input;
  input.contact = &nobody;
  input.queue = names_.name(queue.name);
  input.now = now_;
  input.figures = this;
  for (std::size_t i = 0; i < queue.borrows.size(); ++i) {
    const Truth truth = queue.settings.borrow[i].when->Holds(input);
    if (truth == Truth::kError) ++condition_errors_;
    const bool held = queue.borrows[i].holds;
    SetLoan(queue.borrows[i], truth == Truth::kTrue);
    if (queue.borrows[i].holds && !held) FreeForQueue(slot, queue.borrows[i].who);
  }
  if (!first && queue.settings.max_occupancy) FreeForQueue(slot, kNoSlot);
  queue.look_due = now_ + kLookInterval;
  Deadline deadline;
  deadline.time = queue.look_due;
  deadline.turn = turn_;
  deadline.kind = DeadlineKind::kQueueLook;
  deadline.number = slot;
  deadline.target = slot;
  queue.look_deadline = deadlines_.Set(deadline);
}

// Lets free agents choose, in order of registration: those whom `borrowed` means, or all who serve
// the queue.
void Router::Engine::FreeForQueue(QueueSlot slot, RequirementId borrowed) {
  std::vector<AgentSlot>& agents = agents_scratch_;
  agents.clear();
  for (std::size_t word = 0; word < free_.words(); ++word) {
    for (std::uint64_t rest = free_.word(word); rest != 0; rest &= rest - 1) {
      const auto agent =
          static_cast<AgentSlot>(word * 64) + static_cast<AgentSlot>(std::countr_zero(rest));
      const bool means = borrowed == kNoSlot ? Admits(agent, slot, RankTerms{}, kNever)
                                             : eligibility_.Satisfies(agent, borrowed);
      if (means) agents.push_back(agent);
    }
  }
  std::sort(agents.begin(), agents.end(),
            [this](AgentSlot a, AgentSlot b) { return agents_[a].number < agents_[b].number; });
  for (const AgentSlot agent : agents) FreeAgent(agent);
}

}  // namespace strowger::routing
