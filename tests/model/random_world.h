// The small world in which random commands play, and random pieces of plans in it. Names are few
// and durations come from a short list, so that things meet: equal instants, same skills, same ids.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "routing/plan.h"
#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::model {

// The same numbers on every platform, which the standard distributions do not promise.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t Below(std::uint64_t n) { return engine_() % n; }
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(Below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool Chance(std::uint64_t percent) { return Below(100) < percent; }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// "c", 7: "c7".
std::string Numbered(std::string prefix, std::uint64_t number);

const std::vector<std::string>& Skills();
const std::vector<std::string>& Teams();
const std::vector<std::string>& Places();
const std::vector<std::string>& Channels();
const std::vector<std::string>& Treatments();
const std::vector<std::string>& Tiers();
const std::vector<std::string>& Flags();
const std::vector<std::string>& Labels();

// A conjunction of tests on figures and contact.
class FakeCondition : public routing::Condition {
 public:
  struct Test {
    enum class Kind : std::uint8_t {
      kFigureOver,
      kFigureIs,
      kTierIs,
      kAttemptOver,
      kAgeOver,
      kFlagOn,
      kGroupOver,
      kNever
    };
    Kind kind = Kind::kNever;
    std::string queue = {};  // empty: that of the input; of kGroupOver: the team or location
    routing::Figure figure = routing::Figure::kWaiting;
    std::int64_t value = 0;
    std::string text = {};
    routing::FigureOwner owner = routing::FigureOwner::kQueue;
  };

  explicit FakeCondition(std::vector<Test> tests);

  routing::Truth Holds(const routing::ConditionInput& input) const override;
  absl::Span<const routing::FigureRead> reads() const override { return reads_; }
  bool reads_time() const override { return reads_time_; }
  absl::Span<const std::string> flags() const override { return flags_; }
  std::string_view source() const override { return source_; }
  std::string_view identity() const override { return source_; }

 private:
  std::vector<Test> tests_;
  std::vector<routing::FigureRead> reads_;
  std::vector<std::string> flags_;
  bool reads_time_ = false;
  std::string source_;
};

std::shared_ptr<const routing::Condition> RandomCondition(Dice& dice,
                                                          const std::vector<std::string>& queues);
routing::DurationNs RandomDuration(Dice& dice);  // 0 s..1 min, from a short list
routing::Requirement RandomRequirement(Dice& dice);
routing::Formula RandomFormula(Dice& dice);
routing::Priority RandomPriority(Dice& dice);
routing::Destination RandomDestination(Dice& dice, const std::vector<std::string>& queues);
// A plan for one of `queues`, with steps, overflow and a wait limit some of the time. Steps name
// only `inner` queues, which are not external.
routing::Plan RandomPlan(Dice& dice, const std::vector<std::string>& queues,
                         const std::vector<std::string>& inner);

}  // namespace strowger::model
