// One run of the load generator: agents logged in, traffic over some connections for a while, what
// waits withdrawn, agents logged out, and the sums compared with what the service says.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/load/load_traffic.h"

namespace strowger::ctl {

struct LoadOptions {
  std::string server;
  ConnectionFiles files;
  std::string domain;
  bool unary = false;
  double rate = 1'000;
  double seconds = 10;
  int connections = 1;
  int in_flight = 256;  // calls at once on a connection, with unary
  int agents = 1'000;
  double accept_ms = 5;
  double handling_ms = 200;
  std::string channel = "voice";
  int skills = 0;
  int agent_skills = 4;
  int required = 1;
  std::string queue = "default";
  std::uint64_t seed = 1;
};

struct LoadResult {
  TrafficTally tally;
  double seconds = 0;            // from the first planned contact to the last
  std::uint64_t waiting = 0;     // at the end; withdrawn then
  std::int64_t unaccounted = 0;  // contacts that the service has less (or more) of than we
  bool all_ended = false;        // in the end
};

// Told now and then how it goes, on the calling thread.
using LoadProgress = std::function<void(double seconds, const TrafficTally& so_far)>;

// UNAVAILABLE: the service was not reached or went away. FAILED_PRECONDITION: it cannot be loaded.
absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options, const LoadProgress& progress);

// The latency below which that share of them lies, in milliseconds; they are put in another order.
double LatencyMs(std::vector<std::uint32_t>& us, double share);

}  // namespace strowger::ctl
