#include "services/reports/store.h"

namespace strowger::reports {

absl::StatusOr<bool> MemoryStore::ReadMark(Mark& mark) const {
  mark = mark_;
  return written_;
}

absl::Status MemoryStore::Write(const Mark& mark, const std::vector<KeptRow>& rows,
                                bool /*durable*/) {
  written_ = true;
  mark_ = mark;
  for (const KeptRow& row : rows) {
    Rows& kept = row.subject == Subject::kQueues ? queues_ : agents_;
    kept[{row.quarter, row.name}] = row.bytes;
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::Read(Subject subject, std::int64_t first, std::int64_t end,
                               const Visit& visit) const {
  const Rows& rows = RowsOf(subject);
  for (auto row = rows.lower_bound({first, ""}); row != rows.end() && row->first.first < end;
       ++row) {
    visit(row->first.first, row->first.second, row->second);
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::DropBefore(std::int64_t quarter) {
  for (Rows* const rows : {&queues_, &agents_}) {
    rows->erase(rows->begin(), rows->lower_bound({quarter, ""}));
  }
  return absl::OkStatus();
}

}  // namespace strowger::reports
