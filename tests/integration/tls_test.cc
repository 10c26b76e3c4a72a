// TLS against the real service: whose certificate is good for what, and what happens when it
// changes.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "gtest/gtest.h"
#include "services/access/identities.h"
#include "tests/integration/client.h"
#include "tests/integration/pki.h"

namespace strowger::testing {
namespace {

using grpc::StatusCode;

std::shared_ptr<grpc::Channel> Secure(const std::string& address, const std::string& authority,
                                      const Pair& own = {}) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadWholeFile(authority);
  if (!own.certificate.empty()) {
    options.pem_cert_chain = ReadWholeFile(own.certificate);
    options.pem_private_key = ReadWholeFile(own.key);
  }
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a handshake of its own
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
}

StatusCode StatusOver(const std::shared_ptr<grpc::Channel>& channel,
                      const std::string& token = "") {
  Client client(channel, token);
  v1::GetStatusResponse response;
  return client
      .Call(*client.admin, &v1::AdminService::Stub::GetStatus, v1::GetStatusRequest(), response)
      .error_code();
}

class TlsTest : public ::testing::Test {
 protected:
  ServerProcess::Options With(const std::string& more_tls, const std::string& more = "") const {
    ServerProcess::Options options;
    options.tcp = true;
    options.metrics = true;
    options.more =
        "tls: {certificate: " + own_.certificate + ", key: " + own_.key + more_tls + "}\n" + more;
    return options;
  }
  std::string IdentityFile(const std::string& lines) const {
    WriteFile(folder_.File("identities.yaml"), lines);
    return "access: {identities: " + folder_.File("identities.yaml") + "}\n";
  }

  const TemporaryFolder folder_;
  const Authority authority_;
  const Pair own_ = authority_.Issue("service", kServerNames);
};

TEST_F(TlsTest, PlaintextBeyondLoopbackNeedsToBeAskedFor) {
  const ProgramResult refused = RunServerProgram({"--listen", "0.0.0.0:0", "--check-config"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.output.find("tls.allow_plaintext_beyond_loopback"), std::string::npos)
      << refused.output;
  const ProgramResult not_served =
      RunServerProgram({"--listen", "0.0.0.0:0", "--data", folder_.File("data")});
  EXPECT_EQ(not_served.exit_code, 1);
  EXPECT_NE(not_served.output.find("allow_plaintext"), std::string::npos) << not_served.output;
  EXPECT_EQ(RunServerProgram({"--listen", "0.0.0.0:0", "--tls.allow_plaintext_beyond_loopback",
                              "true", "--check-config"})
                .exit_code,
            0);
  EXPECT_EQ(RunServerProgram({"--listen", "0.0.0.0:0", "--tls.certificate", own_.certificate,
                              "--tls.key", own_.key, "--check-config"})
                .exit_code,
            0);
  for (const char* local : {"127.0.0.1:0", "localhost:0", "[::1]:0", "unix:/tmp/socket"}) {
    EXPECT_EQ(RunServerProgram({"--listen", local, "--check-config"}).exit_code, 0) << local;
  }
  EXPECT_EQ(RunServerProgram({"--admin.listen", "0.0.0.0:0", "--check-config"}).exit_code, 1);
  EXPECT_EQ(RunServerProgram({"--tls.key", own_.key, "--check-config"}).exit_code, 1);
  EXPECT_EQ(RunServerProgram({"--tls.client_ca", own_.key, "--check-config"}).exit_code, 1);
}

TEST_F(TlsTest, ClientsMakeSureOfTheService) {
  ServerProcess server(With(""));
  const Authority stranger;
  EXPECT_EQ(StatusOver(Secure(server.tcp_address(), authority_.certificate())), StatusCode::OK);
  EXPECT_EQ(StatusOver(Secure(server.tcp_address(), stranger.certificate())),
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(
      StatusOver(grpc::CreateChannel(server.tcp_address(), grpc::InsecureChannelCredentials())),
      StatusCode::UNAVAILABLE);
  EXPECT_EQ(StatusOver(server.Connect()), StatusCode::OK);  // the socket, by its own rights
  EXPECT_NE(server.Fetch("/metrics").find("strowger_tls_certificate_expiry_timestamp_seconds"),
            std::string::npos);
}

TEST_F(TlsTest, NothingOlderThanTls12) {
  ServerProcess server(With(""));
  const auto shake = [&server](const std::string& version) {
    return std::system(("openssl s_client -brief -connect " + server.tcp_address() + " -alpn h2 " +
                        version + " -cipher 'DEFAULT@SECLEVEL=0' </dev/null >/dev/null 2>&1")
                           .c_str());
  };
  EXPECT_NE(shake("-tls1_1"), 0);
  EXPECT_EQ(shake("-tls1_2"), 0);
  EXPECT_EQ(shake("-tls1_3"), 0);
}

TEST_F(TlsTest, AClientIsWhomItsCertificateNames) {
  ServerProcess server(
      With(", client_ca: " + authority_.certificate(),
           IdentityFile("- {name: pbx, role: platform, domains: [\"*\"], certificate: "
                        "\"spiffe://centre/pbx\"}\n"
                        "- {name: dash, role: read-only, domains: [\"*\"], certificate: "
                        "\"dash.centre\"}\n")));
  const Authority stranger;
  const auto as = [&](const Pair& pair) {
    return Secure(server.tcp_address(), authority_.certificate(), pair);
  };
  EXPECT_EQ(StatusOver(as({})), StatusCode::UNAVAILABLE);  // none at all
  EXPECT_EQ(StatusOver(as(stranger.Issue("pbx", "URI:spiffe://centre/pbx"))),
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(StatusOver(as(authority_.Issue("late", "URI:spiffe://centre/pbx", -1))),
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(StatusOver(as(authority_.Issue("other", "URI:spiffe://centre/other"))),
            StatusCode::UNAUTHENTICATED);
  const Pair pbx = authority_.Issue("pbx", "URI:spiffe://centre/pbx");
  const Pair dash = authority_.Issue("dash", "DNS:dash.centre");
  EXPECT_EQ(StatusOver(as(pbx)), StatusCode::OK);
  EXPECT_EQ(StatusOver(as(dash)), StatusCode::OK);
  v1::RouteResponse response;
  Client platform(as(pbx));
  EXPECT_TRUE(platform.Route(MakeContact("c1"), response).ok());
  Client board(as(dash));
  EXPECT_EQ(board.Route(MakeContact("c2"), response).error_code(), StatusCode::PERMISSION_DENIED);
}

TEST_F(TlsTest, WhereCertificatesAreOptionalATokenWillDo) {
  ServerProcess server(
      With(", client_ca: " + authority_.certificate() + ", client_certificates: optional",
           IdentityFile("- {name: anna, role: operator, domains: [\"*\"], token: \"" +
                        access::ToText(access::HashOf("t")) + "\"}\n")));
  const auto channel = Secure(server.tcp_address(), authority_.certificate());
  EXPECT_EQ(StatusOver(channel, "t"), StatusCode::OK);
  EXPECT_EQ(StatusOver(channel), StatusCode::UNAUTHENTICATED);
  const Authority stranger;
  EXPECT_EQ(StatusOver(Secure(server.tcp_address(), authority_.certificate(),
                              stranger.Issue("x", "DNS:x")),
                       "t"),
            StatusCode::UNAVAILABLE);
}

// The next certificate is another authority's, so that who has it can be told apart.
TEST_F(TlsTest, CertificatesChangeUnderALiveSession) {
  ServerProcess server(With(""));
  Client client(Secure(server.tcp_address(), authority_.certificate()));
  grpc::ClientContext context;
  client.Prepare(context);
  const auto session = client.routing->Session(&context);
  v1::SessionRequest message;
  message.mutable_open()->set_session_id("s");
  session->Write(message);
  v1::SessionResponse response;
  ASSERT_TRUE(session->Read(&response));

  const auto replace = [](const std::string& from, const std::string& to) {
    std::filesystem::copy_file(from, to + ".next");
    std::filesystem::rename(to + ".next", to);
  };
  const Authority next;
  const Pair renewed = next.Issue("service", kServerNames);
  replace(renewed.certificate, own_.certificate);
  ASSERT_TRUE(server.AwaitLog("certificates_not_taken"));  // half of the pair
  EXPECT_EQ(StatusOver(Secure(server.tcp_address(), authority_.certificate())), StatusCode::OK);
  replace(renewed.key, own_.key);
  ASSERT_TRUE(server.AwaitLog("certificates_taken"));
  EXPECT_EQ(StatusOver(Secure(server.tcp_address(), next.certificate())), StatusCode::OK);
  EXPECT_EQ(StatusOver(Secure(server.tcp_address(), authority_.certificate())),
            StatusCode::UNAVAILABLE);

  message.Clear();
  message.set_first_number(1);
  *message.add_commands()->mutable_submit_contact() = MakeContact("c1");
  message.mutable_commands(0)->mutable_at()->set_seconds(kMonday);
  session->Write(message);
  ASSERT_TRUE(session->Read(&response));
  EXPECT_EQ(response.replies(0).receipt().outcome(), v1::OUTCOME_OK);
  context.TryCancel();
}

TEST_F(TlsTest, AdministrationHasAListenerOfItsOwn) {
  ServerProcess server(With("", "admin: {listen: [\"127.0.0.1:0\"]}\n"));
  const auto traffic = Secure(server.tcp_address(), authority_.certificate());
  const auto admin = Secure(server.admin_address(), authority_.certificate());
  EXPECT_EQ(StatusOver(traffic), StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(StatusOver(server.Connect()), StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(StatusOver(admin), StatusCode::OK);
  for (const auto& channel : {traffic, admin}) {
    Client client(channel);
    v1::ListQueuesResponse queues;
    EXPECT_TRUE(client
                    .Call(*client.queues, &v1::QueueService::Stub::ListQueues,
                          v1::ListQueuesRequest(), queues)
                    .ok());
  }
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0);
}

TEST_F(TlsTest, TheToolComesInByCertificateAndByToken) {
  WriteFile(folder_.File("token"), "t\n");
  const Pair pair = authority_.Issue("ops", "DNS:ops");
  ServerProcess server(With(
      ", client_ca: " + authority_.certificate() + ", client_certificates: optional",
      IdentityFile("- {name: ops, role: operator, domains: [\"*\"], certificate: ops, token: \"" +
                   access::ToText(access::HashOf("t")) + "\"}\n")));
  const auto tool = [&](const std::string& arguments) {
    const int status =
        std::system((std::string(STROWGERCTL) + " " + arguments + " >/dev/null 2>&1").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  const std::string tls =
      "status --server " + server.tcp_address() + " --tls-ca " + authority_.certificate();
  EXPECT_EQ(tool(tls), 1);
  EXPECT_EQ(tool(tls + " --token-file " + folder_.File("token")), 0);
  EXPECT_EQ(tool(tls + " --tls-cert " + pair.certificate + " --tls-key " + pair.key), 0);
  EXPECT_EQ(tool(tls + " --tls-cert " + pair.certificate), 2);
  EXPECT_EQ(tool("status --server " + server.tcp_address()), 2);
  EXPECT_EQ(tool("status --server " + server.address() + " --token-file " + folder_.File("token")),
            0);
  // A new token's line is one that the service can read.
  EXPECT_EQ(std::system((std::string(STROWGERCTL) + " token new x --role auditor --domain uk >" +
                         folder_.File("line") + " 2>" + folder_.File("shown"))
                            .c_str()),
            0);
  const auto line = access::Identities::Parse(ReadWholeFile(folder_.File("line")), "line");
  ASSERT_TRUE(line.ok()) << line.status();
  const std::string shown = ReadWholeFile(folder_.File("shown"));
  const std::string token = shown.substr(shown.rfind("strowger_"), 9 + 64);
  const access::Identity* const found = (*line)->ByToken(token);
  ASSERT_NE(found, nullptr) << shown;
  EXPECT_EQ(found->name, "x");
  EXPECT_EQ(found->role, access::Role::kAuditor);
  EXPECT_EQ(tool("token new x --role king --domain uk"), 2);
  // A token does not leave the machine in the clear.
  EXPECT_EQ(tool("status --server 192.0.2.1:1 --token-file " + folder_.File("token")), 2);
}

}  // namespace
}  // namespace strowger::testing
