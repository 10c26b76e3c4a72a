// Rules made in code, for tests of what stands below the rule compiler.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "routing/rule_set.h"

namespace strowger::routing {

// Sends each contact to the queue that its channel names, under one plan a queue.
class SimpleRules final : public RuleSet {
 public:
  explicit SimpleRules(std::vector<QueueSettings> queues, std::string name = "simple");

  std::string_view name() const override { return name_; }
  std::string_view hash() const override { return name_; }
  std::string_view text() const override { return {}; }
  absl::Span<const QueueSettings> queues() const override { return queues_; }
  absl::Span<const Plan* const> plans() const override { return plan_list_; }
  Decision Classify(const ContactFacts& contact, TimeNs now,
                    const FigureSource& figures) const override;

  // Before the set is handed on.
  Plan& plan(std::string_view queue);

 private:
  std::string name_;
  std::vector<QueueSettings> queues_;
  std::deque<Plan> plans_;
  std::vector<const Plan*> plan_list_;
};

// One queue of this name with default settings.
QueueSettings Queue(std::string name);

}  // namespace strowger::routing
