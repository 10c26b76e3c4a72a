// The router against its naive twin, bounded so that it belongs to every run of the tests;
// strowger_model runs for as long as one likes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "tests/model/command_text.h"
#include "tests/model/differential.h"
#include "tests/model/shrink.h"
#include "tests/model/subject.h"
#include "tests/model/tick_law.h"

namespace strowger::model {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

constexpr std::uint64_t kSeeds = 40;
constexpr std::uint64_t kCommandsPerSeed = kSanitized ? 500 : 5'000;
constexpr std::uint64_t kTickSeeds = 10;
constexpr std::uint64_t kTickCommands = kSanitized ? 300 : 1'500;

std::string Joined(const Difference& difference) {
  std::string text;
  for (const std::string& line : difference) text += line + "\n";
  return text;
}

TEST(ModelTest, RouterAndTwinAgreeOnRandomCommands) {
  Options options;
  options.commands = kCommandsPerSeed;
  Tally tally;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const SeedResult result = RunSeed(seed, MakeRouterSubject, options, tally);
    ASSERT_FALSE(result.difference.has_value())
        << "seed " << seed << ", command " << result.commands << "\n"
        << Joined(*result.difference) << "strowger_model --seeds " << seed << " makes it short";
  }
  EXPECT_EQ(tally.Missing(), "");
}

// Each found a difference that no test knew.
TEST(ModelTest, RouterAndTwinAgreeWhereTheyOnceDiffered) {
  struct Found {
    std::uint64_t seed;
    std::uint64_t commands;
  };
  constexpr Found kFound[] = {
      {5244, 3'000},  // a look that made a deadline due, and the watches behind it
      {1121, 3'000},  // the last to be replanned ended, and nobody was placed after it
      {44, 3'000},    // free agents while a replan is under way, of whom one is wished for
      {110, 4'200},   // an agent who had become less busy since the last look
      {302, 14'400},  // a watch that took the place of the one being looked at
      {159, 35'300},  // an agent who accepts a contact that a step has moved
      {705, 39'600},  // a vigil that took a turn, in which a loan ended
      {903, 47'910},  // a watch that went while it was looked at, and the one behind it
      {95, 16'100},   // a watch without members, due at this instant
  };
  Options options;
  Tally tally;
  for (const Found& found : kFound) {
    options.commands = found.commands;
    if (kSanitized && options.commands > 3'000) continue;
    const SeedResult result = RunSeed(found.seed, MakeRouterSubject, options, tally);
    EXPECT_FALSE(result.difference.has_value()) << "seed " << found.seed << "\n"
                                                << Joined(*result.difference);
  }
}

TEST(ModelTest, TicksChangeNothingOfTheRouter) {
  for (std::uint64_t seed = 1; seed <= kTickSeeds; ++seed) {
    const auto broken = BreaksTickLaw(seed, kTickCommands, MakeRouterSubject);
    ASSERT_FALSE(broken.has_value()) << "seed " << seed << "\n" << *broken;
  }
}

TEST(ModelTest, TicksChangeNothingOfTheTwin) {
  for (std::uint64_t seed = 1; seed <= kTickSeeds; ++seed) {
    const auto broken = BreaksTickLaw(seed, kTickCommands, MakeNaiveSubject);
    ASSERT_FALSE(broken.has_value()) << "seed " << seed << "\n" << *broken;
  }
}

// A router that keeps to itself every event of one type.
class Secretive : public Subject {
 public:
  Secretive(std::unique_ptr<Subject> honest, routing::EventType hidden)
      : honest_(std::move(honest)), hidden_(hidden) {}

  routing::Result Apply(const routing::Command& command, routing::EventBuffer& events) override {
    const routing::Result result = honest_->Apply(command, events);
    std::erase_if(events, [this](const routing::Event& event) { return event.type == hidden_; });
    return result;
  }
  routing::TimeNs next_deadline() const override { return honest_->next_deadline(); }
  routing::CanonicalState Canonical() const override { return honest_->Canonical(); }
  routing::StateHash Hash() const override { return honest_->Hash(); }
  routing::ArrivalPrediction Predict(const routing::SubmitContact& command) override {
    return honest_->Predict(command);
  }
  WaitAnswer WhyWaiting(const std::string& contact) const override {
    return honest_->WhyWaiting(contact);
  }
  void CheckInvariants() const override { honest_->CheckInvariants(); }

 private:
  std::unique_ptr<Subject> honest_;
  routing::EventType hidden_;
};

// A router that forgets its tenth accepted offer.
class Forgetful : public Secretive {
 public:
  explicit Forgetful(std::unique_ptr<Subject> honest)
      : Secretive(std::move(honest), routing::EventType{}) {}

  routing::Result Apply(const routing::Command& command, routing::EventBuffer& events) override {
    if (std::holds_alternative<routing::AcceptOffer>(command.body) && ++accepts_ == 10) return {};
    return Secretive::Apply(command, events);
  }

 private:
  int accepts_ = 0;
};

TEST(ModelTest, FindsAPlantedDifferenceAndMakesItShort) {
  const SubjectFactory planted = [](const routing::Limits& limits, auto rule_set) {
    return std::make_unique<Secretive>(MakeNaiveSubject(limits, std::move(rule_set)),
                                       routing::EventType::kStepSkipped);
  };
  Options options;
  options.commands = 3'000;
  Tally tally;
  const SeedResult result = RunSeed(1, planted, options, tally);
  ASSERT_TRUE(result.difference.has_value());
  const auto fails = [&](const std::vector<routing::Command>& commands) {
    return RunList(1, commands, planted, options).has_value();
  };
  const auto all = CommandsOf(1, result.commands);
  ASSERT_TRUE(fails(all));
  const auto few = Shrink(all, fails, 400);
  EXPECT_TRUE(fails(few));
  EXPECT_LE(few.size(), 4U) << Describe(few.front());
}

TEST(ModelTest, FindsALostCommand) {
  const SubjectFactory planted = [](const routing::Limits& limits, auto rule_set) {
    return std::make_unique<Forgetful>(MakeNaiveSubject(limits, std::move(rule_set)));
  };
  Tally tally;
  EXPECT_TRUE(RunSeed(2, planted, Options(), tally).difference.has_value());
}

}  // namespace
}  // namespace strowger::model
