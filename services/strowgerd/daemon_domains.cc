// What each domain of the service is made of, and who goes along with it.
#include <utility>

#include "services/strowgerd/daemon.h"
#include "services/strowgerd/data_folders.h"
#include "services/strowgerd/recovery.h"

namespace strowger::daemon {

// ---- Those who go along -------------------------------------------------------------------------

void Daemon::MakeReports() {
  reports_ = std::make_unique<reports::Keeper>(
      [this](const std::string& domain, const absl::Status& status) {
        log_.Error("reports_not_written", {{"domain", domain},
                                           {"error", std::string(status.message())},
                                           {"effect", "kept in memory and tried again"}});
      });
}

void Daemon::MakeHistory() {
  if (config_.history_keep == 0) return;
  history::KeeperOptions options;
  options.keep = config_.history_keep;
  options.keep_bytes = std::uint64_t{config_.history_keep_mib} << 20;
  options.told = [this](const std::string& domain, const absl::Status& status) {
    if (status.ok()) return log_.Info("history_goes_on", {{"domain", domain}});
    log_.Error(
        absl::IsDataLoss(status) ? "history_gap" : "history_waits",
        {{"domain", domain},
         {"error", std::string(status.message())},
         {"effect", absl::IsDataLoss(status)
                        ? "contacts that ended then cannot be looked up; nothing else is lost"
                        : "the journal keeps what the history does not know yet"}});
  };
  history_ = std::make_unique<history::HistoryKeeper>(std::move(options));
}

void Daemon::MakeCheckpointer() {
  if (config_.journal_mode == "memory") return;
  CheckpointerOptions options;
  options.every_commands = config_.checkpoint_commands;
  options.every_bytes = std::uint64_t{config_.checkpoint_mib} << 20;
  options.keep = config_.journal_keep;
  options.keep_bytes = std::uint64_t{config_.journal_keep_mib} << 20;
  options.backup_folder =
      config_.backup_folder.empty() ? config_.data + "/backup" : config_.backup_folder;
  options.backups_kept = config_.backup_keep;
  options.history = history_.get();
  options.settle = [this](const std::string& domain, std::uint64_t sequence) {
    return reports_->Find(domain)->FlushUpTo(sequence);
  };
  const auto told = [this](const std::string& domain,
                           const absl::StatusOr<CheckpointReport>& report) {
    if (!report.ok()) {
      return log_.Error("checkpoint_failed",
                        {{"domain", domain},
                         {"error", std::string(report.status().message())},
                         {"effect", "the one before holds; the journal keeps what follows it"}});
    }
    log_.Info("checkpoint", {{"domain", domain},
                             {"sequence", report->file.sequence},
                             {"bytes", report->file.bytes},
                             {"was_there", report->was_there},
                             {"records", report->records},
                             {"took_ms", report->took_ms},
                             {"first_record_kept", report->first_record}});
  };
  const auto passed_over = [this](const std::string& domain, const absl::Status& why) {
    log_.Error("checkpoint_unusable", {{"domain", domain}, {"error", std::string(why.message())}});
  };
  checkpointer_ = std::make_unique<Checkpointer>(options, told, passed_over);
}

// ---- Domains ------------------------------------------------------------------------------------

absl::Status Daemon::AddDomains() {
  runtime::ExecutorOptions options;
  options.capacity = config_.intake_capacity;
  options.kept_events = config_.kept_events;
  options.sessions = config_.sessions;
  options.session_credit = config_.session_credit;
  options.restart_grace = config_.recovery_grace;
  options.on_events = [this] { pump_.Wake(); };
  for (const std::string& name : config_.domains) {
    if (domains_.Find(name) != nullptr) continue;
    if (absl::Status status = AddDomain(name, options); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<reports::DomainReports*> Daemon::AddReports(const std::string& domain) {
  std::unique_ptr<reports::Store> store = std::make_unique<reports::MemoryStore>();
  if (config_.journal_mode != "memory") {
    auto opened = reports::OpenRocksStore(ReportFolder(config_.data, domain));
    if (!opened.ok()) return opened.status();
    store = *std::move(opened);
  }
  const reports::Options options{config_.report_short_abandonment, config_.report_days};
  reports_->Add(domain, std::make_unique<reports::DomainReports>(options, std::move(store)));
  return reports_->Find(domain);
}

// The version of the rules at a sequence is that of the last activation before.
void Daemon::KeepHistory(const std::string& name, DomainHistory history,
                         const RecoveredDomain& domain, const runtime::ExecutorOptions& options) {
  history::HistoryKeeper::Domain kept;
  kept.name = name;
  kept.store = std::move(history.store);
  kept.beginning.set_sequence(history.sequence);
  for (const rules::RuleVersion& version : domain.versions) {
    if (version.sequence <= history.sequence) {
      kept.beginning.set_rule_set_version(version.version);
    }
  }
  kept.feed = history.feed.get();
  feeds_.push_back(std::move(history.feed));
  kept.journal = domain.journal.get();
  if (domain.store != nullptr) {
    kept.replay = [store = domain.store, checkpoints = domain.checkpoints, options](
                      std::uint64_t after, std::uint64_t up_to, const auto& take) {
      return ReplayHistory(*store, checkpoints, options, after, up_to, take);
    };
  }
  const bool is_virtual = config_.clock == "virtual";
  const runtime::DomainExecutor* const executor = domain.executor.get();
  kept.now = [this, is_virtual, executor]() -> routing::TimeNs {
    return is_virtual ? executor->figures().time.Get() : clock_.Now();
  };
  history_->Add(std::move(kept));
}

RecoveryHooks Daemon::HooksFor(const std::string& name) {
  RecoveryHooks hooks;
  hooks.progress = [this, name](std::uint64_t sequence, std::uint64_t last) {
    hub_->recovery.Reached(name, sequence, last);
    if (sequence == 0) return;
    log_.Info("recovering", {{"domain", name}, {"sequence", sequence}, {"of", last}});
  };
  hooks.passed_over = [this, name](const absl::Status& why) {
    log_.Error("checkpoint_unusable", {{"domain", name},
                                       {"error", std::string(why.message())},
                                       {"effect", "the one before it is taken, if there is one"}});
  };
  return hooks;
}

absl::Status Daemon::AddDomain(const std::string& name, const runtime::ExecutorOptions& options) {
  const std::int64_t began_ns = runtime::MonotonicNs();
  const runtime::Clock* const clock = config_.clock == "virtual" ? nullptr : &clock_;
  RecoveryHooks hooks = HooksFor(name);
  reports::DomainReports* reports = nullptr;
  DomainHistory history;
  hooks.opened = [&](const journal::RocksJournal* journal)
      -> absl::StatusOr<std::vector<runtime::ReleaseTap*>> {
    const auto added = AddReports(name);
    if (!added.ok()) return added.status();
    reports = *added;
    if (history_ == nullptr) return std::vector<runtime::ReleaseTap*>{reports};
    absl::Status status = OpenHistory(config_, name, journal, history);
    if (!status.ok()) return status;
    return std::vector<runtime::ReleaseTap*>{reports, history.feed.get()};
  };
  auto recovered = RecoverDomain(config_, name, first_rules_, options, clock, hooks);
  if (!recovered.ok()) return recovered.status();
  if (history_ != nullptr) KeepHistory(name, std::move(history), *recovered, options);
  SayRecovered(name, *recovered, runtime::MonotonicNs() - began_ns, reports->knew_more());
  if (!config_.rules.empty() && recovered->last_file_text != first_rules_->text()) {
    behind_file_.push_back(name);
  }
  if (checkpointer_ != nullptr) {
    const KeptDomain kept{name, recovered->store, recovered->checkpoints, options, clock};
    checkpointer_->Add(kept);
    look_back_.Add(kept);
  }
  journals_.push_back(std::move(recovered->journal));
  domains_.Add(name, std::move(recovered->executor));
  return publisher_->Begin(name, std::move(recovered->versions));
}

void Daemon::SayRecovered(const std::string& name, const RecoveredDomain& domain,
                          std::int64_t took_ns, bool reports_knew_more) const {
  const rules::RuleVersion& active = domain.versions.back();
  log_.Info("domain", {{"domain", name},
                       {"journal", std::string(domain.journal->mode())},
                       {"checkpoint", domain.checkpoint},
                       {"records", domain.records},
                       {"recovered_ms", took_ns / 1'000'000},
                       {"rule_set", active.rule_set},
                       {"rules_version", active.version},
                       {"rules_hash", active.hash}});
  if (domain.other_limits) {
    log_.Warn("limits_of_the_journal",
              {{"domain", name}, {"effect", "the configured limits hold for a new journal"}});
  }
  if (reports_knew_more) {
    log_.Warn("reports_know_more",
              {{"domain", name},
               {"effect", "they count what callers were told and the journal has lost"}});
  }
}

}  // namespace strowger::daemon
