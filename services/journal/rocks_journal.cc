#include "services/journal/rocks_journal.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"
#include "routing/siphash.h"
#include "services/journal/rocks_compaction.h"
#include "services/journal/rocks_keys.h"

namespace strowger::journal {
namespace {

// How long, and for how much, it holds that there is room.
constexpr std::chrono::milliseconds kRoomHolds{10};
constexpr std::uint64_t kRoomBytes = std::uint64_t{1} << 20;
using Mode = RocksJournalOptions::Sync;
using routing::StateHash;

StateHash Chained(const StateHash& before, std::string_view bytes) {
  return routing::SipHash128(bytes, {before.low, before.high});
}

StateHash ChainOf(const v1::Batch& batch) { return {batch.chain_first(), batch.chain_second()}; }

rocksdb::Options StoreOptions(const RocksJournalOptions& from) {
  rocksdb::Options options;
  if (from.env != nullptr) options.env = from.env;
  options.create_if_missing = !from.read_only;
  options.paranoid_checks = true;
  // The default would drop whatever follows a damaged record; this drops an incomplete tail alone,
  // and only logs that are never written over again can tell one from the other.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.recycle_log_file_num = 0;
  options.track_and_verify_wals_in_manifest = true;
  options.compression = rocksdb::kNoCompression;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::WARN_LEVEL;
  return options;
}

std::string_view View(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

// ---- Opening ----------------------------------------------------------------------------------

RocksJournal::RocksJournal(const RocksJournalOptions& options) : options_(options) {}

absl::StatusOr<std::unique_ptr<RocksJournal>> RocksJournal::Open(
    const RocksJournalOptions& options) {
  std::unique_ptr<RocksJournal> journal(new RocksJournal(options));
  absl::Status status = journal->OpenStore();
  if (status.ok()) status = journal->FindEnds();
  if (!status.ok()) return status;
  RocksJournal* const self = journal.get();
  if (options.sync == Mode::kSync) self->committer_ = std::thread([self] { self->RunCommits(); });
  if (options.sync == Mode::kInterval) {
    self->committer_ = std::thread([self] { self->RunIntervals(); });
  }
  return journal;
}

absl::Status RocksJournal::OpenStore() {
  rocksdb::DB* db = nullptr;
  const rocksdb::Options store = StoreOptions(options_);
  const rocksdb::Status status = options_.read_only
                                     ? rocksdb::DB::OpenForReadOnly(store, options_.folder, &db)
                                     : rocksdb::DB::Open(store, options_.folder, &db);
  db_.reset(db);
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return Damaged(status.ToString());
  return absl::UnavailableError(absl::StrCat("the journal ", options_.folder,
                                             " cannot be opened: ", status.ToString(),
                                             "; is another strowgerd using it?"));
}

absl::Status RocksJournal::FindEnds() {
  std::string bytes;
  rocksdb::Status status = db_->Get({}, kBeginningKey, &bytes);
  if (status.ok()) {
    if (!beginning_.emplace().ParseFromString(bytes))
      return Damaged("its beginning cannot be read");
    if (beginning_->semantics() != kSemantics && !options_.any_semantics) {
      return absl::FailedPreconditionError(
          absl::StrCat("the journal ", options_.folder, " was written by version ",
                       beginning_->semantics(), " of the semantics, this is version ", kSemantics,
                       "; start it once with the build that wrote it, and end it with SIGTERM"));
    }
    first_chain_ = Chained({}, bytes);
    status = db_->Get({}, kTruncationKey, &bytes);
    if (status.ok() && !DecodeTruncation(bytes, first_, first_chain_)) {
      return Damaged("the mark of its truncation cannot be read");
    }
  }
  if (!status.ok() && !status.IsNotFound()) return Damaged(status.ToString());
  chain_ = first_chain_;
  std::uint64_t last = first_ - 1;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  it->SeekForPrev(BatchKey(kLastSequence));
  if (it->Valid() && IsBatchKey(View(it->key()))) {
    if (!batch_.ParseFromArray(it->value().data(), static_cast<int>(it->value().size()))) {
      return Damaged("its last batch cannot be read");
    }
    last = SequenceOf(View(it->key()));
    chain_ = ChainOf(batch_);
  }
  if (!it->status().ok()) return Damaged(it->status().ToString());
  if (last >= first_ && beginning_ == std::nullopt) return Damaged("its beginning is missing");
  last_.store(last, std::memory_order_relaxed);
  durable_.store(last, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status RocksJournal::Begin(v1::Beginning beginning) {
  beginning.set_semantics(kSemantics);
  std::string bytes;
  beginning.SerializeToString(&bytes);
  rocksdb::WriteOptions write;
  write.sync = true;
  const rocksdb::Status status = db_->Put(write, kBeginningKey, bytes);
  if (!status.ok()) {
    return absl::UnavailableError(
        absl::StrCat("the journal ", options_.folder, " cannot be written: ", status.ToString()));
  }
  beginning_ = std::move(beginning);
  chain_ = first_chain_ = Chained({}, bytes);
  return absl::OkStatus();
}

// A truncation has made the chain independent of the beginning's bytes.
absl::Status RocksJournal::AdoptSemantics() {
  if (first_sequence() != last_sequence() + 1 || last_sequence() == 0) {
    return absl::FailedPreconditionError("records of another version of the semantics are kept");
  }
  const StateHash chain = chain_;
  absl::Status status = Begin(*beginning_);
  chain_ = first_chain_ = chain;
  return status;
}

RocksJournal::~RocksJournal() {
  if (committer_.joinable()) {
    {
      const std::scoped_lock lock(stop_mutex_);
      stop_.store(true, std::memory_order_relaxed);
      stopped_.notify_one();
    }
    requests_.fetch_add(1, std::memory_order_release);
    requests_.notify_one();
    committer_.join();
  }
  if (db_ != nullptr && !options_.read_only) (void)Commit();
}

std::string_view RocksJournal::mode() const {
  switch (options_.sync) {
    case Mode::kSync:
      return "sync";
    case Mode::kInterval:
      return "interval";
    case Mode::kNone:
      break;
  }
  return "none";
}

absl::Status RocksJournal::Damaged(const std::string& what) const {
  return absl::DataLossError(absl::StrCat(
      "the journal ", options_.folder, " is damaged: ", what,
      "; nothing was changed: restore a backup, or move the folder away to begin anew"));
}

// ---- Appending --------------------------------------------------------------------------------

absl::Status RocksJournal::Append(std::uint64_t expected, absl::Span<const RecordView> records) {
  const std::uint64_t last = last_.load(std::memory_order_relaxed);
  if (expected != last + 1) {
    return absl::FailedPreconditionError(absl::StrCat("the next sequence is ", last + 1));
  }
  if (!HasRoom()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("less than ", options_.reserve, " bytes are free for ", options_.folder));
  }
  if (absl::Status status = EncodeBatch(records); !status.ok()) return status;
  const StateHash chain = Chained(chain_, batch_.records());
  batch_.set_chain_first(chain.high);
  batch_.set_chain_second(chain.low);
  batch_.SerializeToString(&batch_bytes_);
  const std::uint64_t sequence = last + records.size();
  rocksdb::Status status = db_->Put({}, BatchKey(sequence), batch_bytes_);
  if (!status.ok()) {
    // What is half written is in a log that nothing is added to any more: it counts as a tail.
    (void)db_->Resume();
    return absl::ResourceExhaustedError(absl::StrCat("cannot append: ", status.ToString()));
  }
  chain_ = chain;
  appended_.fetch_add(batch_bytes_.size(), std::memory_order_relaxed);
  last_.store(sequence, std::memory_order_release);
  if (!gated()) durable_.store(sequence, std::memory_order_release);
  return absl::OkStatus();
}

absl::Status RocksJournal::EncodeBatch(absl::Span<const RecordView> records) {
  records_.Clear();
  for (const RecordView& record : records) {
    if (absl::Status status = Encode(record, *records_.add_records()); !status.ok()) return status;
  }
  records_.SerializeToString(batch_.mutable_records());
  return absl::OkStatus();
}

// Asking is a system call. That there was room holds for a moment, in which so little is written
// that the reserve bears it; that there was none does not.
bool RocksJournal::HasRoom() {
  const auto now = std::chrono::steady_clock::now();
  const std::uint64_t appended = appended_.load(std::memory_order_relaxed);
  const bool holds = now - room_asked_ < kRoomHolds && appended - room_asked_at_ < kRoomBytes;
  if (has_room_ && holds) return true;
  room_asked_ = now;
  room_asked_at_ = appended;
  std::uint64_t free = 0;
  // What cannot say how full it is, is taken to have room.
  has_room_ = !db_->GetEnv()->GetFreeSpace(options_.folder, &free).ok() || free >= options_.reserve;
  return has_room_;
}

// ---- Durability -------------------------------------------------------------------------------

void RocksJournal::Sync() {
  if (!gated()) return;
  requests_.fetch_add(1, std::memory_order_release);
  requests_.notify_one();
}

void RocksJournal::SetDurableNotice(DurableNotice notice) {
  const std::scoped_lock lock(notice_mutex_);
  notice_ = std::move(notice);
}

void RocksJournal::GiveNotice(const absl::Status& status) {
  const std::scoped_lock lock(notice_mutex_);
  if (notice_) notice_(status);
}

std::uint64_t RocksJournal::durable_sequence() const {
  return durable_.load(std::memory_order_acquire);
}

// A failed sync is never tried again: the kernel may have dropped what it could not write, and then
// the next one would succeed.
absl::Status RocksJournal::Commit() {
  if (sync_failed_.load(std::memory_order_relaxed)) {
    return absl::DataLossError("a sync failed before");
  }
  // Acquire: pairs with Append; what it counts is in the log.
  const std::uint64_t last = last_.load(std::memory_order_acquire);
  const rocksdb::Status status = db_->SyncWAL();
  if (!status.ok()) {
    sync_failed_.store(true, std::memory_order_relaxed);
    return absl::DataLossError(status.ToString());
  }
  if (gated()) durable_.store(last, std::memory_order_release);
  return absl::OkStatus();
}

void RocksJournal::RunCommits() {
  std::uint32_t done = 0;
  for (;;) {
    // Acquire: pairs with Sync, so that what was appended before it is covered below.
    const std::uint32_t requested = requests_.load(std::memory_order_acquire);
    if (stop_.load(std::memory_order_relaxed)) return;
    if (requested != done) {
      done = requested;
      const bool news =
          durable_.load(std::memory_order_relaxed) != last_.load(std::memory_order_acquire);
      GiveNotice(news ? Commit() : absl::OkStatus());
    }
    requests_.wait(requested, std::memory_order_acquire);
  }
}

void RocksJournal::RunIntervals() {
  std::unique_lock lock(stop_mutex_);
  std::uint64_t synced = last_.load(std::memory_order_acquire);
  while (!stop_.load(std::memory_order_relaxed)) {
    stopped_.wait_for(lock, std::chrono::nanoseconds(options_.interval));
    const std::uint64_t last = last_.load(std::memory_order_acquire);
    if (last == synced) continue;
    const absl::Status status = Commit();
    if (!status.ok()) return GiveNotice(status);
    synced = last;
  }
}

// ---- Reading ----------------------------------------------------------------------------------

absl::Status RocksJournal::Read(std::uint64_t from,
                                const std::function<bool(const Record&)>& visit) const {
  bool wanted = true;
  const auto decode = [&](const v1::Record& message) -> absl::Status {
    if (!wanted) return absl::OkStatus();
    absl::StatusOr<Record> record = Decode(message, context_);
    if (!record.ok()) {
      return absl::Status(record.status().code(),
                          absl::StrCat("record ", message.sequence(), " of the journal ",
                                       options_.folder, ": ", record.status().message()));
    }
    wanted = visit(*record);
    return wanted ? absl::OkStatus() : absl::CancelledError();
  };
  const absl::Status status = ReadRecords(from, decode);
  return wanted ? status : absl::OkStatus();
}

absl::Status RocksJournal::ReadRecords(
    std::uint64_t from, const std::function<absl::Status(const v1::Record&)>& visit) const {
  return ReadBatches(from, [&](const v1::Records& records) {
    for (const v1::Record& record : records.records()) {
      if (record.sequence() < from) continue;
      if (absl::Status status = visit(record); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

// Batches are checked from the one before `from` on, whose chain is the key to the first of them.
absl::Status RocksJournal::ReadBatches(
    std::uint64_t from, const std::function<absl::Status(const v1::Records&)>& visit) const {
  StateHash chain;
  std::uint64_t before = 0;
  {
    const std::scoped_lock lock(first_mutex_);
    chain = first_chain_;
    before = first_ - 1;
  }
  if (from <= before) {
    return absl::OutOfRangeError(absl::StrCat("the first sequence kept is ", before + 1));
  }
  v1::Batch batch;
  v1::Records records;
  const auto parse = [&](const rocksdb::Slice& value) {
    return batch.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
           records.ParseFromString(batch.records());
  };
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  it->SeekForPrev(BatchKey(from - 1));
  if (it->Valid() && IsBatchKey(View(it->key()))) {
    before = SequenceOf(View(it->key()));
    if (!parse(it->value())) return Damaged(absl::StrCat("batch ", before, " cannot be read"));
    chain = ChainOf(batch);
    it->Next();
  } else {
    it->Seek(BatchKey(from));
  }
  for (; it->Valid() && IsBatchKey(View(it->key())); it->Next()) {
    const std::uint64_t last = SequenceOf(View(it->key()));
    if (!parse(it->value())) return Damaged(absl::StrCat("batch ", last, " cannot be read"));
    if (absl::Status status = CheckBatch(last, before, records); !status.ok()) return status;
    if (Chained(chain, batch.records()) != ChainOf(batch)) {
      return Damaged(absl::StrCat("the chain is broken at records ", before + 1, " to ", last));
    }
    chain = ChainOf(batch);
    before = last;
    if (absl::Status status = visit(records); !status.ok()) return status;
  }
  if (!it->status().ok()) return Damaged(it->status().ToString());
  return absl::OkStatus();
}

absl::Status RocksJournal::CheckBatch(std::uint64_t last, std::uint64_t before,
                                      const v1::Records& records) const {
  const auto count = static_cast<std::uint64_t>(records.records_size());
  if (count == 0 || before + count != last) {
    return Damaged(absl::StrCat("after record ", before, " comes a batch of ", count,
                                " that ends with ", last));
  }
  std::uint64_t sequence = before;
  for (const v1::Record& record : records.records()) {
    if (record.sequence() != ++sequence) {
      return Damaged(absl::StrCat("record ", sequence, " calls itself ", record.sequence()));
    }
  }
  return absl::OkStatus();
}

// ---- Truncating -------------------------------------------------------------------------------

// Whole batches go; the one that holds `sequence` stays.
absl::Status RocksJournal::TruncateBelow(std::uint64_t sequence) {
  if (sequence <= first_sequence()) return absl::OkStatus();
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  it->SeekForPrev(BatchKey(sequence - 1));
  if (!it->Valid() || !IsBatchKey(View(it->key()))) return absl::OkStatus();
  v1::Batch batch;
  if (!batch.ParseFromArray(it->value().data(), static_cast<int>(it->value().size()))) {
    return Damaged("a batch cannot be read");
  }
  const std::uint64_t first = SequenceOf(View(it->key())) + 1;
  const StateHash chain = ChainOf(batch);
  rocksdb::WriteBatch write;
  write.Put(kTruncationKey, EncodeTruncation(first, chain));
  write.DeleteRange(BatchKey(0), BatchKey(first));
  const rocksdb::Status status = db_->Write({}, &write);
  if (!status.ok()) return absl::UnavailableError(status.ToString());
  const std::scoped_lock lock(first_mutex_);
  first_ = first;
  first_chain_ = chain;
  return absl::OkStatus();
}

absl::Status RocksJournal::Compact() {
  const rocksdb::Status status = CompactAway(*db_);
  return status.ok() ? absl::OkStatus() : absl::UnavailableError(status.ToString());
}

std::uint64_t RocksJournal::first_sequence() const {
  const std::scoped_lock lock(first_mutex_);
  return first_;
}

// By halves: stamps never decrease.
absl::StatusOr<std::uint64_t> RocksJournal::FirstSince(routing::TimeNs time) const {
  std::uint64_t low = first_sequence();
  std::uint64_t high = last_sequence() + 1;
  v1::Batch batch;
  v1::Records records;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    it->Seek(BatchKey(middle));
    if (!it->Valid() || !IsBatchKey(View(it->key()))) break;
    if (!batch.ParseFromArray(it->value().data(), static_cast<int>(it->value().size())) ||
        !records.ParseFromString(batch.records()) || records.records().empty()) {
      return Damaged(absl::StrCat("batch ", SequenceOf(View(it->key())), " cannot be read"));
    }
    if (records.records().rbegin()->time_ns() >= time) {
      high = middle;
    } else {
      low = SequenceOf(View(it->key())) + 1;
    }
  }
  if (!it->status().ok()) return Damaged(it->status().ToString());
  return low;
}

absl::StatusOr<JournalBackup> RocksJournal::BackUp(const std::string& folder,
                                                   const std::string& note, std::uint32_t keep) {
  return BackUpStore(*db_, folder, note, keep);
}

std::uint64_t RocksJournal::stored_bytes() const {
  std::uint64_t tables = 0;
  std::uint64_t memory = 0;
  db_->GetIntProperty("rocksdb.total-sst-files-size", &tables);
  db_->GetIntProperty("rocksdb.cur-size-all-mem-tables", &memory);
  return tables + memory;
}

}  // namespace strowger::journal
