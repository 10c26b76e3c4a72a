// What happened to contacts, folded into the history: events of contacts that live are put by until
// they end, then all becomes one record.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "routing/event.h"
#include "routing/router.h"
#include "services/history/store.h"
#include "services/runtime/history_feed.h"

namespace rocksdb {
class WriteBatch;
}

namespace strowger::history {

// Of a contact's events the first and the last are kept, so many in all.
inline constexpr int kEventsKept = 128;

// One thread, the writer of the store. Parts come in order, without gaps.
class HistoryBatch {
 public:
  // Goes on from the mark of the store, or if there is none from this one.
  HistoryBatch(HistoryStore& store, const HistoryMark& beginning);
  ~HistoryBatch();
  HistoryBatch(const HistoryBatch&) = delete;
  HistoryBatch& operator=(const HistoryBatch&) = delete;

  // What of the part the history does not know yet. Errors are the store's; the batch is then void.
  absl::Status Add(const runtime::HistoryPart& part);
  // Nothing more comes up to that command, which was the last of a part or told to be quiet.
  absl::Status Commit(std::uint64_t sequence);
  // Contacts that have ended since the last commit.
  std::size_t size() const { return ended_; }

 private:
  struct Trail {
    bool whole = false;  // nothing of it is in the store
    std::vector<ContactEvent> events;
  };

  void Note(const routing::Event& event);
  absl::Status End(const routing::Event& event, const routing::ContactView* contact);
  absl::Status Erase(const runtime::ContactNotes::Erased& erased);
  absl::Status TakeStored(const std::string& contact, std::vector<ContactEvent>& events);
  void PutBy();

  HistoryStore& store_;
  HistoryMark mark_;
  std::unique_ptr<rocksdb::WriteBatch> write_;
  // Go in with the commit, in the order of their keys: a row of neighbours costs the store a
  // fraction of what each costs at a place of its own.
  std::vector<std::pair<std::string, std::string>> puts_;
  std::map<std::string, Trail, std::less<>> trails_;  // of this batch, by contact
  std::size_t ended_ = 0;
};

}  // namespace strowger::history
