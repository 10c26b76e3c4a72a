// A domain's past taken up: its journal opened, its newest checkpoint loaded, and what the journal
// holds behind that applied again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "routing/rule_set.h"
#include "services/journal/journal.h"
#include "services/journal/rocks_journal.h"
#include "services/rules/history.h"
#include "services/runtime/executor.h"
#include "services/runtime/release_tap.h"
#include "services/strowgerd/config.h"

namespace strowger::daemon {

struct RecoveredDomain {
  std::unique_ptr<journal::Journal> journal;  // outlives the executor
  std::unique_ptr<runtime::DomainExecutor> executor;
  // The versions of its rules, oldest first; the last one is in force. Never empty.
  std::vector<rules::RuleVersion> versions;
  std::uint64_t checkpoint = 0;            // sequence of the one it began with; 0: none
  std::uint64_t records = 0;               // applied again behind it
  journal::RocksJournal* store = nullptr;  // the journal, where it is on disk
  std::string checkpoints;                 // their folder, where there is one
  bool other_limits = false;   // those the journal began with hold, and not the configured ones
  std::string last_file_text;  // the text that last came from a rule file; empty: none did
};

struct RecoveryHooks {
  // Called when the journal is open, and so nobody else's (null: there is none on disk), before
  // anything is applied. Gives who goes along with the domain.
  std::function<absl::StatusOr<std::vector<runtime::ReleaseTap*>>(const journal::RocksJournal*)>
      opened;
  // Told now and then of the sequence reached, and of the last one.
  std::function<void(std::uint64_t sequence, std::uint64_t last)> progress;
  // Told of a checkpoint that cannot be used, and why; an older one is taken then.
  std::function<void(const absl::Status&)> passed_over;
};

// With `journal.mode` memory: begins anew, with `first_rules`. Else what is in the journal below
// `data` goes before `first_rules` and the configured limits, which are for a new one. Errors name
// the journal's folder, and say what to do.
absl::StatusOr<RecoveredDomain> RecoverDomain(
    const Config& config, const std::string& name,
    const std::shared_ptr<const routing::RuleSet>& first_rules, runtime::ExecutorOptions options,
    const runtime::Clock* clock, const RecoveryHooks& hooks);

}  // namespace strowger::daemon
