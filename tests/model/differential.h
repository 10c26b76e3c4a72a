// Runs a subject and the naive twin side by side on the same commands and says where they part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "routing/command.h"
#include "routing/event.h"
#include "tests/model/naive_router.h"
#include "tests/model/subject.h"
#include "tests/model/tally.h"
#include "tests/model/witness.h"

namespace strowger::model {

struct Options {
  std::uint64_t commands = 20'000;  // a seed
  std::uint64_t hash_every = 64;    // commands between comparisons of the whole state
  bool witness = true;
};

// Lines for the eye: what each side said, and how their states differ.
using Difference = std::vector<std::string>;

class SideBySide {
 public:
  SideBySide(const SubjectFactory& factory, std::shared_ptr<const routing::RuleSet> rule_set,
             const Options& options);

  // Applies to both. Nothing when they agree and the witness has no complaint.
  std::optional<Difference> Step(const routing::Command& command, Tally* tally);
  const NaiveRouter& twin() const { return twin_; }

 private:
  std::optional<Difference> CompareEvents(const routing::Result& twin_result,
                                          const routing::Result& subject_result) const;
  std::optional<Difference> CompareStates(Tally* tally) const;
  std::optional<Difference> CompareWaits(Tally* tally) const;
  std::optional<Difference> ComparePredictions(const routing::SubmitContact& command, Tally* tally);

  NaiveRouter twin_;
  std::unique_ptr<Subject> subject_;
  Options options_;
  Witness witness_;
  std::uint64_t steps_ = 0;
  routing::EventBuffer twin_events_;
  routing::EventBuffer subject_events_;
};

// Called before each command with its number from 1; may be empty.
using Progress = std::function<void(std::uint64_t)>;

struct SeedResult {
  std::uint64_t commands = 0;  // applied, the failing one included
  std::optional<Difference> difference;
};

SeedResult RunSeed(std::uint64_t seed, const SubjectFactory& factory, const Options& options,
                   Tally& tally, const Progress& progress = {});

// The first `count` commands of a seed.
std::vector<routing::Command> CommandsOf(std::uint64_t seed, std::uint64_t count);

// The difference that this list of commands leads to, after which the rest is not looked at.
std::optional<Difference> RunList(std::uint64_t seed, const std::vector<routing::Command>& commands,
                                  const SubjectFactory& factory, const Options& options);

bool SameButForPlace(const routing::Event& left, const routing::Event& right);

}  // namespace strowger::model
