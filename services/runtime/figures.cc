#include "services/runtime/figures.h"

#include "routing/rule_set.h"

namespace strowger::runtime {
namespace {

std::int64_t Signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t Unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

void Fill(QueueFigures::Prediction& figures, const routing::Accuracy& accuracy) {
  figures.measured.Set(accuracy.measured);
  figures.never.Set(accuracy.never);
  figures.absolute.Set(Unsigned(accuracy.absolute));
  figures.within_p90.Set(accuracy.within_p90);
  figures.bias.Set(accuracy.bias);
}

void Fill(QueueFigures& figures, const routing::QueueView& view) {
  figures.external.store(view.external, std::memory_order_relaxed);
  figures.waiting.Set(Signed(view.waiting));
  figures.offered.Set(Signed(view.offered));
  figures.handling.Set(Signed(view.handling));
  figures.oldest_wait.Set(view.oldest_wait);
  figures.predicted_wait.Set(view.predicted_wait);
  figures.agents_staffed.Set(Signed(view.agents_staffed));
  figures.agents_ready.Set(Signed(view.agents_ready));
  figures.agents_free.Set(Signed(view.agents_free));
  figures.occupancy.Set(view.occupancy);
  figures.service_level.Set(view.service_level);
  figures.abandon_rate.Set(view.abandon_rate);
  figures.entered.Set(view.entered);
  figures.assigned.Set(view.assigned);
  figures.overflowed.Set(view.overflowed);
  for (std::size_t reason = 0; reason < figures.ended.size(); ++reason) {
    figures.ended[reason].Set(view.ended[reason]);
  }
  figures.wait_sum.Set(Unsigned(view.wait_sum));
  figures.handle_sum.Set(Unsigned(view.handle_sum));
  figures.hold_sum.Set(Unsigned(view.hold_sum));
  figures.closed.Set(view.closed ? 1 : 0);
  figures.longest_wait.Set(view.longest_wait);
  figures.starvation_bound.Set(view.starvation_bound.value_or(-1));
  Fill(figures.predicted, view.prediction.predicted);
  Fill(figures.length_over_rate, view.prediction.length_over_rate);
  Fill(figures.last_to_enter, view.prediction.last_to_enter);
}

}  // namespace

std::string_view CommandKindName(std::size_t kind) {
  static constexpr std::array<std::string_view, kCommandKinds> kNames = {
      "tick",           "submit_contact",   "update_contact", "cancel_contact",
      "upsert_agents",  "set_agent_state",  "remove_agent",   "accept_offer",
      "decline_offer",  "complete_contact", "finish_wrap_up", "activate_rule_set",
      "renew_lease",    "sync_agents",      "restarted",      "set_flag",
      "set_candidate",  "transfer_contact", "assign_contact", "hold_contact",
      "resume_contact", "set_queue_open",   "move_contacts",  "erase_contact_data"};
  return kNames[kind];
}

QueueFigures* QueueTable::SlotOf(const std::string& queue) {
  const auto found = slots_.find(queue);
  if (found != slots_.end()) return &blocks_[found->second / kBlock][found->second % kBlock];
  const std::size_t slot = slots_.size();
  if (slot == kBlock * kBlocks) return nullptr;
  std::unique_ptr<QueueFigures[]>& block = blocks_[slot / kBlock];
  if (block == nullptr) block = std::make_unique<QueueFigures[]>(kBlock);
  slots_.emplace(queue, slot);
  QueueFigures& figures = block[slot % kBlock];
  figures.queue = queue;
  return &figures;
}

void QueueTable::Publish(const std::vector<routing::QueueView>& queues) {
  for (const routing::QueueView& view : queues) {
    if (QueueFigures* const figures = SlotOf(view.queue)) Fill(*figures, view);
  }
  // Release: who sees the size sees the names and the blocks of new slots.
  size_.store(slots_.size(), std::memory_order_release);
}

void Figures::Publish(const routing::Router& router) {
  const routing::DomainView domain = router.Domain();
  as_of.Set(domain.time);
  contacts_queued.Set(Signed(domain.contacts_queued));
  contacts_offered.Set(Signed(domain.contacts_offered));
  contacts_handling.Set(Signed(domain.contacts_handling));
  for (std::size_t state = 0; state < agents.size(); ++state) {
    agents[state].Set(Signed(domain.agents_by_state[state]));
  }
  rule_set_version.Set(domain.rule_set_version);
  rule_errors.Set(domain.rule_errors);
  deadlines.Set(Signed(domain.deadlines));
  queues.Publish(router.ListQueues());
}

}  // namespace strowger::runtime
