#include "services/strowgerd/daemon.h"

#include <csignal>
#include <filesystem>
#include <utility>

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "routing-core/rules/compiler.h"
#include "services/rules/checker.h"
#include "services/rules/loader.h"
#include "services/rules/yaml.h"
#include "services/strowgerd/what_if.h"

namespace strowger::daemon {
namespace {

using runtime::DomainExecutor;

metrics::BuildInfo Build() { return {STROWGER_VERSION, "", __VERSION__}; }

routing::TimeNs Now() { return runtime::SystemClock().Now(); }

}  // namespace

absl::StatusOr<std::shared_ptr<const routing::RuleSet>> LoadFirstRules(const Config& config) {
  if (config.rules.empty()) return rules::DefaultRuleSet();
  absl::StatusOr<std::string> text = rules::ReadFile(config.rules, rules::ParseLimits{}.max_bytes);
  if (!text.ok()) return text.status();
  const rules::CheckedRules checked =
      rules::CheckRules(*std::move(text), config.rules, rules::TestPaths::kAllowed);
  if (checked.ok()) return checked.rule_set;
  return absl::InvalidArgumentError(
      rules::RenderFindings(checked.source, checked.text, checked.findings));
}

Daemon::Daemon(const Config& config, const Log& log)
    : config_(config), log_(log), rpcs_(grpc_api::RpcNames()), sessions_(config.sessions) {}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const Config& config, const Log& log) {
  log.Info("starting", {{"version", STROWGER_VERSION}, {"pid", getpid()}});
  std::unique_ptr<Daemon> daemon(new Daemon(config, log));
  if (absl::Status status = daemon->OpenData(); !status.ok()) return status;
  auto doors = Doors::Open(config, log, *daemon->audit_);
  if (!doors.ok()) return doors.status();
  daemon->doors_ = *std::move(doors);
  if (absl::Status status = daemon->LoadRules(); !status.ok()) return status;
  daemon->MakeReports();
  daemon->MakePublisher();
  daemon->MakeHistory();
  daemon->MakeCheckpointer();
  if (absl::Status status = daemon->StartServers(); !status.ok()) return status;
  if (absl::Status status = daemon->AddDomains(); !status.ok()) return status;
  daemon->BeginServing();
  daemon->WatchRules();
  return daemon;
}

// Without a drain before, what is in flight is still answered by the executors' own end.
Daemon::~Daemon() {
  watcher_.reset();
  if (server_ != nullptr) Drain();
}

// ---- Start-up -----------------------------------------------------------------------------------

absl::Status Daemon::OpenData() {
  std::error_code error;
  std::filesystem::create_directories(config_.data, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot make the data folder ", config_.data, ": ", error.message()));
  }
  const std::string folder = std::filesystem::absolute(config_.data).string();
  absl::StatusOr<std::unique_ptr<rules::AuditLog>> audit =
      rules::AuditLog::Open(folder + "/audit.jsonl");
  if (!audit.ok()) return audit.status();
  audit_ = *std::move(audit);
  log_.Info("data", {{"folder", folder},
                     {"audit", folder + "/audit.jsonl"},
                     {"journal", config_.journal_mode == "memory"
                                     ? "none: contacts and agents live in memory only"
                                     : folder + "/journal"}});
  return absl::OkStatus();
}

absl::Status Daemon::LoadRules() {
  absl::StatusOr<std::shared_ptr<const routing::RuleSet>> loaded = LoadFirstRules(config_);
  if (!loaded.ok()) return loaded.status();
  first_rules_ = *std::move(loaded);
  log_.Info("rules", {{"file", config_.rules.empty() ? "none" : config_.rules},
                      {"rule_set", std::string(first_rules_->name())},
                      {"hash", std::string(first_rules_->hash())}});
  return absl::OkStatus();
}

void Daemon::MakePublisher() {
  rules::PublisherOptions publishing;
  publishing.status = &rule_status_;
  publishing.audit = audit_.get();
  publishing.report = [this](const auto& request, const auto& answer) { Report(request, answer); };
  publisher_ = std::make_unique<rules::Publisher>(domains_, std::move(publishing));
}

absl::Status Daemon::StartServers() {
  grpc_api::HubOptions options;
  options.version = STROWGER_VERSION;
  options.virtual_time = config_.clock == "virtual";
  options.session_credit = config_.session_credit;
  options.reports = reports_.get();
  // The main thread waits for it.
  options.on_drain = [] { kill(getpid(), SIGTERM); };
  if (checkpointer_ != nullptr) {
    options.on_checkpoint = [this](const std::string& domain, auto done) {
      checkpointer_->Request(domain, [done](const absl::StatusOr<CheckpointReport>& report) {
        if (!report.ok()) return done(report.status());
        done(grpc_api::Checkpointed{report->file.sequence, report->file.bytes, report->file.path,
                                    report->was_there, static_cast<std::uint64_t>(report->took_ms),
                                    report->first_record});
      });
    };
    options.on_backup = [this](const std::string& domain, auto done) { BackUp(domain, done); };
    options.on_look_back = [this](const std::string& domain, const std::string& contact,
                                  auto done) {
      look_back_.Request(domain, contact, std::move(done));
    };
    options.on_what_if = [this](grpc_api::WhatIfQuestion question, auto progress, auto done) {
      AskWhatIf(std::move(question), std::move(progress), std::move(done));
    };
    options.on_erased = [this](const std::string& domain, std::uint64_t sequence, auto done) {
      Erase(domain, sequence, done);
    };
  }
  options.history = history_.get();
  hub_.reset(new grpc_api::Hub{domains_,
                               *publisher_,
                               rpcs_,
                               pump_,
                               sessions_,
                               doors_->access(),
                               slow_,
                               grpc_api::StreamCount(config_.intake_streams),
                               options,
                               Now(),
                               {}});
  const runtime::Clock* const clock = options.virtual_time ? nullptr : &clock_;
  metrics::Sources sources{nullptr, &rpcs_, nullptr, clock, Build()};
  if (const auto certificates = doors_->certificates()) {
    sources.certificate_expiry = [certificates] { return certificates->current()->expires_at; };
  }
  recovery_page_ = std::make_unique<metrics::Page>(sources);
  sources.domains = &domains_;
  sources.rules = &rule_status_;
  page_ = std::make_unique<metrics::Page>(sources);
  if (!config_.metrics_listen.empty()) {
    auto http = metrics::HttpServer::Start(
        {config_.metrics_listen, 4},
        [this] { return (hub_->recovery.done() ? page_ : recovery_page_)->Text(); },
        [this] { return IsReady(); });
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
  }
  return StartGrpc();
}

absl::Status Daemon::StartGrpc() {
  grpc_api::ServerOptions options;
  options.listen = config_.listen;
  options.admin_listen = config_.admin_listen;
  options.reflection = config_.reflection;
  options.certificates = doors_->certificates();
  options.client_certificates = doors_->client_certificates();
  options.memory_bytes = std::size_t{config_.intake_memory_mib} << 20;
  auto server = grpc_api::Server::Start(*hub_, options);
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  doors_->Watch([this] { pump_.Wake(); });  // open streams are looked at again
  return absl::OkStatus();
}

void Daemon::AskWhatIf(grpc_api::WhatIfQuestion question, std::function<bool(double)> progress,
                       grpc_api::HubOptions::WhatIfDone done) {
  const std::string domain = question.domain;
  look_back_.Ask(
      domain,
      [this, question = std::move(question), progress = std::move(progress),
       done](const KeptDomain& kept) {
        done(WhatIf(kept, question,
                    [&](double part) { return !look_back_.IsStopping() && progress(part); }));
      },
      [done](const absl::Status& refused) { done(refused); });
}

void Daemon::BackUp(const std::string& domain, const grpc_api::HubOptions::BackupDone& done) {
  const auto told = [this, domain, done](const absl::StatusOr<DomainBackup>& backup) {
    if (!backup.ok()) {
      log_.Error("backup_failed",
                 {{"domain", domain}, {"error", std::string(backup.status().message())}});
      return done(backup.status());
    }
    const std::string folder =
        std::filesystem::absolute(checkpointer_->options().backup_folder).string();
    log_.Info("backup", {{"domain", domain},
                         {"folder", folder},
                         {"id", backup->id},
                         {"checkpoint", backup->checkpoint},
                         {"sequence", backup->sequence},
                         {"bytes", backup->bytes}});
    done(grpc_api::BackedUp{folder, backup->id, backup->checkpoint, backup->sequence,
                            backup->bytes});
  };
  checkpointer_->RequestBackup(domain, told);
}

void Daemon::Erase(const std::string& domain, std::uint64_t sequence,
                   const grpc_api::HubOptions::EraseDone& done) {
  checkpointer_->RequestErasure(domain, sequence, [this, domain, sequence, done](const auto& left) {
    if (!left.ok()) {
      log_.Error("erasure_failed", {{"domain", domain},
                                    {"sequence", sequence},
                                    {"error", std::string(left.status().message())}});
      return done(left.status());
    }
    log_.Info("erasure", {{"domain", domain},
                          {"sequence", sequence},
                          {"checkpoint", left->checkpoint},
                          {"first_record_kept", left->first_record},
                          {"earlier_backups", left->backups.size()}});
    grpc_api::ErasedFromDisk erased{left->checkpoint, left->first_record, {}, {}};
    erased.backup_folder =
        std::filesystem::absolute(checkpointer_->options().backup_folder).string();
    for (const DomainBackup& backup : left->backups) {
      erased.backups.push_back({backup.id, backup.time, backup.sequence});
    }
    done(erased);
  });
}

void Daemon::BeginServing() {
  reports_->Start();
  if (history_ != nullptr) history_->Start();
  hub_->recovery.Finish();
  if (checkpointer_ != nullptr) {
    checkpointer_->Start();
    look_back_.Start();
  }
  server_->SetServing(true);
  std::string metrics_address = "none";
  if (http_ != nullptr) {
    metrics_address = absl::StrCat(
        config_.metrics_listen.substr(0, config_.metrics_listen.rfind(':')), ":", http_->port());
  }
  const std::vector<std::string>& admin = server_->admin_addresses();
  log_.Info("serving", {{"grpc", absl::StrJoin(server_->addresses(), ",")},
                        {"admin", admin.empty() ? "as grpc" : absl::StrJoin(admin, ",")},
                        {"metrics", metrics_address},
                        {"domains", absl::StrJoin(config_.domains, ",")},
                        {"clock", config_.clock},
                        {"journal", config_.journal_mode},
                        {"reflection", config_.reflection}});
}

metrics::Readiness Daemon::IsReady() const {
  if (hub_->draining.load()) return {false, "draining"};
  if (!hub_->recovery.done()) return {false, "recovering"};
  return {true, "serving"};
}

// ---- Rules --------------------------------------------------------------------------------------

void Daemon::WatchRules() {
  if (config_.rules.empty()) return;
  // Edited while the service was away. Rules that came otherwise since the file was last read stay.
  for (const std::string& domain : behind_file_) {
    PublishFile(domain, std::string(first_rules_->text()));
  }
  watcher_ = std::make_unique<rules::FileWatcher>(
      config_.rules, std::string(first_rules_->text()),
      [this](const std::string& text) {
        for (const std::string& domain : config_.domains) PublishFile(domain, text);
      },
      [this](const absl::Status& status) {
        if (status.ok()) return log_.Info("rule_file_readable", {{"file", config_.rules}});
        log_.Error("rule_file_unreadable", {{"file", config_.rules},
                                            {"error", std::string(status.message())},
                                            {"in_force", "the rules read last"}});
      });
}

void Daemon::PublishFile(const std::string& domain, const std::string& text) {
  rules::PublishRequest request;
  request.domain = domain;
  request.text = text;
  request.author = "file";
  request.comment = config_.rules;
  request.source = config_.rules;
  request.from_file = true;
  request.unless_in_force = true;
  // In virtual time a file has no time of its own: it counts as the last command's.
  request.at = config_.clock == "virtual" ? 1 : 0;
  if (!publisher_->Publish(std::move(request), [](const rules::PublishAnswer&) {})) {
    log_.Error("rules_not_read", {{"domain", domain}, {"error", "too many wait; SIGHUP repeats"}});
  }
}

void Daemon::Report(const rules::PublishRequest& request,
                    const rules::PublishAnswer& answer) const {
  const std::string domain = request.domain.empty() ? "default" : request.domain;
  const routing::Outcome outcome = answer.receipt.result.outcome;
  if (!answer.audit.ok()) {
    log_.Error("audit_not_written",
               {{"domain", domain}, {"error", std::string(answer.audit.message())}});
  }
  if (answer.submission != DomainExecutor::Submission::kAccepted) {
    log_.Warn("rules_not_applied", {{"domain", domain}, {"error", "overloaded or draining"}});
  } else if (outcome == routing::Outcome::kRuleSetInvalid) {
    log_.Error("rules_refused",
               {{"domain", domain},
                {"author", request.author},
                {"findings", rules::RenderFindings(answer.rules.source, answer.rules.text,
                                                   answer.rules.findings)},
                {"in_force", publisher_->Find(domain)->Active()->version}});
  } else if (!answer.receipt.result.ok()) {
    log_.Warn("rules_not_applied", {{"domain", domain},
                                    {"author", request.author},
                                    {"outcome", std::string(routing::Name(outcome))}});
  } else if (answer.version) {
    log_.Info(answer.unchanged ? "rules_unchanged" : "rules_activated",
              {{"domain", domain},
               {"rule_set", answer.version->rule_set},
               {"version", answer.version->version},
               {"hash", answer.version->hash},
               {"author", request.author},
               {"sequence", answer.version->sequence}});
  }
}

void Daemon::RereadFiles() {
  doors_->Reread();
  if (watcher_ != nullptr) watcher_->Reread();
}

// ---- The end ------------------------------------------------------------------------------------

void Daemon::Drain() {
  const auto deadline = std::chrono::system_clock::now() +
                        std::chrono::duration_cast<std::chrono::system_clock::duration>(
                            std::chrono::nanoseconds(config_.drain_grace));
  log_.Info("draining", {{"grace_seconds", config_.drain_grace / routing::kSecond}});
  server_->SetServing(false);
  (void)hub_->StopIntake();
  watcher_.reset();
  publisher_->Close();
  domains_.Drain();  // every reply is out; what is left are streams
  pump_.Wake();      // which send the last events and end
  look_back_.Stop();
  if (checkpointer_ != nullptr) checkpointer_->Stop();
  if (history_ != nullptr) history_->Stop();
  server_->Shutdown(deadline);
  server_.reset();
  http_.reset();
  reports_->Stop();
  // So that the next start has nothing to read but this, whatever build it is.
  if (checkpointer_ != nullptr && hub_->recovery.done()) checkpointer_->TakeAll();
  log_.Info("stopped", {});
}

}  // namespace strowger::daemon
