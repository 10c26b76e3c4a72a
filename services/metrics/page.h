// The metrics page: pulled from published figures when it is asked for, and on no path.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "services/metrics/rpc_counters.h"
#include "services/metrics/rule_status.h"
#include "services/runtime/clock.h"
#include "services/runtime/domains.h"

namespace strowger::metrics {

struct BuildInfo {
  std::string version;  // "0.1.0"
  std::string commit;   // empty: unknown
  std::string compiler;
};

// What the page tells of. All must outlive it; null pointers leave their part out.
struct Sources {
  const runtime::Domains* domains = nullptr;
  const RpcCounters* rpcs = nullptr;
  const RuleStatus* rules = nullptr;
  // The domains' own; brings waits, which are published now and then, up to the moment of the
  // scrape. Null: virtual time, they are shown as published.
  const runtime::Clock* clock = nullptr;
  BuildInfo build;
  // Seconds since 1970-01-01 UTC. Null: there is no certificate.
  std::function<std::int64_t()> certificate_expiry = nullptr;
};

// Any thread may collect, several at once. The number of series is bounded by the numbers of
// domains, queues and methods, and by closed vocabularies.
class Page : public prometheus::Collectable {
 public:
  explicit Page(Sources sources) : sources_(std::move(sources)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;
  // In the text format 0.0.4.
  std::string Text() const;

 private:
  const Sources sources_;
};

}  // namespace strowger::metrics
