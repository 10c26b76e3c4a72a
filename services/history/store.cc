#include "services/history/store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/cache.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"
#include "rocksdb/table.h"
#include "rocksdb/write_batch.h"
#include "routing/event.h"
#include "services/history/keys.h"
#include "services/history/scan.h"
#include "services/journal/rocks_compaction.h"

namespace strowger::history {
namespace {

absl::Status Translated(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const std::string what = absl::StrCat("the history: ", status.ToString());
  if (status.IsCorruption()) return absl::DataLossError(what);
  return status.IsNoSpace() ? absl::ResourceExhaustedError(what) : absl::UnavailableError(what);
}

// Small buffers: it is written behind the domain's back and read now and then.
rocksdb::Options StoreOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = std::size_t{8} << 20;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::WARN_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(std::size_t{8} << 20);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Readers take in 4 MiB at once unless told otherwise.
constexpr std::size_t kPageBytes = std::size_t{1} << 20;

bool Has(const std::vector<std::string>& keys, const std::string& prefix) {
  return std::any_of(keys.begin(), keys.end(), [&prefix](const std::string& key) {
    return key.compare(0, prefix.size(), prefix) == 0;
  });
}

bool IsMeant(const EndedContact& contact, std::string_view place, const HistoryFilter& filter) {
  if (!filter.channel.empty() && contact.channel() != filter.channel) return false;
  if (filter.queue.empty() && filter.agent.empty()) return true;
  const std::vector<std::string> keys = IndexKeys(contact, place);
  return (filter.queue.empty() || Has(keys, Named('q', filter.queue))) &&
         (filter.agent.empty() || Has(keys, Named('a', filter.agent)));
}

}  // namespace

std::vector<std::string> IndexKeys(const EndedContact& contact, std::string_view place) {
  std::set<std::string> keys = {Named('i', contact.contact_id())};
  if (!contact.queue().empty()) keys.insert(Named('q', contact.queue()));
  for (const ContactEvent& event : contact.events()) {
    if (!event.queue().empty()) keys.insert(Named('q', event.queue()));
    if (!event.to_queue().empty()) keys.insert(Named('q', event.to_queue()));
    if (event.type() == static_cast<std::uint32_t>(routing::EventType::kAssigned)) {
      keys.insert(Named('a', event.agent()));
    }
  }
  std::vector<std::string> placed;
  for (const std::string& key : keys) placed.push_back(std::string(key).append(place));
  return placed;
}

std::uint64_t BytesOf(const EndedContact& contact, std::string_view place,
                      const std::vector<std::string>& keys) {
  std::uint64_t bytes = contact.ByteSizeLong() + ContactKey(place).size();
  for (const std::string& key : keys) bytes += key.size();
  return bytes;
}

absl::StatusOr<std::unique_ptr<HistoryStore>> HistoryStore::Open(const std::string& folder) {
  std::unique_ptr<HistoryStore> store(new HistoryStore);
  rocksdb::Options options = StoreOptions();
  if (folder.empty()) {
    store->memory_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    options.env = store->memory_.get();
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(options, folder.empty() ? "/history" : folder, &db);
  store->db_.reset(db);
  if (!status.ok()) {
    return absl::Status(
        status.IsCorruption() ? absl::StatusCode::kDataLoss : absl::StatusCode::kUnavailable,
        absl::StrCat("the history ", folder, " cannot be opened: ", status.ToString(),
                     "; without that folder it begins anew"));
  }
  std::string bytes;
  const rocksdb::Status read = db->Get({}, kMarkKey, &bytes);
  if (read.IsNotFound()) return store;
  if (!read.ok()) return Translated(read);
  if (!store->mark_.emplace().ParseFromString(bytes)) {
    return absl::DataLossError(absl::StrCat("the mark of the history ", folder, " cannot be read"));
  }
  return store;
}

HistoryStore::~HistoryStore() = default;

// ---- Reading ------------------------------------------------------------------------------------

absl::StatusOr<std::optional<EndedContact>> HistoryStore::Read(std::string_view place) const {
  std::string bytes;
  const rocksdb::Status status = db_->Get({}, ContactKey(place), &bytes);
  if (status.IsNotFound()) return std::optional<EndedContact>();  // deleted meanwhile
  if (!status.ok()) return Translated(status);
  std::optional<EndedContact> contact(std::in_place);
  if (contact->ParseFromString(bytes)) return contact;
  return absl::DataLossError("the history: a contact cannot be read");
}

absl::StatusOr<std::optional<EndedContact>> HistoryStore::Find(std::string_view contact) const {
  const std::string prefix = Named('i', contact);
  const Scan it(*db_, prefix);
  it->SeekToLast();
  if (it->Valid()) return Read(PlaceIn(it.key()));
  if (!it->status().ok()) return Translated(it->status());
  return std::optional<EndedContact>();
}

absl::StatusOr<HistoryPage> HistoryStore::List(const HistoryFilter& filter,
                                               const std::string& after, std::size_t look_at,
                                               std::size_t limit) const {
  const std::string prefix = !filter.agent.empty()   ? Named('a', filter.agent)
                             : !filter.queue.empty() ? Named('q', filter.queue)
                                                     : "c";
  std::string end = filter.until > 0 ? Place(filter.until, 0, 0) : std::string(kPlaceBytes, '\xff');
  if (!after.empty()) {
    const std::string place = absl::HexStringToBytes(after);
    if (place.size() != kPlaceBytes || absl::BytesToHexString(place) != after) {
      return absl::InvalidArgumentError("is not one that a reply gave");
    }
    end = std::min(end, place);
  }
  HistoryPage page;
  const Scan it(*db_, prefix);
  it->SeekForPrev(prefix + end);
  if (it->Valid() && it.key() == prefix + end) it->Prev();
  std::string place;
  std::size_t bytes = 0;
  for (; it->Valid(); it->Prev()) {
    if (TimeOf(PlaceIn(it.key())) < filter.since) break;
    if (page.contacts.size() == limit || bytes >= kPageBytes || look_at-- == 0) {
      page.next = absl::BytesToHexString(place);
      break;
    }
    place = PlaceIn(it.key());
    auto contact = Read(place);
    if (!contact.ok()) return contact.status();
    if (!*contact || !IsMeant(**contact, place, filter)) continue;
    bytes += (*contact)->ByteSizeLong();
    page.contacts.push_back(*std::move(*contact));
  }
  if (!it->status().ok()) return Translated(it->status());
  return page;
}

// ---- Writing ------------------------------------------------------------------------------------

absl::Status HistoryStore::Write(rocksdb::WriteBatch& write, const HistoryMark& mark) {
  write.Put(kMarkKey, mark.SerializeAsString());
  const rocksdb::Status status = db_->Write({}, &write);
  if (status.ok()) mark_ = mark;
  return Translated(status);
}

void HistoryStore::Delete(const EndedContact& contact, std::string_view place,
                          rocksdb::WriteBatch& write, HistoryMark& mark) const {
  write.Delete(ContactKey(place));
  const std::vector<std::string> keys = IndexKeys(contact, place);
  for (const std::string& key : keys) write.Delete(key);
  mark.set_contacts(mark.contacts() - std::min<std::uint64_t>(1, mark.contacts()));
  mark.set_bytes(mark.bytes() - std::min(BytesOf(contact, place, keys), mark.bytes()));
}

absl::StatusOr<std::size_t> HistoryStore::Expire(routing::TimeNs before, std::uint64_t bytes,
                                                 std::size_t most) {
  if (!mark_) return std::size_t{0};
  HistoryMark mark = *mark_;
  rocksdb::WriteBatch write;
  std::size_t deleted = 0;
  const Scan it(*db_, "c");
  // Not over what was deleted before, which stays in the way until it is compacted.
  for (it->Seek(oldest_); it->Valid() && deleted < most; it->Next()) {
    const std::string_view place = PlaceIn(it.key());
    if (TimeOf(place) >= before && mark.bytes() <= bytes) break;
    EndedContact contact;
    if (!it.Parse(contact)) return absl::DataLossError("the history: a contact cannot be read");
    Delete(contact, place, write, mark);
    ++deleted;
  }
  if (!it->status().ok()) return Translated(it->status());
  const std::string reached = it->Valid() ? std::string(it.key()) : oldest_;
  if (deleted > 0) {
    if (absl::Status status = Write(write, mark); !status.ok()) return status;
  }
  oldest_ = reached;
  return deleted;
}

absl::Status HistoryStore::DropTrailsAfter(std::uint64_t sequence,
                                           rocksdb::WriteBatch& write) const {
  const Scan it(*db_, "t");
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    const std::string_view key = it.key();
    if (GetBigEndian(key, key.size() - 12, 8) > sequence) write.Delete(it->key());
  }
  return Translated(it->status());
}

// What ended later stands later, by its time.
absl::Status HistoryStore::TrimAfter(std::uint64_t sequence) {
  if (!mark_ || mark_->sequence() <= sequence) return absl::OkStatus();
  HistoryMark mark = *mark_;
  rocksdb::WriteBatch write;
  const Scan it(*db_, "c");
  for (it->SeekToLast(); it->Valid(); it->Prev()) {
    const std::string_view place = PlaceIn(it.key());
    if (SequenceOf(place) <= sequence) break;
    EndedContact contact;
    if (!it.Parse(contact)) return absl::DataLossError("the history: a contact cannot be read");
    Delete(contact, place, write, mark);
  }
  if (!it->status().ok()) return Translated(it->status());
  if (absl::Status status = DropTrailsAfter(sequence, write); !status.ok()) return status;
  mark.set_sequence(sequence);
  return Write(write, mark);
}

absl::Status HistoryStore::Sync() {
  if (memory_ != nullptr) return absl::OkStatus();
  return Translated(db_->FlushWAL(/*sync=*/true));
}

absl::Status HistoryStore::Compact() { return Translated(journal::CompactAway(*db_)); }

}  // namespace strowger::history
