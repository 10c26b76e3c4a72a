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

#include "routing-core/matching/bit_kernels.h"
#include "routing/explanation.h"
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
  std::uint64_t contacts_seen = 0;  // so far
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
  static constexpr std::size_t kMostStepBytes = 40;  // of its id; the rest is cut off
  struct Ranked {
    std::uint32_t agent = 0;
    std::int64_t key = 0;
  };

  std::uint64_t sequence = 0;
  TimeNs time = 0;
  std::uint64_t contact_number = 0;
  std::uint64_t contacts_seen = 0;  // so far
  std::uint64_t offer = 0;
  std::uint64_t agents_seen = 0;  // registrations so far: who came later was not there
  std::uint64_t requirement_made = 0;
  DurationNs waited = 0;
  std::uint64_t waiting = 0;
  std::uint32_t requirement = 0;
  std::uint32_t queue = 0;  // name id
  Strategy strategy = Strategy::kLongestIdle;
  bool agent_chose = false;
  bool wished = false;     // the contact asked for one agent
  std::uint8_t words = 0;  // of each plane; 0: too many agents
  std::uint8_t candidate_count = 0;
  bool scored = false;  // the terms of the candidates' scores are kept
  std::array<Ranked, kMostCandidates> candidates;
  std::uint8_t step_bytes = 0;
  std::array<char, kMostStepBytes> step;
};

// How scores came about.
struct TermsRecord {
  static constexpr std::size_t kMostTerms = 8;
  // The best and the next best are all that a search by score keeps.
  static constexpr std::size_t kMostScored = 2;

  std::uint8_t count = 0;
  std::array<std::uint32_t, kMostTerms> names;  // ids
  std::array<std::int64_t, kMostTerms> weights;
  std::array<std::array<std::int64_t, kMostTerms>, kMostScored> values;
};

// One thread. What is answered is valid until the next record.
class DecisionLog {
 public:
  // Of agents, in words of 64; beyond, a choice does not keep who stood where.
  static constexpr std::size_t kMostWords = BitKernels::kMostNumbered;
  // Bits that number an agent's Obstacle.
  static constexpr std::size_t kPlanes = BitKernels::kPlanes;
  static_assert(kObstacleCount <= 1 << kPlanes);

  // A command, and how many contacts had come by then.
  struct Forgotten {
    std::uint64_t sequence = 0;
    std::uint64_t contacts_seen = 0;
  };

  DecisionLog()
      : classifications_(std::make_unique_for_overwrite<ClassificationRecord[]>(kKept)),
        choices_(std::make_unique_for_overwrite<ChoiceRecord[]>(kKept)),
        planes_(std::make_unique_for_overwrite<std::uint64_t[]>(kKept * kPlaneWords)),
        terms_(std::make_unique_for_overwrite<TermsRecord[]>(kKept)),
        bytes_(std::make_unique_for_overwrite<char[]>(kBytes)) {}

  // Nothing is known of what came before.
  void BeginAfter(std::uint64_t sequence, std::uint64_t contacts_seen) {
    begin_ = {sequence, contacts_seen};
  }

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

  // REQUIRES: word < kMostWords. Each word of a record is to be set: what stood there is of an
  // older one.
  void SetObstacles(const ChoiceRecord& record, std::size_t word,
                    const std::array<std::uint64_t, kObstacleCount>& at) {
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      std::uint64_t& bits = PlanesOf(record)[plane * kMostWords + word];
      bits = 0;
      for (std::size_t i = 0; i < at.size(); ++i) {
        if (((i >> plane) & 1) != 0) bits |= at[i];
      }
    }
  }
  // The same for all words at once: kPlanes times kMostWords.
  std::uint64_t* PlanesOf(const ChoiceRecord& record) {
    return planes_.get() + PlaceOf(record) * kPlaneWords;
  }
  Obstacle ObstacleAt(const ChoiceRecord& record, std::uint32_t agent) const {
    const std::uint64_t* const planes = planes_.get() + PlaceOf(record) * kPlaneWords + agent / 64;
    std::uint64_t number = 0;
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      number |= ((planes[plane * kMostWords] >> (agent % 64)) & 1) << plane;
    }
    return static_cast<Obstacle>(number);
  }
  TermsRecord& terms(const ChoiceRecord& record) { return terms_[PlaceOf(record)]; }
  const TermsRecord& terms(const ChoiceRecord& record) const { return terms_[PlaceOf(record)]; }

  // The last of what is not remembered any more.
  Forgotten forgotten() const {
    Forgotten last = begin_;
    const auto forget_before = [&last](const auto& oldest_kept) {
      last.sequence = std::max(last.sequence, oldest_kept.sequence - 1);
      last.contacts_seen = std::max(last.contacts_seen, oldest_kept.contacts_seen);
    };
    std::uint64_t kept = 0;
    const ClassificationRecord* oldest = nullptr;
    ForEachClassification([&](const ClassificationRecord& record) {
      if (kept++ == 0) oldest = &record;
    });
    if (kept < classified_) forget_before(*oldest);  // the newest is always kept
    if (chosen_ > kKept) forget_before(choices_[chosen_ % kKept]);
    return last;
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
  static constexpr std::size_t kPlaneWords = kMostWords * kPlanes;
  static constexpr std::size_t kBytes = std::size_t{1} << 20;
  static_assert(kBytes >= 2 * kMaxContactBytes);

  std::size_t PlaceOf(const ChoiceRecord& record) const {
    return static_cast<std::size_t>(&record - choices_.get());
  }

  std::unique_ptr<ClassificationRecord[]> classifications_;
  std::unique_ptr<ChoiceRecord[]> choices_;
  std::unique_ptr<std::uint64_t[]> planes_;
  std::unique_ptr<TermsRecord[]> terms_;
  std::unique_ptr<char[]> bytes_;
  std::uint64_t classified_ = 0;
  std::uint64_t chosen_ = 0;
  std::uint64_t written_ = 0;
  Forgotten begin_;
};

}  // namespace strowger::routing
