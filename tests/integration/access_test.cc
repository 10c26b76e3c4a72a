// Who may do what, against the real service: tokens, roles, domains, the audit trail, and that
// nothing personal is left lying about.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/access/identities.h"
#include "services/grpc/access_table.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

using access::Role;
using grpc::StatusCode;

std::string TokenOf(Role role) { return "token-of-" + std::string(access::Name(role)); }

std::string LineFor(const std::string& name, Role role, const std::string& token,
                    const std::vector<std::string>& domains) {
  access::Identity identity;
  identity.name = name;
  identity.role = role;
  identity.domains = domains;
  identity.token = access::HashOf(token);
  return access::LineOf(identity) + "\n";
}

// One of each role, for these domains.
std::string OneOfEach(const std::vector<std::string>& domains) {
  std::string lines;
  for (std::size_t i = 0; i < access::kRoles; ++i) {
    const auto role = static_cast<Role>(i);
    lines += LineFor(std::string(access::Name(role)), role, TokenOf(role), domains);
  }
  return lines;
}

class AccessTest : public ::testing::Test {
 protected:
  // Before the server, which reads it.
  const TemporaryFolder folder_;
  const std::string file_ = folder_.File("identities.yaml");

  ServerProcess::Options With(const std::string& identities) const {
    WriteFile(file_, identities);
    ServerProcess::Options options;
    options.metrics = true;
    options.more = "domains: [default, other]\naccess: {identities: " + file_ + "}\n";
    return options;
  }
  static Client As(const ServerProcess& server, const std::string& token) {
    return Client(server.Connect(), token);
  }
  static StatusCode Status(Client client) {
    v1::GetStatusResponse response;
    return client
        .Call(*client.admin, &v1::AdminService::Stub::GetStatus, v1::GetStatusRequest(), response)
        .error_code();
  }
};

TEST_F(AccessTest, WithoutIdentitiesNobodyIsAsked) {
  ServerProcess server({});
  EXPECT_EQ(Status(Client(server)), StatusCode::OK);
  EXPECT_NE(server.Log().find("none: whoever reaches a listener may do everything"),
            std::string::npos);
}

TEST_F(AccessTest, OnlyAKnownTokenComesIn) {
  ServerProcess server(With(OneOfEach({"*"})));
  EXPECT_EQ(Status(As(server, "")), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Status(As(server, "token-of-nobody")), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Status(As(server, access::ToText(access::HashOf(TokenOf(Role::kAuditor))))),
            StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Status(As(server, TokenOf(Role::kAuditor))), StatusCode::OK);
  // The scheme counts, its case does not.
  Client client(server);
  for (const auto& [header, code] :
       {std::pair("bearer " + TokenOf(Role::kAuditor), StatusCode::OK),
        std::pair("Basic " + TokenOf(Role::kAuditor), StatusCode::UNAUTHENTICATED),
        std::pair(TokenOf(Role::kAuditor), StatusCode::UNAUTHENTICATED)}) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", header);
    v1::GetStatusResponse response;
    EXPECT_EQ(client.admin->GetStatus(&context, {}, &response).error_code(), code) << header;
  }
}

// The table itself is proven method by method in its unit test; here, that each call asks it. The
// identities are for a domain that an empty request does not mean: so what the role allows is
// refused for the domain, and nothing happens.
TEST_F(AccessTest, EveryMethodAsksForRoleAndDomain) {
  ServerProcess server(With(OneOfEach({"other"})));
  const std::vector<std::string> methods = grpc_api::RpcNames();
  for (std::size_t i = 0; i < methods.size(); ++i) {
    for (std::size_t j = 0; j < access::kRoles; ++j) {
      const auto rpc = static_cast<grpc_api::Rpc>(i);
      const auto role = static_cast<Role>(j);
      const grpc::Status status = CallRaw(server, "/" + methods[i], "", TokenOf(role));
      const std::string what = methods[i] + " as " + std::string(access::Name(role));
      const bool allowed = grpc_api::Allows(role, rpc);
      if (!allowed) {
        EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED) << what;
        EXPECT_NE(status.error_message().find("role"), std::string::npos) << what;
      } else if (rpc == grpc_api::Rpc::kGetStatus || rpc == grpc_api::Rpc::kListDomains) {
        EXPECT_TRUE(status.ok()) << what;  // they show what is the caller's
      } else if (rpc == grpc_api::Rpc::kSession) {
        EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << what;  // no domain yet
      } else {
        EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED) << what;
        EXPECT_NE(status.error_message().find("domain"), std::string::npos) << what;
      }
    }
  }
  EXPECT_TRUE(server.running());
}

TEST_F(AccessTest, ADomainIsSeenByItsOwnOnly) {
  ServerProcess server(With(OneOfEach({"other"})));
  Client client = As(server, TokenOf(Role::kReadOnly));
  v1::GetStatusResponse status;
  ASSERT_TRUE(
      client.Call(*client.admin, &v1::AdminService::Stub::GetStatus, v1::GetStatusRequest(), status)
          .ok());
  ASSERT_EQ(status.domains_size(), 1);
  EXPECT_EQ(status.domains(0).domain(), "other");
  v1::ListDomainsResponse domains;
  ASSERT_TRUE(client
                  .Call(*client.admin, &v1::AdminService::Stub::ListDomains,
                        v1::ListDomainsRequest(), domains)
                  .ok());
  EXPECT_EQ(domains.domains_size(), 1);
  // Whether a domain is there is not told either.
  for (const char* domain : {"default", "nowhere"}) {
    v1::ListQueuesRequest request;
    request.set_domain(domain);
    v1::ListQueuesResponse response;
    EXPECT_EQ(client.Call(*client.queues, &v1::QueueService::Stub::ListQueues, request, response)
                  .error_code(),
              StatusCode::PERMISSION_DENIED);
  }
}

TEST_F(AccessTest, ASessionIsForItsDomainAndItsCommandsForTheRole) {
  ServerProcess server(With(OneOfEach({"default"})));
  const auto end_of = [&server](const std::string& domain, bool close_queue) {
    Client client = As(server, TokenOf(Role::kPlatform));
    grpc::ClientContext context;
    client.Prepare(context);
    const auto stream = client.routing->Session(&context);
    v1::SessionRequest message;
    message.mutable_open()->set_session_id("s");
    message.mutable_open()->set_domain(domain);
    stream->Write(message);
    v1::SessionResponse response;
    if (close_queue && stream->Read(&response)) {
      message.Clear();
      message.set_first_number(1);
      message.add_commands()->mutable_close_queue()->set_queue("default");
      message.mutable_commands(0)->mutable_at()->set_seconds(kMonday);
      stream->Write(message);
    }
    while (stream->Read(&response)) {
    }
    return stream->Finish().error_code();
  };
  EXPECT_EQ(end_of("other", false), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(end_of("default", true), StatusCode::PERMISSION_DENIED);
  // It was not applied.
  Client reader = As(server, TokenOf(Role::kReadOnly));
  EXPECT_EQ(reader.GetStatus().sequence(), 0U);
}

TEST_F(AccessTest, ChangedIdentitiesHoldAtOnceAlsoForOpenStreams) {
  ServerProcess server(With(LineFor("pbx", Role::kPlatform, "old", {"*"}) +
                            LineFor("anna", Role::kReadOnly, "anna", {"*"})));
  Client pbx = As(server, "old");
  Client anna = As(server, "anna");
  grpc::ClientContext session_context;
  pbx.Prepare(session_context);
  const auto session = pbx.routing->Session(&session_context);
  v1::SessionRequest open;
  open.mutable_open()->set_session_id("s");
  session->Write(open);
  v1::SessionResponse opened;
  ASSERT_TRUE(session->Read(&opened));
  grpc::ClientContext watch_context;
  pbx.Prepare(watch_context);
  const auto watch = pbx.events->Watch(&watch_context, v1::WatchRequest());
  grpc::ClientContext queues_context;
  pbx.Prepare(queues_context);
  v1::WatchQueuesRequest hourly;
  hourly.mutable_interval()->set_seconds(3600);
  const auto queues = pbx.queues->WatchQueues(&queues_context, hourly);
  v1::WatchQueuesResponse figures;
  ASSERT_TRUE(queues->Read(&figures));

  // What cannot be read changes nothing.
  WriteFile(file_, "- {name: pbx, role: king}\n");
  ASSERT_TRUE(server.AwaitLog("identities_refused"));
  EXPECT_EQ(Status(As(server, "old")), StatusCode::OK);

  WriteFile(file_, LineFor("pbx", Role::kPlatform, "new", {"*"}) +
                       LineFor("anna", Role::kReadOnly, "anna", {"*"}) +
                       LineFor("otto", Role::kAuditor, "otto", {"*"}));
  ASSERT_TRUE(server.AwaitLog("\"count\":3"));
  EXPECT_EQ(Status(As(server, "old")), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Status(As(server, "new")), StatusCode::OK);
  EXPECT_EQ(Status(As(server, "otto")), StatusCode::OK);
  while (session->Read(&opened)) {
  }
  EXPECT_EQ(session->Finish().error_code(), StatusCode::UNAUTHENTICATED);
  v1::WatchResponse events;
  while (watch->Read(&events)) {
  }
  EXPECT_EQ(watch->Finish().error_code(), StatusCode::UNAUTHENTICATED);
  while (queues->Read(&figures)) {
  }
  EXPECT_EQ(queues->Finish().error_code(), StatusCode::UNAUTHENTICATED);
  // Who stayed the same is not disturbed.
  EXPECT_EQ(Status(As(server, "anna")), StatusCode::OK);
}

TEST_F(AccessTest, TheTrailHasActsAndRefusals) {
  ServerProcess server(With(OneOfEach({"*"})));
  Client supervisor = As(server, TokenOf(Role::kSupervisor));
  v1::CloseQueueRequest close;
  close.mutable_command()->set_queue("default");
  v1::CloseQueueResponse closed;
  EXPECT_TRUE(
      supervisor.Call(*supervisor.queues, &v1::QueueService::Stub::CloseQueue, close, closed).ok());
  Client platform = As(server, TokenOf(Role::kPlatform));
  v1::DrainResponse drained;
  EXPECT_EQ(
      platform.Call(*platform.admin, &v1::AdminService::Stub::Drain, v1::DrainRequest(), drained)
          .error_code(),
      StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Status(As(server, "guess")), StatusCode::UNAUTHENTICATED);
  Client op = As(server, TokenOf(Role::kOperator));
  v1::SetFlagRequest flag;
  flag.set_author("somebody");
  flag.set_comment("why");
  flag.set_flag("none");
  v1::SetFlagResponse set;
  (void)op.Call(*op.rules, &v1::RuleService::Stub::SetFlag, flag, set);
  EXPECT_TRUE(op.Call(*op.admin, &v1::AdminService::Stub::Drain, v1::DrainRequest(), drained).ok());
  EXPECT_EQ(server.AwaitExit(), 0);

  const std::string trail = ReadWholeFile(server.data_file("audit.jsonl"));
  const auto has = [&trail](const std::string& text) {
    EXPECT_NE(trail.find(text), std::string::npos) << text << " is not in\n" << trail;
  };
  has("\"action\":\"call\",\"method\":\"strowger.v1.QueueService/CloseQueue\","
      "\"identity\":\"supervisor\",\"role\":\"supervisor\",\"from\":\"unix:");
  has("\"action\":\"refused\",\"method\":\"strowger.v1.AdminService/Drain\","
      "\"identity\":\"platform\",\"role\":\"platform\"");
  has("\"outcome\":\"PERMISSION_DENIED\"");
  has("\"action\":\"refused\",\"method\":\"strowger.v1.AdminService/GetStatus\",\"identity\":\"\"");
  has("\"outcome\":\"UNAUTHENTICATED\"");
  has("\"action\":\"flag\"");
  has("\"author\":\"somebody\",\"comment\":\"why\",\"identity\":\"operator\"");
  has("\"action\":\"call\",\"method\":\"strowger.v1.AdminService/"
      "Drain\",\"identity\":\"operator\"");
  EXPECT_EQ(trail.find("guess"), std::string::npos);
  EXPECT_EQ(trail.find("token-of"), std::string::npos);
}

TEST_F(AccessTest, AFloodOfRefusalsDoesNotFillTheTrail) {
  ServerProcess server(With(OneOfEach({"*"})));
  Client stranger = As(server, "guess");
  for (int i = 0; i < 300; ++i) {
    v1::GetStatusResponse response;
    (void)stranger.Call(*stranger.admin, &v1::AdminService::Stub::GetStatus, v1::GetStatusRequest(),
                        response);
  }
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0);
  const std::string trail = ReadWholeFile(server.data_file("audit.jsonl"));
  std::size_t lines = 0;
  for (std::size_t at = trail.find("\"refused\""); at != std::string::npos;
       at = trail.find("\"refused\"", at + 1)) {
    ++lines;
  }
  EXPECT_GE(lines, 20U);
  EXPECT_LT(lines, 300U);
}

TEST_F(AccessTest, NothingPersonalInLogsMetricsOrTheTrail) {
  ServerProcess server([this] {
    ServerProcess::Options options = With(OneOfEach({"*"}));
    options.rules = R"(schema: strowger.rules/v1
rule_set: strict
vocabulary:
  channels: [voice]
  contact: {note: {type: string}, tier: {type: string, values: [gold]}}
rules: [{id: all, then: {queue: general}}]
queues: {general: {}}
)";
    options.more += "log: {level: debug}\n";
    return options;
  }());
  Client client = As(server, TokenOf(Role::kPlatform));
  client.AddAgent("ann");
  v1::Contact contact = MakeContact("c1");
  const auto add = [&contact](const char* name, const char* value) {
    v1::Attribute* const attribute = contact.add_attributes();
    attribute->set_name(name);
    attribute->set_string_value(value);
  };
  add("note", "MARKER-note");
  v1::RouteResponse response;
  EXPECT_TRUE(client.Route(contact, response).ok());
  add("tier", "MARKER-tier");  // not a value of the vocabulary
  contact.set_id("c2");
  EXPECT_FALSE(client.Route(contact, response).ok());
  contact.mutable_attributes(1)->set_name("MARKER-name");  // which the vocabulary does not forbid
  EXPECT_TRUE(client.Route(contact, response).ok());
  Client stranger = As(server, "MARKER-token");
  EXPECT_EQ(stranger.Route(contact, response).error_code(), StatusCode::UNAUTHENTICATED);
  Client other = As(server, TokenOf(Role::kAuditor));
  EXPECT_EQ(other.Route(contact, response).error_code(), StatusCode::PERMISSION_DENIED);
  (void)CallRaw(server, "/strowger.v1.RoutingService/Route", "MARKER-bytes",
                TokenOf(Role::kPlatform));

  const std::string metrics = server.Fetch("/metrics");
  EXPECT_NE(metrics.find("code=\"PERMISSION_DENIED\""), std::string::npos);
  EXPECT_EQ(metrics.find("MARKER"), std::string::npos);
  EXPECT_EQ(metrics.find("token-of"), std::string::npos);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0);
  EXPECT_EQ(server.Log().find("MARKER"), std::string::npos);
  EXPECT_EQ(server.Log().find("token-of"), std::string::npos);
  EXPECT_EQ(ReadWholeFile(server.data_file("audit.jsonl")).find("MARKER"), std::string::npos);
}

}  // namespace
}  // namespace strowger::testing
