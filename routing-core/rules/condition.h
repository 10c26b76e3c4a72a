// The `when` of a step or an overflow, compiled.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "routing-core/rules/scope.h"
#include "routing/rule_set.h"

namespace strowger::rules {

class CompiledCondition final : public routing::Condition {
 public:
  // `expression` was compiled by the scope, or by one that it is a copy of.
  CompiledCondition(std::shared_ptr<const Scope> scope, Expression expression)
      : scope_(std::move(scope)),
        expression_(std::move(expression)),
        identity_(scope_->identity() + " " + expression_.text) {}

  routing::Truth Holds(const routing::ConditionInput& input) const override;
  absl::Span<const routing::FigureRead> reads() const override { return expression_.reads.figures; }
  bool reads_time() const override { return expression_.reads.time; }
  std::string_view source() const override { return expression_.text; }
  std::string_view identity() const override { return identity_; }
  absl::Span<const std::string> flags() const override { return expression_.reads.flags; }

 private:
  std::shared_ptr<const Scope> scope_;
  Expression expression_;
  std::string identity_;
};

}  // namespace strowger::rules
