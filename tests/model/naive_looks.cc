// Queues with loans or a limit of occupancy, looked at every second while contacts stand in line.
#include <algorithm>

#include "absl/numeric/int128.h"
#include "tests/model/eligibility.h"
#include "tests/model/naive_figures.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

namespace {

bool IsMeant(const routing::Formula& who, const NaiveAgent& agent) {
  routing::Requirement requirement;
  requirement.who = who;
  return Satisfies(requirement,
                   {agent.id, agent.skills, agent.team, agent.location, agent.attributes});
}

}  // namespace

bool NaiveRouter::Lent(const NaiveAgent& agent, const std::string& name) const {
  const auto found = queues_.find(name);
  if (found == queues_.end()) return false;  // a plan that is a treatment
  const NaiveQueue& queue = found->second;
  for (std::size_t i = 0; i < queue.borrows.size(); ++i) {
    if (queue.borrows[i] && IsMeant(queue.settings.borrow[i].who, agent)) return true;
  }
  return false;
}

bool NaiveRouter::TooBusy(const NaiveAgent& agent, const NaiveQueue& queue) const {
  if (!queue.settings.max_occupancy.has_value()) return false;
  const auto [busy, measured] = Occupancy(agent);
  return absl::int128(busy) * 1'000'000 >
         absl::int128(*queue.settings.max_occupancy) * std::max<routing::DurationNs>(measured, 1);
}

bool NaiveRouter::SomeoneInLine(const NaiveQueue& queue) const {
  return std::any_of(contacts_.begin(), contacts_.end(), [&](const auto& entry) {
    return InLine(entry.second) && entry.second.queue == queue.settings.name;
  });
}

void NaiveRouter::LookAtQueues() {
  std::vector<NaiveQueue*> in_order;
  for (auto& [name, queue] : queues_) in_order.push_back(&queue);
  std::sort(in_order.begin(), in_order.end(),
            [](const NaiveQueue* a, const NaiveQueue* b) { return a->number < b->number; });
  for (NaiveQueue* queue : in_order) {
    const bool looked_at =
        !queue->settings.borrow.empty() || queue->settings.max_occupancy.has_value();
    if (!looked_at) continue;
    if (!SomeoneInLine(*queue)) {
      StopLooking(*queue);
    } else if (!queue->look_due.has_value()) {
      LookAtQueue(*queue, /*first=*/true);
    }
  }
}

void NaiveRouter::StopLooking(NaiveQueue& queue) {
  queue.look_due.reset();
  queue.borrows.assign(queue.settings.borrow.size(), false);
}

void NaiveRouter::FireQueueLook(std::uint64_t queue_number) {
  for (auto& [name, queue] : queues_) {
    if (queue.number != queue_number) continue;
    if (SomeoneInLine(queue)) {
      LookAtQueue(queue, /*first=*/false);
    } else {
      StopLooking(queue);
    }
  }
}

void NaiveRouter::LookAtQueue(NaiveQueue& queue, bool first) {
  NaiveContact nobody;
  nobody.arrival = now_;
  const NaiveFacts facts(nobody);
  const Figures figures(*this, /*except=*/nullptr);
  routing::ConditionInput input;
  input.contact = &facts.facts();
  input.queue = queue.settings.name;
  input.now = now_;
  input.figures = &figures;
  std::vector<NaiveAgent*> agents;
  for (auto& [id, agent] : agents_) agents.push_back(&agent);
  std::sort(agents.begin(), agents.end(),
            [](const NaiveAgent* a, const NaiveAgent* b) { return a->number < b->number; });
  for (std::size_t i = 0; i < queue.settings.borrow.size(); ++i) {
    const routing::Borrow& borrow = queue.settings.borrow[i];
    const bool held = queue.borrows[i];
    queue.borrows[i] = borrow.when->Holds(input) == routing::Truth::kTrue;
    if (!queue.borrows[i] || held) continue;
    for (const NaiveAgent* agent : agents) {
      if (IsMeant(borrow.who, *agent)) Freed(*agent);
    }
  }
  if (!first && queue.settings.max_occupancy.has_value()) {
    for (const NaiveAgent* agent : agents) {
      const std::string& name = queue.settings.name;
      if (Serves(*agent, name) || Lent(*agent, name)) Freed(*agent);
    }
  }
  queue.look_due = now_ + routing::kSecond;
  queue.look_set = turn_;
}

}  // namespace strowger::model
