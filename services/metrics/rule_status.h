// What metrics show of a domain's rules: told by whoever loads and activates them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "routing/time.h"

namespace strowger::metrics {

// Any thread. Off the routing path: activations and reloads are rare.
class RuleStatus {
 public:
  struct Domain {
    std::uint64_t version = 0;
    std::string rule_set;  // name
    std::string hash;
    std::uint64_t reloads_ok = 0;
    std::uint64_t reloads_failed = 0;
    bool last_reload_ok = false;
    routing::TimeNs last_reload_time = 0;  // 0: none yet
    routing::TimeNs last_activation_time = 0;
  };

  // At start-up, and when an ActivateRuleSet was released as OK. A version below the one known is
  // passed over, since two activations may report in either order.
  void Activated(std::string_view domain, std::uint64_t version, std::string_view rule_set,
                 std::string_view hash, routing::TimeNs now);
  // A rule file, or a text over the API, was read and checked; `ok` says whether it went into
  // force, or was in force already.
  void Reloaded(std::string_view domain, bool ok, routing::TimeNs now);

  std::map<std::string, Domain, std::less<>> Read() const;

 private:
  Domain& At(std::string_view domain);  // REQUIRES: mutex_ held

  mutable std::mutex mutex_;
  std::map<std::string, Domain, std::less<>> domains_;
};

}  // namespace strowger::metrics
