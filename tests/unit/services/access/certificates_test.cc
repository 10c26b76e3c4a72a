// Certificates are made by the test: nothing secret, and nothing that runs out, is kept.
#include "services/access/certificates.h"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace strowger::access {
namespace {

class CertificatesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "strowger-certificates-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    Make("one");
    Make("two");
  }
  void TearDown() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  std::string File(const std::string& name) const { return folder_ + "/" + name; }

  // A pair that signs itself: NAME.pem and NAME.key.
  void Make(const std::string& name) const {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
        " -subj /CN=" +
        name + " -keyout " + File(name + ".key") + " -out " + File(name + ".pem") + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  void Copy(const std::string& from, const std::string& to) const {
    std::filesystem::copy_file(File(from), File(to),
                               std::filesystem::copy_options::overwrite_existing);
  }

  std::string folder_;
};

TEST_F(CertificatesTest, APairIsReadWithItsExpiry) {
  const auto loaded = LoadCertificates({File("one.pem"), File("one.key"), File("two.pem")});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const std::int64_t in_thirty_days = std::time(nullptr) + std::int64_t{30} * 86'400;
  EXPECT_NEAR(static_cast<double>((*loaded)->expires_at), static_cast<double>(in_thirty_days),
              120.0);
  EXPECT_NE((*loaded)->client_authority.find("BEGIN CERTIFICATE"), std::string::npos);
}

TEST_F(CertificatesTest, WhatDoesNotBelongTogetherIsRefused) {
  EXPECT_FALSE(LoadCertificates({File("one.pem"), File("two.key"), ""}).ok());
  EXPECT_FALSE(LoadCertificates({File("one.pem"), File("none"), ""}).ok());
  EXPECT_FALSE(LoadCertificates({File("one.key"), File("one.key"), ""}).ok());
  EXPECT_FALSE(LoadCertificates({File("one.pem"), File("one.pem"), ""}).ok());
  EXPECT_FALSE(LoadCertificates({File("one.pem"), File("one.key"), File("one.key")}).ok());
}

TEST_F(CertificatesTest, AFileThatBreaksOffIsRefused) {
  std::ifstream whole(File("one.pem"));
  std::string pem((std::istreambuf_iterator<char>(whole)), std::istreambuf_iterator<char>());
  // A chain, of which the second half is still being written.
  std::ofstream(File("half.pem")) << pem << pem.substr(0, pem.size() / 2);
  EXPECT_FALSE(LoadCertificates({File("half.pem"), File("one.key"), ""}).ok());
  std::ofstream(File("chain.pem")) << pem << pem;
  EXPECT_TRUE(LoadCertificates({File("chain.pem"), File("one.key"), ""}).ok());
}

TEST_F(CertificatesTest, TheStoreTakesWholePairsOnly) {
  Copy("one.pem", "now.pem");
  Copy("one.key", "now.key");
  const CertificateFiles files = {File("now.pem"), File("now.key"), ""};
  CertificateStore store(files, *LoadCertificates(files));
  const auto first = store.current();
  ASSERT_TRUE(store.Reload().ok());
  EXPECT_EQ(store.current(), first);  // nothing new

  Copy("two.pem", "now.pem");
  EXPECT_FALSE(store.Reload().ok());  // half a pair
  EXPECT_EQ(store.current(), first);
  Copy("two.key", "now.key");
  const auto taken = store.Reload();
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(*taken);
  EXPECT_NE(store.current(), first);
  EXPECT_NE(store.current()->key, first->key);
}

}  // namespace
}  // namespace strowger::access
