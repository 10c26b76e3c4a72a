// services/metrics/METRICS.md is made of the page itself: STROWGER_WRITE_GOLDEN=1 writes it anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "services/metrics/page.h"
#include "tests/unit/services/runtime/support.h"

namespace strowger::metrics {
namespace {

const std::string kFolder = STROWGER_SOURCE_DIR "/services/metrics/";

constexpr char kHead[] = R"(# Metrics

Every family at `/metrics`, made by a test from the page itself. Base units; ratios from 0 to 1. Each family is also in the
text that `/metrics` gives, with the same meaning.

Labels come from configuration (`domain`, `queue`) and closed vocabularies, never from a caller's text: so the page has, beside
a fixed part for each domain, about 37 series for each queue, however many contacts and agents there are. What is not counted
as it happens (queues, states) is at most a second old.

| name | type | unit | labels | meaning |
| --- | --- | --- | --- | --- |
)";

std::string ReadText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return std::move(text).str();
}

std::string UnitOf(const std::string& name) {
  const auto has = [&name](const char* part) { return name.find(part) != std::string::npos; };
  if (has("_seconds")) return "seconds";
  if (has("_bytes")) return "bytes";
  if (has("_ratio")) return "ratio";
  return has("_info") ? "" : "count";
}

std::string TypeOf(prometheus::MetricType type) {
  if (type == prometheus::MetricType::Counter) return "counter";
  return type == prometheus::MetricType::Histogram ? "histogram" : "gauge";
}

// One queue with whatever a queue can show.
class BoundedRules final : public runtime::OneQueueRules {
 public:
  BoundedRules() {
    settings_.resize(1);
    settings_[0].name = "default";
    settings_[0].starvation_bound = routing::kMinute;
  }
  absl::Span<const routing::QueueSettings> queues() const override { return settings_; }

 private:
  std::vector<routing::QueueSettings> settings_;
};

// A page with every family on it.
std::vector<prometheus::MetricFamily> WholePage() {
  journal::MemoryJournal journal;
  runtime::Domains domains;
  runtime::ExecutorOptions options;
  options.figures_interval = 0;
  routing::Limits limits;
  limits.agents = limits.contacts = limits.ended_contacts = limits.plans = limits.atoms = 64;
  limits.queues = 16;
  auto& executor = domains.Add(
      "default",
      std::make_unique<runtime::DomainExecutor>(
          options, std::make_unique<routing::Router>(limits, std::make_shared<BoundedRules>()),
          journal, nullptr));
  runtime::ApplyAndWait(executor, runtime::Contact("c1"), {}, routing::kSecond);
  domains.Drain();
  RpcCounters rpcs({"strowger.v1.RoutingService/Route"});
  RuleStatus rules;
  rules.Activated("default", 1, "test", "cafe", 5 * routing::kSecond);
  rules.Reloaded("default", true, 6 * routing::kSecond);
  Sources sources{&domains, &rpcs, &rules, nullptr, {"0", "", ""}};
  sources.certificate_expiry = [] { return std::int64_t{1}; };
  return Page(sources).Collect();
}

std::string Table() {
  std::map<std::string, std::string> lines;  // by name
  for (const prometheus::MetricFamily& family : WholePage()) {
    std::string labels;
    for (const auto& label : family.metric.front().label) {
      labels += (labels.empty() ? "" : ", ") + label.name;
    }
    lines[family.name] = "| `" + family.name + "` | " + TypeOf(family.type) + " | " +
                         UnitOf(family.name) + " | " + labels + " | " + family.help + " |\n";
  }
  std::string table = kHead;
  for (const auto& [name, line] : lines) table += line;
  return table;
}

TEST(MetricsTable, IsWhatThePageHas) {
  const std::string table = Table();
  if (std::getenv("STROWGER_WRITE_GOLDEN") != nullptr) {
    std::ofstream(kFolder + "METRICS.md") << table;
  }
  EXPECT_EQ(ReadText(kFolder + "METRICS.md"), table);
}

// A family that the page above does not show would be missing from the table.
TEST(MetricsTable, HasEveryFamilyThatTheSourcesDefine) {
  const std::string table = ReadText(kFolder + "METRICS.md");
  const std::regex definition(R"re(constexpr Definition k\w+\{\s*"([a-z0-9_]+)")re");
  std::size_t found = 0;
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    if (file.path().extension() != ".cc") continue;
    const std::string text = ReadText(file.path().string());
    for (std::sregex_iterator it(text.begin(), text.end(), definition), end; it != end; ++it) {
      ++found;
      EXPECT_NE(table.find("`" + (*it)[1].str() + "`"), std::string::npos) << (*it)[1].str();
    }
  }
  EXPECT_GT(found, 50U);
}

// Every name and label, that is, follows the conventions.
TEST(MetricsTable, NamesFollowTheConventions) {
  const std::set<std::string> labels = {"domain",  "queue",  "command", "outcome",   "reason",
                                        "event",   "state",  "mode",    "service",   "method",
                                        "code",    "hash",   "result",  "estimator", "lease",
                                        "version", "commit", "compiler"};
  for (const prometheus::MetricFamily& family : WholePage()) {
    const bool counts = family.type == prometheus::MetricType::Counter;
    EXPECT_EQ(counts, family.name.ends_with("_total")) << family.name;
    EXPECT_FALSE(family.help.empty()) << family.name;
    for (const prometheus::ClientMetric& metric : family.metric) {
      for (const auto& label : metric.label) EXPECT_TRUE(labels.contains(label.name)) << label.name;
    }
  }
}

}  // namespace
}  // namespace strowger::metrics
