#include "services/strowgerctl/replay/replay_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/strowgerctl/replay/replay_report.h"
#include "tests/unit/services/strowgerctl/fake_link.h"

namespace strowger::ctl {
namespace {

using ::testing::ElementsAre;

CallRecord Call(const std::string& type, std::int64_t arrival_s) {
  CallRecord call;
  call.type = type;
  call.arrival_s = arrival_s;
  return call;
}

CallRecord Served(const std::string& type, std::int64_t arrival_s, std::int64_t service_s) {
  CallRecord call = Call(type, arrival_s);
  call.served = true;
  call.service_s = service_s;
  return call;
}

CallRecord Left(const std::string& type, std::int64_t arrival_s, std::int64_t wait_s) {
  CallRecord call = Call(type, arrival_s);
  call.wait_s = wait_s;
  return call;
}

InferredAgent Agent(const std::string& id, std::vector<std::string> skills, std::int64_t begin_s,
                    std::int64_t end_s) {
  return {id, std::move(skills), {{begin_s, end_s}}};
}

class ReplayDriverTest : public ::testing::Test {
 protected:
  absl::Status Run() {
    driver_ = std::make_unique<ReplayDriver>(calls_, agents_, link_, [](const ReplayProgress&) {});
    return driver_->Run();
  }
  const CallResult& result(std::size_t call) const { return driver_->results().at(call); }

  std::vector<CallRecord> calls_;
  std::vector<InferredAgent> agents_;
  FakeLink link_;
  std::unique_ptr<ReplayDriver> driver_;
};

TEST_F(ReplayDriverTest, AServedCallLastsItsRecordedTime) {
  calls_ = {Served("PS", 100, 30)};
  agents_ = {Agent("a", {"PS"}, 90, 500)};
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(link_.protocol(),
              ElementsAre("90 a ready", "100 submit call-1", "100 accept call-1 by a",
                          "130 complete call-1", "500 a offline"));
  EXPECT_TRUE(result(0).served);
  EXPECT_EQ(result(0).wait_ns, 0);
  EXPECT_EQ(result(0).ends, 1U);
}

TEST_F(ReplayDriverTest, AFreedAgentTakesWhoWaitsAtThatInstant) {
  calls_ = {Served("PS", 100, 30), Served("PS", 110, 5)};
  agents_ = {Agent("a", {"PS"}, 90, 500)};
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(link_.protocol(),
              ElementsAre("90 a ready", "100 submit call-1", "100 accept call-1 by a",
                          "110 submit call-2", "130 complete call-1", "130 accept call-2 by a",
                          "135 complete call-2", "500 a offline"));
  EXPECT_EQ(result(1).wait_ns, 20 * kSecondNs);
}

TEST_F(ReplayDriverTest, WhoLeftLeavesAfterTheRecordedWaitUnlessServedBefore) {
  calls_ = {Served("PS", 100, 30), Left("PS", 105, 10), Left("PS", 106, 60), Served("PS", 300, 8)};
  agents_ = {Agent("a", {"PS"}, 90, 500)};
  ASSERT_TRUE(Run().ok());
  // Call 3 lasts the median of 30 and 8.
  EXPECT_THAT(
      link_.protocol(),
      ElementsAre("90 a ready", "100 submit call-1", "100 accept call-1 by a", "105 submit call-2",
                  "106 submit call-3", "115 abandon call-2", "130 complete call-1",
                  "130 accept call-3 by a", "149 complete call-3", "300 submit call-4",
                  "300 accept call-4 by a", "308 complete call-4", "500 a offline"));
  EXPECT_TRUE(result(1).abandoned);
  EXPECT_FALSE(result(1).served);
  EXPECT_TRUE(result(2).served);
  EXPECT_FALSE(result(2).abandoned);
}

TEST_F(ReplayDriverTest, AtOneTimeCompletionsThenAbandonmentsThenAgentsThenArrivals) {
  calls_ = {Served("PS", 100, 20), Left("PS", 110, 10), Served("PS", 120, 1)};
  agents_ = {Agent("a", {"PS"}, 90, 500), Agent("b", {"NW"}, 120, 500)};
  ASSERT_TRUE(Run().ok());
  // The completion comes first, so that who would leave at the same instant is served.
  EXPECT_THAT(
      link_.protocol(),
      ElementsAre("90 a ready", "100 submit call-1", "100 accept call-1 by a", "110 submit call-2",
                  "120 complete call-1", "120 accept call-2 by a", "120 b ready",
                  "120 submit call-3", "130 complete call-2", "130 accept call-3 by a",
                  "131 complete call-3", "500 a offline", "500 b offline"));
}

TEST_F(ReplayDriverTest, WhoseShiftEndsFinishesTheCallAndTakesNoOther) {
  calls_ = {Served("PS", 100, 30), Served("PS", 110, 5)};
  agents_ = {Agent("a", {"PS"}, 90, 120), Agent("b", {"PS"}, 140, 500)};
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(
      link_.protocol(),
      ElementsAre("90 a ready", "100 submit call-1", "100 accept call-1 by a", "110 submit call-2",
                  "120 a not ready", "130 complete call-1", "130 a offline", "140 b ready",
                  "140 accept call-2 by b", "145 complete call-2", "500 b offline"));
}

TEST_F(ReplayDriverTest, OneWhoseOnlyServiceTookNoTimeComesBeforeLeaving) {
  calls_ = {Served("PS", 100, 0)};
  agents_ = {Agent("a", {"PS"}, 100, 100)};
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(link_.protocol(),
              ElementsAre("100 a ready", "100 submit call-1", "100 accept call-1 by a",
                          "100 complete call-1", "101 a offline"));
}

TEST_F(ReplayDriverTest, WhomNobodyIsLeftToServeIsCanceledAtTheEnd) {
  calls_ = {Served("NW", 100, 30)};
  agents_ = {Agent("a", {"PS"}, 90, 500)};
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(link_.protocol().back(), "500 cancel call-1");
  EXPECT_EQ(driver_->left_over(), 1U);
  EXPECT_EQ(result(0).ends, 1U);
}

TEST_F(ReplayDriverTest, OnlyWhatCanLeadToAnOfferEndsABatch) {
  calls_ = {Served("PS", 100, 1'000)};
  calls_.reserve(51);
  for (int i = 0; i < 50; ++i) calls_.push_back(Left("PS", 101 + i, 5));
  agents_ = {Agent("a", {"PS"}, 90, 5'000)};
  ASSERT_TRUE(Run().ok());
  // Registration; log-in and the first call; all the rest.
  EXPECT_EQ(link_.exchanges(), 3);
  EXPECT_EQ(link_.largest_batch(), 1 + 50 * 2 + 2);
}

TEST(ReplayDriverRoomTest, BatchesStayWithinTheCredit) {
  FakeLink link(8);
  std::vector<CallRecord> calls(50, Served("PS", 9'000, 5));
  for (int i = 0; i < 50; ++i) calls.push_back(Left("PS", 101 + i, 5));
  const std::vector<InferredAgent> agents;
  ReplayDriver driver(calls, agents, link, [](const ReplayProgress&) {});
  ASSERT_TRUE(driver.Run().ok());
  EXPECT_EQ(driver.left_over(), 50U);
}

TEST_F(ReplayDriverTest, AnEndThatDoesNotComeIsMissed) {
  calls_ = {Served("PS", 100, 30)};
  agents_ = {Agent("a", {"PS"}, 90, 500)};
  link_.forget_end_of = "call-1";
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(result(0).ends, 0U);
}

TEST_F(ReplayDriverTest, TheReportCountsByTypeBesideWhatWasRecorded) {
  calls_ = {Served("PS", 100, 30), Served("PS", 110, 5), Left("NW", 105, 10)};
  calls_[1].wait_s = 7;
  agents_ = {Agent("a", {"PS"}, 90, 500)};
  ASSERT_TRUE(Run().ok());
  const std::vector<TypeReport> reports = TallyByType(calls_, driver_->results(), 10);
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[0].type, "NW");
  EXPECT_EQ(reports[0].replayed.abandoned, 1U);
  EXPECT_EQ(reports[1].type, "PS");
  EXPECT_EQ(reports[1].replayed.served, 2U);
  EXPECT_EQ(reports[1].replayed.wait_ns, 20 * kSecondNs);
  EXPECT_EQ(reports[1].replayed.within, 1U);
  EXPECT_EQ(reports[1].recorded.wait_ns, 7 * kSecondNs);
  EXPECT_EQ(reports[1].recorded.within, 2U);
  EXPECT_EQ(reports[2].type, "all");
  EXPECT_EQ(reports[2].recorded.calls, 3U);
}

}  // namespace
}  // namespace strowger::ctl
