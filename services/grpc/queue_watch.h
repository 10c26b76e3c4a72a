// One stream of QueueService.WatchQueues.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "services/grpc/hub.h"
#include "services/runtime/task.h"
#include "strowger/v1/queues.pb.h"

namespace strowger::grpc_api {

// alarm → read → write → alarm: one of them is under way at any time, so that a caller who reads
// slowly only misses intervals. Lives until gRPC and what is under way are done with it.
class QueueWatch final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public runtime::ReadTask,
                         public EventFollower {
 public:
  static QueueWatch* Start(Hub& hub, const grpc::CallbackServerContext& context,
                           const grpc::ByteBuffer& request);

 private:
  QueueWatch(Hub& hub, const grpc::CallbackServerContext& context);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  bool OnTurn() override;
  void OnRead(const runtime::Reading& reading) override;
  void OnReleased() override;

  grpc::Status Begin(const grpc::ByteBuffer& bytes);
  void Look();
  void Rest();
  void OnAlarm();
  // The round ends the stream instead of going on.
  void Stop(const grpc::Status& status);
  // How the stream is to end, if it is.
  std::optional<grpc::Status> Ending();

  Hub& hub_;
  const grpc::CallbackServerContext& context_;  // until OnDone
  Caller caller_;                               // the pump's, once the stream has begun
  bool counted_ = false;                        // among the open streams
  std::shared_ptr<QueueWatch> self_;            // until OnDone
  v1::WatchQueuesRequest request_;
  std::chrono::nanoseconds interval_ = std::chrono::seconds(1);
  runtime::DomainExecutor* executor_ = nullptr;
  grpc::Alarm alarm_;

  // Of the round under way.
  std::chrono::steady_clock::time_point began_;
  v1::WatchQueuesResponse message_;
  std::string missing_;  // a queue asked for that does not exist
  grpc::ByteBuffer buffer_;

  std::mutex mutex_;  // all below
  std::optional<grpc::Status> ending_;
  bool resting_ = false;  // the alarm is set
  bool finished_ = false;
  grpc::Status status_;
};

}  // namespace strowger::grpc_api
