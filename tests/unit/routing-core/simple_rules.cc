#include "tests/unit/routing-core/simple_rules.h"

#include <utility>

namespace strowger::routing {

SimpleRules::SimpleRules(std::vector<QueueSettings> queues, std::string name)
    : name_(std::move(name)), queues_(std::move(queues)) {
  for (const QueueSettings& queue : queues_) {
    Plan& plan = plans_.emplace_back();
    plan.queue = queue.name;
    plan_list_.push_back(&plan);
  }
}

Decision SimpleRules::Classify(const ContactFacts& contact, TimeNs /*now*/,
                               const FigureSource& /*figures*/) const {
  for (const Plan& plan : plans_) {
    if (plan.queue == contact.channel) return {plan.queue, &plan};
  }
  return {};
}

Plan& SimpleRules::plan(std::string_view queue) {
  for (Plan& plan : plans_) {
    if (plan.queue == queue) return plan;
  }
  return plans_.front();
}

QueueSettings Queue(std::string name) {
  QueueSettings settings;
  settings.name = std::move(name);
  return settings;
}

}  // namespace strowger::routing
