#include "services/grpc/session.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "services/grpc/convert_values.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/messages.h"
#include "services/grpc/status.h"
#include "services/runtime/fatal.h"

namespace strowger::grpc_api {
namespace {

using runtime::DomainExecutor;
using runtime::Fatal;

constexpr std::size_t kEventsInMessage = 1'000;
constexpr int kReadsInTurn = 16;  // of the log, before others get their turn

void TellOpened(const runtime::OpenSessionTask& task, std::uint32_t credit, v1::SessionOpened& to) {
  to.set_highest_number(task.highest_number);
  to.set_credit(credit);
  to.mutable_position()->set_sequence(task.position.sequence);
  to.mutable_position()->set_index(task.position.index);
  std::uint64_t number = task.highest_number - task.outcomes.size();
  for (const runtime::Receipt& receipt : task.outcomes) {
    v1::CommandReply* const reply = to.add_outcomes();
    reply->set_number(++number);
    SetReceipt(receipt, reply->mutable_receipt());
  }
}

}  // namespace

grpc::Status StreamError(const char* field, const char* what) {
  Violations violations;
  violations.Add(field, what);
  return BadRequest(violations);
}

grpc::Status StatusOf(runtime::SessionTrouble trouble) {
  switch (trouble) {
    case runtime::SessionTrouble::kGap:
      return StreamError("first_number", "is above the next number of the session");
    case runtime::SessionTrouble::kForgotten:
      return {grpc::StatusCode::OUT_OF_RANGE,
              "first_number: the outcome of that command is no longer kept"};
    case runtime::SessionTrouble::kTakenOver:
      return {grpc::StatusCode::ABORTED, "another stream has opened the session"};
    case runtime::SessionTrouble::kNone:
      break;
  }
  return grpc::Status::OK;
}

SessionStream::SessionStream(Hub& hub, const grpc::CallbackServerContext& context)
    : hub_(hub), context_(context), open_task_(*this), close_task_(*this) {
  hub_.rpcs.Started(static_cast<std::size_t>(Rpc::kSession));
}

SessionStream* SessionStream::Start(Hub& hub, const grpc::CallbackServerContext& context) {
  std::shared_ptr<SessionStream> stream(new SessionStream(hub, context));
  SessionStream* const reactor = stream.get();
  reactor->self_ = stream;
  grpc::Status admitted = hub.access.Admit(Rpc::kSession, context, reactor->caller_);
  reactor->counted_ = admitted.ok() && hub.streams.Enter();
  if (admitted.ok() && !reactor->counted_) admitted = Shed("too many streams are open");
  if (!admitted.ok()) {
    reactor->End(std::move(admitted));
    return reactor;
  }
  hub.pump.Add(std::move(stream));
  reactor->StartRead(&reactor->read_buffer_);
  return reactor;
}

// ---- Reading ------------------------------------------------------------------------------------

void SessionStream::OnReadDone(bool ok) {
  grpc::Status status;
  if (!ok) return End(status);  // the caller has said all that it will
  const bool opening = executor_ == nullptr;
  if (status = TakeMessage(); !status.ok()) return End(std::move(status));
  if (opening) return;  // OnOpened reads on, or has done so
  {
    const std::scoped_lock lock(mutex_);
    if (ending_) return;
    read_held_ = MustHoldRead();
    if (read_held_) return;
  }
  StartRead(&read_buffer_);
}

grpc::Status SessionStream::TakeMessage() {
  if (grpc::Status status = Parse(read_buffer_, request_); !status.ok()) return status;
  if (executor_ == nullptr) {
    if (!request_.has_open()) return StreamError("open", "is required in the first message");
    if (request_.commands_size() != 0) {
      return StreamError("commands", "must not be in the first message");
    }
    return Open(request_.open());
  }
  if (request_.has_open()) return StreamError("open", "only in the first message");
  return TakeCommands();
}

grpc::Status SessionStream::Open(const v1::SessionOpen& open) {
  Violations violations;
  const Violations::Step step(violations, "open");
  RequireName(open.session_id(), "session_id", violations);
  if (!violations.empty()) return BadRequest(violations);
  if (!hub_.recovery.done()) return Recovering();
  domain_ = open.domain();
  grpc::Status authorised = hub_.access.Authorise(Rpc::kSession, context_, caller_, domain_);
  if (!authorised.ok()) return authorised;
  executor_ = hub_.domains.Find(open.domain());
  history_ = hub_.publisher.Find(open.domain());
  if (executor_ == nullptr || history_ == nullptr) {
    return Refused(routing::Outcome::kUnknownDomain, "open.domain",
                   Describe(routing::Outcome::kUnknownDomain));
  }
  contacts_ = hub_.sessions.Find(open.domain(), open.session_id());
  open_task_.session_id = open.session_id();
  open_task_.owner = this;
  {
    const std::scoped_lock lock(mutex_);
    ++holders_;  // the stream does not end under the task
  }
  const DomainExecutor::Submission submission = executor_->Submit(&open_task_);
  if (submission == DomainExecutor::Submission::kAccepted) return grpc::Status::OK;
  const std::scoped_lock lock(mutex_);
  --holders_;
  return submission == DomainExecutor::Submission::kFull
             ? Shed(Describe(routing::Outcome::kShedding))
             : Draining();
}

void SessionStream::OnOpened() {
  const std::shared_ptr<SessionStream> keep = self_;
  const bool usable = open_task_.session != nullptr;
  told_from_ = open_task_.position;
  cursor_ = contacts_->seen();
  if (cursor_ == runtime::EventPosition{}) cursor_ = told_from_;
  if (usable) {
    {
      const std::scoped_lock lock(mutex_);
      TellOpened(open_task_, hub_.options.session_credit, *pending_.mutable_opened());
      close_task_.session = open_task_.session;
      close_task_.epoch = open_task_.epoch;
      opened_ = true;
      flush_ = true;
    }
    hub_.pump.Wake();
    ReadOn();
    return;
  }
  End(Shed("too many sessions are open"));
  {
    const std::scoped_lock lock(mutex_);
    --holders_;
  }
  Proceed();
}

void SessionStream::ReadOn() {
  StartRead(&read_buffer_);
  {
    const std::scoped_lock lock(mutex_);
    --holders_;
  }
  Proceed();
}

// ---- Events -------------------------------------------------------------------------------------

bool SessionStream::OnTurn() {
  const bool draining = hub_.draining.load();
  if (!hub_.access.StillHolds(caller_)) End(Revoked());
  bool quiet = false;
  {
    const std::scoped_lock lock(mutex_);
    if (closing_) return false;
    if (!pending_events_.empty()) return true;  // the next turn comes once they are written
    if (!opened_ && !draining && !ending_) return true;
    quiet = ending_ || !opened_;
  }
  for (int i = 0; !quiet && i < kReadsInTurn; ++i) quiet = !GatherEvents();
  if (!quiet) hub_.pump.Wake();
  if (draining) EndIfQuiet();
  Proceed();
  return true;
}

// At the drain: once nothing is left to be told.
void SessionStream::EndIfQuiet() {
  {
    const std::scoped_lock lock(mutex_);
    if (!pending_events_.empty() || events_held_) return;
  }
  End(Draining());
}

bool SessionStream::GatherEvents() {
  slices_.clear();
  if (executor_->events().Read(cursor_, kEventsInMessage, slices_) ==
      runtime::EventLog::ReadStatus::kOutOfRange) {
    if (cursor_ < told_from_) {  // only the books of an earlier stream suffer
      cursor_ = told_from_;
      return true;
    }
    End(Shed("the events were read too slowly; open the session again"));
    return false;
  }
  if (slices_.empty()) return false;
  // What was read may be of a command in flight, whose reply must go first.
  std::uint64_t up_to = std::numeric_limits<std::uint64_t>::max();
  {
    const std::scoped_lock lock(mutex_);
    events_held_ = in_flight_ != 0;
    if (events_held_) up_to = last_released_;
  }
  const bool all = Filter(up_to);
  if (gathered_ == nullptr) return all;
  SerialiseGathered();
  const std::scoped_lock lock(mutex_);
  if (!pending_events_.empty()) Fatal("two gather the events of one session");
  pending_events_.swap(gathered_bytes_);
  flush_ = true;
  return false;  // the rest once these are written
}

// False: it came upon one beyond `up_to`.
bool SessionStream::Filter(std::uint64_t up_to) {
  for (const runtime::EventSlice& slice : slices_) {
    const auto end =
        std::partition_point(slice.events.begin(), slice.events.end(),
                             [&](const routing::Event& event) { return event.sequence <= up_to; });
    const auto known = static_cast<std::size_t>(end - slice.events.begin());
    if (known != 0) {
      owned_.clear();
      contacts_->Sift(slice.events.first(known), owned_);
      for (const routing::Event* const event : owned_) {
        if (runtime::PositionOf(*event) <= told_from_) continue;
        if (gathered_ == nullptr) gathered_ = arena_.Make<v1::SessionResponse>();
        SetEvent(*event, gathered_->add_events());
      }
      cursor_ = runtime::PositionOf(slice.events[known - 1]);
    }
    if (known < slice.events.size()) return false;
  }
  return true;
}

void SessionStream::SerialiseGathered() {
  grpc::ByteBuffer bytes;
  gathered_bytes_.clear();
  if (!Serialize(*gathered_, bytes).ok() || !bytes.Dump(&gathered_bytes_).ok()) {
    Fatal("a session's events cannot be serialised");
  }
  gathered_ = nullptr;
  arena_.Reset();
}

// ---- Writing and ending -------------------------------------------------------------------------

void SessionStream::End(grpc::Status status) {
  {
    const std::scoped_lock lock(mutex_);
    if (ending_) return;
    ending_ = true;
    status_ = std::move(status);
  }
  Proceed();
}

bool SessionStream::HasPending() const {
  return pending_.has_opened() || pending_.replies_size() != 0 || !pending_events_.empty();
}

void SessionStream::Proceed() {
  enum { kWrite, kClose } next = kWrite;
  {
    const std::scoped_lock lock(mutex_);
    // Nothing more can be written once the end is under way: gRPC may be through with the stream.
    if (writing_ || closing_) return;
    if (HasPending() && !broken_ && (flush_ || ending_)) {
      writing_ = true;
      flush_ = false;
      wrote_events_ = !pending_events_.empty();
      pending_.Swap(&written_);
      pending_events_.swap(written_events_);
    } else if (ending_ && in_flight_ == 0 && holders_ == 0) {
      closing_ = true;
      next = kClose;
    } else {
      return;
    }
  }
  next == kWrite ? Write() : Close();
}

void SessionStream::Write() {
  std::vector<grpc::Slice> slices;
  if (!Serialize(written_, write_buffer_).ok() || !write_buffer_.Dump(&slices).ok()) {
    Fatal("a session's response cannot be serialised");
  }
  written_.Clear();
  if (!written_events_.empty()) {
    // Serialised messages, one after another, are one message with the fields of both.
    slices.insert(slices.end(), written_events_.begin(), written_events_.end());
    written_events_.clear();
    grpc::ByteBuffer(slices.data(), slices.size()).Swap(&write_buffer_);
  }
  StartWrite(&write_buffer_);
}

// Lets go of the session first, so that whoever learns of the end can open it again.
void SessionStream::Close() {
  if (close_task_.session != nullptr) {
    const DomainExecutor::Submission submission = executor_->Submit(&close_task_);
    if (submission == DomainExecutor::Submission::kAccepted) return;
    if (submission == DomainExecutor::Submission::kFull) {
      const std::scoped_lock lock(mutex_);
      closing_ = false;  // again in a later turn, of which a busy domain gives many
      return;
    }
  }
  Finish(status_);
}

void SessionStream::OnWriteDone(bool ok) {
  bool more = false;
  bool read_on = false;
  {
    const std::scoped_lock lock(mutex_);
    writing_ = false;
    broken_ |= !ok;
    more = wrote_events_ || hub_.draining.load();
    read_on = TakeHeldRead();
  }
  if (more) hub_.pump.Wake();
  if (!ok) End(grpc::Status::CANCELLED);
  read_on ? ReadOn() : Proceed();
}

void SessionStream::OnCancel() { End(grpc::Status::CANCELLED); }

void SessionStream::OnTakenOver() { End(StatusOf(runtime::SessionTrouble::kTakenOver)); }

void SessionStream::OnDone() {
  if (counted_) hub_.streams.Leave();
  hub_.rpcs.Finished(static_cast<std::size_t>(Rpc::kSession), status_.error_code());
  const std::shared_ptr<SessionStream> last = std::move(self_);
}

}  // namespace strowger::grpc_api
