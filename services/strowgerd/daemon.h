// The process put together: domains, rules, gRPC, metrics; from start-up to the end of the drain.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/grpc/hub.h"
#include "services/grpc/server.h"
#include "services/history/keeper.h"
#include "services/journal/journal.h"
#include "services/metrics/http_server.h"
#include "services/metrics/page.h"
#include "services/metrics/rpc_counters.h"
#include "services/metrics/rule_status.h"
#include "services/reports/keeper.h"
#include "services/rules/audit.h"
#include "services/rules/publisher.h"
#include "services/rules/watcher.h"
#include "services/runtime/clock.h"
#include "services/runtime/domains.h"
#include "services/strowgerd/checkpointer.h"
#include "services/strowgerd/config.h"
#include "services/strowgerd/domain_history.h"
#include "services/strowgerd/doors.h"
#include "services/strowgerd/log.h"
#include "services/strowgerd/look_back.h"
#include "services/strowgerd/recovery.h"
#include "services/strowgerd/spare_memory.h"

namespace strowger::daemon {

class Daemon {
 public:
  // Serving when it returns. What is wrong is in the status, rule findings with line and caret.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const Config& config, const Log& log);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // The rule file, the identities and the certificates once more, though they may not have changed.
  void RereadFiles();
  // Takes nothing more in, lets out every reply, ends every call; within the grace. Blocks.
  void Drain();

 private:
  Daemon(const Config& config, const Log& log);

  absl::Status OpenData();
  absl::Status LoadRules();
  absl::Status AddDomains();
  absl::Status AddDomain(const std::string& name, const runtime::ExecutorOptions& options);
  RecoveryHooks HooksFor(const std::string& name);
  void SayRecovered(const std::string& name, const RecoveredDomain& domain, std::int64_t took_ns,
                    bool reports_knew_more) const;
  void MakeReports();
  void MakePublisher();
  void MakeHistory();
  void MakeCheckpointer();
  absl::StatusOr<reports::DomainReports*> AddReports(const std::string& domain);
  void KeepHistory(const std::string& name, DomainHistory history, const RecoveredDomain& domain,
                   const runtime::ExecutorOptions& options);
  absl::Status StartServers();
  absl::Status StartGrpc();
  void AskWhatIf(grpc_api::WhatIfQuestion question, std::function<bool(double)> progress,
                 grpc_api::HubOptions::WhatIfDone done);
  void BackUp(const std::string& domain, const grpc_api::HubOptions::BackupDone& done);
  void Erase(const std::string& domain, std::uint64_t sequence,
             const grpc_api::HubOptions::EraseDone& done);
  void BeginServing();
  void WatchRules();
  void PublishFile(const std::string& domain, const std::string& text);
  void Report(const rules::PublishRequest& request, const rules::PublishAnswer& answer) const;
  metrics::Readiness IsReady() const;

  const Config config_;
  const Log& log_;

  // In the order in which each may use those before it; destroyed the other way round.
  const runtime::SystemClock clock_;
  const SpareMemory spare_memory_;
  grpc_api::EventPump pump_;
  std::unique_ptr<reports::Keeper> reports_;
  std::vector<std::unique_ptr<journal::Journal>> journals_;
  std::vector<std::unique_ptr<runtime::HistoryFeed>> feeds_;
  runtime::Domains domains_;
  std::unique_ptr<history::HistoryKeeper> history_;  // null: none is kept
  std::unique_ptr<Checkpointer> checkpointer_;       // null: nothing is kept
  LookBack look_back_;
  metrics::RuleStatus rule_status_;
  metrics::RpcCounters rpcs_;
  grpc_api::SessionRegistry sessions_;
  std::unique_ptr<rules::AuditLog> audit_;
  std::unique_ptr<Doors> doors_;
  std::shared_ptr<const routing::RuleSet> first_rules_;
  std::vector<std::string> behind_file_;  // domains that have not seen the rule file as it is
  std::unique_ptr<rules::Publisher> publisher_;
  runtime::JobThread slow_{64};  // waiting; beyond, calls are shed
  std::unique_ptr<grpc_api::Hub> hub_;
  std::unique_ptr<metrics::Page> page_;
  std::unique_ptr<metrics::Page> recovery_page_;  // without the domains, while they are made
  std::unique_ptr<metrics::HttpServer> http_;
  std::unique_ptr<grpc_api::Server> server_;
  std::unique_ptr<rules::FileWatcher> watcher_;
};

// The rule file, or without one the rule set that sends everything to one queue.
absl::StatusOr<std::shared_ptr<const routing::RuleSet>> LoadFirstRules(const Config& config);

}  // namespace strowger::daemon
