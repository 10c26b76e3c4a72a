#include "services/strowgerd/checkpointer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/runtime/clock.h"
#include "services/strowgerd/domain_checkpoint.h"
#include "services/strowgerd/journal_up_to.h"
#include "services/strowgerd/low_priority.h"

namespace strowger::daemon {
namespace {

constexpr std::size_t kCheckpointsKept = 2;
constexpr std::chrono::milliseconds kLookEvery{500};

}  // namespace

Checkpointer::Checkpointer(CheckpointerOptions options, Told told, PassedOver passed_over)
    : options_(std::move(options)), told_(std::move(told)), passed_over_(std::move(passed_over)) {}

Checkpointer::~Checkpointer() { Stop(); }

void Checkpointer::Add(KeptDomain domain) {
  Kept kept;
  journal::RemoveUnfinishedCheckpoints(domain.folder);
  const auto files = journal::ListCheckpoints(domain.folder);
  if (!files.empty()) kept.sequence = files.front().sequence;
  kept.domain = std::move(domain);
  domains_.push_back(std::move(kept));
}

void Checkpointer::Start() {
  started_ = true;
  thread_ = std::thread([this] { Run(); });
}

void Checkpointer::Stop() {
  std::deque<Wish> unmet;
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
    unmet.swap(wishes_);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (const Wish& wish : unmet) wish.done(absl::UnavailableError("the service is ending"));
}

void Checkpointer::Request(std::string_view domain, Done done) {
  const Kept* const kept = Find(domain);
  if (kept == nullptr) return done(absl::NotFoundError("no domain of that name keeps a journal"));
  {
    const std::scoped_lock lock(mutex_);
    if (!stop_) {
      wishes_.push_back({kept->domain.name, std::move(done)});
      wake_.notify_all();
      return;
    }
  }
  done(absl::UnavailableError("the service is ending"));
}

// Nothing cuts the journal behind the checkpoint while it is copied: that is this thread's as well.
void Checkpointer::RequestBackup(std::string_view domain, BackedUp done) {
  const Kept* const kept = Find(domain);
  Request(domain, [this, kept, done = std::move(done)](const auto& report) {
    if (!report.ok()) return done(report.status());
    done(BackUpDomain(*kept->domain.journal, report->file, kept->domain.name,
                      options_.backup_folder, options_.backups_kept));
  });
}

Checkpointer::Kept* Checkpointer::Find(std::string_view domain) {
  const std::string_view name = domain.empty() ? std::string_view("default") : domain;
  const auto found = std::find_if(domains_.begin(), domains_.end(),
                                  [name](const Kept& kept) { return kept.domain.name == name; });
  return found == domains_.end() ? nullptr : &*found;
}

void Checkpointer::Run() {
  TakeLowestPriority();
  for (;;) {
    std::deque<Wish> wishes;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kLookEvery, [this] { return stop_ || !wishes_.empty(); });
      if (stop_) return;
      wishes.swap(wishes_);
    }
    for (Kept& kept : domains_) {
      const auto meant = [&kept](const Wish& wish) { return wish.domain == kept.domain.name; };
      if (!IsDue(kept) && std::none_of(wishes.begin(), wishes.end(), meant)) continue;
      const absl::StatusOr<CheckpointReport> report = Take(kept);
      told_(kept.domain.name, report);
      for (const Wish& wish : wishes) {
        if (meant(wish)) wish.done(report);
      }
    }
  }
}

void Checkpointer::TakeAll() {
  for (Kept& kept : domains_) told_(kept.domain.name, Take(kept));
}

bool Checkpointer::IsDue(const Kept& kept) const {
  const journal::RocksJournal& journal = *kept.domain.journal;
  return journal.durable_sequence() >= kept.sequence + options_.every_commands ||
         journal.appended_bytes() >= kept.journal_bytes + options_.every_bytes;
}

absl::StatusOr<CheckpointReport> Checkpointer::Take(Kept& kept) {
  const std::int64_t began_ns = runtime::MonotonicNs();
  CheckpointReport report;
  report.domain = kept.domain.name;
  const std::uint64_t bytes = kept.domain.journal->appended_bytes();
  const std::uint64_t up_to = kept.domain.journal->durable_sequence();
  // In the modes in which nothing waits for the disk: a checkpoint is never ahead of the journal.
  if (absl::Status status = kept.domain.journal->Flush(); !status.ok()) return status;
  // Whatever comes of it, the next attempt is as far away as after a success.
  kept.journal_bytes = bytes;
  kept.sequence = std::max(kept.sequence, up_to);
  auto file = Make(kept, up_to, report);
  if (!file.ok()) return file.status();
  report.file = *std::move(file);
  if (absl::Status status = Truncate(kept, report); !status.ok()) return status;
  report.took_ms = (runtime::MonotonicNs() - began_ns) / 1'000'000;
  return report;
}

absl::StatusOr<journal::CheckpointFile> Checkpointer::Make(Kept& kept, std::uint64_t up_to,
                                                           CheckpointReport& report) {
  const auto files = journal::ListCheckpoints(kept.domain.folder);
  report.was_there = !files.empty() && files.front().sequence >= up_to;
  if (report.was_there) return files.front();
  JournalUpTo tail(*kept.domain.journal, up_to);
  PastOptions options;
  options.checkpoints = kept.domain.folder;
  options.up_to = up_to;
  options.executor = Unheard(kept.domain.executor);
  options.clock = kept.domain.clock;
  std::vector<std::string> unusable;
  options.passed_over = [&](const journal::CheckpointFile& unreadable, const absl::Status& why) {
    passed_over_(kept.domain.name, why);
    unusable.push_back(unreadable.path);
  };
  auto past = ReadPast(
      *kept.domain.journal, tail,
      [&tail](journal::DecodeContext context) { tail.SetDecodeContext(std::move(context)); },
      options);
  if (!past.ok()) return past.status();
  report.records = past->records;
  if (options_.settle) {
    if (absl::Status status = options_.settle(kept.domain.name, up_to); !status.ok()) return status;
  }
  auto written = WriteCheckpoint(
      kept.domain.folder, {kept.domain.name, std::move(past->executor), std::move(past->versions),
                           std::move(past->last_file_text)});
  if (!written.ok()) return written;
  // What cannot be read must not count as one of the two, or the journal would be cut behind it.
  for (const std::string& path : unusable) {
    if (absl::Status status = journal::RemoveCheckpoint(path); !status.ok()) return status;
  }
  return written;
}

// Checkpoints beyond the two go, then what no kept one, nor the retention, asks for. A history that
// lags keeps what it needs: a checkpoint that it has reached, and the journal from there on.
absl::Status Checkpointer::Truncate(const Kept& kept, CheckpointReport& report) const {
  journal::RocksJournal& journal = *kept.domain.journal;
  report.first_record = journal.first_sequence();
  const auto files = journal::ListCheckpoints(kept.domain.folder);
  if (files.size() < kCheckpointsKept) return absl::OkStatus();
  std::size_t oldest = kCheckpointsKept - 1;
  std::uint64_t reached = UINT64_MAX;
  if (options_.history != nullptr) {
    // It is a moment behind at most, unless its disk fails.
    (void)options_.history->Await(kept.domain.name, files[oldest].sequence);
    const auto known = options_.history->DurableSequence(kept.domain.name);
    if (!known.ok()) return known.status();
    reached = *known;
  }
  while (oldest < files.size() && files[oldest].sequence > reached) ++oldest;
  if (oldest >= files.size()) return absl::OkStatus();
  for (std::size_t i = oldest + 1; i < files.size(); ++i) {
    if (absl::Status status = journal::RemoveCheckpoint(files[i].path); !status.ok()) return status;
  }
  std::uint64_t first = files[oldest].sequence + 1;
  if (journal.stored_bytes() <= options_.keep_bytes) {
    const auto kept_since = journal.FirstSince(runtime::SystemClock().Now() - options_.keep);
    if (!kept_since.ok()) return kept_since.status();
    first = std::min(first, *kept_since);
  }
  if (absl::Status status = journal.TruncateBelow(first); !status.ok()) return status;
  report.first_record = journal.first_sequence();
  return absl::OkStatus();
}

void Checkpointer::RequestErasure(std::string_view domain, std::uint64_t sequence, Erased done) {
  const Kept* const kept = Find(domain);
  Request(domain, [this, kept, sequence, done = std::move(done)](const auto& report) {
    if (!report.ok()) return done(report.status());
    done(Erase(*kept, sequence, *report));
  });
}

// The command is durable, so the checkpoint knows it.
absl::StatusOr<ErasureReport> Checkpointer::Erase(const Kept& kept, std::uint64_t sequence,
                                                  const CheckpointReport& taken) const {
  journal::RocksJournal& journal = *kept.domain.journal;
  const std::uint64_t newest = taken.file.sequence;
  if (newest < sequence) return absl::UnavailableError("the checkpoint does not know it yet");
  if (options_.history != nullptr) {
    absl::Status status = options_.history->Await(kept.domain.name, newest);
    if (!status.ok()) return status;
    if (auto known = options_.history->DurableSequence(kept.domain.name); !known.ok()) {
      return known.status();
    }
    status = options_.history->Compact(kept.domain.name);
    if (!status.ok()) return status;
  }
  for (const journal::CheckpointFile& file : journal::ListCheckpoints(kept.domain.folder)) {
    if (file.sequence == newest) continue;
    if (absl::Status status = journal::RemoveCheckpoint(file.path); !status.ok()) return status;
  }
  if (absl::Status status = journal.TruncateBelow(newest + 1); !status.ok()) return status;
  if (absl::Status status = journal.Compact(); !status.ok()) return status;
  ErasureReport report;
  report.checkpoint = newest;
  report.first_record = journal.first_sequence();
  auto backups = ListBackups(options_.backup_folder, kept.domain.name);
  if (backups.ok()) {
    report.backups = *std::move(backups);
  } else if (!absl::IsNotFound(backups.status())) {
    return backups.status();
  }
  return report;
}

}  // namespace strowger::daemon
