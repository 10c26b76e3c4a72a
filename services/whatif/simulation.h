// A recording played once more, under rules of one's choice: the same customers come, change their
// minds and give up; the same agents are at work; offers are accepted as fast, services take as
// long as they did. Who gets whom, and when, the rules decide anew.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "routing/checkpoint.h"
#include "routing/rule_set.h"
#include "services/whatif/figures.h"
#include "services/whatif/recording.h"

namespace strowger::whatif {

struct Played {
  Tally figures{0};
  std::uint64_t refused = 0;     // commands of the recording that could not be applied here
  std::uint64_t unfinished = 0;  // contacts that wait or are served at the end
};

// `source` gives the rules that the recording's state refers to. `progress` is told the part that
// is done, now and then; false ends it: CANCELLED. Deterministic. INVALID_ARGUMENT: the rules
// cannot be put in force on that state. DATA_LOSS: the state cannot be read.
absl::StatusOr<Played> Play(const Recording& recording,
                            const std::shared_ptr<const routing::RuleSet>& rules,
                            routing::RuleSource& source,
                            const std::function<bool(double)>& progress);

}  // namespace strowger::whatif
