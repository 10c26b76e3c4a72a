// Where a domain's stamped commands are kept.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "routing/command.h"

namespace strowger::journal {

// Who put a rule set in force, and why.
struct ActivationNote {
  std::string author;
  std::string comment;
  std::uint64_t restored_version = 0;  // the earlier version whose text it is; 0: a new text
  bool from_file = false;              // the watched rule file gave it
};

// A command with what makes a repeat of it known. At most one of command_id and session_id is set.
struct Record {
  routing::Command command;
  std::string command_id;
  std::string session_id;
  std::uint64_t number = 0;  // in its session
  ActivationNote note;       // of an activation
};

// The same without ownership.
struct RecordView {
  const routing::Command* command = nullptr;
  std::string_view command_id;
  std::string_view session_id;
  std::uint64_t number = 0;
  const ActivationNote* note = nullptr;
};

// Append, Sync and TruncateBelow: one thread at a time, a domain's writer. durable_sequence and
// mode: any thread. Read: when nothing is appended meanwhile, unless the implementation allows
// more.
class Journal {
 public:
  // Told how a sync went: OK when durable_sequence() has been brought up to date; anything else
  // means that appended records may be lost, and the process must not go on.
  using DurableNotice = std::function<void(const absl::Status&)>;

  virtual ~Journal() = default;

  // Adds records of consecutive sequences, the first of which is `expected`. All or none: after an
  // error the journal is as before. FAILED_PRECONDITION: the next sequence is another one.
  // RESOURCE_EXHAUSTED: no room; may be tried again.
  virtual absl::Status Append(std::uint64_t expected, absl::Span<const RecordView> records) = 0;

  // Asks for all that has been appended to become durable, and returns without waiting for it. The
  // notice follows every call, one for several if they are close, on whatever thread, perhaps
  // before Sync returns, also when nothing was left to be done. What happened before Sync is seen
  // by the notice.
  virtual void Sync() = 0;

  // Before the first Append; with null after the last. Once this returns, the notice that was set
  // before is not running and will not be called again.
  virtual void SetDurableNotice(DurableNotice notice) = 0;

  // True: replies wait until durable_sequence() has reached their command. False: for them, a
  // command that is appended is as good as durable, and notice is given of a failure alone.
  virtual bool gated() const = 0;

  // Highest sequence known to be durable; 0: none.
  virtual std::uint64_t durable_sequence() const = 0;

  // "sync", "interval" or "none", as status and metrics show it.
  virtual std::string_view mode() const = 0;

  // Hands over the records from sequence `from` on, in order, until `visit` returns false or none
  // is left. OUT_OF_RANGE: `from` has been truncated.
  virtual absl::Status Read(std::uint64_t from,
                            const std::function<bool(const Record&)>& visit) const = 0;

  // Forgets the records below `sequence`.
  virtual absl::Status TruncateBelow(std::uint64_t sequence) = 0;
};

}  // namespace strowger::journal
