#include "tests/integration/pki.h"

#include <cstdlib>

#include "gtest/gtest.h"

namespace strowger::testing {
namespace {

void Run(const std::string& command) {
  EXPECT_EQ(std::system((command + " 2>/dev/null").c_str()), 0) << command;
}

const std::string kNewKey = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

}  // namespace

Authority::Authority() {
  Run("openssl req -x509" + kNewKey + " -days 2 -subj /CN=authority -keyout " +
      folder_.File("ca.key") + " -out " + certificate());
}

Pair Authority::Issue(const std::string& name, const std::string& names, int days) const {
  const Pair pair = {folder_.File(name + ".pem"), folder_.File(name + ".key")};
  const std::string request = folder_.File(name + ".csr");
  const std::string extensions = folder_.File(name + ".ext");
  Run("openssl req" + kNewKey + " -subj /CN=" + name + " -keyout " + pair.key + " -out " + request);
  WriteFile(extensions, "subjectAltName=" + names + "\n");
  Run("openssl x509 -req -in " + request + " -CA " + certificate() + " -CAkey " +
      folder_.File("ca.key") + " -CAcreateserial -days " + std::to_string(days) + " -extfile " +
      extensions + " -out " + pair.certificate);
  return pair;
}

}  // namespace strowger::testing
