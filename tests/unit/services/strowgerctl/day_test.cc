#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "services/strowgerctl/day/call_history.h"
#include "services/strowgerctl/day/day_generator.h"
#include "services/strowgerctl/day/random.h"
#include "services/strowgerctl/replay/call_records.h"

namespace strowger::ctl {
namespace {

std::uint64_t Fnv(const std::string& text) {
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 1'099'511'628'211U;
  }
  return hash;
}

TEST(RandomTest, PowersAndLogarithmsAreNearEnough) {
  for (int i = -60; i <= 160; ++i) {
    const double x = i / 10.0;
    const double got = static_cast<double>(Exp2(static_cast<std::int64_t>(x * 65'536))) / 65'536;
    EXPECT_NEAR(got / std::exp2(x), 1, 0.01) << x;
  }
  for (const double x : {0.001, 0.5, 1.0, 1.4, 2.0, 3.0, 77.0, 65'536.0}) {
    const auto fixed = static_cast<std::int64_t>(x * 65'536);
    EXPECT_NEAR(static_cast<double>(Log2(fixed)) / 65'536,
                std::log2(static_cast<double>(fixed) / 65'536), 0.01)
        << x;
  }
}

TEST(RandomTest, DistributionsHaveTheirMoments) {
  Random random(42);
  double sum = 0;
  int below = 0;
  for (int i = 0; i < 20'000; ++i) {
    sum += static_cast<double>(random.Exponential(1'000));
    if (random.LogNormal(1'000, 1'000) < 1'000) ++below;
  }
  EXPECT_NEAR(sum / 20'000, 1'000, 30);
  EXPECT_NEAR(below / 20'000.0, 0.5, 0.02);
}

TEST(DayTest, ASeedIsADay) {
  const std::string day = CallHistoryRows(GenerateDay({7, 500, 0}), 20'759, 7);
  EXPECT_EQ(day, CallHistoryRows(GenerateDay({7, 500, 0}), 20'759, 7));
  EXPECT_NE(day, CallHistoryRows(GenerateDay({8, 500, 0}), 20'759, 8));
  // On every machine and compiler. A change of the generator changes it, and nothing else may.
  EXPECT_EQ(Fnv(day), 14'033'946'270'931'386'997U);
}

TEST(DayTest, IsLifelike) {
  const Day day = GenerateDay({1, 4'000, 0});
  EXPECT_EQ(day.contacts.size(), 4'000U);
  std::map<std::string, int> channels;
  std::map<std::int64_t, int> hours;
  for (const DayContact& contact : day.contacts) {
    ++channels[contact.channel];
    if (contact.channel == "voice") ++hours[contact.arrival_ms / 3'600'000];
    EXPECT_GE(contact.arrival_ms, day.begin_ms);
    EXPECT_LT(contact.arrival_ms, day.end_ms);
    EXPECT_GE(contact.handle_ms, 5'000);
  }
  EXPECT_TRUE(std::is_sorted(
      day.contacts.begin(), day.contacts.end(),
      [](const DayContact& a, const DayContact& b) { return a.arrival_ms < b.arrival_ms; }));
  EXPECT_GT(channels["voice"], channels["chat"]);
  EXPECT_GT(channels["chat"], channels["email"]);
  EXPECT_GT(hours[10], 2 * hours[18]);
}

TEST(DayTest, AgentsWorkInOrderAndGoHome) {
  const Day day = GenerateDay({1, 4'000, 0});
  for (const DayAgent& agent : day.agents) {
    ASSERT_FALSE(agent.presence.empty());
    EXPECT_FALSE(agent.skills.empty());
    std::int64_t last = day.begin_ms;
    for (const Presence& presence : agent.presence) {
      EXPECT_LT(last, presence.from_ms) << agent.id;
      EXPECT_LT(presence.from_ms, presence.to_ms) << agent.id;
      last = presence.to_ms;
    }
    EXPECT_LT(last, day.end_ms);
    EXPECT_EQ(agent.presence.back().then, "");
  }
}

TEST(CallHistoryTest, IsReadAsCallRecords) {
  const absl::StatusOr<CallFile> file = ParseCallRecords(
      CallHistoryHeader() + CallHistoryRows(GenerateDay({3, 2'000, 0}), 20'759, 3));
  ASSERT_TRUE(file.ok()) << file.status();
  // Everything that the format's traps are about occurs.
  EXPECT_GT(file->phantoms, 0U);
  EXPECT_GT(file->left_before_queue, 0U);
  EXPECT_GT(file->without_agent, 0U);
  int left = 0;
  int waited = 0;
  int early = 0;
  for (const CallRecord& call : file->calls) {
    if (!call.served) ++left;
    if (call.served && call.wait_s > 0) ++waited;
    if (call.served && call.service_begin_s < call.arrival_s + call.wait_s) ++early;
  }
  EXPECT_GT(left, 0);
  EXPECT_GT(waited, 0);
  EXPECT_GT(early, 0);
}

}  // namespace
}  // namespace strowger::ctl
