// A rule set as the compiler makes it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing-core/cel/program.h"
#include "routing-core/rules/rule_index.h"
#include "routing-core/rules/scope.h"
#include "routing/rule_set.h"

namespace strowger::rules {

struct CompiledRule {
  std::string id;
  std::shared_ptr<const cel::Program> when;  // null: always
  routing::Plan plan;
};

class CompiledRuleSet final : public routing::RuleSet {
 public:
  // For comparison; the same decisions either way.
  enum class Indexing { kOn, kOff };

  struct Parts {
    std::string name;
    std::string text;
    std::shared_ptr<const Scope> scope;
    std::vector<CompiledRule> rules;
    std::vector<routing::QueueSettings> queues;
    std::string frame;  // a text that sets which may be tried beside one another share
  };
  explicit CompiledRuleSet(Parts parts, Indexing indexing = Indexing::kOn);

  std::string_view name() const override { return parts_.name; }
  std::string_view hash() const override { return hash_; }
  std::string_view text() const override { return parts_.text; }
  std::string_view time_zone() const override { return parts_.scope->time_zone(); }
  absl::Span<const routing::QueueSettings> queues() const override { return parts_.queues; }
  absl::Span<const routing::Plan* const> plans() const override { return plans_; }
  std::int64_t HighestProficiency(std::string_view skill) const override;
  std::optional<std::int64_t> DistanceMetres(std::string_view from,
                                             std::string_view to) const override;
  routing::Decision Classify(const routing::ContactFacts& contact, routing::TimeNs now,
                             const routing::FigureSource& figures) const override;

  routing::Decision DecisionOf(std::string_view rule) const override;

  absl::Span<const routing::FlagDefault> flags() const override { return parts_.scope->flags(); }
  absl::Span<const routing::FigureGroup> groups() const override { return groups_; }
  std::string_view frame() const override { return frame_; }

  const std::shared_ptr<const Scope>& scope() const { return parts_.scope; }
  const std::vector<CompiledRule>& rules() const { return parts_.rules; }

 private:
  const Parts parts_;
  const std::string hash_;
  const std::string frame_;
  std::vector<routing::FigureGroup> groups_;
  // All that a decision reads of a rule that does not match, close together.
  struct Test {
    const cel::Program* when = nullptr;
    std::string_view queue;
  };
  std::vector<const routing::Plan*> plans_;
  std::vector<Test> tests_;                 // by rule
  std::unique_ptr<const RuleIndex> index_;  // null: every rule is looked at in turn
};

}  // namespace strowger::rules
