#include "services/strowgerctl/replay/staffing.h"

#include <gtest/gtest.h>

namespace strowger::ctl {
namespace {

constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kDay = 24 * kHour;

CallRecord Served(const std::string& agent, const std::string& type, std::int64_t begin_s,
                  std::int64_t service_s) {
  CallRecord call;
  call.served = true;
  call.agent = agent;
  call.type = type;
  call.service_begin_s = begin_s;
  call.service_s = service_s;
  return call;
}

std::vector<std::pair<std::int64_t, std::int64_t>> Pairs(const std::vector<Shift>& shifts) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  pairs.reserve(shifts.size());
  for (const Shift& shift : shifts) pairs.emplace_back(shift.begin_s, shift.end_s);
  return pairs;
}

using Shifts = std::vector<std::pair<std::int64_t, std::int64_t>>;

TEST(StaffingTest, AShiftLastsFromTheFirstToTheLastServiceOfADay) {
  const std::vector<InferredAgent> agents =
      InferStaffing({Served("b", "PS", 10 * kHour, 60), Served("a", "PS", 9 * kHour, 60),
                     Served("b", "NW", 15 * kHour, 120), Served("b", "PS", 8 * kHour, 60),
                     Served("b", "PS", kDay + 9 * kHour, 30)},
                    {});
  ASSERT_EQ(agents.size(), 2U);
  EXPECT_EQ(agents[0].id, "a");
  EXPECT_EQ(agents[1].id, "b");
  EXPECT_EQ(agents[1].skills, (std::vector<std::string>{"NW", "PS"}));
  EXPECT_EQ(Pairs(agents[1].shifts),
            (Shifts{{8 * kHour, 15 * kHour + 120}, {kDay + 9 * kHour, kDay + 9 * kHour + 30}}));
}

TEST(StaffingTest, ServicesPastMidnightBelongToTheDayBefore) {
  const std::vector<InferredAgent> agents =
      InferStaffing({Served("a", "PS", 23 * kHour, 60), Served("a", "PS", kDay + 1'800, 60),
                     Served("a", "PS", kDay + 14 * kHour, 60)},
                    {});
  EXPECT_EQ(Pairs(agents.at(0).shifts),
            (Shifts{{23 * kHour, kDay + 1'860}, {kDay + 14 * kHour, kDay + 14 * kHour + 60}}));
}

TEST(StaffingTest, OverlappingServicesDoNotCutAShift) {
  const std::vector<InferredAgent> agents = InferStaffing(
      {Served("a", "PS", 9 * kHour, 3 * kHour), Served("a", "PS", 10 * kHour, 60)}, {});
  EXPECT_EQ(Pairs(agents.at(0).shifts), (Shifts{{9 * kHour, 12 * kHour}}));
}

TEST(StaffingTest, AServiceThatLastsIntoTheNextDayOfWorkDoesNotMakeShiftsTouch) {
  const std::vector<InferredAgent> agents = InferStaffing(
      {Served("a", "PS", 2 * kHour, 2 * kHour), Served("a", "PS", 3 * kHour + 600, 600)}, {});
  EXPECT_EQ(Pairs(agents.at(0).shifts), (Shifts{{2 * kHour, 4 * kHour}}));
}

TEST(StaffingTest, LongGapsAreBreaksIfAskedFor) {
  const std::vector<CallRecord> calls = {Served("a", "PS", 9 * kHour, 60),
                                         Served("a", "PS", 9 * kHour + 660, 60),
                                         Served("a", "PS", 9 * kHour + 1'321, 60)};
  EXPECT_EQ(InferStaffing(calls, {}).at(0).shifts.size(), 1U);
  EXPECT_EQ(Pairs(InferStaffing(calls, {600}).at(0).shifts),
            (Shifts{{9 * kHour, 9 * kHour + 720}, {9 * kHour + 1'321, 9 * kHour + 1'381}}));
}

TEST(StaffingTest, CallsWithoutAgentAndThoseWhoLeftTellNothing) {
  CallRecord left;
  left.agent = "a";
  EXPECT_TRUE(InferStaffing({Served("", "PS", 9 * kHour, 60), left}, {}).empty());
}

TEST(StaffingTest, MediansAreOfServedCalls) {
  CallRecord left;
  left.type = "PS";
  left.service_s = 1'000;
  const auto medians = MedianServiceTimes({Served("a", "PS", 0, 10), Served("", "PS", 0, 21), left,
                                           Served("a", "NW", 0, 7), Served("a", "NW", 0, 1),
                                           Served("a", "NW", 0, 9)});
  EXPECT_EQ(medians.at("PS"), 15);
  EXPECT_EQ(medians.at("NW"), 7);
  EXPECT_EQ(medians.size(), 2U);
}

}  // namespace
}  // namespace strowger::ctl
