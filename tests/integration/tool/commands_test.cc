// The commands that ask a running service.
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/strowgerctl/replay/own_server.h"
#include "tests/integration/tool/program.h"

namespace strowger {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

constexpr char kRules[] = R"(schema: strowger.rules/v1
rule_set: shop
vocabulary:
  channels: [voice]
  skills: {sales: 1..10}
rules:
  - id: all
    then: {queue: sales, require: {sales: 1}}
queues:
  sales: {select: longest_idle}
)";

class CommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = ctl::OwnServer::Start(STROWGERD);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  Finished Ctl(const std::string& arguments) const {
    return workshop_.Ctl(arguments + " --server " + server_->address());
  }
  Finished Apply(const std::string& text, const std::string& more = "") const {
    return Ctl("rules apply " + workshop_.Write("rules.yaml", text) +
               " --author ann --comment test " + more);
  }

  Workshop workshop_;
  std::unique_ptr<ctl::OwnServer> server_;
};

TEST_F(CommandsTest, StatusInTwoForms) {
  const Finished table = Ctl("status --hash");
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("serving"));
  EXPECT_THAT(table.out, ContainsRegex("default: state hash [0-9a-f]+"));
  EXPECT_EQ(table.out.find('\x1b'), std::string::npos);
  const Finished json = Ctl("status -o json");
  EXPECT_EQ(json.code, 0);
  EXPECT_THAT(json.out, HasSubstr("\"rule_set_version\""));
}

TEST_F(CommandsTest, RulesAreAppliedReadAndRolledBack) {
  const Finished applied = Apply(kRules);
  ASSERT_EQ(applied.code, 0) << applied.err;
  EXPECT_THAT(applied.out, ContainsRegex("shop version [0-9]+ is in force"));
  EXPECT_EQ(Ctl("rules get").out, kRules);
  EXPECT_THAT(Ctl("queues").out, HasSubstr("sales"));
  const Finished history = Ctl("rules history");
  EXPECT_THAT(history.out, HasSubstr("ann"));
  const Finished back = Ctl("rules rollback 1 --author ann --comment back");
  EXPECT_EQ(back.code, 0) << back.err;
  EXPECT_THAT(Ctl("rules history").out, HasSubstr("(version 1 again) back"));
}

TEST_F(CommandsTest, AnInvalidRuleSetChangesNothingAndSaysWhere) {
  ASSERT_EQ(Apply(kRules).code, 0);
  std::string wrong = kRules;
  wrong.replace(wrong.find("queue: sales"), 12, "queue: salse");
  const Finished refused = Apply(wrong);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("rules.yaml:8:"));
  EXPECT_THAT(refused.err, HasSubstr("^"));
  EXPECT_THAT(refused.err, HasSubstr("sales"));
  EXPECT_EQ(Ctl("rules get").out, kRules);
}

TEST_F(CommandsTest, AVersionThatIsNotInForceIsRefused) {
  const Finished refused = Apply(kRules, "--if-version 99");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("try again"));
}

TEST_F(CommandsTest, WhatIsNotThereIsSaidOnStandardError) {
  const Finished contact = Ctl("contacts get nobody");
  EXPECT_EQ(contact.code, 1);
  EXPECT_EQ(contact.out, "");
  EXPECT_NE(contact.err, "");
  EXPECT_EQ(Ctl("queues nowhere").code, 1);
}

// In a real bash: the words that fit behind what is typed.
std::string Completed(const Workshop& workshop, const std::string& typed, int word) {
  EXPECT_EQ(workshop.Ctl("completion bash").code, 0);
  const std::string script =
      workshop.Write("complete.sh", "source " + workshop.Path("out") + "\nCOMP_WORDS=(" + typed +
                                        ")\nCOMP_CWORD=" + std::to_string(word) +
                                        "\n_strowgerctl\necho \"${COMPREPLY[*]}\" > " +
                                        workshop.Path("words") + "\n");
  EXPECT_EQ(std::system(("bash " + script).c_str()), 0);
  std::string words;
  std::getline(std::ifstream(workshop.Path("words")), words);
  return words;
}

TEST(CompletionTest, KnowsCommandsAndOptionsOfEach) {
  const Workshop workshop;
  EXPECT_EQ(Completed(workshop, "strowgerctl ru", 1), "rules");
  EXPECT_EQ(Completed(workshop, "strowgerctl rules ap", 2), "apply");
  EXPECT_EQ(Completed(workshop, "strowgerctl rules apply --sh", 3), "--shadow --share");
  EXPECT_EQ(Completed(workshop, "strowgerctl --server unix:x load --unary --acc", 5), "--accept");
  EXPECT_EQ(Completed(workshop, "strowgerctl nothing-like-that zzz", 2), "");
}

TEST(NoServerTest, SaysHowToGoOn) {
  const Workshop workshop;
  const Finished status = workshop.Ctl("status --server unix:" + workshop.Path("none"));
  EXPECT_EQ(status.code, 2);
  EXPECT_THAT(status.err, HasSubstr("Start strowgerd, or name its address"));
}

}  // namespace
}  // namespace strowger
