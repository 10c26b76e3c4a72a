// A journal to read from, up to one record: for routers that only look back.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "services/journal/codec.h"
#include "services/journal/rocks_journal.h"

namespace strowger::daemon {

// Any thread, beside the domain's own writer; each with an object of its own.
class JournalUpTo final : public journal::Journal {
 public:
  // `store` outlives it.
  JournalUpTo(const journal::RocksJournal& store, std::uint64_t last)
      : store_(store), last_(last) {}

  void SetDecodeContext(journal::DecodeContext context) { context_ = std::move(context); }
  // Asked before each record, with its sequence: true ends the reading there.
  void SetStop(std::function<bool(std::uint64_t next)> stop) { stop_ = std::move(stop); }

  absl::Status Read(std::uint64_t from,
                    const std::function<bool(const journal::Record&)>& visit) const override;

  // Nothing is ever written here.
  absl::Status Append(std::uint64_t, absl::Span<const journal::RecordView>) override {
    return absl::UnimplementedError("a journal to read from");
  }
  absl::Status TruncateBelow(std::uint64_t) override {
    return absl::UnimplementedError("a journal to read from");
  }
  void Sync() override {}
  void SetDurableNotice(DurableNotice) override {}
  bool gated() const override { return false; }
  std::uint64_t durable_sequence() const override { return last_; }
  std::string_view mode() const override { return store_.mode(); }

 private:
  const journal::RocksJournal& store_;
  const std::uint64_t last_;
  journal::DecodeContext context_;
  std::function<bool(std::uint64_t)> stop_;
};

}  // namespace strowger::daemon
