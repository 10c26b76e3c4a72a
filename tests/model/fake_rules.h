// Rule sets for tests, built in code from a seed: three to five queues of all kinds, rules that
// read attributes and figures, plans with steps, overflow and limits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "routing/rule_set.h"
#include "tests/model/random_world.h"

namespace strowger::model {

class FakeRuleSet : public routing::RuleSet {
 public:
  struct Rule {
    std::string id;
    std::shared_ptr<const routing::Condition> when;  // none: always
    routing::Plan plan;
  };

  // Sets of one frame have the same queues and flags.
  FakeRuleSet(std::string name, std::string frame, std::vector<routing::QueueSettings> queues,
              std::vector<routing::FlagDefault> flags, std::vector<Rule> rules);

  std::string_view name() const override { return name_; }
  std::string_view hash() const override { return hash_; }
  // The conditions of the rules, for the eye.
  std::string_view text() const override { return text_; }
  absl::Span<const routing::QueueSettings> queues() const override { return queues_; }
  absl::Span<const routing::Plan* const> plans() const override { return plans_; }
  std::int64_t HighestProficiency(std::string_view skill) const override {
    return skill == "gold" ? 5 : 10;
  }
  std::optional<std::int64_t> DistanceMetres(std::string_view from,
                                             std::string_view to) const override;
  routing::Decision Classify(const routing::ContactFacts& contact, routing::TimeNs now,
                             const routing::FigureSource& figures) const override;
  routing::Decision DecisionOf(std::string_view rule) const override;
  absl::Span<const routing::FlagDefault> flags() const override { return flags_; }
  absl::Span<const routing::FigureGroup> groups() const override { return groups_; }
  std::string_view frame() const override { return frame_; }

 private:
  void AddGroups(const std::shared_ptr<const routing::Condition>& condition);

  std::string name_;
  std::string frame_;
  std::string hash_;
  std::string text_;
  std::vector<routing::QueueSettings> queues_;
  std::vector<routing::FlagDefault> flags_;
  std::vector<routing::FigureGroup> groups_;
  std::vector<Rule> rules_;
  std::vector<const routing::Plan*> plans_;
};

// The names of the queues of one set; `inner` are those that are not external.
struct FakeQueues {
  std::vector<std::string> all;
  std::vector<std::string> inner;
};

struct FakeRules {
  std::shared_ptr<const routing::RuleSet> rule_set;
  FakeQueues queues;
};

// Editions of one seed share names but not all queues; variants of one edition share all but rules.
FakeRules MakeFakeRules(std::uint64_t seed, std::uint64_t edition, std::uint64_t variant);

}  // namespace strowger::model
