// Backups of a journal, made by RocksDB's backup engine while the journal is at work: many in one
// folder, which share the files that they have in common, each file with its own checksum.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "routing/time.h"

namespace rocksdb {
class DB;
}  // namespace rocksdb

namespace strowger::journal {

struct JournalBackup {
  std::uint32_t id = 0;  // grows with each
  routing::TimeNs time = 0;
  std::uint64_t bytes = 0;
  std::string note;  // as it was given
};

// Oldest first; damaged ones are left out. NOT_FOUND: there are no backups in the folder.
absl::StatusOr<std::vector<JournalBackup>> ListJournalBackups(const std::string& folder);

// Puts one more into the folder, which is made if it is not there, and lets those go that are older
// than the newest `keep`. What was appended before the call is in it. Blocks for as long as the
// copy takes; the journal works on. RESOURCE_EXHAUSTED: the disk is full. UNAVAILABLE: the folder
// cannot be written.
absl::StatusOr<JournalBackup> BackUpStore(rocksdb::DB& store, const std::string& folder,
                                          const std::string& note, std::uint32_t keep);

// Every file is there and has its checksum. DATA_LOSS: not so; the message names the file.
absl::Status VerifyJournalBackup(const std::string& folder, std::uint32_t id);

// Makes the journal's folder again. REQUIRES: there is no such folder.
absl::Status RestoreJournal(const std::string& folder, std::uint32_t id,
                            const std::string& journal_folder);

}  // namespace strowger::journal
