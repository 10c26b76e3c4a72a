#include "services/strowgerd/journal_up_to.h"

namespace strowger::daemon {

absl::Status JournalUpTo::Read(std::uint64_t from,
                               const std::function<bool(const journal::Record&)>& visit) const {
  bool wanted = true;
  const absl::Status status =
      store_.ReadRecords(from, [&](const journal::v1::Record& message) -> absl::Status {
        wanted = message.sequence() <= last_ && !(stop_ && stop_(message.sequence()));
        if (!wanted) return absl::CancelledError();
        const absl::StatusOr<journal::Record> record = journal::Decode(message, context_);
        if (!record.ok()) return record.status();
        wanted = visit(*record);
        return wanted ? absl::OkStatus() : absl::CancelledError();
      });
  return wanted ? status : absl::OkStatus();
}

}  // namespace strowger::daemon
