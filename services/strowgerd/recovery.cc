#include "services/strowgerd/recovery.h"

#include <filesystem>
#include <fstream>
#include <utility>
#include <variant>

#include <google/protobuf/util/message_differencer.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "routing-core/rules/compiler.h"
#include "services/journal/memory_journal.h"
#include "services/journal/rocks_journal.h"
#include "services/rules/loader.h"
#include "services/runtime/clock.h"

namespace strowger::daemon {
namespace {

using journal::MemoryJournal;
using journal::RocksJournal;
using RuleSetPtr = std::shared_ptr<const routing::RuleSet>;

constexpr std::uint64_t kRecordsPerNotice = 100'000;

// A domain's name as one folder's: what is not a letter, a digit, '-' or '_' is written as %XX.
std::string FolderName(const std::string& domain) {
  std::string folder;
  for (const char c : domain) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '_') {
      folder.push_back(c);
    } else {
      absl::StrAppendFormat(&folder, "%%%02X", byte);
    }
  }
  return folder;
}

// The release of the zone database, from its own text form.
std::string TimeZoneRelease() {
  std::ifstream file("/usr/share/zoneinfo/tzdata.zi");
  std::string mark, version, release;
  file >> mark >> version >> release;
  return mark == "#" && version == "version" ? release : std::string();
}

// Its tests ran when it was first put in force.
absl::StatusOr<RuleSetPtr> CompileAgain(const std::string& text) {
  RuleSetPtr built_in = rules::DefaultRuleSet();
  if (text == built_in->text()) return built_in;
  rules::LoadResult loaded = rules::LoadRuleText(text, "rules in the journal");
  if (loaded.ok()) return std::move(loaded.rule_set);
  return absl::DataLossError(absl::StrCat("rules that this version does not accept any more:\n",
                                          rules::RenderFindings(loaded)));
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

routing::Limits FromMessage(const journal::v1::Limits& from) {
  routing::Limits limits;
  limits.agents = from.agents();
  limits.contacts = from.contacts();
  limits.ended_contacts = from.ended_contacts();
  limits.queues = from.queues();
  limits.atoms = from.atoms();
  limits.plans = from.plans();
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

rules::RuleVersion Described(std::uint64_t version, RuleSetPtr rule_set,
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

void NoteActivation(const journal::Record& record, RecoveredDomain& domain) {
  const auto& activation = std::get<routing::ActivateRuleSet>(record.command.body);
  domain.versions.push_back(Described(domain.versions.back().version + 1, activation.rule_set,
                                      record.note, record.command.time, record.command.sequence));
  if (record.note.from_file) domain.last_file_text = activation.rule_set->text();
}

absl::StatusOr<std::unique_ptr<RocksJournal>> OpenJournal(const Config& config,
                                                          const std::string& name) {
  journal::RocksJournalOptions options;
  const std::filesystem::path parent = std::filesystem::absolute(config.data) / "journal";
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot make the folder ", parent.string(), ": ", error.message()));
  }
  options.folder = (parent / FolderName(name)).string();
  options.sync = config.journal_mode == "sync"       ? journal::RocksJournalOptions::Sync::kSync
                 : config.journal_mode == "interval" ? journal::RocksJournalOptions::Sync::kInterval
                                                     : journal::RocksJournalOptions::Sync::kNone;
  options.interval = config.journal_interval;
  options.reserve = std::uint64_t{config.journal_reserve_mib} << 20;
  return RocksJournal::Open(options);
}

// What the journal begins with: found in it, or written to it.
absl::StatusOr<RuleSetPtr> BeginOrFind(const Config& config, const std::string& name,
                                       const RuleSetPtr& first_rules, RocksJournal& journal) {
  if (journal.beginning() == nullptr) {
    absl::Status status = journal.Begin(BeginningOf(config, name, *first_rules));
    if (!status.ok()) return status;
    return first_rules;
  }
  return CompileAgain(journal.beginning()->rule_set().text());
}

RecoveredDomain BeginInMemory(const Config& config, const RuleSetPtr& first_rules,
                              const runtime::ExecutorOptions& options,
                              const runtime::Clock* clock) {
  RecoveredDomain domain;
  const journal::ActivationNote note = FirstNote(config);
  domain.versions.push_back(Described(1, first_rules, note, runtime::SystemClock().Now(), 0));
  if (note.from_file) domain.last_file_text = first_rules->text();
  domain.journal = std::make_unique<MemoryJournal>(journal::MemoryJournalOptions{.kept = 0});
  domain.executor = std::make_unique<runtime::DomainExecutor>(
      options, std::make_unique<routing::Router>(config.limits, first_rules), *domain.journal,
      clock);
  return domain;
}

}  // namespace

absl::StatusOr<RecoveredDomain> RecoverDomain(const Config& config, const std::string& name,
                                              const RuleSetPtr& first_rules,
                                              const runtime::ExecutorOptions& options,
                                              const runtime::Clock* clock,
                                              const RecoveryProgress& progress) {
  if (config.journal_mode == "memory") return BeginInMemory(config, first_rules, options, clock);
  auto opened = OpenJournal(config, name);
  if (!opened.ok()) return opened.status();
  RocksJournal& journal = **opened;
  const absl::StatusOr<RuleSetPtr> rule_set = BeginOrFind(config, name, first_rules, journal);
  if (!rule_set.ok()) return rule_set.status();
  const journal::v1::Beginning& beginning = *journal.beginning();

  RecoveredDomain domain;
  domain.other_limits = !google::protobuf::util::MessageDifferencer::Equals(
      beginning.limits(), ToMessage(config.limits));
  const journal::v1::ActivateRuleSet& first = beginning.rule_set();
  domain.versions.push_back(Described(1, *rule_set,
                                      {first.author(), first.comment(), 0, first.from_file()},
                                      beginning.time_ns(), 0));
  if (first.from_file()) domain.last_file_text = first.text();
  domain.records = journal.last_sequence();

  auto router = std::make_unique<routing::Router>(FromMessage(beginning.limits()), *rule_set);
  const routing::Router* const past = router.get();
  journal.SetDecodeContext({[past] { return past->Domain().rule_set.get(); }, CompileAgain});
  auto executor = runtime::DomainExecutor::Recover(
      options, std::move(router), journal, clock,
      [&](const journal::Record& record, const runtime::Receipt& receipt) {
        if (record.command.sequence % kRecordsPerNotice == 0) {
          progress(record.command.sequence, domain.records);
        }
        if (!receipt.result.ok()) return;
        if (std::holds_alternative<routing::ActivateRuleSet>(record.command.body)) {
          NoteActivation(record, domain);
        }
      });
  if (!executor.ok()) return executor.status();
  domain.executor = *std::move(executor);
  domain.journal = *std::move(opened);
  return domain;
}

}  // namespace strowger::daemon
