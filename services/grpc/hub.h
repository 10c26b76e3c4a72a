// What every handler works with.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "routing/time.h"
#include "services/grpc/event_pump.h"
#include "services/grpc/rpcs.h"
#include "services/grpc/session_contacts.h"
#include "services/metrics/rpc_counters.h"
#include "services/rules/publisher.h"
#include "services/runtime/domains.h"

namespace strowger::grpc_api {

struct HubOptions {
  std::string version;        // of the program
  bool virtual_time = false;  // commands carry `at`
  std::uint32_t session_credit = 4'096;
  // Asked for by AdminService.Drain, once nothing new is taken in. Must not block.
  std::function<void()> on_drain;
};

// Any thread. All that it refers to must outlive the server.
struct Hub {
  runtime::Domains& domains;
  rules::Publisher& publisher;
  metrics::RpcCounters& rpcs;
  EventPump& pump;
  SessionRegistry& sessions;
  const HubOptions options;
  const routing::TimeNs started_at;
  // Nothing new is taken in.
  std::atomic<bool> draining{false};

  // Says so to every domain. False: it was so already.
  bool StopIntake() {
    if (draining.exchange(true)) return false;
    domains.ForEach(
        [](const std::string&, runtime::DomainExecutor& executor) { executor.Close(); });
    return true;
  }
};

}  // namespace strowger::grpc_api
