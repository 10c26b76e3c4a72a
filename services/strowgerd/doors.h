// Over what calls come in, and who may make them: listeners, certificates, identities.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/access/certificates.h"
#include "services/access/identities.h"
#include "services/grpc/access.h"
#include "services/grpc/auditor.h"
#include "services/grpc/tls_credentials.h"
#include "services/rules/audit.h"
#include "services/rules/watcher.h"
#include "services/strowgerd/config.h"
#include "services/strowgerd/log.h"

namespace strowger::daemon {

class Doors {
 public:
  // Reads what the configuration names. INVALID_ARGUMENT where it contradicts itself, or would let
  // the network read along without being told to. `audit` and `log` must outlive it.
  static absl::StatusOr<std::unique_ptr<Doors>> Open(const Config& config, const Log& log,
                                                     rules::AuditLog& audit);
  // The same without opening anything.
  static absl::Status Check(const Config& config);
  Doors(const Doors&) = delete;
  Doors& operator=(const Doors&) = delete;

  // Follows the files from now on. `on_identities`, on a watcher's thread, after they changed.
  void Watch(std::function<void()> on_identities);
  // All files once more, though nothing told of a change.
  void Reread();

  grpc_api::AccessControl& access() { return access_; }
  // Null: plaintext.
  std::shared_ptr<const access::CertificateStore> certificates() const { return certificates_; }
  grpc_api::ClientCertificates client_certificates() const;

 private:
  Doors(const Config& config, const Log& log, rules::AuditLog& audit);

  absl::Status Load();
  void Tell() const;
  void TellCertificates(const char* event) const;
  void TakeIdentities(const std::string& text);
  void TakeCertificates();
  void Follow(const std::string& path, rules::FileWatcher::OnContent on_content);

  const Config config_;
  const Log& log_;
  grpc_api::Auditor auditor_;
  grpc_api::AccessControl access_;
  std::shared_ptr<access::CertificateStore> certificates_;
  std::function<void()> on_identities_;
  std::vector<std::unique_ptr<rules::FileWatcher>> watchers_;  // go first
};

// Whether only this machine reaches the address: a Unix socket, or loopback.
bool IsLocal(const std::string& listen);

}  // namespace strowger::daemon
