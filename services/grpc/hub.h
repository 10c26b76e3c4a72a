// What every handler works with.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "routing/explanation.h"
#include "routing/router.h"
#include "routing/time.h"
#include "services/grpc/access.h"
#include "services/grpc/event_pump.h"
#include "services/grpc/rpcs.h"
#include "services/grpc/session_contacts.h"
#include "services/history/keeper.h"
#include "services/metrics/rpc_counters.h"
#include "services/reports/keeper.h"
#include "services/rules/publisher.h"
#include "services/runtime/domains.h"
#include "services/runtime/job_thread.h"
#include "services/whatif/comparison.h"

namespace strowger::grpc_api {

// How far recovery is. Filled by the thread that recovers; until `done` nobody else looks at the
// domains.
class Recovery {
 public:
  void Reached(const std::string& domain, std::uint64_t sequence, std::uint64_t last) {
    const std::scoped_lock lock(mutex_);
    domain_ = domain;
    sequence_ = sequence;
    last_ = last;
  }
  void Get(std::string& domain, std::uint64_t& sequence, std::uint64_t& last) const {
    const std::scoped_lock lock(mutex_);
    domain = domain_;
    sequence = sequence_;
    last = last_;
  }
  // Release and acquire: what was added to the domains before is seen by whoever sees this.
  void Finish() { done_.store(true, std::memory_order_release); }
  bool done() const { return done_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> done_{false};
  mutable std::mutex mutex_;
  std::string domain_;
  std::uint64_t sequence_ = 0;
  std::uint64_t last_ = 0;
};

// A checkpoint that was asked for.
struct Checkpointed {
  std::uint64_t sequence = 0;
  std::uint64_t bytes = 0;
  std::string path;
  bool was_there = false;
  std::uint64_t took_ms = 0;
  std::uint64_t first_record = 0;
};

// A backup that was asked for.
struct BackedUp {
  std::string folder;
  std::uint32_t id = 0;
  std::uint64_t checkpoint = 0;
  std::uint64_t sequence = 0;
  std::uint64_t bytes = 0;
};

// Decisions about a contact, told by the journal.
struct LookedBack {
  routing::ContactView contact;  // as it was at `reached`
  routing::Decisions decisions;
  std::uint64_t checkpoint = 0;  // the sequence that the replay began with; 0: the very beginning
  std::uint64_t reached = 0;     // the last command that was applied again
};

// What would have been under other rules.
struct WhatIfQuestion {
  std::string domain;
  std::string base;  // texts of both documents
  std::string candidate;
  routing::TimeNs since = 0;
  routing::TimeNs until = routing::kNever;
};

// What is left on disk after an erasure.
struct ErasedFromDisk {
  struct Backup {
    std::uint32_t id = 0;
    routing::TimeNs time = 0;
    std::uint64_t sequence = 0;
  };
  std::uint64_t checkpoint = 0;
  std::uint64_t first_record = 0;
  std::string backup_folder;
  std::vector<Backup> backups;  // made before
};

// Streams that are open, of all callers.
class StreamCount {
 public:
  explicit StreamCount(std::uint32_t most) : most_(most) {}
  // Relaxed: the number guards nothing.
  [[nodiscard]] bool Enter() {
    if (open_.fetch_add(1, std::memory_order_relaxed) < most_) return true;
    Leave();
    return false;
  }
  void Leave() { open_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  const std::uint32_t most_;
  std::atomic<std::uint32_t> open_{0};
};

struct HubOptions {
  std::string version;        // of the program
  bool virtual_time = false;  // commands carry `at`
  std::uint32_t session_credit = 4'096;
  reports::Keeper* reports = nullptr;
  // Asked for by AdminService.Drain, once nothing new is taken in. Must not block.
  std::function<void()> on_drain;
  // Takes a checkpoint of the domain and tells how it went, on any thread. Must not block.
  std::function<void(const std::string& domain,
                     std::function<void(const absl::StatusOr<Checkpointed>&)> done)>
      on_checkpoint;
  // The same for a backup.
  using BackupDone = std::function<void(const absl::StatusOr<BackedUp>&)>;
  std::function<void(const std::string& domain, BackupDone done)> on_backup;
  // Looks for decisions that the router does not remember, in the journal; null: there is none.
  using LookBackDone = std::function<void(absl::StatusOr<LookedBack>)>;
  std::function<void(const std::string& domain, const std::string& contact, LookBackDone done)>
      on_look_back;
  // Plays what the journal recorded under two rule sets. `progress` is told the part that is done,
  // now and then, and says whether to go on; `done` comes after it. Null: there is no journal.
  using WhatIfDone = std::function<void(absl::StatusOr<whatif::Comparison>)>;
  std::function<void(WhatIfQuestion question, std::function<bool(double)> progress,
                     WhatIfDone done)>
      on_what_if;
  // Takes from the disk what the command of that sequence erased. Null: nothing is on disk.
  using EraseDone = std::function<void(const absl::StatusOr<ErasedFromDisk>&)>;
  std::function<void(const std::string& domain, std::uint64_t sequence, EraseDone done)> on_erased;
  // Null: there is no history.
  history::HistoryKeeper* history = nullptr;
};

// Any thread. All that it refers to must outlive the server.
struct Hub {
  runtime::Domains& domains;
  rules::Publisher& publisher;
  metrics::RpcCounters& rpcs;
  EventPump& pump;
  SessionRegistry& sessions;
  AccessControl& access;
  runtime::JobThread& slow;  // for answers that take their time
  StreamCount streams;
  const HubOptions options;
  const routing::TimeNs started_at;
  Recovery recovery;
  // Nothing new is taken in.
  std::atomic<bool> draining{false};

  // Says so to every domain. False: it was so already.
  bool StopIntake() {
    if (draining.exchange(true)) return false;
    if (!recovery.done()) return true;
    domains.ForEach(
        [](const std::string&, runtime::DomainExecutor& executor) { executor.Close(); });
    return true;
  }
};

}  // namespace strowger::grpc_api
