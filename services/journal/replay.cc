#include "services/journal/replay.h"

namespace strowger::journal {

absl::StatusOr<std::uint64_t> Replay(const Journal& journal, routing::Router& router) {
  std::uint64_t applied = 0;
  routing::EventBuffer events;
  absl::Status status = journal.Read(router.Domain().sequence + 1, [&](const Record& record) {
    events.clear();
    router.Apply(record.command, events);
    ++applied;
    return true;
  });
  if (!status.ok()) return status;
  return applied;
}

}  // namespace strowger::journal
