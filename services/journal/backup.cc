#include "services/journal/backup.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"
#include "rocksdb/utilities/backup_engine.h"

namespace strowger::journal {
namespace {

absl::Status Translated(const rocksdb::Status& status, const std::string& what) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = absl::StrCat(what, ": ", status.ToString());
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(text);
  if (status.IsCorruption()) return absl::DataLossError(text);
  if (status.IsNotFound()) return absl::NotFoundError(text);
  return absl::UnavailableError(text);
}

// The engine for reading makes no folder, so that a wrong name is noticed.
absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenForReading(
    const std::string& folder) {
  if (!std::filesystem::is_directory(folder)) {
    return absl::NotFoundError(absl::StrCat("there are no backups in ", folder));
  }
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const rocksdb::Status status = rocksdb::BackupEngineReadOnly::Open(
      rocksdb::BackupEngineOptions(folder), rocksdb::Env::Default(), &engine);
  if (!status.ok()) return Translated(status, absl::StrCat("cannot read backups in ", folder));
  return std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine);
}

JournalBackup Described(const rocksdb::BackupInfo& info) {
  return {info.backup_id, info.timestamp * routing::kSecond, info.size, info.app_metadata};
}

}  // namespace

absl::StatusOr<std::vector<JournalBackup>> ListJournalBackups(const std::string& folder) {
  auto engine = OpenForReading(folder);
  if (!engine.ok()) return engine.status();
  std::vector<rocksdb::BackupInfo> infos;
  (*engine)->GetBackupInfo(&infos);
  std::vector<JournalBackup> backups;
  backups.reserve(infos.size());
  for (const rocksdb::BackupInfo& info : infos) backups.push_back(Described(info));
  std::sort(backups.begin(), backups.end(),
            [](const JournalBackup& a, const JournalBackup& b) { return a.id < b.id; });
  return backups;
}

absl::StatusOr<JournalBackup> BackUpStore(rocksdb::DB& store, const std::string& folder,
                                          const std::string& note, std::uint32_t keep) {
  const std::string what = absl::StrCat("cannot write a backup into ", folder);
  rocksdb::BackupEngine* opened = nullptr;
  rocksdb::Status status = rocksdb::BackupEngine::Open(rocksdb::BackupEngineOptions(folder),
                                                       rocksdb::Env::Default(), &opened);
  if (!status.ok()) return Translated(status, what);
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  rocksdb::BackupID id = 0;
  status = engine->CreateNewBackupWithMetadata(rocksdb::CreateBackupOptions(), &store, note, &id);
  if (!status.ok()) return Translated(status, what);
  status = engine->PurgeOldBackups(keep);
  if (!status.ok()) return Translated(status, absl::StrCat("cannot remove backups from ", folder));
  rocksdb::BackupInfo info;
  status = engine->GetBackupInfo(id, &info);
  if (!status.ok()) return Translated(status, what);
  return Described(info);
}

absl::Status VerifyJournalBackup(const std::string& folder, std::uint32_t id) {
  auto engine = OpenForReading(folder);
  if (!engine.ok()) return engine.status();
  return Translated((*engine)->VerifyBackup(id, /*verify_with_checksum=*/true),
                    absl::StrCat("backup ", id, " in ", folder));
}

absl::Status RestoreJournal(const std::string& folder, std::uint32_t id,
                            const std::string& journal_folder) {
  auto engine = OpenForReading(folder);
  if (!engine.ok()) return engine.status();
  return Translated((*engine)->RestoreDBFromBackup(id, journal_folder, journal_folder),
                    absl::StrCat("backup ", id, " in ", folder));
}

}  // namespace strowger::journal
