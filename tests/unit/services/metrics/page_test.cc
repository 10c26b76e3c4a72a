#include "services/metrics/page.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "services/metrics/families.h"
#include "tests/unit/services/runtime/support.h"

namespace strowger::metrics {
namespace {

using routing::kSecond;
using runtime::Contact;

// A domain with a little of everything that a page can show.
class PageTest : public testing::Test {
 protected:
  PageTest() : rpcs_({"strowger.v1.RoutingService/Route"}) {
    runtime::ExecutorOptions options;
    options.figures_interval = 0;
    runtime::DomainExecutor& executor =
        domains_.Add("default", std::make_unique<runtime::DomainExecutor>(
                                    options, runtime::MakeRouter(), journal_, nullptr));
    ApplyAndWait(executor, Contact("c1"), "id-1", 10 * kSecond);
    ApplyAndWait(executor, Contact("c1"), "id-1", 11 * kSecond);
    ApplyAndWait(executor, Contact("c1"), {}, 12 * kSecond);
    ReadAndWait(executor, [](const runtime::Reading&) {});
    domains_.Drain();
    ApplyAndWait(executor, Contact("c2"), {}, 12 * kSecond);
    rules_.Activated("default", 1, "te\"st", "cafe", 5 * kSecond);
    rules_.Reloaded("default", false, 6 * kSecond);
    rpcs_.Started(0);
    rpcs_.Finished(0, 0);
    rpcs_.Started(0);
    rpcs_.Finished(0, 8);
  }

  std::string Text() const {
    return Page({&domains_, &rpcs_, &rules_, nullptr, {"0.1.0", "abc\\d\n\"e\"", "g++"}}).Text();
  }

  journal::MemoryJournal journal_;
  runtime::Domains domains_;
  RpcCounters rpcs_;
  RuleStatus rules_;
};

std::map<std::string, std::string> Samples(const std::string& text) {
  std::map<std::string, std::string> samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t space = line.rfind(' ');
    samples[line.substr(0, space)] = line.substr(space + 1);
  }
  return samples;
}

TEST_F(PageTest, ShowsWhatHappened) {
  const std::map<std::string, std::string> samples = Samples(Text());
  const auto value = [&](const std::string& series) {
    const auto found = samples.find(series);
    return found == samples.end() ? std::string("absent") : found->second;
  };
  const std::string submit =
      "strowger_commands_total{domain=\"default\",command=\"submit_contact\",";
  EXPECT_EQ(value(submit + "outcome=\"ok\"}"), "1");
  EXPECT_EQ(value(submit + "outcome=\"already_exists\"}"), "1");
  EXPECT_EQ(value(submit + "outcome=\"in_use\"}"), "absent");
  EXPECT_EQ(value("strowger_repeated_commands_total{domain=\"default\"}"), "1");
  EXPECT_EQ(value("strowger_refused_requests_total{domain=\"default\",reason=\"draining\"}"), "1");
  EXPECT_EQ(value("strowger_contacts{domain=\"default\",state=\"queued\"}"), "1");
  EXPECT_EQ(value("strowger_sequence{domain=\"default\"}"), "2");
  EXPECT_EQ(value("strowger_durable_sequence{domain=\"default\"}"), "2");
  EXPECT_EQ(value("strowger_journal_lag{domain=\"default\"}"), "0");
  EXPECT_EQ(value("strowger_journal_mode_info{domain=\"default\",mode=\"none\"}"), "1");
  EXPECT_EQ(value("strowger_mailbox_depth{domain=\"default\"}"), "0");
  EXPECT_EQ(value("strowger_domain_time_seconds{domain=\"default\"}"), "12");
  EXPECT_EQ(value("strowger_decision_latency_seconds_count{domain=\"default\"}"), "2");
  EXPECT_EQ(value("strowger_reply_latency_seconds_count{domain=\"default\"}"), "3");
  const std::string queue = "{domain=\"default\",queue=\"default\"}";
  EXPECT_EQ(value("strowger_queue_waiting" + queue), "1");
  EXPECT_EQ(value("strowger_queue_entered_total" + queue), "1");
  EXPECT_EQ(value("strowger_rule_set_version{domain=\"default\"}"), "1");
  EXPECT_EQ(value("strowger_rule_set_info{domain=\"default\",hash=\"cafe\"}"), "1");
  EXPECT_EQ(value("strowger_rule_set_last_reload_success{domain=\"default\"}"), "0");
  const std::string calls =
      "strowger_grpc_calls_total{service=\"strowger.v1.RoutingService\",method=\"Route\",";
  EXPECT_EQ(value(calls + "code=\"OK\"}"), "1");
  EXPECT_EQ(value(calls + "code=\"RESOURCE_EXHAUSTED\"}"), "1");
  EXPECT_NE(value("process_resident_memory_bytes"), "absent");
  EXPECT_NE(value("process_start_time_seconds"), "absent");
}

TEST_F(PageTest, WaitsGrowBetweenPublications) {
  runtime::ManualClock clock(72 * kSecond);
  const Page page({&domains_, nullptr, nullptr, &clock, {}});
  const std::map<std::string, std::string> before =
      Samples(Page({&domains_, nullptr, nullptr, nullptr, {}}).Text());
  const std::map<std::string, std::string> now = Samples(page.Text());
  const std::string oldest =
      "strowger_queue_oldest_wait_seconds{domain=\"default\",queue=\"default\"}";
  EXPECT_EQ(std::stod(now.at(oldest)), std::stod(before.at(oldest)) + 60);
}

// The text format, by its own rules: HELP, TYPE, then the family's samples and nobody else's.
TEST_F(PageTest, IsWellFormed) {
  const std::regex sample(
      R"re(([a-z_:][a-z0-9_:]*)(\{([a-z_]+="(\\.|[^"\\\n])*",?)*\})? ([-+0-9.e]+|[+-]?Inf|Nan))re");
  std::set<std::string> families, series;
  std::string family, type;
  std::istringstream lines(Text());
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, keyword, name, rest;
    if (line.rfind("# HELP ", 0) == 0) {
      words >> hash >> keyword >> family;
      std::getline(words, rest);
      EXPECT_GT(rest.size(), 10U) << line;
      EXPECT_TRUE(families.insert(family).second) << "twice: " << family;
      continue;
    }
    if (line.rfind("# TYPE ", 0) == 0) {
      words >> hash >> keyword >> name >> type;
      EXPECT_EQ(name, family);
      continue;
    }
    std::smatch match;
    ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
    EXPECT_EQ(match[1].str().rfind(family, 0), 0U) << line;
    if (type != "histogram") {
      EXPECT_EQ(match[1].str(), family) << line;
    }
    EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << "twice: " << line;
    const bool total = family.size() > 6 && family.substr(family.size() - 6) == "_total";
    EXPECT_EQ(type == "counter", total) << family;
  }
  EXPECT_GT(families.size(), 40U);
}

TEST_F(PageTest, PassesPromtoolWhereThereIsOne) {
  if (std::system("command -v promtool > /dev/null 2>&1") != 0) GTEST_SKIP() << "no promtool";
  FILE* const promtool = popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  const std::string text = Text();
  std::fwrite(text.data(), 1, text.size(), promtool);
  EXPECT_EQ(pclose(promtool), 0);
}

TEST(Families, AHistogramAddsUp) {
  runtime::LatencyHistogram histogram;
  histogram.Observe(500, 2);
  histogram.Observe(1'500);
  histogram.Observe(60 * kSecond);
  static constexpr Definition kTest{"test_seconds", kHistogram, "For the test."};
  Families families;
  families.Add(kTest, {}, histogram);
  const prometheus::MetricFamily family = families.Take().front();
  const auto& buckets = family.metric.front().histogram.bucket;
  ASSERT_EQ(buckets.size(), 26U);
  EXPECT_EQ(buckets[0].cumulative_count, 2U);
  EXPECT_DOUBLE_EQ(buckets[0].upper_bound, 1e-6);
  EXPECT_EQ(buckets[1].cumulative_count, 3U);
  EXPECT_EQ(buckets[24].cumulative_count, 3U);
  EXPECT_EQ(buckets[25].cumulative_count, 4U);
  EXPECT_EQ(family.metric.front().histogram.sample_count, 4U);
  EXPECT_DOUBLE_EQ(family.metric.front().histogram.sample_sum, 60.0000025);
}

}  // namespace
}  // namespace strowger::metrics
