// One session with the service: batches of commands out, replies and events in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/strowgerctl/client/client.h"
#include "services/strowgerctl/client/command_link.h"
#include "strowger/v1/routing.grpc.pb.h"

namespace strowger::ctl {

// Over gRPC. Commands that the service sheds are sent again after the delay that it asks for.
class GrpcSession : public CommandLink {
 public:
  // A session nobody had before. `channel` is shared with it.
  static absl::StatusOr<std::unique_ptr<GrpcSession>> Open(
      const std::shared_ptr<grpc::Channel>& channel, const std::string& domain);
  ~GrpcSession() override;

  int room() const override { return room_; }
  absl::Status Exchange(CommandBatch& batch, SessionListener& listener) override;
  absl::Status AwaitEvents(SessionListener& listener) override;

 private:
  explicit GrpcSession(const std::shared_ptr<grpc::Channel>& channel);
  absl::Status OpenStream(const std::string& domain);
  absl::Status Read();
  // What ended the stream.
  absl::Status Ended();
  // Sends what is in request_ and hears until all of it is answered. The index of the first command
  // that was shed; their number if none was.
  absl::StatusOr<int> SendOnce(int first, const CommandBatch& batch, SessionListener& listener);

  // What is not heard from for so long is stuck.
  static constexpr std::chrono::seconds kPatience{60};

  std::unique_ptr<v1::RoutingService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream_;
  std::optional<StallGuard> guard_;  // while a read is under way
  bool ended_ = false;
  int room_ = 0;
  std::uint64_t next_number_ = 1;
  v1::SessionRequest request_;
  v1::SessionResponse response_;
  std::int64_t retry_delay_ns_ = 0;
};

}  // namespace strowger::ctl
