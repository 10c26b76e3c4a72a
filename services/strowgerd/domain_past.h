// What became of a domain: its newest good checkpoint, and what its journal holds behind that,
// applied again. Recovery goes on from it; the checkpointer writes the next checkpoint from it.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/journal/checkpoint_file.h"
#include "services/journal/journal.h"
#include "services/journal/rocks_journal.h"
#include "services/rules/history.h"
#include "services/runtime/executor.h"

namespace strowger::daemon {

struct DomainPast {
  std::unique_ptr<runtime::DomainExecutor> executor;  // at rest, not started
  // The versions of its rules, oldest first; the last one is in force. Never empty.
  std::vector<rules::RuleVersion> versions;
  std::string last_file_text;    // the text that last came from a rule file; empty: none did
  std::uint64_t checkpoint = 0;  // the sequence of the one it began with; 0: none
  std::uint64_t records = 0;     // applied again behind it
};

// A domain whose past is kept, for those who read it beside its writer.
struct KeptDomain {
  std::string name;
  journal::RocksJournal* journal = nullptr;  // outlives the reader
  std::string folder;                        // of its checkpoints
  runtime::ExecutorOptions executor;         // as the domain itself has them
  const runtime::Clock* clock = nullptr;
};

struct PastOptions {
  std::string checkpoints;  // their folder
  std::uint64_t up_to = 0;  // the last record that is wanted
  // No checkpoint behind it is taken.
  std::uint64_t begin_at_most = std::numeric_limits<std::uint64_t>::max();
  runtime::ExecutorOptions executor;
  const runtime::Clock* clock = nullptr;  // as DomainExecutor has it
  // Told now and then of how far it is: the sequence reached.
  std::function<void(std::uint64_t sequence)> progress;
  // Given the router before the first record is applied; it stays where it is.
  std::function<void(routing::Router&)> prepare;
  // Told of each record that has been applied, and what came of it.
  std::function<void(const journal::Record&, const runtime::Receipt&)> applied;
  // Told of a checkpoint that is passed over, and why.
  std::function<void(const journal::CheckpointFile&, const absl::Status&)> passed_over;
};

// For a router of one's own beside the domain's: nobody listens to it, and it only looks back.
runtime::ExecutorOptions Unheard(runtime::ExecutorOptions options);

// A version of the rules as the history keeps it. `sequence` 0: the domain began with it.
rules::RuleVersion DescribeVersion(std::uint64_t version,
                                   std::shared_ptr<const routing::RuleSet> rule_set,
                                   const journal::ActivationNote& note, routing::TimeNs at,
                                   std::uint64_t sequence);

// `journal` is what the executor shall write to and reads its records from; `context` tells it how
// to decode them. `store` is where they lie. DATA_LOSS: the journal begins behind every checkpoint
// that can be read.
absl::StatusOr<DomainPast> ReadPast(const journal::RocksJournal& store, journal::Journal& journal,
                                    const std::function<void(journal::DecodeContext)>& context,
                                    const PastOptions& options);

}  // namespace strowger::daemon
