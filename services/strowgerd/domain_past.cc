#include "services/strowgerd/domain_past.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "services/strowgerd/domain_checkpoint.h"

namespace strowger::daemon {
namespace {

constexpr std::uint64_t kRecordsPerNotice = 100'000;

routing::Limits LimitsOf(const journal::v1::Limits& from) {
  routing::Limits limits;
  limits.agents = from.agents();
  limits.contacts = from.contacts();
  limits.ended_contacts = from.ended_contacts();
  limits.queues = from.queues();
  limits.atoms = from.atoms();
  limits.plans = from.plans();
  return limits;
}

// Where the records that are still to be applied go on from.
struct Start {
  std::unique_ptr<routing::Router> router;
  journal::v1::CheckpointPast remembered;  // empty without a checkpoint
};

// The newest that can be read and is not behind what is wanted.
std::optional<Start> FromCheckpoint(const PastOptions& options, CompiledRules& rules,
                                    DomainPast& past) {
  for (const journal::CheckpointFile& file : journal::ListCheckpoints(options.checkpoints)) {
    if (file.sequence > std::min(options.up_to, options.begin_at_most)) continue;
    auto loaded = ReadCheckpoint(file.path, rules);
    auto versions = loaded.ok() ? VersionsOf(loaded->past, rules) : loaded.status();
    if (!versions.ok()) {
      if (options.passed_over) options.passed_over(file, versions.status());
      continue;
    }
    past.versions = *std::move(versions);
    past.last_file_text = loaded->past.last_file_text();
    past.checkpoint = file.sequence;
    return Start{std::move(loaded->router), std::move(loaded->past)};
  }
  return std::nullopt;
}

// From what the journal began with.
absl::StatusOr<Start> FromBeginning(const journal::RocksJournal& store, CompiledRules& rules,
                                    DomainPast& past) {
  const journal::v1::Beginning& beginning = *store.beginning();
  if (store.first_sequence() > 1) {
    return absl::DataLossError(
        absl::StrCat("the journal begins with record ", store.first_sequence(),
                     " and no checkpoint before it can be read; nothing was changed: restore a "
                     "backup, or move the data folder away to begin anew"));
  }
  const journal::v1::ActivateRuleSet& first = beginning.rule_set();
  auto rule_set = rules.Compile(first.text());
  if (!rule_set.ok()) return rule_set.status();
  past.versions.push_back(DescribeVersion(1, *rule_set,
                                          {first.author(), first.comment(), 0, first.from_file()},
                                          beginning.time_ns(), 0));
  if (first.from_file()) past.last_file_text = first.text();
  return Start{std::make_unique<routing::Router>(LimitsOf(beginning.limits()), *rule_set), {}};
}

}  // namespace

runtime::ExecutorOptions Unheard(runtime::ExecutorOptions options) {
  options.restart_grace.reset();
  options.on_events = nullptr;
  options.taps.clear();
  options.kept_events = 1;
  return options;
}

rules::RuleVersion DescribeVersion(std::uint64_t version,
                                   std::shared_ptr<const routing::RuleSet> rule_set,
                                   const journal::ActivationNote& note, routing::TimeNs at,
                                   std::uint64_t sequence) {
  rules::RuleVersion described;
  described.version = version;
  described.rule_set = rule_set->name();
  described.hash = rule_set->hash();
  described.author = note.author;
  described.comment = note.comment;
  described.restored_version = note.restored_version;
  described.activated_at = at;
  described.sequence = sequence;
  described.compiled = std::move(rule_set);
  return described;
}

absl::StatusOr<DomainPast> ReadPast(const journal::RocksJournal& store, journal::Journal& journal,
                                    const std::function<void(journal::DecodeContext)>& context,
                                    const PastOptions& options) {
  DomainPast past;
  CompiledRules rules;
  std::optional<Start> checkpoint = FromCheckpoint(options, rules, past);
  absl::StatusOr<Start> start =
      checkpoint ? std::move(*checkpoint) : FromBeginning(store, rules, past);
  if (!start.ok()) return start.status();
  routing::Router* const router = start->router.get();
  if (options.prepare) options.prepare(*router);
  context({[router] { return router->Domain().rule_set.get(); }, CompileAgain});

  const auto remembered = [&start](const runtime::RememberedVisitor& visit) {
    VisitRemembered(start->remembered, visit);
  };
  const auto observe = [&](const journal::Record& record, const runtime::Receipt& receipt) {
    ++past.records;
    if (options.applied) options.applied(record, receipt);
    const std::uint64_t sequence = record.command.sequence;
    if (sequence % kRecordsPerNotice == 0 && options.progress) options.progress(sequence);
    const auto* activation = std::get_if<routing::ActivateRuleSet>(&record.command.body);
    if (activation == nullptr || !receipt.result.ok()) return;
    past.versions.push_back(DescribeVersion(past.versions.back().version + 1, activation->rule_set,
                                            record.note, record.command.time, sequence));
    if (record.note.from_file) past.last_file_text = activation->rule_set->text();
  };
  auto executor = runtime::DomainExecutor::Rebuild(options.executor, std::move(start->router),
                                                   journal, options.clock, remembered, observe);
  if (!executor.ok()) return executor.status();
  past.executor = *std::move(executor);
  return past;
}

}  // namespace strowger::daemon
