#include "services/strowgerd/domain_history.h"

#include <filesystem>
#include <limits>
#include <utility>

#include "services/journal/checkpoint_file.h"
#include "services/strowgerd/data_folders.h"
#include "services/strowgerd/domain_past.h"
#include "services/strowgerd/journal_up_to.h"

namespace strowger::daemon {
namespace {

// Of a domain that had none.
std::uint64_t FirstSequence(const Config& config, const std::string& domain) {
  const auto files = journal::ListCheckpoints(CheckpointFolder(config.data, domain));
  return files.empty() ? 0 : files.front().sequence;
}

}  // namespace

absl::Status OpenHistory(const Config& config, const std::string& domain,
                         const journal::RocksJournal* journal, DomainHistory& history) {
  std::string folder;
  if (journal != nullptr) {
    folder = HistoryFolder(config.data, domain);
    absl::Status made = MakeFolder(std::filesystem::path(folder).parent_path().string());
    if (!made.ok()) return made;
  }
  auto store = history::HistoryStore::Open(folder);
  if (!store.ok()) return store.status();
  history.store = *std::move(store);
  if (journal == nullptr) return absl::OkStatus();
  absl::Status trimmed = history.store->TrimAfter(journal->last_sequence());
  if (!trimmed.ok()) return trimmed;
  history.sequence =
      history.store->mark() ? history.store->mark()->sequence() : FirstSequence(config, domain);
  history.feed->Skip(history.sequence);
  return absl::OkStatus();
}

absl::Status ReplayHistory(const journal::RocksJournal& journal, const std::string& checkpoints,
                           const runtime::ExecutorOptions& executor, std::uint64_t after,
                           std::uint64_t up_to, const history::HistoryKeeper::Take& take) {
  runtime::HistoryFeed feed(std::numeric_limits<std::size_t>::max());
  feed.Skip(after);
  JournalUpTo tail(journal, up_to);
  PastOptions options;
  options.checkpoints = checkpoints;
  options.up_to = up_to;
  options.begin_at_most = after;
  options.executor = Unheard(executor);
  options.executor.taps = {&feed};
  absl::Status taken;
  const auto hand_on = [&] {
    for (const auto& part : feed.Take()) {
      if (taken.ok()) taken = take(*part);
    }
  };
  options.applied = [&](const journal::Record&, const runtime::Receipt&) { hand_on(); };
  const auto past = ReadPast(
      journal, tail,
      [&tail](journal::DecodeContext context) { tail.SetDecodeContext(std::move(context)); },
      options);
  hand_on();
  return past.ok() ? taken : past.status();
}

}  // namespace strowger::daemon
