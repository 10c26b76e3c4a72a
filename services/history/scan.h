// The keys of a store that begin with some bytes, and no others: what was deleted behind them costs
// nothing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "rocksdb/db.h"
#include "rocksdb/iterator.h"
#include "rocksdb/options.h"

namespace strowger::history {

// One thread. What it points to is valid until it moves on.
class Scan {
 public:
  // REQUIRES: not only bytes of 0xff.
  Scan(rocksdb::DB& db, std::string prefix) : lower_(std::move(prefix)), upper_(lower_) {
    while (upper_.back() == '\xff') upper_.pop_back();
    ++upper_.back();
    lower_slice_ = lower_;
    upper_slice_ = upper_;
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_slice_;
    options.iterate_upper_bound = &upper_slice_;
    it_.reset(db.NewIterator(options));
  }
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;

  rocksdb::Iterator* operator->() const { return it_.get(); }
  std::string_view key() const { return {it_->key().data(), it_->key().size()}; }
  template <typename Message>
  bool Parse(Message& to) const {
    return to.ParseFromArray(it_->value().data(), static_cast<int>(it_->value().size()));
  }

 private:
  std::string lower_;
  std::string upper_;
  rocksdb::Slice lower_slice_;
  rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

}  // namespace strowger::history
