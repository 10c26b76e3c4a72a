// One stream of RoutingService.Session.
//
//   OnReadDone ─▶ decode ─▶ tasks of this stream, reused ─▶ the domain's mailbox
//   OnReleased ─▶ answered_, a message's replies ─▶ pending_ ─┐
//   pump ─ events of own contacts, serialised ─▶ pending_events_ ─┴─▶ one write in flight, the next
//                                                                     one gathers
//
// So replies coalesce by themselves as soon as the caller is slower than the router. What threads
// share is touched once for a message or for what the pump has read, not once for a command or an
// event.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/slice.h>

#include "services/grpc/event_arena.h"
#include "services/grpc/hub.h"
#include "services/grpc/session_contacts.h"
#include "services/grpc/violations.h"
#include "services/runtime/sessions.h"
#include "services/runtime/task.h"
#include "strowger/v1/routing.pb.h"

namespace strowger::grpc_api {

class SessionStream;

// INVALID_ARGUMENT that names a field of SessionRequest.
grpc::Status StreamError(const char* field, const char* what);
// Why the stream ends. REQUIRES: some trouble.
grpc::Status StatusOf(runtime::SessionTrouble trouble);

// A command of a stream, from its decoding to its reply. Used again and again.
class SessionCommand final : public runtime::CommandTask {
 public:
  explicit SessionCommand(SessionStream& stream) : stream_(stream) {}

  bool last_of_message = false;
  const char* body = "";    // field of Command that is set
  Violations violations;    // if it is malformed
  v1::Placement placement;  // for the reply, if has_placement
  bool has_placement = false;
  runtime::Receipt receipt;  // once it is released

 private:
  void OnApplied(const routing::Router& router, const runtime::Receipt& receipt,
                 absl::Span<const routing::Event> events) override;
  void OnReleased(const runtime::Receipt& receipt, const runtime::EventSlice& events) override;

  SessionStream& stream_;
};

// Lives as long as gRPC, a task in flight or the pump needs it.
class SessionStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                            public runtime::SessionOwner,
                            public EventFollower {
 public:
  static SessionStream* Start(Hub& hub, const grpc::CallbackServerContext& context);

  // From a command that has its receipt, in order of number. The replies of a message leave with
  // its last one.
  void Answer(SessionCommand& command);

 private:
  class OpenTask final : public runtime::OpenSessionTask {
   public:
    explicit OpenTask(SessionStream& stream) : stream_(stream) {}
    void OnReleased() override { stream_.OnOpened(); }

   private:
    SessionStream& stream_;
  };
  class CloseTask final : public runtime::CloseSessionTask {
   public:
    explicit CloseTask(SessionStream& stream) : stream_(stream) {}
    void OnReleased() override { stream_.Finish(stream_.status_); }

   private:
    SessionStream& stream_;
  };

  SessionStream(Hub& hub, const grpc::CallbackServerContext& context);

  // ---- gRPC's reactions; they and the callbacks above never wait --------------------------------
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void OnTakenOver() override;
  bool OnTurn() override;

  // ---- Reading (one read in flight, none while a message is taken in) ---------------------------
  grpc::Status TakeMessage();
  grpc::Status Open(const v1::SessionOpen& open);
  void OnOpened();
  grpc::Status TakeCommands();
  grpc::Status AuthoriseCommands();
  bool Affords(std::uint32_t count) const;
  // Fills batch_ with as many tasks, up to `count`, as credit allows now.
  void Admit(std::uint64_t first_number, int count);
  void DecodeBatch();
  void Decode(const v1::Command& from, const routing::RuleSet& rule_set, SessionCommand& command);
  void TakeBack();  // the tasks of batch_, which the domain did not accept
  void AnswerMessage();
  // Of answered_ into answers_. The sequence of the newest command among them; 0: none was new.
  std::uint64_t MakeAnswers();
  void ShedFrom(std::uint64_t number, std::uint64_t end);
  void FlushShed();  // REQUIRES: mutex_ held
  // A caller who sends on without reading is not read on.
  bool MustHoldRead() const;  // REQUIRES: mutex_ held
  bool TakeHeldRead();        // REQUIRES: mutex_ held. True: call ReadOn
  // REQUIRES: holders_ was raised by one for this.
  void ReadOn();

  // ---- Events -----------------------------------------------------------------------------------
  // Moves what is new and can be told into gathered_. False: nothing more can be done now.
  bool GatherEvents();
  bool Filter(std::uint64_t up_to);
  void SerialiseGathered();
  void EndIfQuiet();

  // ---- Writing and ending -----------------------------------------------------------------------
  void End(grpc::Status status);
  bool HasPending() const;  // REQUIRES: mutex_ held
  // Does what can be done now: write what is pending, or finish. Called without the mutex, since
  // gRPC may run reactions inside the calls that this makes.
  void Proceed();
  void Write();
  void Close();

  Hub& hub_;
  const grpc::CallbackServerContext& context_;  // until OnDone
  Caller caller_;                               // its identity stays; its generation is the pump's
  bool counted_ = false;                        // among the open streams
  // Until OnDone, which cannot come while a task is in flight.
  std::shared_ptr<SessionStream> self_;

  // The reading thread's, of which there is one at a time.
  grpc::ByteBuffer read_buffer_;
  v1::SessionRequest request_;
  runtime::DomainExecutor* executor_ = nullptr;
  std::string domain_;
  const rules::RuleHistory* history_ = nullptr;
  std::vector<runtime::Task*> batch_;

  OpenTask open_task_;
  CloseTask close_task_;
  std::shared_ptr<SessionContacts> contacts_;

  // The pump's, once the session is open.
  runtime::EventPosition cursor_;
  runtime::EventPosition told_from_;  // events up to here are for the books only
  std::vector<runtime::EventSlice> slices_;
  std::vector<const routing::Event*> owned_;
  // Of a kind of event that changes from one to the next, a message used again would keep nothing.
  EventArena arena_;
  v1::SessionResponse* gathered_ = nullptr;  // in the arena; null: nothing
  std::vector<grpc::Slice> gathered_bytes_;

  // The releasing thread's, of which there is one at a time: a message, as far as it is answered.
  std::vector<SessionCommand*> answered_;
  v1::SessionResponse answers_;
  std::vector<SessionContacts::Submitted> submitted_;

  // The writing thread's: whoever set writing_.
  v1::SessionResponse written_;
  std::vector<grpc::Slice> written_events_;
  grpc::ByteBuffer write_buffer_;

  std::mutex mutex_;  // all below; held for moments
  std::vector<std::unique_ptr<SessionCommand>> commands_;
  std::vector<SessionCommand*> free_;
  v1::SessionResponse pending_;              // but for its events
  std::vector<grpc::Slice> pending_events_;  // a response with nothing else in it
  bool opened_ = false;
  bool writing_ = false;
  bool wrote_events_ = false;        // in the write at hand
  bool broken_ = false;              // nothing can be written any more
  bool read_held_ = false;           // no read is in flight, until TakeHeldRead
  std::uint32_t in_flight_ = 0;      // commands
  std::uint32_t holders_ = 0;        // others whom the stream must not end under
  std::uint64_t last_released_ = 0;  // sequence of the newest command answered
  bool events_held_ = false;         // until a command in flight is answered
  std::uint64_t shed_from_ = 0;      // what follows is shed until this number comes again; 0: none
  std::vector<std::uint64_t> shed_;  // to be answered once nothing is in flight
  bool flush_ = false;               // the last reply of a message is in pending_
  bool ending_ = false;
  bool closing_ = false;  // the end is under way
  grpc::Status status_;
};

}  // namespace strowger::grpc_api
