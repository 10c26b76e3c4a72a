// A domain's history as the service sets it up: where it lies, where it goes on, and how what its
// feed had no room for is read from the journal.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/history/keeper.h"
#include "services/history/store.h"
#include "services/journal/rocks_journal.h"
#include "services/runtime/executor.h"
#include "services/runtime/history_feed.h"
#include "services/strowgerd/config.h"

namespace strowger::daemon {

struct DomainHistory {
  std::unique_ptr<history::HistoryStore> store;
  std::unique_ptr<runtime::HistoryFeed> feed = std::make_unique<runtime::HistoryFeed>();
  std::uint64_t sequence = 0;  // it goes on after this one
};

// Before anything of the journal is applied; null: the domain lives in memory, and so does its
// history. A history that is ahead of its journal loses what that has lost; a new one begins with
// what the newest checkpoint does not know.
absl::Status OpenHistory(const Config& config, const std::string& domain,
                         const journal::RocksJournal* journal, DomainHistory& history);

// HistoryKeeper::Replay of a journal: by a router of its own, from the newest checkpoint that is
// not too new.
absl::Status ReplayHistory(const journal::RocksJournal& journal, const std::string& checkpoints,
                           const runtime::ExecutorOptions& executor, std::uint64_t after,
                           std::uint64_t up_to, const history::HistoryKeeper::Take& take);

}  // namespace strowger::daemon
