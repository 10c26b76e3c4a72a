#include "services/strowgerd/doors.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace strowger::daemon {
namespace {

absl::Status Wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

access::CertificateFiles FilesOf(const Config& config) {
  return {config.tls_certificate, config.tls_key, config.tls_client_ca};
}

absl::Status CheckKeys(const Config& config) {
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    return Wrong("tls.certificate and tls.key are given together or not at all");
  }
  if (!config.tls_client_ca.empty() && config.tls_certificate.empty()) {
    return Wrong("tls.client_ca means nothing without tls.certificate and tls.key");
  }
  if (config.tls_client_certificates == "optional" && config.tls_client_ca.empty()) {
    return Wrong("tls.client_certificates means nothing without tls.client_ca");
  }
  if (!config.tls_certificate.empty() || config.allow_plaintext_beyond_loopback) {
    return absl::OkStatus();
  }
  for (const auto* const addresses : {&config.listen, &config.admin_listen}) {
    for (const std::string& listen : *addresses) {
      if (IsLocal(listen)) continue;
      return Wrong(absl::StrCat(
          listen, " is neither loopback nor a Unix socket, and there is no TLS: give ",
          "tls.certificate and tls.key, or say tls.allow_plaintext_beyond_loopback: true where ",
          "nobody can read along"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const access::Identities>> LoadIdentities(const std::string& path) {
  const absl::StatusOr<std::string> text = rules::ReadFile(path, access::kMaxIdentityFileBytes);
  if (!text.ok()) return text.status();
  return access::Identities::Parse(*text, path);
}

}  // namespace

bool IsLocal(const std::string& listen) {
  if (absl::StartsWith(listen, "unix:") || absl::StartsWith(listen, "unix-abstract:")) return true;
  const std::string host = listen.substr(0, listen.rfind(':'));
  return host == "localhost" || host == "[::1]" || host == "::1" || absl::StartsWith(host, "127.");
}

Doors::Doors(const Config& config, const Log& log, rules::AuditLog& audit)
    : config_(config),
      log_(log),
      auditor_(audit,
               [&log](const absl::Status& status) {
                 log.Error("audit_not_written", {{"error", std::string(status.message())}});
               }),
      access_(auditor_, {config.identity_per_second, config.domain_per_second}, config.domains) {}

absl::Status Doors::Check(const Config& config) {
  if (absl::Status status = CheckKeys(config); !status.ok()) return status;
  if (!config.tls_certificate.empty()) {
    const auto loaded = access::LoadCertificates(FilesOf(config));
    if (!loaded.ok()) return loaded.status();
  }
  return config.identities.empty() ? absl::OkStatus() : LoadIdentities(config.identities).status();
}

absl::StatusOr<std::unique_ptr<Doors>> Doors::Open(const Config& config, const Log& log,
                                                   rules::AuditLog& audit) {
  std::unique_ptr<Doors> doors(new Doors(config, log, audit));
  if (absl::Status status = CheckKeys(config); !status.ok()) return status;
  if (absl::Status status = doors->Load(); !status.ok()) return status;
  doors->Tell();
  return doors;
}

absl::Status Doors::Load() {
  if (!config_.tls_certificate.empty()) {
    const access::CertificateFiles files = FilesOf(config_);
    auto loaded = access::LoadCertificates(files);
    if (!loaded.ok()) return loaded.status();
    certificates_ = std::make_shared<access::CertificateStore>(files, *std::move(loaded));
  }
  if (!config_.identities.empty()) {
    auto loaded = LoadIdentities(config_.identities);
    if (!loaded.ok()) return loaded.status();
    access_.SetIdentities(*std::move(loaded));
  }
  return absl::OkStatus();
}

grpc_api::ClientCertificates Doors::client_certificates() const {
  if (config_.tls_client_ca.empty()) return grpc_api::ClientCertificates::kIgnored;
  return config_.tls_client_certificates == "optional" ? grpc_api::ClientCertificates::kOptional
                                                       : grpc_api::ClientCertificates::kRequired;
}

void Doors::Tell() const {
  const bool open = config_.identities.empty();
  log_.Info("access",
            {{"tls", certificates_ != nullptr},
             {"client_certificates",
              config_.tls_client_ca.empty() ? "not asked for" : config_.tls_client_certificates},
             {"identities",
              open ? "none: whoever reaches a listener may do everything" : config_.identities}});
  if (certificates_ != nullptr) TellCertificates("certificates");
  bool local = true;
  for (const std::string& listen : config_.listen) local = local && IsLocal(listen);
  for (const std::string& listen : config_.admin_listen) local = local && IsLocal(listen);
  if (!local && open) {
    log_.Warn("open_to_the_network",
              {{"effect", config_.tls_client_ca.empty()
                              ? "everybody who reaches a listener may do everything"
                              : "everybody with a certificate of the authority may do everything"},
               {"remedy", "access.identities"}});
  }
  if (!local && certificates_ == nullptr) {
    log_.Warn("plaintext_on_the_network", {{"remedy", "tls.certificate and tls.key"}});
  }
}

void Doors::TellCertificates(const char* event) const {
  const std::int64_t expires_at = certificates_->current()->expires_at;
  const std::string when =
      absl::FormatTime(absl::RFC3339_sec, absl::FromUnixSeconds(expires_at), absl::UTCTimeZone());
  if (absl::FromUnixSeconds(expires_at) <= absl::Now()) {
    log_.Error("certificate_expired", {{"file", config_.tls_certificate}, {"expired", when}});
  } else {
    log_.Info(event, {{"file", config_.tls_certificate}, {"expires", when}});
  }
}

// ---- Changes ------------------------------------------------------------------------------------

void Doors::Watch(std::function<void()> on_identities) {
  on_identities_ = std::move(on_identities);
  if (!config_.identities.empty()) {
    Follow(config_.identities, [this](const std::string& text) { TakeIdentities(text); });
  }
  if (certificates_ == nullptr) return;
  for (const std::string& path :
       {config_.tls_certificate, config_.tls_key, config_.tls_client_ca}) {
    if (!path.empty()) Follow(path, [this](const std::string&) { TakeCertificates(); });
  }
}

// What the watcher finds first, it hands over: taking what is there already does no harm.
void Doors::Follow(const std::string& path, rules::FileWatcher::OnContent on_content) {
  watchers_.push_back(std::make_unique<rules::FileWatcher>(
      path, "", std::move(on_content), [this, path](const absl::Status& status) {
        if (status.ok()) return;
        log_.Error("access_file_unreadable", {{"file", path},
                                              {"error", std::string(status.message())},
                                              {"in_force", "what was read last"}});
      }));
}

void Doors::Reread() {
  for (const auto& watcher : watchers_) watcher->Reread();
}

void Doors::TakeIdentities(const std::string& text) {
  const auto identities = access::Identities::Parse(text, config_.identities);
  if (!identities.ok()) {
    return log_.Error("identities_refused", {{"error", std::string(identities.status().message())},
                                             {"in_force", "those read last"}});
  }
  access_.SetIdentities(*identities);
  log_.Info("identities", {{"file", config_.identities}, {"count", (*identities)->all().size()}});
  on_identities_();
}

void Doors::TakeCertificates() {
  const absl::StatusOr<bool> changed = certificates_->Reload();
  if (!changed.ok()) {
    // Also between the writing of a certificate and that of its key, for a moment.
    log_.Warn("certificates_not_taken", {{"error", std::string(changed.status().message())},
                                         {"in_force", "those read last"}});
  } else if (*changed) {
    TellCertificates("certificates_taken");
  }
}

}  // namespace strowger::daemon
