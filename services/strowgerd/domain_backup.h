// Backups of a domain, and what is made of them again. FOLDER/DOMAIN/journal is the business of
// RocksDB's backup engine (services/journal/backup.h); FOLDER/DOMAIN/checkpoints holds the
// checkpoints that the backups begin with, each as it was in the data folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "routing/canonical.h"
#include "routing/time.h"
#include "services/journal/checkpoint_file.h"
#include "services/journal/rocks_journal.h"

namespace strowger::daemon {

struct DomainBackup {
  std::uint32_t id = 0;
  routing::TimeNs time = 0;
  std::uint64_t bytes = 0;       // of the journal; files are shared with other backups
  std::uint64_t checkpoint = 0;  // the sequence of the one that it begins with
  std::uint64_t sequence = 0;    // it holds every command up to this one, and perhaps more
};

// Adds one. `newest` is the newest checkpoint, and the journal still holds what follows it for as
// long as the call lasts. Blocks; the journal works on.
absl::StatusOr<DomainBackup> BackUpDomain(journal::RocksJournal& journal,
                                          const journal::CheckpointFile& newest,
                                          const std::string& domain, const std::string& folder,
                                          std::uint32_t keep);

// Oldest first. NOT_FOUND: there are none.
absl::StatusOr<std::vector<DomainBackup>> ListBackups(const std::string& folder,
                                                      const std::string& domain);

struct RestoredDomain {
  DomainBackup backup;
  std::uint64_t sequence = 0;  // of the last command
  std::uint64_t records = 0;   // applied behind the checkpoint
  routing::StateHash state_hash;
};

// Makes the domain's part of the data folder `data` from the backup (0: the newest), then opens it
// and applies it, so that what is restored is known to start: every file has its checksum, the
// checkpoint its state hash, every record its place in the chain. ALREADY_EXISTS: the data folder
// has that domain. What cannot be restored leaves nothing behind.
absl::StatusOr<RestoredDomain> RestoreDomain(const std::string& folder, const std::string& domain,
                                             std::uint32_t id, const std::string& data);

}  // namespace strowger::daemon
