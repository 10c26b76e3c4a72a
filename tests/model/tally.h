// How often each event, outcome, end reason, cause and reason to wait was reached by a run.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "routing/event.h"
#include "routing/explanation.h"
#include "routing/outcome.h"

namespace strowger::model {

struct Tally {
  std::uint64_t commands = 0;
  std::array<std::uint64_t, routing::kOutcomeCount> outcomes = {};
  std::array<std::uint64_t, routing::kEventTypeCount> events = {};
  std::array<std::uint64_t, routing::kEndReasonCount> end_reasons = {};
  std::array<std::uint64_t, routing::kCauseCount> causes = {};
  std::array<std::uint64_t, routing::kWaitCodeCount> wait_codes = {};  // where states are compared

  std::array<std::uint64_t, 4> fates = {};  // predicted, by ArrivalPrediction::Fate

  void Count(const routing::Result& result, const routing::EventBuffer& buffer);
  // A table, and a last line naming what was never reached.
  std::string Table() const;
  // What was never reached and could have been, separated by spaces; empty when nothing.
  std::string Missing() const;
};

}  // namespace strowger::model
