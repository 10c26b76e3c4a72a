// Whatever is sent, the answer names the field and the server stays up.
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

using Fields = std::vector<std::string>;

const char kRules[] = R"(schema: strowger.rules/v1
rule_set: strict
vocabulary:
  channels: [voice]
  skills: {billing: 1..10}
  teams: [front]
  contact: {tier: {type: string, values: [gold, silver]}, age_band: {type: int}}
rules: [{id: all, then: {queue: general}}]
queues: {general: {}}
)";

class BadInputTest : public ::testing::Test {
 protected:
  // The server must still route after whatever came before.
  void TearDown() override {
    EXPECT_TRUE(server_.running());
    v1::RouteResponse response;
    const grpc::Status status = client_.Route(MakeContact("alive"), response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  void ExpectInvalid(const grpc::Status& status, const Fields& fields) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_EQ(DetailsOf(status).fields, fields) << status.error_message();
    EXPECT_EQ(DetailsOf(status).reason, "INVALID_ARGUMENT");
  }

  grpc::Status Route(const std::function<void(v1::Contact&)>& spoil) {
    v1::Contact contact = MakeContact("c1");
    spoil(contact);
    v1::RouteResponse response;
    return client_.Route(contact, response);
  }

  grpc::Status Upsert(const std::function<void(v1::Agent&)>& spoil) {
    v1::UpsertAgentsRequest request;
    request.mutable_command()->add_agents()->set_id("first");
    v1::Agent* const agent = request.mutable_command()->add_agents();
    agent->set_id("ann");
    spoil(*agent);
    v1::UpsertAgentsResponse response;
    return client_.Call(*client_.agents, &v1::AgentService::Stub::UpsertAgents, request, response);
  }

  ServerProcess server_{{kRules}};
  Client client_{server_};
};

TEST_F(BadInputTest, ContactsThatLackOrExceed) {
  const std::string huge(1 << 20, 'x');
  ExpectInvalid(Route([](v1::Contact& c) { c.clear_id(); }), {"contact.id"});
  ExpectInvalid(Route([](v1::Contact& c) { c.clear_channel(); }), {"contact.channel"});
  ExpectInvalid(Route([](v1::Contact& c) { c.clear_id(), c.clear_channel(); }),
                {"contact.id", "contact.channel"});
  ExpectInvalid(Route([](v1::Contact& c) { c.set_channel("voise"); }), {"contact.channel"});
  ExpectInvalid(Route([&](v1::Contact& c) { c.set_id(huge); }), {"contact.id"});
  ExpectInvalid(Route([](v1::Contact& c) { c.mutable_not_before()->set_seconds(-5); }),
                {"contact.not_before"});
  ExpectInvalid(Route([](v1::Contact& c) { c.mutable_priority()->set_start(2'000'000); }),
                {"contact.priority.start"});
  v1::RouteResponse response;
  v1::RouteRequest empty;
  ExpectInvalid(client_.Call(*client_.routing, &v1::RoutingService::Stub::Route, empty, response),
                {"contact"});
  *empty.mutable_contact() = MakeContact("c1");
  empty.set_domain("nowhere");
  const grpc::Status unknown =
      client_.Call(*client_.routing, &v1::RoutingService::Stub::Route, empty, response);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(unknown).reason, "UNKNOWN_DOMAIN");
}

TEST_F(BadInputTest, Attributes) {
  const auto with = [this](const std::function<void(v1::Attribute&)>& fill) {
    return Route([&fill](v1::Contact& c) {
      c.add_attributes()->set_name("note");
      c.mutable_attributes(0)->set_string_value("fine");
      fill(*c.add_attributes());
    });
  };
  ExpectInvalid(with([](v1::Attribute& a) { a.set_bool_value(true); }),
                {"contact.attributes[1].name"});
  ExpectInvalid(with([](v1::Attribute& a) { a.set_name("x"); }), {"contact.attributes[1]"});
  ExpectInvalid(with([](v1::Attribute& a) { a.set_name("note"), a.set_int_value(1); }),
                {"contact.attributes[1].name"});
  ExpectInvalid(with([](v1::Attribute& a) { a.set_name("queue"), a.set_int_value(1); }),
                {"contact.attributes[1].name"});
  ExpectInvalid(with([](v1::Attribute& a) { a.set_name("age_band"), a.set_string_value("x"); }),
                {"contact.attributes[1]"});
  ExpectInvalid(with([](v1::Attribute& a) { a.set_name("tier"), a.set_string_value("golf"); }),
                {"contact.attributes[1].string_value"});
  ExpectInvalid(with([](v1::Attribute& a) {
                  a.set_name("x");
                  a.set_string_value(std::string(5000, 'x'));
                }),
                {"contact.attributes[1].string_value"});
  ExpectInvalid(Route([](v1::Contact& c) {
                  for (int i = 0; i < 65; ++i) {
                    v1::Attribute* const a = c.add_attributes();
                    a->set_name("a" + std::to_string(i));
                    a->set_int_value(i);
                  }
                }),
                {"contact.attributes"});
}

TEST_F(BadInputTest, Plans) {
  const auto with = [this](const std::function<void(v1::Plan&)>& fill) {
    return Route([&fill](v1::Contact& c) {
      c.mutable_plan()->set_queue("general");
      fill(*c.mutable_plan());
    });
  };
  ExpectInvalid(with([](v1::Plan& p) { p.clear_queue(); }), {"contact.plan.queue"});
  const grpc::Status unknown = with([](v1::Plan& p) { p.set_queue("nowhere"); });
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(unknown).reason, "UNKNOWN_QUEUE");
  ExpectInvalid(with([](v1::Plan& p) {
                  for (int i = 0; i < 10'000; ++i) {
                    p.mutable_requirement()->add_skills()->set_skill("s" + std::to_string(i));
                  }
                }),
                {"contact.plan.requirement.skills"});
  ExpectInvalid(
      with([](v1::Plan& p) { p.mutable_requirement()->add_skills()->set_skill("biling"); }),
      {"contact.plan.requirement.skills[0].skill"});
  const grpc::Status who =
      with([](v1::Plan& p) { p.mutable_requirement()->set_who("agent.teem == 'front'"); });
  ExpectInvalid(who, {"contact.plan.requirement.who"});
  EXPECT_NE(who.error_message().find("1:"), std::string::npos) << who.error_message();
  ExpectInvalid(with([](v1::Plan& p) {
                  p.add_steps()->set_id("a");
                  p.mutable_steps(0)->mutable_after()->set_seconds(30);
                  p.add_steps()->set_id("b");
                  p.mutable_steps(1)->mutable_after()->set_seconds(10);
                }),
                {"contact.plan.steps[1].after"});
  ExpectInvalid(with([](v1::Plan& p) {
                  p.add_steps()->set_id("a");
                  p.mutable_steps(0)->set_when("contact.tier ==");
                }),
                {"contact.plan.steps[0].when"});
  ExpectInvalid(with([](v1::Plan& p) { p.add_overflows()->set_id("o"); }),
                {"contact.plan.overflows[0].to_queue"});
  ExpectInvalid(with([](v1::Plan& p) { (void)p.mutable_wait_limit(); }),
                {"contact.plan.wait_limit.after"});
}

TEST_F(BadInputTest, Agents) {
  ExpectInvalid(Upsert([](v1::Agent& a) { a.clear_id(); }), {"command.agents[1].id"});
  ExpectInvalid(Upsert([](v1::Agent& a) { a.set_state(static_cast<v1::AgentState>(77)); }),
                {"command.agents[1].state"});
  ExpectInvalid(Upsert([](v1::Agent& a) {
                  for (int i = 0; i < 10'000; ++i) {
                    a.mutable_skills()->add_skills()->set_skill("s" + std::to_string(i));
                  }
                }),
                {"command.agents[1].skills.skills"});
  ExpectInvalid(
      Upsert([](v1::Agent& a) { a.mutable_skills()->add_skills()->set_skill("billing"); }),
      {"command.agents[1].skills.skills[0].proficiency"});
  ExpectInvalid(Upsert([](v1::Agent& a) { a.set_team("back"); }), {"command.agents[1].team"});
  ExpectInvalid(Upsert([](v1::Agent& a) {
                  a.mutable_capacity()->add_channels()->set_channel("voice");
                  a.mutable_capacity()->mutable_channels(0)->set_max(5'000);
                }),
                {"command.agents[1].capacity.channels[0].max"});
  v1::SetAgentStateRequest request;
  v1::SetAgentStateResponse response;
  request.mutable_command()->set_agent_id("ann");
  ExpectInvalid(
      client_.Call(*client_.agents, &v1::AgentService::Stub::SetAgentState, request, response),
      {"command.state"});
  request.mutable_command()->set_state(v1::AGENT_STATE_READY);
  const grpc::Status unknown =
      client_.Call(*client_.agents, &v1::AgentService::Stub::SetAgentState, request, response);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(unknown).reason, "UNKNOWN_AGENT");
}

TEST_F(BadInputTest, TimesGoByTheClock) {
  v1::RouteRequest request;
  *request.mutable_contact() = MakeContact("c1");
  v1::RouteResponse response;
  grpc::ClientContext context;
  ExpectInvalid(client_.routing->Route(&context, request, &response), {"at"});
  request.mutable_at()->set_seconds(1);
  request.mutable_at()->set_nanos(-1);
  ExpectInvalid(client_.Call(*client_.routing, &v1::RoutingService::Stub::Route, request, response),
                {"at"});
  ExpectInvalid(
      Route([this](v1::Contact& c) { c.mutable_virtual_arrival()->set_seconds(client_.now + 60); }),
      {"contact.virtual_arrival"});
}

TEST_F(BadInputTest, BytesThatNoClientSends) {
  const std::string route = "/strowger.v1.RoutingService/Route";
  v1::RouteRequest request;
  *request.mutable_contact() = MakeContact("aa-bb");
  request.mutable_at()->set_seconds(kMonday);
  v1::Plan* const plan = request.mutable_contact()->mutable_plan();
  plan->set_queue("general");
  plan->add_steps()->set_id("one");
  plan->add_steps()->set_id("xx-yy");
  const std::string good = request.SerializeAsString();
  const auto spoil = [&good](const std::string& from, const std::string& to) {
    std::string bytes = good;
    bytes.replace(bytes.find(from), from.size(), to);
    return bytes;
  };
  ExpectInvalid(CallRaw(server_, route,
                        spoil("aa-bb",
                              "aa\xC3\x28"
                              "b")),
                {"contact.id"});
  ExpectInvalid(CallRaw(server_, route,
                        spoil("xx-yy",
                              "\xED\xA0\x80"
                              "yy")),
                {"contact.plan.steps[1].id"});
  ExpectInvalid(CallRaw(server_, route, spoil("voice", "voic\xFF")), {"contact.channel"});
  EXPECT_EQ(CallRaw(server_, route, good.substr(0, good.size() - 3)).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(CallRaw(server_, route, "\xFF\xFF\xFF").error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(CallRaw(server_, "/strowger.v1.RoutingService/Rout", good).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_NE(CallRaw(server_, route, std::string(8 << 20, 'x')).error_code(), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace strowger::testing
