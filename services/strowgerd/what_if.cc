#include "services/strowgerd/what_if.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/rules/loader.h"
#include "services/strowgerd/domain_checkpoint.h"
#include "services/strowgerd/journal_up_to.h"
#include "services/whatif/simulation.h"

namespace strowger::daemon {
namespace {

// How the work is shared out, for progress.
constexpr double kRecorded = 0.4;
constexpr double kPlayed = 0.3;
constexpr std::uint64_t kCommandsPerNotice = 4'096;

using Rules = std::shared_ptr<const routing::RuleSet>;

absl::StatusOr<Rules> Compiled(const std::string& text, const char* field) {
  const rules::LoadResult loaded = rules::LoadRuleText(text, field);
  if (loaded.ok()) return loaded.rule_set;
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": the document has errors\n", rules::RenderFindings(loaded)));
}

absl::StatusOr<routing::TimeNs> TimeOfFirst(const journal::RocksJournal& journal,
                                            std::uint64_t sequence) {
  routing::TimeNs time = routing::kNever;
  const absl::Status status = journal.ReadRecords(sequence, [&](const journal::v1::Record& record) {
    time = record.time_ns();
    return absl::CancelledError();
  });
  if (!status.ok() && !absl::IsCancelled(status)) return status;
  return time;
}

// The sequence that the recording follows: the newest checkpoint before `since`, or the oldest from
// which the journal goes on.
absl::StatusOr<std::uint64_t> BeginningFor(const KeptDomain& domain, routing::TimeNs since) {
  std::optional<std::uint64_t> oldest;
  for (const journal::CheckpointFile& file : journal::ListCheckpoints(domain.folder)) {
    if (file.sequence + 1 < domain.journal->first_sequence()) break;
    oldest = file.sequence;
    const auto time = TimeOfFirst(*domain.journal, file.sequence + 1);
    if (!time.ok()) return time.status();
    if (*time <= since) return *oldest;
  }
  if (domain.journal->first_sequence() <= 1) return 0;
  if (oldest) return *oldest;
  return absl::FailedPreconditionError(
      "the journal goes on from no checkpoint that is kept; there is nothing to play yet");
}

// Chunks of events are told a little before or after the commands that they belong to.
class EventsInTurn final : public runtime::ReleaseTap {
 public:
  absl::Status Begin(const routing::Router&) override { return absl::OkStatus(); }
  void OnReleased(const runtime::ReleasedBatch& batch) override {
    if (batch.chunk != nullptr) chunks_.push_back(batch.chunk);
  }
  // Those up to this command.
  void Feed(whatif::Recorder& recorder, std::uint64_t up_to) {
    for (const auto& chunk : chunks_) {
      for (const routing::Event& event : chunk->events()) {
        if (event.sequence <= up_to) recorder.OnEvent(event);
      }
    }
    chunks_.clear();
  }

 private:
  std::vector<std::shared_ptr<const runtime::EventChunk>> chunks_;
};

class Listener {
 public:
  Listener(const KeptDomain& domain, const grpc_api::WhatIfQuestion& question, std::uint64_t begin,
           const std::function<bool(double)>& progress)
      : domain_(domain),
        question_(question),
        begin_(begin),
        end_(std::min(domain.journal->last_sequence(), begin + kMostRecordedCommands)),
        progress_(progress),
        tail_(*domain.journal, end_) {}

  absl::StatusOr<whatif::Recording> Record() {
    tail_.SetStop([this](std::uint64_t) { return stop_; });
    PastOptions options;
    options.checkpoints = domain_.folder;
    options.begin_at_most = begin_;
    options.up_to = end_;
    options.executor = Unheard(domain_.executor);
    options.executor.taps = {&events_};
    options.clock = domain_.clock;
    options.prepare = [this](const routing::Router& router) {
      std::string state;
      router.Save([&state](std::string_view piece) { state.append(piece); });
      recorder_.emplace(std::move(state), question_.since);
    };
    options.applied = [this](const journal::Record& record, const runtime::Receipt& receipt) {
      OnRecord(record, receipt);
    };
    const auto past = ReadPast(
        *domain_.journal, tail_,
        [this](journal::DecodeContext context) { tail_.SetDecodeContext(std::move(context)); },
        options);
    if (!past.ok()) return past.status();
    if (given_up_) return absl::CancelledError("the simulation was stopped");
    events_.Feed(*recorder_, last_);
    if (recorder_->commands() == 0) {
      return absl::FailedPreconditionError("the journal holds nothing of that time");
    }
    return std::move(*recorder_).Finish();
  }

 private:
  void OnRecord(const journal::Record& record, const runtime::Receipt& receipt) {
    if (stop_) return;
    if (record.command.time > question_.until) {
      stop_ = true;
      return;
    }
    last_ = record.command.sequence;
    if (receipt.result.ok()) recorder_->OnCommand(record.command);
    events_.Feed(*recorder_, last_);
    if (last_ % kCommandsPerNotice != 0 || !progress_) return;
    const double part = static_cast<double>(last_ - begin_) / static_cast<double>(end_ - begin_);
    stop_ = given_up_ = !progress_(part * kRecorded);
  }

  const KeptDomain& domain_;
  const grpc_api::WhatIfQuestion& question_;
  const std::uint64_t begin_;
  const std::uint64_t end_;
  const std::function<bool(double)>& progress_;
  JournalUpTo tail_;
  EventsInTurn events_;
  std::optional<whatif::Recorder> recorder_;
  std::uint64_t last_ = 0;
  bool stop_ = false;
  bool given_up_ = false;
};

}  // namespace

absl::StatusOr<whatif::Comparison> WhatIf(const KeptDomain& domain,
                                          const grpc_api::WhatIfQuestion& question,
                                          const std::function<bool(double)>& progress) {
  const absl::StatusOr<Rules> base = Compiled(question.base, "base");
  if (!base.ok()) return base.status();
  const absl::StatusOr<Rules> candidate = Compiled(question.candidate, "candidate");
  if (!candidate.ok()) return candidate.status();
  const absl::StatusOr<std::uint64_t> begin = BeginningFor(domain, question.since);
  if (!begin.ok()) return begin.status();
  const auto recording = Listener(domain, question, *begin, progress).Record();
  if (!recording.ok()) return recording.status();
  CompiledRules source;
  const auto play = [&](const Rules& rules, double done) {
    return whatif::Play(*recording, rules, source,
                        [&](double part) { return !progress || progress(done + part * kPlayed); });
  };
  const auto played = play(*base, kRecorded);
  if (!played.ok()) return played.status();
  const auto tried = play(*candidate, kRecorded + kPlayed);
  if (!tried.ok()) return tried.status();
  whatif::Comparison comparison = whatif::Compare(*recording, *played, *tried);
  if (comparison.contacts > 0) return comparison;
  return absl::FailedPreconditionError("no contact came in that time, as far as the journal goes");
}

}  // namespace strowger::daemon
