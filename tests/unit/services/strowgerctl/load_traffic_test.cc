#include "services/strowgerctl/load/load_traffic.h"

#include <gtest/gtest.h>

namespace strowger::ctl {
namespace {

constexpr std::int64_t kMs = 1'000'000;

TrafficOptions AThousandASecond() {
  TrafficOptions options;
  options.run = "r";
  options.rate = 1'000;
  options.end_ns = 1'000 * kMs;
  options.accept_ns = 5 * kMs;
  options.channel = "voice";
  return options;
}

v1::Event Offered(const std::string& contact) {
  v1::Event event;
  event.mutable_offered()->set_contact_id(contact);
  event.mutable_offered()->set_agent_id("ann");
  event.mutable_offered()->set_offer_id(7);
  return event;
}

v1::Event Assigned(const std::string& contact) {
  v1::Event event;
  event.mutable_assigned()->set_contact_id(contact);
  event.mutable_assigned()->set_agent_id("ann");
  return event;
}

v1::Event Ended(const std::string& contact) {
  v1::Event event;
  event.mutable_ended()->set_contact_id(contact);
  return event;
}

TEST(LoadTraffic, ContactsComeAtThePlannedRateWhateverTheServiceDoes) {
  LoadTraffic traffic(AThousandASecond());
  std::vector<LoadTraffic::Sent> sent;
  traffic.TakeDue(500 * kMs, 100'000, sent);
  EXPECT_NEAR(static_cast<double>(sent.size()), 500, 100);
  EXPECT_LE(sent.back().planned_ns, 500 * kMs);
  EXPECT_EQ(sent[3].command.submit_contact().id(), "r-0-3");
  // None was answered; more come all the same, but none behind the end.
  traffic.TakeDue(5'000 * kMs, 100'000, sent);
  EXPECT_NEAR(static_cast<double>(sent.size()), 1'000, 150);
  EXPECT_LT(sent.back().planned_ns, 1'000 * kMs);
  EXPECT_EQ(traffic.Tally().planned, sent.size());
}

TEST(LoadTraffic, LatencyCountsFromThePlannedTime) {
  LoadTraffic traffic(AThousandASecond());
  std::vector<LoadTraffic::Sent> sent;
  traffic.TakeDue(900 * kMs, 1, sent);  // there was room for one only, and late
  ASSERT_EQ(sent.size(), 1U);
  traffic.OnReply(sent[0], v1::OUTCOME_OK, "", 1'000 * kMs, 0);
  EXPECT_GT(traffic.Tally(/*with_latencies=*/true).submit_us.at(0), 900'000U);
}

TEST(LoadTraffic, AgentsAcceptAndCompleteAndTheirWordIsSentAgainWhenShed) {
  LoadTraffic traffic(AThousandASecond());
  std::vector<LoadTraffic::Sent> sent;
  traffic.TakeDue(50 * kMs, 1, sent);
  traffic.OnReply(sent[0], v1::OUTCOME_OK, "", 50 * kMs, 0);
  traffic.OnEvent(Offered("r-0-0"), 50 * kMs);
  traffic.OnEvent(Offered("another-0-0"), 50 * kMs);
  traffic.CancelWaiting(0);  // no more contacts, and this one is to be withdrawn
  sent.clear();
  traffic.TakeDue(54 * kMs, 10, sent);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(sent[0].command.has_cancel_contact());
  sent.clear();
  traffic.TakeDue(55 * kMs, 10, sent);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].command.accept_offer().offer_id(), 7U);
  traffic.OnReply(sent[0], v1::OUTCOME_SHEDDING, "", 56 * kMs, 10 * kMs);
  sent.clear();
  traffic.TakeDue(65 * kMs, 10, sent);
  EXPECT_TRUE(sent.empty());
  traffic.TakeDue(66 * kMs, 10, sent);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(sent[0].command.has_accept_offer());
}

TEST(LoadTraffic, WhatMustNotHappenIsSaid) {
  LoadTraffic traffic(AThousandASecond());
  std::vector<LoadTraffic::Sent> sent;
  traffic.TakeDue(50 * kMs, 2, sent);
  traffic.OnEvent(Assigned("r-0-0"), 60 * kMs);
  EXPECT_EQ(traffic.Tally().contradiction, "");
  traffic.OnEvent(Assigned("r-0-0"), 61 * kMs);
  EXPECT_EQ(traffic.Tally().contradiction, "assigned twice: r-0-0");

  LoadTraffic other(AThousandASecond());
  sent.clear();
  other.TakeDue(50 * kMs, 2, sent);
  other.OnEvent(Ended("r-0-1"), 60 * kMs);
  other.OnEvent(Ended("r-0-1"), 60 * kMs);
  EXPECT_EQ(other.Tally().contradiction, "ended twice: r-0-1");
}

}  // namespace
}  // namespace strowger::ctl
