// What can be asked of a domain: commands, reads, and the opening of sessions. A task belongs to
// its caller, from Submit to its release it must stay where it is and is touched by nobody else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "routing/command.h"
#include "routing/event.h"
#include "routing/outcome.h"
#include "routing/router.h"
#include "routing/time.h"
#include "services/journal/journal.h"
#include "services/runtime/event_log.h"
#include "services/runtime/mailbox.h"

namespace strowger::runtime {

class Session;
class SessionOwner;

// Why a session's command was not even looked at. The stream is at fault or over, not the command.
enum class SessionTrouble : std::uint8_t {
  kNone = 0,
  kGap = 1,        // its number is above the next one
  kForgotten = 2,  // its number was taken so long ago that the outcome is no longer kept
  kTakenOver = 3,  // the session has been opened again since
};

// What became of a command.
struct Receipt {
  routing::Result result;
  std::uint64_t sequence = 0;  // 0: not sequenced, nothing was applied or remembered
  routing::TimeNs time = 0;
  bool repeated = false;                           // all of the above is of the first time
  SessionTrouble trouble = SessionTrouble::kNone;  // if any: nothing above has a meaning
};

// Callbacks run on whatever thread is the writer, or on the domain's release thread. They must not
// block, and may submit further tasks; they must not drain the domain.
class Task : public MailboxNode {
 public:
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

 protected:
  enum class Kind : std::uint8_t { kCommand, kRead, kOpenSession, kCloseSession, kTick };
  explicit Task(Kind kind) : kind_(kind) {}

 private:
  friend class DomainExecutor;
  friend class ReleaseGate;

  const Kind kind_;
};

// A command, to be stamped, journaled and applied. May be submitted again once it is released;
// refilling `command.body` in place reuses its memory.
class CommandTask : public Task {
 public:
  CommandTask() : Task(Kind::kCommand) {}

  // ---- Filled in by the caller --------------------------------------------------------------

  // Sequence and time are stamped. In virtual time `time` is what the caller says, in
  // (0, kLatestTime]; before the last command's it counts as the last.
  routing::Command command;
  // At most one of command_id and session is given. Empty: a repeat is applied again.
  std::string command_id;
  // Of an OpenSessionTask, with its epoch; `number` is the command's number in it.
  Session* session = nullptr;
  std::uint64_t session_epoch = 0;
  std::uint64_t number = 0;
  // Of an activation: goes into the journal with it. Must live until the release.
  const journal::ActivationNote* note = nullptr;
  // Of a session: found to be wrong before it came here. It takes its number and its outcome is
  // remembered, no more. kOk: nothing found.
  routing::Result refusal;
  // MonotonicNs() at which the request came in, for the reply latency; 0: when submitted.
  std::int64_t received_ns = 0;
  // MonotonicNs() from which nobody waits for the answer: it is shed then, if its turn has not come
  // before. 0: never.
  std::int64_t given_up_ns = 0;

  // ---- Told to the caller -------------------------------------------------------------------

  // The writer, right after Apply, to take from the router what the reply needs. Also when the
  // command was refused or is a repeat (no events then); not when it was not sequenced.
  virtual void OnApplied(const routing::Router& router, const Receipt& receipt,
                         absl::Span<const routing::Event> events) {
    (void)router, (void)receipt, (void)events;
  }
  // Once the command is durable, in the order of the domain. `events` are the command's own; keep
  // its chunk to keep them. The last touch: the task may be deleted or submitted again from here.
  virtual void OnReleased(const Receipt& receipt, const EventSlice& events) = 0;

 private:
  friend class DomainExecutor;
  friend class ReleaseGate;

  enum class Fate : std::uint8_t {
    kSettled,   // the receipt is final
    kNew,       // to be journaled and applied
    kRepeatOf,  // of a command earlier in its batch, by `ticket_` or `number`
  };

  Fate fate_ = Fate::kSettled;
  bool took_identity_ = false;  // its id or number is held since this batch
  std::uint64_t ticket_ = 0;    // in the table of command ids
  std::int64_t since_ns_ = 0;   // what the reply latency counts from
  Receipt receipt_;
  std::uint32_t first_event_ = 0;  // in the batch's chunk
  std::uint32_t event_count_ = 0;
};

// How things stand when a read is run.
struct Reading {
  const routing::Router& router;
  std::uint64_t sequence = 0;  // of the last command applied
  routing::TimeNs time = 0;    // of that command; what the router's views are as of
  routing::TimeNs now = 0;     // by the clock, never below `time`; in virtual time the same
};

// A look at the router, in its turn among the commands; not journaled.
class ReadTask : public Task {
 public:
  ReadTask() : Task(Kind::kRead) {}

  // The writer. Copies what it needs; costs here hold up the domain.
  virtual void OnRead(const Reading& reading) = 0;
  // Once all that was seen is durable. The last touch.
  virtual void OnReleased() = 0;
};

// Opens a session or takes it over from whoever has it open.
class OpenSessionTask : public Task {
 public:
  OpenSessionTask() : Task(Kind::kOpenSession) {}

  std::string session_id;
  SessionOwner* owner = nullptr;  // told when the session is taken over

  // Answers. `session` is null when there are too many open sessions; else the session must be
  // closed with a CloseSessionTask, also after it was taken over, and `owner` live until then.
  Session* session = nullptr;
  std::uint64_t epoch = 0;
  std::uint64_t highest_number = 0;
  std::vector<Receipt> outcomes;  // of the last ones up to highest_number, in order, repeated
  EventPosition position;         // events after it are those after the opening

  virtual void OnReleased() = 0;
};

// Lets go of a session; it is remembered. REQUIRES: none of its commands is in flight.
class CloseSessionTask : public Task {
 public:
  CloseSessionTask() : Task(Kind::kCloseSession) {}

  Session* session = nullptr;
  std::uint64_t epoch = 0;

  virtual void OnReleased() = 0;
};

}  // namespace strowger::runtime
