// How often contacts arrive that will be served before one with less priority.
#pragma once

#include <array>
#include <cstdint>

#include "routing-core/prediction/bucket_window.h"
#include "routing/time.h"

namespace strowger::routing {

// Arrivals over the trailing 30 minutes by priority at the start, for up to kLevels priorities in
// use at a time; past them one counts with the next below it, or with the lowest.
// Integers, one thread; times never run backwards.
class ArrivalsByPriority {
 public:
  void Arrived(TimeNs now, std::int64_t priority) { LevelFor(now, priority).window.Add(now, 0, 1); }

  struct Above {
    DurationNs every = kNever;  // mean time between two
    std::int64_t by = 0;        // how far above they start, on average
  };
  // Those that start above `priority`.
  Above AboveOf(TimeNs now, std::int64_t priority) const {
    std::int64_t count = 0;
    std::int64_t distance = 0;
    for (std::size_t i = 0; i < used_; ++i) {
      if (levels_[i].priority <= priority) continue;
      const std::int64_t arrived = levels_[i].window.Total(now)[0];
      count += arrived;
      distance += arrived * (levels_[i].priority - priority);
    }
    if (count == 0) return {};
    return {kWindow / count, distance / count};
  }

  // For a checkpoint.
  template <typename Archive, typename Self>
  static void Visit(Archive& archive, Self& self) {
    archive(self.used_);
    if constexpr (Archive::kLoads) {
      if (!archive.Require(self.used_ <= kLevels, "priorities past the limit")) self.used_ = 0;
    }
    for (std::size_t i = 0; i < self.used_; ++i) {
      archive(self.levels_[i].priority, self.levels_[i].window);
    }
  }

 private:
  static constexpr std::size_t kLevels = 8;
  // The rate is over the whole of it, also when less is known: few arrivals say little of a rate.
  static constexpr DurationNs kWindow = 30 * kMinute;
  struct Level {
    std::int64_t priority = 0;
    BucketWindow<1> window;
  };

  Level& LevelFor(TimeNs now, std::int64_t priority) {
    Level* idle = nullptr;
    Level* below = nullptr;
    Level* lowest = nullptr;
    for (std::size_t i = 0; i < used_; ++i) {
      Level& level = levels_[i];
      if (level.priority == priority) return level;
      if (level.window.Total(now)[0] == 0) idle = &level;
      if (lowest == nullptr || level.priority < lowest->priority) lowest = &level;
      if (level.priority > priority) continue;
      if (below == nullptr || level.priority > below->priority) below = &level;
    }
    if (used_ < kLevels) idle = &levels_[used_++];
    if (idle == nullptr) return below == nullptr ? *lowest : *below;
    idle->priority = priority;
    return *idle;
  }

  std::array<Level, kLevels> levels_;
  std::uint32_t used_ = 0;
};

}  // namespace strowger::routing
