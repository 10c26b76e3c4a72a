#include "services/metrics/rule_status.h"

namespace strowger::metrics {

RuleStatus::Domain& RuleStatus::At(std::string_view domain) {
  auto found = domains_.find(domain);
  if (found == domains_.end()) found = domains_.emplace(domain, Domain{}).first;
  return found->second;
}

void RuleStatus::Activated(std::string_view domain, std::uint64_t version,
                           std::string_view rule_set, std::string_view hash, routing::TimeNs now) {
  const std::scoped_lock lock(mutex_);
  Domain& status = At(domain);
  if (version < status.version) return;
  status.version = version;
  status.rule_set = rule_set;
  status.hash = hash;
  status.last_activation_time = now;
}

void RuleStatus::Reloaded(std::string_view domain, bool ok, routing::TimeNs now) {
  const std::scoped_lock lock(mutex_);
  Domain& status = At(domain);
  ++(ok ? status.reloads_ok : status.reloads_failed);
  status.last_reload_ok = ok;
  status.last_reload_time = now;
}

std::map<std::string, RuleStatus::Domain, std::less<>> RuleStatus::Read() const {
  const std::scoped_lock lock(mutex_);
  return domains_;
}

}  // namespace strowger::metrics
