#include "services/access/certificates.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace strowger::access {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{1} << 20;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::UnavailableError(absl::StrCat("cannot read ", path));
  }
  std::string pem = std::move(text).str();
  if (pem.size() > kMaxPemBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is over 1 MiB"));
  }
  return pem;
}

Bio Over(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Nobody is asked for a passphrase.
int NoPassphrase(char*, int, int, void*) { return -1; }

// The first certificate; null when one of the file cannot be read, or there is none.
Certificate FirstOf(const std::string& pem) {
  const Bio bio = Over(pem);
  Certificate first(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
  if (first == nullptr) return first;
  for (;;) {
    const Certificate next(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
    if (next != nullptr) continue;
    // The end of the file is told as "no start line".
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) first.reset();
    return first;
  }
}

std::int64_t ExpiryOf(const X509& certificate) {
  std::tm broken_down = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &broken_down) != 1) return 0;
  return timegm(&broken_down);
}

absl::Status Check(const CertificateFiles& files, Certificates& loaded) {
  ERR_clear_error();
  const Certificate own = FirstOf(loaded.certificate);
  if (own == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(files.certificate, " holds no certificate in PEM"));
  }
  const Bio bio = Over(loaded.key);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(files.key, " holds no private key in PEM without a passphrase"));
  }
  if (X509_check_private_key(own.get(), key.get()) != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key in ", files.key, " is not that of ", files.certificate));
  }
  if (!files.client_authority.empty() && FirstOf(loaded.client_authority) == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(files.client_authority, " holds no certificate in PEM"));
  }
  loaded.expires_at = ExpiryOf(*own);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Certificates>> LoadCertificates(
    const CertificateFiles& files) {
  auto loaded = std::make_shared<Certificates>();
  const std::pair<const std::string*, std::string*> parts[] = {
      {&files.certificate, &loaded->certificate},
      {&files.key, &loaded->key},
      {&files.client_authority, &loaded->client_authority}};
  for (const auto& [path, to] : parts) {
    if (path->empty()) continue;
    absl::StatusOr<std::string> pem = ReadPem(*path);
    if (!pem.ok()) return pem.status();
    *to = *std::move(pem);
  }
  if (absl::Status status = Check(files, *loaded); !status.ok()) {
    ERR_clear_error();
    return status;
  }
  ERR_clear_error();
  return std::shared_ptr<const Certificates>(std::move(loaded));
}

absl::StatusOr<bool> CertificateStore::Reload() {
  absl::StatusOr<std::shared_ptr<const Certificates>> loaded = LoadCertificates(files_);
  if (!loaded.ok()) return loaded.status();
  const std::scoped_lock lock(mutex_);
  const Certificates& now = *current_;
  const Certificates& next = **loaded;
  if (next.certificate == now.certificate && next.key == now.key &&
      next.client_authority == now.client_authority) {
    return false;
  }
  current_ = *std::move(loaded);
  return true;
}

std::shared_ptr<const Certificates> CertificateStore::current() const {
  const std::scoped_lock lock(mutex_);
  return current_;
}

}  // namespace strowger::access
