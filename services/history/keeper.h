// Keeps the histories of all domains, behind their backs.
//
// One thread of the lowest priority takes what the domains' feeds hold, as far as it is durable,
// and writes it; what a feed had no room for it reads from the journal, once the domain has less to
// do or the history is half a minute behind. Another thread answers
// questions, so that those who ask never wait for a disk.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "routing/time.h"
#include "services/history/batch.h"
#include "services/history/store.h"
#include "services/journal/journal.h"
#include "services/runtime/history_feed.h"

namespace strowger::history {

struct KeeperOptions {
  routing::DurationNs keep = 30 * routing::kDay;      // after its end
  std::uint64_t keep_bytes = std::uint64_t{4} << 30;  // of each domain, before packing
  // Told when a domain's history cannot go on, once for each cause, and when it can again (OK). A
  // DATA_LOSS is a gap: what lies in it is left out for good.
  std::function<void(const std::string& domain, const absl::Status&)> told;
};

class HistoryKeeper {
 public:
  // Gives what commands in (after, up_to] had to tell, from the journal; stops at an error of
  // `take` and returns it. DATA_LOSS: it is not there.
  using Take = std::function<absl::Status(const runtime::HistoryPart&)>;
  using Replay =
      std::function<absl::Status(std::uint64_t after, std::uint64_t up_to, const Take& take)>;
  // Null: there is no history of that domain.
  using Question = std::function<void(const HistoryStore*)>;

  struct Domain {
    std::string name;
    std::unique_ptr<HistoryStore> store;
    HistoryMark beginning;                      // where a new history begins
    runtime::HistoryFeed* feed = nullptr;       // outlives the keeper's threads
    const journal::Journal* journal = nullptr;  // likewise
    Replay replay;                              // null: what the feed drops is lost
    std::function<routing::TimeNs()> now;       // what retention goes by; any thread
  };

  explicit HistoryKeeper(KeeperOptions options);
  ~HistoryKeeper();
  HistoryKeeper(const HistoryKeeper&) = delete;
  HistoryKeeper& operator=(const HistoryKeeper&) = delete;

  // Before Start.
  void Add(Domain domain);
  void Start();
  // Writes what is there, then ends the threads; questions not yet asked are asked now. Blocks.
  void Stop();

  // ---- Any thread ---------------------------------------------------------------------------

  // Does not block. `question` runs on the thread for questions (on this one when the keeper has
  // stopped or knows no such domain), when the history has come to that command, or a second has
  // passed.
  void Ask(std::string_view domain, std::uint64_t sequence, Question question);
  // Blocks until the history has come to that command. UNAVAILABLE: it does not, for a minute.
  absl::Status Await(std::string_view domain, std::uint64_t sequence);
  // What the history knows for good, on stable storage; UINT64_MAX: there is none of that domain.
  absl::StatusOr<std::uint64_t> DurableSequence(std::string_view domain);
  // Nothing of what was deleted is left in its files when it returns. Blocks.
  absl::Status Compact(std::string_view domain);

 private:
  // How much a domain has to do.
  struct Pace {
    std::chrono::steady_clock::time_point since;
    std::uint64_t from = 0;  // the newest command then
    bool busy = false;       // before
  };
  struct Kept {
    Domain domain;
    std::atomic<std::uint64_t> sequence{0};  // reached
    absl::Status trouble;                    // told last
    // The writer's.
    std::vector<std::unique_ptr<runtime::HistoryPart>> parts;  // not yet written
    std::chrono::steady_clock::time_point expiry;              // when old ones go next
    std::uint64_t told = 0;                                    // by the feed, up to those
    Pace pace;
    bool busy = false;
    std::chrono::steady_clock::time_point behind_since;  // while the feed is closed
    std::mutex write_mutex;  // the writer, and whoever wants what is written to be durable
  };
  struct Asked {
    Kept* kept = nullptr;
    std::uint64_t sequence = 0;
    std::chrono::steady_clock::time_point end;  // when it is asked in any case
    Question question;
  };

  Kept* Find(std::string_view domain);
  bool AwaitUntil(Kept& kept, std::uint64_t sequence, std::chrono::steady_clock::time_point end);
  void Nudge();
  void RunWriter();
  void RunQuestions();
  void CatchUp(Kept& kept);
  absl::Status TakeParts(Kept& kept);
  absl::Status FillWhenCalm(Kept& kept);
  absl::Status Fill(Kept& kept, std::uint64_t up_to);
  static bool IsBusy(Kept& kept);
  absl::Status Expire(Kept& kept);
  void Tell(Kept& kept, const absl::Status& status);
  void Reach(Kept& kept, std::uint64_t sequence);

  const KeeperOptions options_;
  std::vector<std::unique_ptr<Kept>> domains_;

  std::mutex mutex_;
  std::condition_variable nudged_;   // the writer has something to do
  std::condition_variable reached_;  // a history has come further
  std::condition_variable asked_;
  std::deque<Asked> questions_;
  bool wanted_ = false;
  std::atomic<bool> stop_{false};  // changes with mutex_ held
  bool written_ = false;           // the writer has ended
  std::thread writer_;
  std::thread answerer_;
};

}  // namespace strowger::history
