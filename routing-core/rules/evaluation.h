// One decision: the values that conditions see, each let worked out once.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "routing-core/cel/activation.h"
#include "routing-core/cel/program.h"
#include "routing-core/rules/scope.h"
#include "routing/rule_set.h"

namespace strowger::rules {

struct Workspace;

// Lives on the stack of the thread that decides, one at a time on a thread: it works in memory of
// that thread, which is what makes many threads need no lock and a warm one no allocation.
class Evaluation final : public cel::Activation {
 public:
  // Both must outlive it.
  Evaluation(const Scope& scope, const routing::ConditionInput& input);
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  // What queue.* means from now on.
  void set_queue(std::string_view queue) { queue_ = queue; }
  routing::Truth Evaluate(const cel::Program& condition);

  cel::Value Load(std::uint32_t slot) const override;

  // calendar.NAME.open_at(zone); the tag is the calendar's index.
  static cel::Value OpenAt(const void* context, std::uint64_t tag,
                           absl::Span<const cel::Value> arguments);
  // distance_km(location, location).
  static cel::Value DistanceKm(const void* context, std::uint64_t tag,
                               absl::Span<const cel::Value> arguments);

 private:
  const routing::AttributeView* FindAttribute(std::uint32_t index) const;
  cel::Value Attribute(std::uint32_t index) const;
  cel::Value ListOf(std::uint32_t index, absl::Span<const std::string_view> items) const;
  cel::Value OfCalendar(const Slot& slot) const;
  cel::Value OfFigure(const Slot& slot) const;
  cel::Value OfLet(std::uint32_t index) const;

  const Scope& scope_;
  const routing::ConditionInput& input_;
  std::string_view queue_;
  Workspace& workspace_;
};

}  // namespace strowger::rules
