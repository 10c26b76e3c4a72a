// Rule sets come into force while traffic flows: by the API and by the watched file.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>

#include "gtest/gtest.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

std::string Rules(const std::string& queue, const std::string& when = "true") {
  return "schema: strowger.rules/v1\nrule_set: shop\n"
         "vocabulary: {channels: [voice], contact: {tier: {type: string, default: none}}}\n"
         "rules:\n"
         "  - {id: first, when: " +
         when + ", then: {queue: " + queue +
         "}}\n"
         "  - {id: rest, then: {queue: " +
         queue +
         "}}\n"
         "queues: {" +
         queue + ": {}}\n";
}

class RulesTest : public ::testing::Test {
 protected:
  v1::ApplyRuleSetResponse Apply(const std::string& text, grpc::Status& status,
                                 std::optional<std::uint64_t> expected = std::nullopt) {
    v1::ApplyRuleSetRequest request;
    request.set_text(text);
    request.set_author("ann");
    request.set_comment("a test");
    if (expected) request.set_expected_version(*expected);
    v1::ApplyRuleSetResponse response;
    status = client_.Call(*client_.rules, &v1::RuleService::Stub::ApplyRuleSet, request, response);
    return response;
  }

  // Until the version is in force. False: it does not come.
  bool AwaitVersion(std::uint64_t version) {
    for (int i = 0; i < 3000; ++i) {
      if (client_.GetStatus().rule_set_version() >= version) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  ServerProcess server_{{.rules = Rules("one"), .metrics = true}};
  Client client_{server_};
};

TEST_F(RulesTest, AppliedListedReadAndRolledBack) {
  grpc::Status status;
  const v1::ApplyRuleSetResponse applied = Apply(Rules("two"), status);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(applied.receipt().outcome(), v1::OUTCOME_OK);
  EXPECT_EQ(applied.version().version(), 2U);
  EXPECT_EQ(applied.version().author(), "ann");
  v1::RouteResponse routed;
  ASSERT_TRUE(client_.Route(MakeContact("c1"), routed).ok());
  EXPECT_EQ(routed.placement().queue(), "two");

  // `two` holds a contact: a set without it cannot come into force.
  v1::RollbackRuleSetRequest rollback;
  rollback.set_to_version(1);
  rollback.set_author("bob");
  rollback.set_comment("back");
  v1::RollbackRuleSetResponse rolled;
  EXPECT_EQ(client_.Call(*client_.rules, &v1::RuleService::Stub::RollbackRuleSet, rollback, rolled)
                .error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  v1::CancelContactRequest cancel;
  cancel.mutable_command()->set_contact_id("c1");
  cancel.mutable_command()->set_cause(v1::CANCEL_CAUSE_SYSTEM);
  v1::CancelContactResponse canceled;
  ASSERT_TRUE(
      client_.Call(*client_.routing, &v1::RoutingService::Stub::CancelContact, cancel, canceled)
          .ok());
  ASSERT_TRUE(
      client_.Call(*client_.rules, &v1::RuleService::Stub::RollbackRuleSet, rollback, rolled).ok());
  EXPECT_EQ(rolled.version().version(), 3U);
  EXPECT_EQ(rolled.version().restored_version(), 1U);

  v1::ListRuleSetVersionsResponse versions;
  ASSERT_TRUE(client_
                  .Call(*client_.rules, &v1::RuleService::Stub::ListRuleSetVersions,
                        v1::ListRuleSetVersionsRequest(), versions)
                  .ok());
  ASSERT_EQ(versions.versions_size(), 3);
  EXPECT_TRUE(versions.versions(0).active());
  EXPECT_EQ(versions.versions(0).hash(), versions.versions(2).hash());
  EXPECT_EQ(versions.versions(2).author(), "file");
  v1::GetRuleSetRequest get;
  get.set_version(2);
  v1::GetRuleSetResponse got;
  ASSERT_TRUE(client_.Call(*client_.rules, &v1::RuleService::Stub::GetRuleSet, get, got).ok());
  EXPECT_EQ(got.text(), Rules("two"));
  EXPECT_NE(ReadWholeFile(server_.data_file("audit.jsonl")).find("\"action\":\"rollback\""),
            std::string::npos);
}

TEST_F(RulesTest, WhatIsWrongIsToldAndChangesNothing) {
  grpc::Status status;
  const v1::ApplyRuleSetResponse bad = Apply(Rules("two", "contact.teir == 'gold'"), status);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(bad.receipt().outcome(), v1::OUTCOME_RULE_SET_INVALID);
  ASSERT_GE(bad.findings_size(), 1);
  EXPECT_EQ(bad.findings(0).line(), 5U);
  EXPECT_EQ(bad.findings(0).rule(), "first");
  EXPECT_NE(bad.findings(0).suggestion().find("tier"), std::string::npos);
  EXPECT_NE(bad.findings(0).excerpt().find('^'), std::string::npos);
  Apply(Rules("two"), status, 7);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(DetailsOf(status).reason, "VERSION_MISMATCH");
  Apply(Rules("two"), status, 1);
  EXPECT_TRUE(status.ok()) << status.error_message();

  v1::CheckRuleSetRequest check;
  check.set_text(Rules("three") +
                 "tests: [{name: no, contact: {channel: voice}, expect: {queue: x}}]\n");
  v1::CheckRuleSetResponse checked;
  ASSERT_TRUE(
      client_.Call(*client_.rules, &v1::RuleService::Stub::CheckRuleSet, check, checked).ok());
  EXPECT_FALSE(checked.valid());
  EXPECT_EQ(client_.GetStatus().rule_set_version(), 2U);
}

TEST_F(RulesTest, TheWatchedFileWhileTrafficFlows) {
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::atomic<int> routed{0};
  std::thread traffic([&] {
    Client client(server_);
    for (int i = 0; !stop; ++i) {
      v1::RouteResponse response;
      const std::string id = "t" + std::to_string(i);
      v1::CancelContactRequest cancel;
      cancel.mutable_command()->set_contact_id(id);
      cancel.mutable_command()->set_cause(v1::CANCEL_CAUSE_SYSTEM);
      v1::CancelContactResponse canceled;
      const bool ok =
          client.Route(MakeContact(id), response).ok() &&
          client.Call(*client.routing, &v1::RoutingService::Stub::CancelContact, cancel, canceled)
              .ok();
      ++(ok ? routed : failed);
    }
  });
  // Wrongly: the old rules stay, and the log shows where.
  WriteFile(server_.rule_file(), Rules("one", "contact.teir == 'gold'"));
  EXPECT_TRUE(server_.AwaitLog("rules_refused"));
  EXPECT_TRUE(server_.AwaitLog("did you mean")) << server_.Log();
  EXPECT_NE(server_.Log().find("rules.yaml:5:"), std::string::npos) << server_.Log();
  EXPECT_EQ(client_.GetStatus().rule_set_version(), 1U);
  // Rightly.
  WriteFile(server_.rule_file(), Rules("one", "contact.tier == 'gold'"));
  EXPECT_TRUE(AwaitVersion(2)) << server_.Log();
  // By a file that is renamed over it.
  WriteFile(server_.rule_file() + ".new", Rules("one", "contact.tier == 'silver'"));
  ASSERT_EQ(std::rename((server_.rule_file() + ".new").c_str(), server_.rule_file().c_str()), 0);
  EXPECT_TRUE(AwaitVersion(3)) << server_.Log();
  // Gone, and back as a link.
  std::filesystem::remove(server_.rule_file());
  EXPECT_TRUE(server_.AwaitLog("rule_file_unreadable"));
  WriteFile(server_.rule_file() + ".linked", Rules("one", "contact.tier == 'bronze'"));
  std::filesystem::create_symlink(server_.rule_file() + ".linked", server_.rule_file());
  EXPECT_TRUE(AwaitVersion(4)) << server_.Log();
  stop = true;
  traffic.join();
  EXPECT_EQ(failed, 0) << server_.Log();
  EXPECT_GT(routed, 0);

  const std::string page = server_.Fetch("/metrics");
  EXPECT_NE(page.find(client_.GetStatus().rule_set_hash()), std::string::npos);
}

TEST_F(RulesTest, HangUpReadsTheFileAgain) {
  server_.Signal(SIGHUP);
  EXPECT_TRUE(server_.AwaitLog("rules_unchanged"));
}

}  // namespace
}  // namespace strowger::testing
