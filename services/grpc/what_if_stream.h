// One stream of RuleService.SimulateRuleSet.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "services/grpc/hub.h"
#include "services/grpc/violations.h"
#include "services/runtime/task.h"
#include "strowger/v1/rules.pb.h"

namespace strowger::grpc_api {

// Asks the domain for its candidate, then the daemon for the answer, whose thread writes progress:
// a write at a time, and none while one is under way. Lives until gRPC and that thread are done
// with it.
class WhatIfStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                           public runtime::ReadTask {
 public:
  static WhatIfStream* Start(Hub& hub, const grpc::CallbackServerContext& context,
                             const grpc::ByteBuffer& request);

 private:
  WhatIfStream(Hub& hub, const grpc::CallbackServerContext& context);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void OnRead(const runtime::Reading& reading) override;
  void OnReleased() override;

  grpc::Status Begin(const grpc::ByteBuffer& bytes);
  void CheckRequest(Violations& violations) const;
  // Of one document; NOT_FOUND: no such version.
  grpc::Status ReadText(const v1::RuleSource& source, std::string& text) const;
  bool OnProgress(double part);
  void OnAnswer(const absl::StatusOr<whatif::Comparison>& answer);
  // Ends the stream, with the last message if there is one, once no write is under way.
  void End(grpc::Status status, std::optional<grpc::ByteBuffer> last);

  Hub& hub_;
  const grpc::CallbackServerContext& context_;  // until OnDone
  Caller caller_;
  bool counted_ = false;                // among the open streams
  std::shared_ptr<WhatIfStream> self_;  // until OnDone
  v1::SimulateRuleSetRequest request_;
  const rules::RuleHistory* history_ = nullptr;
  std::shared_ptr<const routing::RuleSet> candidate_;  // of the domain, if there is one
  std::chrono::steady_clock::time_point told_;         // progress; the answering thread's

  std::mutex mutex_;  // all below
  grpc::ByteBuffer buffer_;
  bool writing_ = false;
  bool canceled_ = false;
  std::optional<grpc::Status> end_;
  std::optional<grpc::ByteBuffer> last_;
  grpc::Status status_;
};

}  // namespace strowger::grpc_api
