#include "services/strowgerd/domain_backup.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/journal/backup.h"
#include "services/strowgerd/data_folders.h"
#include "services/strowgerd/domain_checkpoint.h"
#include "services/strowgerd/domain_past.h"
#include "services/strowgerd/journal_up_to.h"
#include "strowger/journal/v1/backup.pb.h"

namespace strowger::daemon {
namespace {

namespace fs = std::filesystem;

// A backup folder has the domains on the outside, a data folder on the inside: what belongs to one
// backup stands together.
std::string JournalBackups(const std::string& folder, const std::string& domain) {
  return (fs::absolute(folder) / DomainFolderName(domain) / "journal").string();
}

std::string CheckpointBackups(const std::string& folder, const std::string& domain) {
  return (fs::absolute(folder) / DomainFolderName(domain) / "checkpoints").string();
}

absl::Status CopyCheckpoint(const journal::CheckpointFile& from, const std::string& to_folder) {
  const absl::StatusOr<std::string> bytes = journal::ReadCheckpointFile(from.path);
  if (!bytes.ok()) return bytes.status();
  auto writer = journal::CheckpointFileWriter::Create(to_folder, from.sequence);
  if (!writer.ok()) return writer.status();
  writer->Write(*bytes);
  if (absl::Status status = writer->Finish(); !status.ok()) return status;
  return writer->PutInForce();
}

absl::StatusOr<DomainBackup> Described(const journal::JournalBackup& from,
                                       const std::string& folder) {
  journal::v1::BackupNote note;
  if (!note.ParseFromString(from.note)) {
    return absl::DataLossError(
        absl::StrCat("backup ", from.id, " in ", folder, " is not one of a domain"));
  }
  return DomainBackup{from.id, from.time, from.bytes, note.checkpoint_sequence(), note.sequence()};
}

// Those that no backup begins with.
absl::Status RemoveUnusedCheckpoints(const std::string& folder, const std::string& domain) {
  const auto backups = ListBackups(folder, domain);
  if (!backups.ok()) return backups.status();
  std::set<std::uint64_t> used;
  for (const DomainBackup& backup : *backups) used.insert(backup.checkpoint);
  for (const auto& file : journal::ListCheckpoints(CheckpointBackups(folder, domain))) {
    if (used.count(file.sequence) != 0) continue;
    if (absl::Status status = journal::RemoveCheckpoint(file.path); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<DomainBackup> Choose(const std::string& folder, const std::string& domain,
                                    std::uint32_t id) {
  const auto backups = ListBackups(folder, domain);
  if (!backups.ok()) return backups.status();
  const auto wanted =
      id == 0 ? backups->end() - 1
              : std::find_if(backups->begin(), backups->end(),
                             [id](const DomainBackup& backup) { return backup.id == id; });
  if (wanted == backups->end()) {
    return absl::NotFoundError(absl::StrCat("there is no backup ", id, " in ", folder,
                                            "; the ids are ", backups->front().id, " to ",
                                            backups->back().id));
  }
  return *wanted;
}

absl::Status CopyBack(const std::string& folder, const std::string& domain,
                      const DomainBackup& backup, const std::string& data) {
  const std::string journals = JournalBackups(folder, domain);
  if (absl::Status good = journal::VerifyJournalBackup(journals, backup.id); !good.ok()) {
    return good;
  }
  const std::string checkpoints = CheckpointFolder(data, domain);
  if (absl::Status made = MakeFolder(checkpoints); !made.ok()) return made;
  for (const auto& file : journal::ListCheckpoints(CheckpointBackups(folder, domain))) {
    if (file.sequence != backup.checkpoint) continue;
    if (absl::Status good = CheckCheckpoint(file.path); !good.ok()) return good;
    if (absl::Status copied = CopyCheckpoint(file, checkpoints); !copied.ok()) return copied;
  }
  const std::string journal_folder = JournalFolder(data, domain);
  const std::string above = fs::path(journal_folder).parent_path().string();
  if (absl::Status made = MakeFolder(above); !made.ok()) return made;
  return journal::RestoreJournal(journals, backup.id, journal_folder);
}

// The state that a start would find.
absl::StatusOr<RestoredDomain> TryOut(const std::string& domain, const DomainBackup& backup,
                                      const std::string& data) {
  journal::RocksJournalOptions options;
  options.folder = JournalFolder(data, domain);
  options.read_only = true;
  options.any_semantics = true;
  options.sync = journal::RocksJournalOptions::Sync::kNone;
  const auto opened = journal::RocksJournal::Open(options);
  if (!opened.ok()) return opened.status();
  const journal::RocksJournal& journal = **opened;
  if (journal.last_sequence() < backup.sequence) {
    return absl::DataLossError(absl::StrCat("the backup ends with record ", journal.last_sequence(),
                                            " and should hold ", backup.sequence));
  }
  JournalUpTo records(journal, journal.last_sequence());
  PastOptions past_options;
  past_options.checkpoints = CheckpointFolder(data, domain);
  past_options.up_to = journal.last_sequence();
  past_options.executor.kept_events = 1;
  absl::Status unusable;
  past_options.passed_over = [&unusable](const journal::CheckpointFile&, const absl::Status& why) {
    unusable = why;
  };
  const auto past = ReadPast(
      journal, records,
      [&records](journal::DecodeContext context) { records.SetDecodeContext(std::move(context)); },
      past_options);
  if (!unusable.ok()) return unusable;
  if (!past.ok()) return past.status();
  return RestoredDomain{backup, journal.last_sequence(), past->records,
                        past->executor->router().Hash()};
}

}  // namespace

absl::StatusOr<DomainBackup> BackUpDomain(journal::RocksJournal& journal,
                                          const journal::CheckpointFile& newest,
                                          const std::string& domain, const std::string& folder,
                                          std::uint32_t keep) {
  const std::string journals = JournalBackups(folder, domain);
  const std::string checkpoints = CheckpointBackups(folder, domain);
  for (const std::string& needed : {journals, checkpoints}) {
    if (absl::Status made = MakeFolder(needed); !made.ok()) return made;
  }
  // The checkpoint goes first: a backup that is listed has all that it needs.
  journal::RemoveUnfinishedCheckpoints(checkpoints);
  if (absl::Status copied = CopyCheckpoint(newest, checkpoints); !copied.ok()) return copied;
  journal::v1::BackupNote note;
  note.set_domain(domain);
  note.set_checkpoint_sequence(newest.sequence);
  note.set_sequence(journal.durable_sequence());
  const auto made = journal.BackUp(journals, note.SerializeAsString(), keep);
  if (!made.ok()) return made.status();
  if (absl::Status status = RemoveUnusedCheckpoints(folder, domain); !status.ok()) return status;
  return Described(*made, folder);
}

absl::StatusOr<std::vector<DomainBackup>> ListBackups(const std::string& folder,
                                                      const std::string& domain) {
  const std::string journals = JournalBackups(folder, domain);
  const auto listed = journal::ListJournalBackups(journals);
  if (!listed.ok()) return listed.status();
  if (listed->empty()) return absl::NotFoundError(absl::StrCat("there are no backups in ", folder));
  std::vector<DomainBackup> backups;
  for (const journal::JournalBackup& backup : *listed) {
    auto described = Described(backup, folder);
    if (!described.ok()) return described.status();
    backups.push_back(*described);
  }
  return backups;
}

absl::StatusOr<RestoredDomain> RestoreDomain(const std::string& folder, const std::string& domain,
                                             std::uint32_t id, const std::string& data) {
  const auto backup = Choose(folder, domain, id);
  if (!backup.ok()) return backup.status();
  const std::vector<std::string> targets = {JournalFolder(data, domain),
                                            CheckpointFolder(data, domain)};
  for (const std::string& target : targets) {
    if (!fs::exists(target)) continue;
    return absl::AlreadyExistsError(
        absl::StrCat(target, " is there already; restore into an empty data folder"));
  }
  absl::Status status = CopyBack(folder, domain, *backup, data);
  absl::StatusOr<RestoredDomain> restored =
      status.ok() ? TryOut(domain, *backup, data) : absl::StatusOr<RestoredDomain>(status);
  if (restored.ok()) return restored;
  std::error_code ignored;
  for (const std::string& target : targets) fs::remove_all(target, ignored);
  return restored;
}

}  // namespace strowger::daemon
