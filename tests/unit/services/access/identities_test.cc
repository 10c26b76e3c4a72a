#include "services/access/identities.h"

#include <string>

#include "gtest/gtest.h"

namespace strowger::access {
namespace {

std::string ErrorOf(const std::string& text) {
  const auto parsed = Identities::Parse(text, "file");
  return parsed.ok() ? "" : std::string(parsed.status().message());
}

void ExpectError(const std::string& text, const std::string& says) {
  EXPECT_NE(ErrorOf(text).find(says), std::string::npos) << ErrorOf(text);
}

const std::string kHash = ToText(HashOf("t"));

TEST(Identities, AreFoundByTokenAndByCertificate) {
  const auto parsed = Identities::Parse(
      "# who may call\n"
      "- {name: anna, role: operator, domains: [\"*\"], token: \"" +
          kHash +
          "\"}\n"
          "- {name: pbx, role: platform, domains: [default, uk], certificate: "
          "\"spiffe://c/pbx\"}\n",
      "file");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const Identity* const anna = (*parsed)->ByToken("t");
  ASSERT_NE(anna, nullptr);
  EXPECT_EQ(anna->name, "anna");
  EXPECT_EQ(anna->role, Role::kOperator);
  EXPECT_TRUE(anna->MayUseAll());
  EXPECT_TRUE(anna->MayUse("anything"));
  EXPECT_EQ((*parsed)->ByToken("T"), nullptr);
  EXPECT_EQ((*parsed)->ByToken(""), nullptr);
  EXPECT_EQ((*parsed)->ByToken(kHash), nullptr);  // the hash is no token

  const Identity* const pbx = (*parsed)->ByCertificate({"localhost", "spiffe://c/pbx"});
  ASSERT_NE(pbx, nullptr);
  EXPECT_EQ(pbx->name, "pbx");
  EXPECT_FALSE(pbx->MayUseAll());
  EXPECT_TRUE(pbx->MayUse(""));  // the default one
  EXPECT_TRUE(pbx->MayUse("default"));
  EXPECT_TRUE(pbx->MayUse("uk"));
  EXPECT_FALSE(pbx->MayUse("us"));
  EXPECT_EQ((*parsed)->ByCertificate({"spiffe://c/pb", ""}), nullptr);
  EXPECT_EQ((*parsed)->ByCertificate({}), nullptr);
}

TEST(Identities, AnEmptyFileKnowsNobody) {
  const auto parsed = Identities::Parse("# nobody yet\n", "file");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE((*parsed)->all().empty());
  EXPECT_EQ((*parsed)->ByToken("t"), nullptr);
}

TEST(Identities, WhatIsWrongIsToldWithItsPlace) {
  const std::string good = "- {name: a, role: operator, domains: [x], token: \"" + kHash + "\"}\n";
  EXPECT_EQ(ErrorOf(good), "");
  ExpectError(good + good, "file:2:3: the name is taken: a");
  ExpectError("- {role: operator, domains: [x], token: \"" + kHash + "\"}", "has no name");
  ExpectError("- {name: a, domains: [x], token: \"" + kHash + "\"}", "has no role");
  ExpectError("- {name: a, role: operator, token: \"" + kHash + "\"}", "has no domains");
  ExpectError("- {name: a, role: operator, domains: [x]}", "neither a token nor a certificate");
  ExpectError("- {name: a, role: admin, domains: [x], certificate: c}", "must be platform");
  ExpectError("- {name: a, rol: operator}", "there is no key 'rol'");
  ExpectError("- {name: a, role: operator, per_second: 0}", "must be a number of calls a second");
  ExpectError("- {name: a, role: operator, per_second: -1}", "must be a number of calls a second");
  ExpectError("identities: []", "must be a list");
  ExpectError("- [a", "file:1");
}

// Somebody may put the token where its hash belongs; the log must not have it then.
TEST(Identities, ATokenInThePlaceOfItsHashIsNotRepeated) {
  const std::string error =
      ErrorOf("- {name: a, role: operator, domains: [x], token: strowger_0123456789}\n");
  EXPECT_NE(error.find("must be sha256:"), std::string::npos) << error;
  EXPECT_EQ(error.find("0123456789"), std::string::npos) << error;
}

TEST(Identities, ALineReadsBackAsTheSame) {
  Identity identity;
  identity.name = "pbx: the \"first\"";
  identity.role = Role::kReadOnly;
  identity.domains = {"default", "*"};
  identity.token = HashOf("t");
  identity.certificate = "spiffe://c/pbx";
  identity.per_second = 500;
  const auto parsed = Identities::Parse(LineOf(identity) + "\n", "file");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  ASSERT_EQ((*parsed)->all().size(), 1U);
  EXPECT_EQ((*parsed)->all().front(), identity);
}

TEST(Identities, EveryRoleHasAName) {
  for (std::size_t i = 0; i < kRoles; ++i) {
    const auto role = static_cast<Role>(i);
    EXPECT_EQ(RoleOf(Name(role)), role);
  }
  EXPECT_FALSE(RoleOf("root"));
}

}  // namespace
}  // namespace strowger::access
