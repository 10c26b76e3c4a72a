#include "services/whatif/simulation.h"

#include <algorithm>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/unit/services/whatif/recorded_day.h"

namespace strowger::whatif {
namespace {

using routing::SimpleRules;

std::shared_ptr<SimpleRules> Plain(const std::string& name = "plain") {
  return std::make_shared<SimpleRules>(
      std::vector<routing::QueueSettings>{routing::Queue("front"), routing::Queue("back")}, name);
}

Recording RecordedUnder(const std::shared_ptr<const routing::RuleSet>& rules, const Habits& habits,
                        DurationNs unrecorded = 0) {
  RecordedDay day(rules, habits, {"front", "back"}, 7);
  if (unrecorded > 0) day.Run(unrecorded);
  day.StartRecording();
  day.Run(6 * routing::kHour);
  return day.TakeRecording();
}

Played PlayedUnder(const Recording& recording, const std::shared_ptr<const routing::RuleSet>& rules,
                   const std::shared_ptr<const routing::RuleSet>& recorded_under) {
  KnownRules source({rules, recorded_under});
  auto played = Play(recording, rules, source, nullptr);
  EXPECT_TRUE(played.ok()) << played.status();
  return *std::move(played);
}

QueueFigures AllOf(const Tally& tally) {
  QueueFigures all;
  for (const auto& [name, figures] : tally.queues()) all.Add(figures);
  return all;
}

void ExpectAlike(const Tally& one, const Tally& other) {
  ASSERT_EQ(one.queues().size(), other.queues().size());
  for (const auto& [name, figures] : one.queues()) {
    SCOPED_TRACE(name);
    const QueueFigures& others = other.queues().at(name);
    EXPECT_EQ(figures.came, others.came);
    EXPECT_EQ(figures.answered, others.answered);
    EXPECT_EQ(figures.in_time, others.in_time);
    EXPECT_EQ(figures.abandoned, others.abandoned);
    EXPECT_EQ(figures.otherwise, others.otherwise);
    EXPECT_EQ(figures.waits, others.waits);
    EXPECT_EQ(figures.services, others.services);
  }
}

// The touchstone: nothing is lost on the way through the recording.
TEST(Simulation, PlayedUnderItsOwnRulesItIsAsItWas) {
  const auto rules = Plain();
  const Recording recording = RecordedUnder(rules, {});
  EXPECT_GT(AllOf(recording.figures).answered, 500U);
  EXPECT_GT(AllOf(recording.figures).abandoned, 50U);
  const Played played = PlayedUnder(recording, rules, rules);
  ExpectAlike(recording.figures, played.figures);
  EXPECT_EQ(played.refused, 0U);
}

TEST(Simulation, SoIsADayOfTransfersWrapUpsAndLeases) {
  routing::QueueSettings front = routing::Queue("front");
  front.wrap_up = kMinute;
  front.handling_lease = 30 * kSecond;
  const auto rules = std::make_shared<SimpleRules>(
      std::vector<routing::QueueSettings>{front, routing::Queue("back")});
  Habits habits;
  habits.every = 40 * kSecond;
  habits.wrap_up = 20 * kSecond;
  habits.handed_on_to = "back";
  habits.renew_every = 10 * kSecond;
  const Recording recording = RecordedUnder(rules, habits);
  const auto handed_on =
      std::count_if(recording.contacts.begin(), recording.contacts.end(), [](const auto& contact) {
        return !contact.services.empty() && contact.services.front().handed_on;
      });
  EXPECT_GT(handed_on, 50);
  EXPECT_EQ(recording.contacts[1].services.front().wrap_up, 20 * kSecond);
  ExpectAlike(recording.figures, PlayedUnder(recording, rules, rules).figures);
}

// Who waits, is rung or is served when it begins goes on; how long an offer had been ringing is the
// one thing that is not known.
TEST(Simulation, ARecordingThatBeginsInTheMiddleOfADay) {
  const auto rules = Plain();
  const Recording recording = RecordedUnder(rules, {}, 2 * routing::kHour);
  EXPECT_GT(recording.at_begin.size(), 4U);
  const Played played = PlayedUnder(recording, rules, rules);
  const QueueFigures was = AllOf(recording.figures);
  const QueueFigures is = AllOf(played.figures);
  EXPECT_EQ(is.came, was.came);
  EXPECT_NEAR(static_cast<double>(is.answered), static_cast<double>(was.answered),
              0.02 * static_cast<double>(was.answered));
  EXPECT_LE(played.unfinished, 20U);
}

TEST(Simulation, WhoIsPreferredWaitsLess) {
  const auto rules = Plain();
  const auto preferring = Plain("preferring");
  preferring->plan("back").priority.start = 50;
  const Recording recording = RecordedUnder(rules, {});
  const Played plain = PlayedUnder(recording, rules, rules);
  const Played played = PlayedUnder(recording, preferring, rules);
  const auto wait = [](const Played& of, const char* queue) {
    return MeanOf(of.figures.queues().at(queue).waits);
  };
  EXPECT_LT(2 * wait(played, "back"), wait(plain, "back"));
  EXPECT_GT(wait(played, "front"), wait(plain, "front"));
  // Nobody comes or goes by what the rules are.
  EXPECT_EQ(AllOf(played.figures).came, AllOf(plain.figures).came);
}

// An agent who was free when it left may be at work here; it leaves after that.
TEST(Simulation, WhoIsBusyLeavesLater) {
  const auto rules = Plain();
  const auto other = Plain("other");
  other->plan("front").priority.start = 10;
  const Recording recording = RecordedUnder(rules, {});
  EXPECT_EQ(PlayedUnder(recording, other, rules).refused, 0U);
}

TEST(Simulation, IsStoppedOnRequest) {
  const auto rules = Plain();
  Habits habits;
  habits.every = 2 * kSecond;
  habits.agents = 60;
  const Recording recording = RecordedUnder(rules, habits);
  KnownRules source({rules});
  EXPECT_TRUE(
      absl::IsCancelled(Play(recording, rules, source, [](double) { return false; }).status()));
}

TEST(Simulation, AStateThatCannotBeReadIsToldOf) {
  const auto rules = Plain();
  Recording recording = RecordedUnder(rules, {});
  recording.state.resize(recording.state.size() / 2);
  KnownRules source({rules});
  EXPECT_TRUE(absl::IsDataLoss(Play(recording, rules, source, nullptr).status()));
}

}  // namespace
}  // namespace strowger::whatif
