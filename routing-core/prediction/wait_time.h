// Predicted wait: from who is ahead, who serves, how long they take and who gives up.
//
// Those ahead leave one by one: with i of them left, at the rate at which agents become free plus
// i times the rate at which a customer gives up. One's turn comes after n + 1 such stages:
//
//   mean = sum over i = 0..n of 1 / (s / T + i / P)
//
// with s agents in service, T the mean time for which a contact keeps one, and P the mean patience.
// This is the known conditional mean of M/M/s + M (Palm's Erlang-A; Garnett, Mandelbaum, Reiman
// 2002), and (n + 1) T / s, an Erlang distribution of n + 1 stages, when nobody gives up.
// Whole numbers only, so that the mean can be a rule input; quantiles are for reports.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "routing-core/prediction/hazard_meter.h"
#include "routing/time.h"

namespace strowger::routing {

// Counts in 2^-20ths: agents are shared with other work, and contacts ahead compete in part.
using Share = std::int64_t;
inline constexpr Share kWhole = Share{1} << 20;

// What holds from one instant on.
struct WaitStage {
  DurationNs from = 0;           // from now on; the first: 0
  Share ahead = 0;               // served before; 0 or more
  Share servers = 0;             // contacts at once that those who can serve it hold; 0: nobody
  DurationNs service_time = 0;   // T; kNever is as good as nobody
  DurationNs patience = kNever;  // P
  // Arrivals to come that will be served first: the mean time between two, and for how long such
  // an arrival still overtakes (what priority gains by waiting ends it).
  DurationNs overtaken_every = kNever;
  DurationNs overtaken_within = kNever;
  std::int64_t observed = 0;  // events that service_time rests on
  bool free = false;          // one is free who will serve it as the stage begins
};

struct WaitDistribution {
  DurationNs mean = kNever;
  DurationNs median = kNever;
  DurationNs p90 = kNever;
};

// Those ahead, as the agents see them who can serve one contact.
struct Competition {
  Share servers = 0;  // who can serve it
  Share same = 0;     // ahead, and served by the same agents
  // Others ahead, each by the part of the servers that can serve it too.
  Share seen = 0;
  Share touched = 0;  // the part of the servers that can serve any of them, in kWhole
  Share rivals = 0;   // who can serve such a one, on average
};

// Ahead in full, had they all to be served by its servers alone. First-come agents who are shared
// take from either kind by its part of those ahead, until the rivals' own agents have drained
// theirs; agents who are not shared take none of them.
Share AheadInFull(const Competition& competition);

// Some of those ahead, and the meters of their like.
struct WaitingCrowd {
  Share ahead = 0;
  const HazardMeter* service = nullptr;
  const HazardMeter* patience = nullptr;
};

// Behind both, as one of `own`; servers and those who overtake are still to be said.
WaitStage StageBehind(const WaitingCrowd& own, const WaitingCrowd& others, TimeNs now);

// kNever when nobody serves. O(log ahead), no allocation.
DurationNs MeanWait(const WaitStage& stage);

// Through stages in order of `from`: steps that change who may serve. The work ahead is taken to go
// down evenly within a stage. REQUIRES: at least one stage.
DurationNs MeanWait(absl::Span<const WaitStage> stages);

// Quantiles of the gamma distribution that has this mean and the variance of the stages, what is
// not known of the service time included (Wilson and Hilferty 1931).
WaitDistribution PredictWait(absl::Span<const WaitStage> stages);

}  // namespace strowger::routing
