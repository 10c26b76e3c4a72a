#include "services/metrics/rpc_counters.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "services/metrics/rule_status.h"

namespace strowger::metrics {
namespace {

TEST(RpcCounters, CountByMethodAndCode) {
  RpcCounters counters({"strowger.v1.RoutingService/Route", "strowger.v1.AdminService/Drain"});
  const std::size_t drain = counters.IndexOf("/strowger.v1.AdminService/Drain");
  EXPECT_EQ(drain, 1U);
  EXPECT_EQ(counters.IndexOf("grpc.health.v1.Health/Check"), RpcCounters::kOther);
  counters.Started(drain);
  counters.Started(drain);
  counters.Finished(drain, 14);
  counters.Started(RpcCounters::kOther);
  counters.Finished(RpcCounters::kOther, 99);
  const std::vector<RpcCounters::Reading> readings = counters.Read();
  ASSERT_EQ(readings.size(), 3U);
  EXPECT_EQ(readings[0].service, "strowger.v1.RoutingService");
  EXPECT_EQ(readings[0].method, "Route");
  EXPECT_EQ(readings[1].open, 1);
  EXPECT_EQ(readings[1].finished[14], 1U);
  EXPECT_EQ(readings[2].method, "other");
  EXPECT_EQ(readings[2].finished[2], 1U);  // an unknown code is UNKNOWN
  EXPECT_EQ(RpcCounters::CodeName(14), "UNAVAILABLE");
}

TEST(RpcCounters, ThreadsCountTogether) {
  RpcCounters counters({"s/m"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        counters.Started(0);
        counters.Finished(0, 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counters.Read()[0].finished[0], 4000U);
  EXPECT_EQ(counters.Read()[0].open, 0);
}

TEST(RuleStatus, AnEarlierActivationDoesNotCoverALaterOne) {
  RuleStatus status;
  status.Activated("default", 3, "shop", "cafe", 30);
  status.Activated("default", 2, "shop", "beef", 40);
  status.Reloaded("default", true, 50);
  status.Reloaded("default", false, 60);
  const RuleStatus::Domain domain = status.Read().at("default");
  EXPECT_EQ(domain.version, 3U);
  EXPECT_EQ(domain.hash, "cafe");
  EXPECT_EQ(domain.reloads_ok, 1U);
  EXPECT_EQ(domain.reloads_failed, 1U);
  EXPECT_FALSE(domain.last_reload_ok);
  EXPECT_EQ(domain.last_reload_time, 60);
}

}  // namespace
}  // namespace strowger::metrics
