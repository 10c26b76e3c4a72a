#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"
#include "services/reports/store.h"

namespace strowger::reports {
namespace {

constexpr char kMarkKey[] = "m";

// Highest byte first, so that keys sort as numbers do. No time here is before 1970.
void PutNumber(std::uint64_t number, std::string& to) {
  for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<char>(number >> shift));
}

std::uint64_t GetNumber(std::string_view from, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = at; i < at + 8; ++i) {
    number = number << 8 | static_cast<unsigned char>(from[i]);
  }
  return number;
}

std::string KeyOf(Subject subject, std::int64_t quarter, std::string_view name) {
  std::string key(1, static_cast<char>(subject));
  PutNumber(static_cast<std::uint64_t>(quarter), key);
  key.append(name);
  return key;
}

std::string EncodeMark(const Mark& mark) {
  std::string bytes;
  PutNumber(mark.sequence, bytes);
  PutNumber(static_cast<std::uint64_t>(mark.time), bytes);
  PutNumber(static_cast<std::uint64_t>(mark.since), bytes);
  return bytes;
}

class RocksStore final : public Store {
 public:
  RocksStore(std::string folder, rocksdb::DB* db) : folder_(std::move(folder)), db_(db) {}

  absl::StatusOr<bool> ReadMark(Mark& mark) const override {
    std::string bytes;
    const rocksdb::Status status = db_->Get({}, kMarkKey, &bytes);
    if (status.IsNotFound()) return false;
    if (!status.ok()) return Translated(status);
    if (bytes.size() != 24) return Translated(rocksdb::Status::Corruption("its mark"));
    mark.sequence = GetNumber(bytes, 0);
    mark.time = static_cast<routing::TimeNs>(GetNumber(bytes, 8));
    mark.since = static_cast<routing::TimeNs>(GetNumber(bytes, 16));
    return true;
  }

  absl::Status Write(const Mark& mark, const std::vector<KeptRow>& rows, bool durable) override {
    rocksdb::WriteBatch batch;
    batch.Put(kMarkKey, EncodeMark(mark));
    for (const KeptRow& row : rows) {
      batch.Put(KeyOf(row.subject, row.quarter, row.name), row.bytes);
    }
    rocksdb::WriteOptions options;
    options.sync = durable;
    return Translated(db_->Write(options, &batch));
  }

  absl::Status Read(Subject subject, std::int64_t first, std::int64_t end,
                    const Visit& visit) const override {
    const std::string bound = KeyOf(subject, end, {});
    const rocksdb::Slice upper(bound);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
    for (it->Seek(KeyOf(subject, first, {})); it->Valid(); it->Next()) {
      const std::string_view key(it->key().data(), it->key().size());
      if (key.size() < 9) continue;
      visit(static_cast<std::int64_t>(GetNumber(key, 1)), key.substr(9),
            {it->value().data(), it->value().size()});
    }
    return Translated(it->status());
  }

  absl::Status DropBefore(std::int64_t quarter) override {
    rocksdb::WriteBatch batch;
    for (const Subject subject : {Subject::kQueues, Subject::kAgents}) {
      batch.DeleteRange(KeyOf(subject, 0, {}), KeyOf(subject, quarter, {}));
    }
    return Translated(db_->Write({}, &batch));
  }

 private:
  absl::Status Translated(const rocksdb::Status& status) const {
    if (status.ok()) return absl::OkStatus();
    const std::string text = absl::StrCat("reports in ", folder_, ": ", status.ToString());
    return status.IsNoSpace() ? absl::ResourceExhaustedError(text) : absl::UnavailableError(text);
  }

  const std::string folder_;
  const std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenRocksStore(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;
  options.write_buffer_size = std::size_t{4} << 20;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::WARN_LEVEL;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, folder, &db);
  if (status.ok()) return std::make_unique<RocksStore>(folder, db);
  const std::string text =
      absl::StrCat("the reports in ", folder, " cannot be opened: ", status.ToString(),
                   "; routing does not need them: move the folder away to begin new ones");
  return status.IsCorruption() ? absl::DataLossError(text) : absl::UnavailableError(text);
}

}  // namespace strowger::reports
