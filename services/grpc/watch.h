// One stream of EventService.Watch.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "services/grpc/hub.h"
#include "services/runtime/task.h"
#include "strowger/v1/events.pb.h"

namespace strowger::grpc_api {

// Which events, and which parts of the state.
class EventFilter {
 public:
  // REQUIRES: a request that was checked.
  void Set(const v1::WatchRequest& request);

  bool Passes(const routing::Event& event) const;
  bool Passes(const routing::AgentView& agent) const;
  bool Passes(const routing::ContactView& contact) const;

 private:
  bool NamesQueue(std::string_view queue) const { return queues_.contains(queue); }
  bool NamesAgent(std::string_view agent) const { return agents_.contains(agent); }

  std::uint32_t types_ = 0;  // bits 1 << EventType; 0: all
  std::set<std::string, std::less<>> queues_;
  std::set<std::string, std::less<>> agents_;
};

// Lives as long as gRPC, its task or the pump needs it.
class WatchStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public EventFollower {
 public:
  static WatchStream* Start(Hub& hub, const grpc::CallbackServerContext& context,
                            const grpc::ByteBuffer& request);

 private:
  // Takes the state in one piece, so that all of it is of one position; that holds the domain up
  // for a time that grows with the state.
  class StateTask final : public runtime::ReadTask {
   public:
    explicit StateTask(WatchStream& stream) : stream_(stream) {}
    void OnRead(const runtime::Reading& reading) override { stream_.TakeState(reading); }
    void OnReleased() override { stream_.OnState(); }

   private:
    WatchStream& stream_;
  };

  WatchStream(Hub& hub, const grpc::CallbackServerContext& context);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  bool OnTurn() override;

  grpc::Status Begin(const grpc::ByteBuffer& bytes);
  void TakeState(const runtime::Reading& reading);
  void OnState();
  // Fill message_ with what comes next. False: there is nothing to send now.
  bool NextState();
  bool NextEvents();
  void End(const grpc::Status& status);
  void Proceed();

  Hub& hub_;
  const grpc::CallbackServerContext& context_;  // until OnDone
  Caller caller_;                               // the pump's, once the stream has begun
  bool counted_ = false;                        // among the open streams
  std::shared_ptr<WatchStream> self_;           // until OnDone
  runtime::DomainExecutor* executor_ = nullptr;
  EventFilter filter_;
  StateTask state_task_;

  // The state still to be sent; the task's, then the pump's.
  std::vector<v1::AgentStatus> agents_;
  std::vector<v1::ContactStatus> contacts_;
  bool state_left_ = false;

  // The pump's.
  runtime::EventPosition cursor_;
  std::uint64_t passed_over_ = 0;  // events filtered out since something was sent
  bool resumed_ = false;           // nothing has been read yet from the position asked for
  std::vector<runtime::EventSlice> slices_;
  v1::WatchResponse message_;
  grpc::ByteBuffer buffer_;

  std::mutex mutex_;   // all below; held for moments
  bool busy_ = false;  // a write or the state is under way
  bool ending_ = false;
  bool finished_ = false;
  grpc::Status status_;
};

}  // namespace strowger::grpc_api
