#include "services/metrics/page.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "services/metrics/domain_families.h"
#include "services/metrics/families.h"
#include "services/metrics/process_families.h"
#include "services/metrics/text.h"

namespace strowger::metrics {
namespace {

constexpr Definition kBuild{"strowger_build_info", kGauge, "What runs. Always 1."};
constexpr Definition kCertificateExpiry{
    "strowger_tls_certificate_expiry_timestamp_seconds", kGauge,
    "When the certificate that is shown to clients runs out. Only with TLS."};
constexpr Definition kCalls{"strowger_grpc_calls_total", kCounter,
                            "gRPC calls finished, by method and status code. A series appears "
                            "with its first; those with code OK are always there."};
constexpr Definition kOpenCalls{"strowger_grpc_calls_open", kGauge,
                                "gRPC calls begun and not finished."};
constexpr Definition kRuleSet{"strowger_rule_set_info", kGauge,
                              "Hash of the text of the rule set in force. Always 1."};
constexpr Definition kActivated{"strowger_rule_set_activation_timestamp_seconds", kGauge,
                                "When the rule set in force was activated."};
constexpr Definition kReloads{"strowger_rule_set_reloads_total", kCounter,
                              "Rule documents loaded, by result."};
constexpr Definition kReloadOk{"strowger_rule_set_last_reload_success", kGauge,
                               "Whether the last rule document loaded was good: 1 or 0."};
constexpr Definition kReloadTime{"strowger_rule_set_last_reload_timestamp_seconds", kGauge,
                                 "When a rule document was last loaded."};

void AddRules(const RuleStatus& rules, Families& families) {
  for (const auto& [domain, status] : rules.Read()) {
    const Labels labels = {{"domain", domain}};
    if (status.version != 0) {
      families.Add(kRuleSet, {{"domain", domain}, {"hash", status.hash}}, std::uint64_t{1});
      families.Add(kActivated, labels, Seconds(status.last_activation_time));
    }
    families.Add(kReloads, {{"domain", domain}, {"result", "ok"}}, status.reloads_ok);
    families.Add(kReloads, {{"domain", domain}, {"result", "refused"}}, status.reloads_failed);
    if (status.last_reload_time == 0) continue;
    families.Add(kReloadOk, labels, std::uint64_t{status.last_reload_ok ? 1U : 0U});
    families.Add(kReloadTime, labels, Seconds(status.last_reload_time));
  }
}

void AddRpcs(const RpcCounters& rpcs, Families& families) {
  for (const RpcCounters::Reading& reading : rpcs.Read()) {
    const Labels labels = {{"service", reading.service}, {"method", reading.method}};
    for (std::size_t code = 0; code < RpcCounters::kCodes; ++code) {
      if (reading.finished[code] == 0 && code != 0) continue;
      Labels with_code = labels;
      with_code.emplace_back("code", RpcCounters::CodeName(code));
      families.Add(kCalls, with_code, reading.finished[code]);
    }
    families.Add(kOpenCalls, labels, reading.open);
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> Page::Collect() const {
  Families families;
  families.Add(kBuild,
               {{"version", sources_.build.version},
                {"commit", sources_.build.commit},
                {"compiler", sources_.build.compiler}},
               std::uint64_t{1});
  if (sources_.domains != nullptr) {
    sources_.domains->ForEach([&](const std::string& name, runtime::DomainExecutor& executor) {
      const runtime::Figures& figures = executor.figures();
      AddDomain(name, executor, families);
      const routing::DurationNs since_published =
          sources_.clock != nullptr
              ? std::max<std::int64_t>(0, sources_.clock->Now() - figures.as_of.Get())
              : 0;
      AddQueues(name, figures, since_published, families);
    });
  }
  if (sources_.rules != nullptr) AddRules(*sources_.rules, families);
  if (sources_.rpcs != nullptr) AddRpcs(*sources_.rpcs, families);
  if (sources_.certificate_expiry) {
    families.Add(kCertificateExpiry, {}, static_cast<double>(sources_.certificate_expiry()));
  }
  AddProcess(families);
  return families.Take();
}

std::string Page::Text() const { return ToText(Collect()); }

}  // namespace strowger::metrics
