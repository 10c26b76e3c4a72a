// Recent decisions, as they were made: rings of fixed size, so that memory is bounded and recording
// allocates nothing. No part of the state: in no hash and in no checkpoint.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "routing/limits.h"
#include "routing/rule_set.h"
#include "routing/time.h"

namespace strowger::routing {

struct ClassificationRecord {
  static constexpr std::size_t kMostFigures = 8;
  struct Seen {
    FigureOwner owner = FigureOwner::kQueue;
    std::uint32_t name = 0;  // id; kNoSlot: none of that name
    Figure figure = Figure::kWaiting;
    std::optional<std::int64_t> value;
  };

  std::uint64_t sequence = 0;
  TimeNs time = 0;
  std::uint64_t contact_number = 0;
  std::uint64_t version = 0;
  std::uint64_t rule_set = 0;  // number of those that this router ever put in force
  TimeNs arrival = 0;
  std::uint64_t data_at = 0;  // the contact's data: where in all bytes ever recorded
  std::uint32_t data_bytes = 0;
  std::uint32_t id_bytes = 0;
  std::uint32_t attempt = 0;
  std::uint32_t channel = 0;
  std::uint32_t rule = 0;
  bool replanned = false;
  bool by_candidate = false;
  std::uint64_t flags = 0;        // bit by place in the rule set: it was on
  std::uint8_t figures_seen = 0;  // also those past kMostFigures
  std::array<Seen, kMostFigures> figures;
};

struct ChoiceRecord {
  static constexpr std::size_t kMostCandidates = 4;
  static constexpr std::size_t kMostBars = 8;
  static constexpr std::size_t kMostStepBytes = 40;  // of its id; the rest is cut off
  struct Ranked {
    std::uint32_t agent = 0;
    std::int64_t key = 0;
  };

  std::uint64_t sequence = 0;
  TimeNs time = 0;
  std::uint64_t contact_number = 0;
  std::uint64_t offer = 0;
  std::uint64_t agents_seen = 0;  // registrations so far: who came later was not there
  std::uint64_t requirement_made = 0;
  DurationNs waited = 0;
  std::uint64_t waiting = 0;
  std::uint32_t requirement = 0;
  std::uint32_t queue = 0;  // name id
  Strategy strategy = Strategy::kLongestIdle;
  bool agent_chose = false;
  std::uint8_t words = 0;  // of each column; 0: too many agents
  std::uint8_t candidate_count = 0;
  std::uint8_t bar_count = 0;
  std::array<Ranked, kMostCandidates> candidates;
  std::uint8_t step_bytes = 0;
  std::array<char, kMostStepBytes> step;
  std::array<std::uint32_t, kMostBars> bars;
};

// One thread. What is answered is valid until the next record.
class DecisionLog {
 public:
  // Of agents, in words of 64; beyond, a choice keeps no columns.
  static constexpr std::size_t kMostWords = 16;
  enum Column : std::size_t {
    kLoggedIn,
    kSatisfying,
    kReady,
    kReserving,  // with an open offer
    kAvailable,  // ready, and neither backing off nor in wrap-up as a whole
    kFitting,    // one more of the contact's channel
    kColumnCount
  };

  DecisionLog()
      : classifications_(std::make_unique_for_overwrite<ClassificationRecord[]>(kKept)),
        choices_(std::make_unique_for_overwrite<ChoiceRecord[]>(kKept)),
        columns_(std::make_unique_for_overwrite<std::uint64_t[]>(kKept * kColumnWords)),
        bytes_(std::make_unique_for_overwrite<char[]>(kBytes)) {}

  // To be filled in by the caller.
  ClassificationRecord& AddClassification(std::string_view data) {
    ClassificationRecord& record = classifications_[classified_++ % kKept];
    record = ClassificationRecord{};
    // In one piece: what does not fit before the end begins again at the front.
    if (written_ % kBytes + data.size() > kBytes) written_ += kBytes - written_ % kBytes;
    std::copy(data.begin(), data.end(), bytes_.get() + written_ % kBytes);
    record.data_at = written_;
    record.data_bytes = static_cast<std::uint32_t>(data.size());
    written_ += data.size();
    return record;
  }
  ChoiceRecord& AddChoice() {
    ChoiceRecord& record = choices_[chosen_++ % kKept];
    record = ChoiceRecord{};
    return record;
  }

  std::uint64_t* column(const ChoiceRecord& record, Column column) {
    return columns_.get() + PlaceOf(record) * kColumnWords + column * kMostWords;
  }
  const std::uint64_t* column(const ChoiceRecord& record, Column column) const {
    return columns_.get() + PlaceOf(record) * kColumnWords + column * kMostWords;
  }
  std::string_view data(const ClassificationRecord& record) const {
    return {bytes_.get() + record.data_at % kBytes, record.data_bytes};
  }

  // Oldest first, those whose data is still there.
  template <typename Visit>
  void ForEachClassification(Visit visit) const {
    for (std::uint64_t i = classified_ - std::min(classified_, kKept); i < classified_; ++i) {
      const ClassificationRecord& record = classifications_[i % kKept];
      if (record.data_at + kBytes >= written_) visit(record);
    }
  }
  template <typename Visit>
  void ForEachChoice(Visit visit) const {
    for (std::uint64_t i = chosen_ - std::min(chosen_, kKept); i < chosen_; ++i) {
      visit(choices_[i % kKept]);
    }
  }

 private:
  static constexpr std::uint64_t kKept = kRememberedDecisions;
  static constexpr std::size_t kColumnWords = kMostWords * kColumnCount;
  static constexpr std::size_t kBytes = std::size_t{1} << 20;
  static_assert(kBytes >= 2 * kMaxContactBytes);

  std::size_t PlaceOf(const ChoiceRecord& record) const {
    return static_cast<std::size_t>(&record - choices_.get());
  }

  std::unique_ptr<ClassificationRecord[]> classifications_;
  std::unique_ptr<ChoiceRecord[]> choices_;
  std::unique_ptr<std::uint64_t[]> columns_;
  std::unique_ptr<char[]> bytes_;
  std::uint64_t classified_ = 0;
  std::uint64_t chosen_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace strowger::routing
