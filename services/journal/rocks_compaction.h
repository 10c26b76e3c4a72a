// Getting rid of what was deleted.
#pragma once

#include "rocksdb/db.h"
#include "rocksdb/options.h"

namespace strowger::journal {

// Nothing of what was deleted before is left in the store's files when it returns, log included.
// Any thread, also while the store is written to.
inline rocksdb::Status CompactAway(rocksdb::DB& db) {
  rocksdb::Status status = db.Flush(rocksdb::FlushOptions());
  if (!status.ok()) return status;
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = true;
  // Files at the bottom may hold what a range deletion above them has covered.
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  status = db.CompactRange(options, nullptr, nullptr);
  if (!status.ok()) return status;
  // Files that are not needed any more are removed in the background; this waits for it.
  status = db.DisableFileDeletions();
  return status.ok() ? db.EnableFileDeletions(/*force=*/true) : status;
}

}  // namespace strowger::journal
