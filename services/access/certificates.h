// The service's certificate, its key and the authority of its clients, as files that are replaced
// while the service runs.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace strowger::access {

// All PEM.
struct CertificateFiles {
  std::string certificate;  // its own certificate first, then those between it and its authority
  std::string key;
  std::string client_authority;  // empty: clients are not asked for certificates
};

struct Certificates {
  std::string certificate;  // PEM
  std::string key;
  std::string client_authority;
  // When the first certificate that is sent runs out: seconds since 1970-01-01 UTC.
  std::int64_t expires_at = 0;
};

// Reads the files. An error when one of them cannot be read, is no PEM, or the key is not that of
// the certificate: a pair of which one half has been written is never taken.
absl::StatusOr<std::shared_ptr<const Certificates>> LoadCertificates(const CertificateFiles& files);

// What is in force. Any thread.
class CertificateStore {
 public:
  // REQUIRES: `first` came from LoadCertificates(files).
  CertificateStore(CertificateFiles files, std::shared_ptr<const Certificates> first)
      : files_(std::move(files)), current_(std::move(first)) {}

  // Reads the files again. Where that fails what was in force stays. True: they are new.
  absl::StatusOr<bool> Reload();

  std::shared_ptr<const Certificates> current() const;
  const CertificateFiles& files() const { return files_; }

 private:
  const CertificateFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Certificates> current_;
};

}  // namespace strowger::access
