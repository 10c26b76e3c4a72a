#include "services/strowgerd/recovery.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include <google/protobuf/util/message_differencer.h>

#include "absl/strings/str_cat.h"
#include "services/journal/memory_journal.h"
#include "services/journal/rocks_journal.h"
#include "services/runtime/clock.h"
#include "services/strowgerd/data_folders.h"
#include "services/strowgerd/domain_checkpoint.h"
#include "services/strowgerd/domain_past.h"

namespace strowger::daemon {
namespace {

using journal::MemoryJournal;
using journal::RocksJournal;
using RuleSetPtr = std::shared_ptr<const routing::RuleSet>;

// The release of the zone database, from its own text form.
std::string TimeZoneRelease() {
  std::ifstream file("/usr/share/zoneinfo/tzdata.zi");
  std::string mark, version, release;
  file >> mark >> version >> release;
  return mark == "#" && version == "version" ? release : std::string();
}

journal::v1::Limits ToMessage(const routing::Limits& from) {
  journal::v1::Limits limits;
  limits.set_agents(from.agents);
  limits.set_contacts(from.contacts);
  limits.set_ended_contacts(from.ended_contacts);
  limits.set_queues(from.queues);
  limits.set_atoms(from.atoms);
  limits.set_plans(from.plans);
  return limits;
}

// Of the rules that a new domain begins with.
journal::ActivationNote FirstNote(const Config& config) {
  if (config.rules.empty()) return {"strowgerd", "no rule file was given", 0, false};
  return {"file", config.rules, 0, true};
}

journal::v1::Beginning BeginningOf(const Config& config, const std::string& name,
                                   const routing::RuleSet& rules) {
  journal::v1::Beginning beginning;
  beginning.set_domain(name);
  beginning.set_time_ns(runtime::SystemClock().Now());
  const journal::ActivationNote note = FirstNote(config);
  journal::v1::ActivateRuleSet& first = *beginning.mutable_rule_set();
  first.set_text(std::string(rules.text()));
  first.set_hash(std::string(rules.hash()));
  first.set_version(1);
  first.set_author(note.author);
  first.set_comment(note.comment);
  first.set_from_file(note.from_file);
  *beginning.mutable_limits() = ToMessage(config.limits);
  beginning.set_time_zones(TimeZoneRelease());
  return beginning;
}

absl::StatusOr<std::unique_ptr<RocksJournal>> OpenJournal(const Config& config,
                                                          const std::string& name) {
  journal::RocksJournalOptions options;
  options.folder = JournalFolder(config.data, name);
  for (const std::string& folder : {options.folder, CheckpointFolder(config.data, name)}) {
    absl::Status made = MakeFolder(std::filesystem::path(folder).parent_path().string());
    if (!made.ok()) return made;
  }
  options.sync = config.journal_mode == "sync"       ? journal::RocksJournalOptions::Sync::kSync
                 : config.journal_mode == "interval" ? journal::RocksJournalOptions::Sync::kInterval
                                                     : journal::RocksJournalOptions::Sync::kNone;
  options.interval = config.journal_interval;
  options.reserve = std::uint64_t{config.journal_reserve_mib} << 20;
  options.any_semantics = true;
  return RocksJournal::Open(options);
}

// A journal of another version of the semantics has no use but for the checkpoint that it ends
// with: with no record behind that it goes on as this version's.
absl::Status TakeOver(const std::string& folder, RocksJournal& journal) {
  const std::uint32_t theirs = journal.beginning()->semantics();
  if (theirs == journal::kSemantics) return absl::OkStatus();
  const std::uint64_t last = journal.last_sequence();
  const auto files = journal::ListCheckpoints(folder);
  if (files.empty() || files.front().sequence != last) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the journal goes on to record ", last, ", behind the last checkpoint, by version ", theirs,
        " of the semantics, and this is version ", journal::kSemantics,
        "; start it once with the build that wrote it, and end it with SIGTERM: that leaves a "
        "checkpoint with nothing behind it"));
  }
  CompiledRules rules;
  if (auto read = ReadCheckpoint(files.front().path, rules); !read.ok()) return read.status();
  if (absl::Status status = journal.TruncateBelow(last + 1); !status.ok()) return status;
  if (absl::Status status = journal.AdoptSemantics(); !status.ok()) return status;
  // What is older would need the records that are gone.
  for (std::size_t i = 1; i < files.size(); ++i) {
    if (absl::Status status = journal::RemoveCheckpoint(files[i].path); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// A checkpoint is only ever taken of what the journal holds for good. So a journal that ends before
// one has lost records at its end, in a way that it cannot see itself.
absl::Status CheckEnd(const std::string& folder, const RocksJournal& journal) {
  const auto files = journal::ListCheckpoints(folder);
  if (files.empty() || files.front().sequence <= journal.last_sequence()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the journal ends with record ", journal.last_sequence(),
                   ", and there is a checkpoint at ", files.front().sequence,
                   ": records are missing; nothing was changed: restore a backup, or "
                   "move the data folder away to begin anew"));
}

absl::StatusOr<RecoveredDomain> BeginInMemory(const Config& config, const RuleSetPtr& first_rules,
                                              const runtime::ExecutorOptions& options,
                                              const runtime::Clock* clock) {
  RecoveredDomain domain;
  auto router = std::make_unique<routing::Router>(config.limits, first_rules);
  const journal::ActivationNote note = FirstNote(config);
  domain.versions.push_back(DescribeVersion(1, first_rules, note, runtime::SystemClock().Now(), 0));
  if (note.from_file) domain.last_file_text = first_rules->text();
  domain.journal = std::make_unique<MemoryJournal>(journal::MemoryJournalOptions{.kept = 0});
  auto executor =
      runtime::DomainExecutor::Recover(options, std::move(router), *domain.journal, clock, nullptr);
  if (!executor.ok()) return executor.status();
  domain.executor = *std::move(executor);
  return domain;
}

}  // namespace

absl::StatusOr<RecoveredDomain> RecoverDomain(const Config& config, const std::string& name,
                                              const RuleSetPtr& first_rules,
                                              runtime::ExecutorOptions options,
                                              const runtime::Clock* clock,
                                              const RecoveryHooks& hooks) {
  if (config.journal_mode == "memory") {
    auto taps = hooks.opened(nullptr);
    if (!taps.ok()) return taps.status();
    options.taps = *std::move(taps);
    return BeginInMemory(config, first_rules, options, clock);
  }
  auto opened = OpenJournal(config, name);
  if (!opened.ok()) return opened.status();
  RocksJournal& journal = **opened;
  if (journal.beginning() == nullptr) {
    absl::Status status = journal.Begin(BeginningOf(config, name, *first_rules));
    if (!status.ok()) return status;
  }
  const std::string checkpoints = CheckpointFolder(config.data, name);
  if (absl::Status status = TakeOver(checkpoints, journal); !status.ok()) return status;
  if (absl::Status status = CheckEnd(checkpoints, journal); !status.ok()) return status;

  auto taps = hooks.opened(&journal);
  if (!taps.ok()) return taps.status();
  options.taps = *std::move(taps);

  PastOptions past_options;
  past_options.checkpoints = checkpoints;
  past_options.up_to = journal.last_sequence();
  past_options.executor = options;
  past_options.clock = clock;
  past_options.passed_over = [&hooks](const journal::CheckpointFile&, const absl::Status& why) {
    hooks.passed_over(why);
  };
  past_options.progress = [&](std::uint64_t sequence) {
    hooks.progress(sequence, past_options.up_to);
  };
  hooks.progress(0, past_options.up_to);
  auto past = ReadPast(
      journal, journal,
      [&journal](journal::DecodeContext context) { journal.SetDecodeContext(std::move(context)); },
      past_options);
  if (!past.ok()) return past.status();

  RecoveredDomain domain;
  domain.other_limits = !google::protobuf::util::MessageDifferencer::Equals(
      journal.beginning()->limits(), ToMessage(config.limits));
  domain.records = past->records;
  domain.checkpoint = past->checkpoint;
  domain.versions = std::move(past->versions);
  domain.last_file_text = std::move(past->last_file_text);
  domain.executor = std::move(past->executor);
  domain.executor->Start();
  domain.store = &journal;
  domain.checkpoints = checkpoints;
  domain.journal = *std::move(opened);
  return domain;
}

}  // namespace strowger::daemon
