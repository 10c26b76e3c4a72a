// The load generator against the real server: what it counts must agree with what the server says,
// at ease and under more than is taken in.
#include "gtest/gtest.h"
#include "services/strowgerctl/load/load_run.h"
#include "tests/integration/client.h"

namespace strowger::testing {
namespace {

ctl::LoadOptions Options(const ServerProcess& server) {
  ctl::LoadOptions options;
  options.server = server.address();
  options.seconds = 1;
  options.rate = 300;
  options.agents = 100;
  options.handling_ms = 50;
  return options;
}

void ExpectAllAccountedFor(const ctl::LoadResult& result) {
  EXPECT_EQ(result.tally.contradiction, "");
  EXPECT_EQ(result.tally.first_refusal, "");
  EXPECT_EQ(result.unaccounted, 0);
  EXPECT_TRUE(result.all_ended);
  EXPECT_EQ(result.tally.accepted, result.tally.ended);
  EXPECT_EQ(result.tally.accepted + result.tally.shed, result.tally.planned);
  EXPECT_EQ(result.tally.submit_us.size(), result.tally.accepted);
}

TEST(Load, EachContactReachesOneEndInSessions) {
  ServerProcess server({.clock = "system"});
  ctl::LoadOptions options = Options(server);
  options.connections = 2;
  const auto result = ctl::RunLoad(options, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  ExpectAllAccountedFor(*result);
  EXPECT_GT(result->tally.planned, 150U);
  EXPECT_LE(result->tally.assigned, result->tally.accepted);
  EXPECT_GE(result->tally.assigned + result->waiting, result->tally.accepted);
}

TEST(Load, EachContactReachesOneEndInCallsOfTheirOwn) {
  ServerProcess server({.clock = "system"});
  ctl::LoadOptions options = Options(server);
  options.unary = true;
  options.skills = 8;
  options.required = 2;
  const auto result = ctl::RunLoad(options, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  ExpectAllAccountedFor(*result);
}

TEST(Load, WhatWaitsAtTheEndIsWithdrawn) {
  ServerProcess server({.clock = "system"});
  ctl::LoadOptions options = Options(server);
  options.agents = 1;
  const auto result = ctl::RunLoad(options, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  ExpectAllAccountedFor(*result);
  EXPECT_GT(result->waiting, 50U);
}

// Far more than fits: shed at once, and nothing of what was taken in suffers.
TEST(Load, MoreThanFitsIsShedAndTheRestIsServed) {
  ServerProcess server({.clock = "system", .more = "intake: {capacity: 1024}\n"});
  ctl::LoadOptions options = Options(server);
  options.rate = 300'000;
  options.seconds = 0.5;
  options.agents = 2'000;
  options.handling_ms = 5;
  const auto result = ctl::RunLoad(options, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  ExpectAllAccountedFor(*result);
  EXPECT_GT(result->tally.shed, 0U);
  EXPECT_EQ(result->tally.shed_us.size(), result->tally.shed);
}

TEST(Load, SaysWhatItCannotLoad) {
  ServerProcess server({.clock = "virtual"});
  EXPECT_EQ(ctl::RunLoad(Options(server), nullptr).status().code(),
            absl::StatusCode::kFailedPrecondition);
  ctl::LoadOptions options = Options(server);
  options.domain = "elsewhere";
  EXPECT_FALSE(ctl::RunLoad(options, nullptr).ok());
}

}  // namespace
}  // namespace strowger::testing
