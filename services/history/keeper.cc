#include "services/history/keeper.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace strowger::history {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery{200};
constexpr std::chrono::milliseconds kExpireEvery{10'000};
constexpr std::chrono::seconds kLongestQuestion{1};
constexpr std::chrono::seconds kLongestAwait{60};
// Contacts in one write.
constexpr std::size_t kBatch = 1'024;
constexpr std::size_t kExpiredAtOnce = 4'096;
// A domain with more commands a second, over so long or the time since it was looked at, is busy.
constexpr double kBusy = 5'000;
constexpr std::chrono::milliseconds kPaceOver{500};
constexpr std::chrono::seconds kLongestBehind{30};
// So far behind the feed is opened again: the rest is soon read.
constexpr std::uint64_t kNearlyThere = 50'000;

}  // namespace

HistoryKeeper::HistoryKeeper(KeeperOptions options) : options_(std::move(options)) {}

HistoryKeeper::~HistoryKeeper() { Stop(); }

void HistoryKeeper::Add(Domain domain) {
  auto kept = std::make_unique<Kept>();
  const auto& mark = domain.store->mark();
  kept->sequence = mark ? mark->sequence() : domain.beginning.sequence();
  kept->pace = {steady_clock::now(), kept->sequence.load(), false};
  kept->domain = std::move(domain);
  domains_.push_back(std::move(kept));
}

void HistoryKeeper::Start() {
  // Where a new history begins is said before anything can make another beginning of it.
  for (const auto& kept : domains_) {
    if (kept->domain.store->mark()) continue;
    Tell(*kept, DurableSequence(kept->domain.name).status());
  }
  writer_ = std::thread([this] { RunWriter(); });
  answerer_ = std::thread([this] { RunQuestions(); });
}

void HistoryKeeper::Stop() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  nudged_.notify_all();
  if (writer_.joinable()) writer_.join();
  {
    const std::scoped_lock lock(mutex_);
    written_ = true;
  }
  asked_.notify_all();
  reached_.notify_all();
  if (answerer_.joinable()) answerer_.join();
}

HistoryKeeper::Kept* HistoryKeeper::Find(std::string_view domain) {
  const std::string_view name = domain.empty() ? std::string_view("default") : domain;
  for (const auto& kept : domains_) {
    if (kept->domain.name == name) return kept.get();
  }
  return nullptr;
}

// ---- Those who ask ------------------------------------------------------------------------------

void HistoryKeeper::Nudge() {
  {
    const std::scoped_lock lock(mutex_);
    wanted_ = true;
  }
  nudged_.notify_one();
}

bool HistoryKeeper::AwaitUntil(Kept& kept, std::uint64_t sequence, steady_clock::time_point end) {
  if (kept.sequence.load() >= sequence) return true;
  Nudge();
  std::unique_lock lock(mutex_);
  reached_.wait_until(lock, end, [&] { return written_ || kept.sequence.load() >= sequence; });
  return kept.sequence.load() >= sequence;
}

void HistoryKeeper::Ask(std::string_view domain, std::uint64_t sequence, Question question) {
  Kept* const kept = Find(domain);
  if (kept == nullptr) return question(nullptr);
  if (kept->sequence.load() < sequence) Nudge();
  {
    const std::scoped_lock lock(mutex_);
    if (!written_) {
      questions_.push_back(
          {kept, sequence, steady_clock::now() + kLongestQuestion, std::move(question)});
      asked_.notify_one();
      return;
    }
  }
  question(kept->domain.store.get());
}

void HistoryKeeper::RunQuestions() {
  for (;;) {
    Asked asked;
    {
      std::unique_lock lock(mutex_);
      asked_.wait(lock, [this] { return written_ || !questions_.empty(); });
      if (questions_.empty()) return;
      asked = std::move(questions_.front());
      questions_.pop_front();
    }
    (void)AwaitUntil(*asked.kept, asked.sequence, asked.end);
    asked.question(asked.kept->domain.store.get());
  }
}

absl::Status HistoryKeeper::Await(std::string_view domain, std::uint64_t sequence) {
  Kept* const kept = Find(domain);
  if (kept == nullptr) return absl::OkStatus();
  if (AwaitUntil(*kept, sequence, steady_clock::now() + kLongestAwait)) return absl::OkStatus();
  return absl::UnavailableError("the history does not come along; see the log");
}

absl::StatusOr<std::uint64_t> HistoryKeeper::DurableSequence(std::string_view domain) {
  Kept* const kept = Find(domain);
  if (kept == nullptr) return std::numeric_limits<std::uint64_t>::max();
  const std::scoped_lock lock(kept->write_mutex);
  HistoryBatch batch(*kept->domain.store, kept->domain.beginning);
  if (absl::Status status = batch.Commit(kept->sequence.load()); !status.ok()) return status;
  if (absl::Status status = kept->domain.store->Sync(); !status.ok()) return status;
  return kept->domain.store->mark()->sequence();
}

absl::Status HistoryKeeper::Compact(std::string_view domain) {
  Kept* const kept = Find(domain);
  return kept == nullptr ? absl::OkStatus() : kept->domain.store->Compact();
}

// ---- The writer ---------------------------------------------------------------------------------

void HistoryKeeper::RunWriter() {
  // Of this thread alone. Where it is not allowed, the thread is as good as any other.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 19);
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      nudged_.wait_for(lock, kLookEvery, [this] { return stop_ || wanted_; });
      last = stop_;
      wanted_ = false;
    }
    for (const auto& kept : domains_) CatchUp(*kept);
  }
  for (const auto& kept : domains_) (void)DurableSequence(kept->domain.name);
}

void HistoryKeeper::CatchUp(Kept& kept) {
  const std::scoped_lock lock(kept.write_mutex);
  kept.busy = IsBusy(kept);
  absl::Status status = TakeParts(kept);
  if (status.ok() && steady_clock::now() >= kept.expiry) status = Expire(kept);
  Tell(kept, status);
}

void HistoryKeeper::Tell(Kept& kept, const absl::Status& status) {
  if (status.code() == kept.trouble.code()) return;
  kept.trouble = status;
  if (options_.told) options_.told(kept.domain.name, status);
}

void HistoryKeeper::Reach(Kept& kept, std::uint64_t sequence) {
  if (sequence <= kept.sequence.load()) return;
  {
    const std::scoped_lock lock(mutex_);
    kept.sequence.store(sequence);
  }
  reached_.notify_all();
}

// Parts stay until they are written: an error leaves everything to be done again.
absl::Status HistoryKeeper::TakeParts(Kept& kept) {
  if (kept.parts.empty()) {
    kept.told = kept.domain.feed->told();  // before: it covers no part that is not taken
    kept.parts = kept.domain.feed->Take();
  }
  const std::uint64_t durable = kept.domain.journal->durable_sequence();
  HistoryBatch batch(*kept.domain.store, kept.domain.beginning);
  std::size_t done = 0;
  std::uint64_t reached = kept.sequence.load();
  const auto commit = [&]() -> absl::Status {
    if (absl::Status status = batch.Commit(reached); !status.ok()) return status;
    kept.parts.erase(kept.parts.begin(), kept.parts.begin() + static_cast<std::ptrdiff_t>(done));
    done = 0;
    Reach(kept, reached);
    return absl::OkStatus();
  };
  while (done < kept.parts.size() && kept.parts[done]->last <= durable) {
    const runtime::HistoryPart& part = *kept.parts[done];
    if (part.last > reached && part.after > reached) {
      if (absl::Status status = commit(); !status.ok()) return status;
      if (absl::Status status = Fill(kept, part.after); !status.ok()) return status;
      reached = kept.sequence.load();
      return TakeParts(kept);
    }
    if (part.last > reached) {
      if (absl::Status status = batch.Add(part); !status.ok()) return status;
      reached = part.last;
    }
    ++done;
    if (batch.size() < kBatch) continue;
    if (absl::Status status = commit(); !status.ok()) return status;
  }
  if (done > 0) {
    if (absl::Status status = commit(); !status.ok()) return status;
  }
  if (!kept.parts.empty()) return absl::OkStatus();
  if (kept.domain.feed->closed()) return FillWhenCalm(kept);
  // What was dropped may have had nothing behind it that shows the gap.
  if (kept.domain.feed->dropped() > reached && durable > reached) return Fill(kept, durable);
  // Nothing to tell is not worth a write.
  Reach(kept, std::min(kept.told, durable));
  return absl::OkStatus();
}

bool HistoryKeeper::IsBusy(Kept& kept) {
  const runtime::HistoryFeed& feed = *kept.domain.feed;
  const std::uint64_t newest = std::max(feed.told(), feed.dropped());
  const auto now = steady_clock::now();
  Pace& pace = kept.pace;
  const std::chrono::duration<double> over =
      std::max<steady_clock::duration>(now - pace.since, kPaceOver);
  const bool busy = static_cast<double>(newest - pace.from) > kBusy * over.count();
  const bool either = busy || pace.busy;
  if (now - pace.since >= kPaceOver) pace = {now, newest, busy};
  return either;
}

absl::Status HistoryKeeper::FillWhenCalm(Kept& kept) {
  runtime::HistoryFeed& feed = *kept.domain.feed;
  if (!kept.domain.replay) {  // what comes while it waited would be lost too
    const std::uint64_t dropped = feed.dropped();
    feed.Reopen();
    return Fill(kept, dropped);
  }
  const auto now = steady_clock::now();
  if (kept.behind_since == steady_clock::time_point{}) kept.behind_since = now;
  const bool waits = kept.busy && now - kept.behind_since < kLongestBehind;
  if (waits && !stop_.load()) return absl::OkStatus();
  if (absl::Status status = Fill(kept, kept.domain.journal->durable_sequence()); !status.ok()) {
    return status;
  }
  kept.behind_since = {};
  if (feed.dropped() > kept.sequence.load() + kNearlyThere) return absl::OkStatus();
  feed.Reopen();
  return absl::OkStatus();
}

absl::Status HistoryKeeper::Fill(Kept& kept, std::uint64_t up_to) {
  absl::Status status = absl::DataLossError("they are kept in no journal");
  if (kept.domain.replay) {
    HistoryBatch batch(*kept.domain.store, kept.domain.beginning);
    status = kept.domain.replay(kept.sequence.load(), up_to,
                                [&](const runtime::HistoryPart& part) -> absl::Status {
                                  if (absl::Status added = batch.Add(part); !added.ok())
                                    return added;
                                  if (batch.size() < kBatch) return absl::OkStatus();
                                  absl::Status written = batch.Commit(part.last);
                                  if (written.ok()) Reach(kept, part.last);
                                  return written;
                                });
    if (status.ok()) status = batch.Commit(up_to);
    if (!status.ok() && !absl::IsDataLoss(status)) return status;
  }
  if (!status.ok()) {
    Tell(kept,
         absl::DataLossError(absl::StrCat("commands after ", kept.sequence.load(), " up to ", up_to,
                                          " are not in the history: ", status.message())));
  }
  Reach(kept, up_to);
  return absl::OkStatus();
}

absl::Status HistoryKeeper::Expire(Kept& kept) {
  const routing::TimeNs before = std::max<routing::TimeNs>(0, kept.domain.now() - options_.keep);
  const auto deleted = kept.domain.store->Expire(before, options_.keep_bytes, kExpiredAtOnce);
  const bool more = deleted.ok() && *deleted == kExpiredAtOnce;
  kept.expiry = steady_clock::now() + (more ? kLookEvery : kExpireEvery);
  return deleted.status();
}

}  // namespace strowger::history
