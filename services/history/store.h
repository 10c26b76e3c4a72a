// Contacts that have ended, on disk: a RocksDB of its own for each domain.
//
// One thread writes, by HistoryBatch; any thread reads, what was there when it began. The mark of
// how far it is goes in with what it speaks of, so that after any end, by crash or power failure,
// whoever goes on after the mark's sequence writes everything once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "routing/time.h"
#include "strowger/journal/v1/history.pb.h"

namespace rocksdb {
class DB;
class Env;
class WriteBatch;
}  // namespace rocksdb

namespace strowger::history {

using journal::v1::ContactEvent;
using journal::v1::EndedContact;
using journal::v1::HistoryMark;

// Which of the ended are meant; what is empty or 0 does not narrow it.
struct HistoryFilter {
  std::string queue = {};  // in which it ever was
  std::string agent = {};  // who ever had it
  std::string channel = {};
  routing::TimeNs since = 0;  // ended at or after
  routing::TimeNs until = 0;  // ended before
};

struct HistoryPage {
  std::vector<EndedContact> contacts;  // the last to end first
  std::string next;                    // where to go on; empty: that was all
};

class HistoryStore {
 public:
  // Empty: in memory, and gone with the object. Else a folder of its own, made if it is not there;
  // its parent must be. UNAVAILABLE: it cannot be used. DATA_LOSS: what is there is damaged.
  static absl::StatusOr<std::unique_ptr<HistoryStore>> Open(const std::string& folder);
  ~HistoryStore();
  HistoryStore(const HistoryStore&) = delete;
  HistoryStore& operator=(const HistoryStore&) = delete;

  // ---- Any thread ---------------------------------------------------------------------------

  // The last to end of that id. Nothing: none is known.
  absl::StatusOr<std::optional<EndedContact>> Find(std::string_view contact) const;
  // From `after`, a `next` of the same filter, or empty: from the last to end. Looks at `look_at`
  // contacts at most. INVALID_ARGUMENT: not such a place.
  absl::StatusOr<HistoryPage> List(const HistoryFilter& filter, const std::string& after,
                                   std::size_t look_at, std::size_t limit) const;
  // What has been written is on stable storage when it returns.
  absl::Status Sync();
  // Nothing of what was deleted is left in its files when it returns.
  absl::Status Compact();

  // ---- The writer ---------------------------------------------------------------------------

  // As of the last batch. Nothing: nothing was ever written.
  const std::optional<HistoryMark>& mark() const { return mark_; }
  // Forgets what came after this command: it was lost by the journal.
  absl::Status TrimAfter(std::uint64_t sequence);
  // Deletes contacts that ended before that time, and more, oldest first, while there are more
  // bytes than that; at most `most` of them. Gives how many.
  absl::StatusOr<std::size_t> Expire(routing::TimeNs before, std::uint64_t bytes, std::size_t most);

 private:
  friend class HistoryBatch;
  HistoryStore() = default;

  absl::StatusOr<std::optional<EndedContact>> Read(std::string_view place) const;
  void Delete(const EndedContact& contact, std::string_view place, rocksdb::WriteBatch& write,
              HistoryMark& mark) const;
  absl::Status Write(rocksdb::WriteBatch& write, const HistoryMark& mark);
  absl::Status DropTrailsAfter(std::uint64_t sequence, rocksdb::WriteBatch& write) const;

  std::unique_ptr<rocksdb::Env> memory_;  // where it is in memory
  std::unique_ptr<rocksdb::DB> db_;
  std::optional<HistoryMark> mark_;
  std::string oldest_ = "c";  // no contact's key is below
};

// The keys under which a contact is found, but for ContactKey; and all of its bytes, keys included.
std::vector<std::string> IndexKeys(const EndedContact& contact, std::string_view place);
std::uint64_t BytesOf(const EndedContact& contact, std::string_view place,
                      const std::vector<std::string>& keys);

}  // namespace strowger::history
