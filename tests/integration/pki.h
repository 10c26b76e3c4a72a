// Certificates of a test's own, made by the program openssl and gone with the test.
#pragma once

#include <string>

#include "tests/integration/server_process.h"

namespace strowger::testing {

struct Pair {
  std::string certificate;  // files, PEM
  std::string key;
};

// An authority in a folder of its own.
class Authority {
 public:
  Authority();

  // `names` as openssl has them: "DNS:localhost,IP:127.0.0.1,URI:spiffe://c/pbx".
  Pair Issue(const std::string& name, const std::string& names, int days = 2) const;
  std::string certificate() const { return folder_.File("ca.pem"); }

 private:
  TemporaryFolder folder_;
};

// For a service on loopback.
inline constexpr const char* kServerNames = "DNS:localhost,IP:127.0.0.1";

}  // namespace strowger::testing
