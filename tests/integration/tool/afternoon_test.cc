// An operator's afternoon at the tool, as a transcript: a wrong edit is refused, a test is added, a
// difference read, a version tried in shadow and promoted, a decision explained, a flag switched,
// the version rolled back. What is compared is every word that the operator reads.
#include <cstdlib>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/replay/own_server.h"
#include "strowger/v1/agents.grpc.pb.h"
#include "strowger/v1/routing.grpc.pb.h"
#include "tests/integration/tool/program.h"

namespace strowger {
namespace {

// 2026-03-30T13:00:00Z
constexpr std::int64_t kNoon = 1'774'875'600 * ctl::kSecondNs;

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

class Afternoon {
 public:
  explicit Afternoon(std::string address)
      : address_(std::move(address)), channel_(ctl::Connect(address_)) {}

  // What the operator types, and what comes of it.
  void Type(const std::string& command, const std::string& file = "") {
    const std::string path = file.empty() ? "" : " " + std::string(STROWGER_AFTERNOON) + "/" + file;
    const bool remote = command.rfind("rules check", 0) != 0 && command.rfind("test", 0) != 0;
    const std::size_t options = command.find(" --");
    const std::string typed = command.substr(0, options) + path +
                              (options == std::string::npos ? "" : command.substr(options));
    const Finished finished =
        workshop_.Ctl(typed + (remote ? " --server " + address_ : std::string()));
    text_ += "$ strowgerctl " + typed + "\n" + finished.err + finished.out;
    if (finished.code != 0) text_ += "(exit code " + std::to_string(finished.code) + ")\n";
    text_ += "\n";
  }

  void Say(const std::string& remark) { text_ += "# " + remark + "\n\n"; }

  void At(std::int64_t seconds) { now_ = kNoon + seconds * ctl::kSecondNs; }

  void LogIn(const std::string& agent, int billing) {
    v1::UpsertAgentsRequest request;
    SetTime(request);
    v1::Agent& one = *request.mutable_command()->add_agents();
    one.set_id(agent);
    v1::Skill& skill = *one.mutable_skills()->add_skills();
    skill.set_skill("billing");
    skill.set_proficiency(static_cast<std::uint32_t>(billing));
    one.set_state(v1::AGENT_STATE_READY);
    grpc::ClientContext context;
    v1::UpsertAgentsResponse response;
    const grpc::Status status =
        v1::AgentService::NewStub(channel_)->UpsertAgents(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  void Call(const std::string& contact, const std::string& tier, double balance = 0) {
    v1::RouteRequest request;
    SetTime(request);
    v1::Contact& one = *request.mutable_contact();
    one.set_id(contact);
    one.set_channel("voice");
    v1::Attribute& attribute = *one.add_attributes();
    attribute.set_name("tier");
    attribute.set_string_value(tier);
    v1::Attribute& money = *one.add_attributes();
    money.set_name("balance");
    money.set_double_value(balance);
    grpc::ClientContext context;
    v1::RouteResponse response;
    const grpc::Status status =
        v1::RoutingService::NewStub(channel_)->Route(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  // Without what differs from day to day: folders, and times that are of the machine's clock.
  std::string Text() const {
    std::string text = std::regex_replace(text_, std::regex(STROWGER_AFTERNOON "/"), "");
    return std::regex_replace(text, std::regex("20(?!26-03-30)[0-9-]{8}T[0-9:]{8}Z"), "(earlier)");
  }

 private:
  template <typename Request>
  void SetTime(Request& request) {
    ctl::SetTimestamp(now_, request.mutable_at());
  }

  const std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  Workshop workshop_;
  std::int64_t now_ = kNoon;
  std::string text_;
};

void Edit(Afternoon& afternoon) {
  afternoon.Say("Gold terms for customers with money: a first try, with a slip of the pen.");
  afternoon.Type("rules check", "wrong.yaml");
  afternoon.Type("rules apply --author ann --comment \"gold terms for balances\"", "wrong.yaml");
  afternoon.Say("Mended, with a test of what it is meant to do.");
  afternoon.Type("test", "better.yaml");
  afternoon.Type("test --coverage", "better.yaml");
  afternoon.Type("rules diff", "better.yaml");
}

void Try(Afternoon& afternoon) {
  afternoon.Say("What would it change? Beside the rules in force, for a while.");
  afternoon.Type("rules apply --shadow --author ann --comment \"what would it change?\"",
                 "better.yaml");
  afternoon.At(60);
  afternoon.Call("c1", "silver");
  afternoon.Call("c2", "silver", 4'000);
  afternoon.Call("c3", "gold");
  afternoon.Type("rules candidate");
  afternoon.Type("rules promote --author ann --comment \"only those with money move\"");
}

void Ask(Afternoon& afternoon) {
  afternoon.At(120);
  afternoon.Call("c4", "silver", 2'500);
  afternoon.Say("c4's agent asks why the call came to her, and bob why he gets none.");
  afternoon.LogIn("dan", 9);
  afternoon.Call("c5", "gold");
  afternoon.Type("explain c5");
  afternoon.Type("explain c4");
  afternoon.Type("why c4");
}

TEST(AfternoonTest, ReadsAsItIsWritten) {
  auto server = ctl::OwnServer::Start(STROWGERD);
  ASSERT_TRUE(server.ok()) << server.status();
  Afternoon afternoon((*server)->address());
  afternoon.LogIn("ann", 7);
  afternoon.LogIn("bob", 4);
  afternoon.Type("rules apply --author ann --comment \"as it was\"", "retail.yaml");
  Edit(afternoon);
  Try(afternoon);
  Ask(afternoon);
  afternoon.Say("A storm, and nobody can be reached.");
  afternoon.Type("rules flag storm on --author ann --comment \"line cut\"");
  afternoon.Call("c6", "silver");
  afternoon.Type("explain c6");
  afternoon.Type("rules flag");
  afternoon.Say("Enough for today.");
  afternoon.Type("rules rollback 2 --author ann --comment \"back to what we know\"");
  afternoon.Type("rules history");

  const std::string golden = STROWGER_AFTERNOON "/transcript.txt";
  const std::string text = afternoon.Text();
  if (std::getenv("STROWGER_WRITE_GOLDEN") != nullptr) std::ofstream(golden) << text;
  EXPECT_EQ(text, ReadFile(golden)) << "STROWGER_WRITE_GOLDEN=1 writes it anew: then read it";
}

}  // namespace
}  // namespace strowger
