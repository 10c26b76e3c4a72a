// The demonstration against the real service and the example rules.
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/strowgerctl/replay/own_server.h"
#include "tests/integration/tool/program.h"

namespace strowger {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class DemoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = ctl::OwnServer::Start(STROWGERD);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  Finished Ctl(const std::string& arguments) const {
    return workshop_.Ctl(arguments + " --server " + server_->address());
  }

  Workshop workshop_;
  std::unique_ptr<ctl::OwnServer> server_;
};

TEST_F(DemoTest, ADayUnderTheExampleRules) {
  const Finished applied =
      Ctl("rules apply " STROWGER_RULES " --author ann --comment demonstration");
  ASSERT_EQ(applied.code, 0) << applied.err;
  const Finished demo = Ctl("demo --speed 0 --duration 3h --contacts 1500");
  ASSERT_EQ(demo.code, 0) << demo.out << demo.err;
  EXPECT_THAT(demo.LastLine(),
              MatchesRegex("[0-9]+ contacts: [1-9][0-9]* served, [0-9]+ abandoned, [0-9]+ treated, "
                           "0 other ends, [0-9]+ waiting, 0 lost"));
  EXPECT_THAT(demo.out, HasSubstr("QUEUE"));

  EXPECT_THAT(Ctl("agents --state offline").out, HasSubstr("ann"));
  EXPECT_THAT(Ctl("queues").out, HasSubstr("retention"));
  EXPECT_THAT(Ctl("events --type assigned").out, HasSubstr("assigned"));
  EXPECT_THAT(Ctl("contacts get 1103-1").out, HasSubstr("channel"));
}

TEST_F(DemoTest, WantsADomainAtRest) {
  // So early nobody works yet: what comes waits.
  const std::string early = "demo --speed 0 --duration 10m --contacts 500";
  const Finished first = Ctl(early);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.LastLine(), MatchesRegex(".* 0 served.* [1-9][0-9]* waiting, 0 lost"));
  const Finished second = Ctl(early);
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("an earlier demonstration"));
}

TEST(DemoWithoutServerTest, SaysHowToGoOn) {
  const Workshop workshop;
  const Finished demo = workshop.Ctl("demo --server unix:" + workshop.Path("none"));
  EXPECT_EQ(demo.code, 2);
  EXPECT_THAT(demo.err, HasSubstr("Start strowgerd"));
}

}  // namespace
}  // namespace strowger
