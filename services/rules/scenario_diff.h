// What a scenario test expected beside what happened.
#pragma once

#include <string>
#include <vector>

#include "routing/time.h"
#include "services/rules/scenario.h"

namespace strowger::rules {

// An event of an entry, or the refusal of its command.
struct Happened {
  routing::DurationNs at = 0;  // from the start of the test
  Happening what;
  std::string note;  // shown behind it
};

// Empty when the expectation holds: its events occur in their order at `from` or later, and, with
// `only`, nothing else has happened. Otherwise a listing of everything that happened, in which `-`
// marks what is missing and `+` what should not be, with a hint for each missing event.
std::string CompareEvents(const Expectation& expectation, const std::vector<Happened>& happened,
                          routing::DurationNs from);

// The listing alone, nothing marked.
std::string ListEvents(const std::vector<Happened>& happened);

}  // namespace strowger::rules
