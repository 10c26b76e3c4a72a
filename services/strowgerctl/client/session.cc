#include "services/strowgerctl/client/session.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/strowgerctl/client/wire_time.h"

namespace strowger::ctl {
namespace {

constexpr int kMaxCommands = 1024;  // in one message, by the contract

absl::Status ToAbsl(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

}  // namespace

GrpcSession::GrpcSession(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(v1::RoutingService::NewStub(channel)) {}

GrpcSession::~GrpcSession() {
  if (stream_ == nullptr || ended_) return;
  context_.TryCancel();
  stream_->Finish();
}

absl::StatusOr<std::unique_ptr<GrpcSession>> GrpcSession::Open(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& domain) {
  std::unique_ptr<GrpcSession> session(new GrpcSession(channel));
  absl::Status status = session->OpenStream(domain);
  if (!status.ok()) return status;
  return session;
}

absl::Status GrpcSession::OpenStream(const std::string& domain) {
  stream_ = stub_->Session(&context_);
  v1::SessionOpen& open = *request_.mutable_open();
  open.set_session_id(absl::StrCat("strowgerctl-", getpid(), "-", absl::GetCurrentTimeNanos()));
  open.set_domain(domain);
  guard_.emplace(context_, kPatience);
  stream_->Write(request_);
  request_.Clear();
  absl::Status status = Read();
  if (!status.ok()) return status;
  if (!response_.has_opened() || response_.opened().credit() == 0) {
    return absl::InternalError("the service did not open the session");
  }
  room_ = std::min(kMaxCommands, static_cast<int>(response_.opened().credit()));
  return absl::OkStatus();
}

absl::Status GrpcSession::Ended() {
  ended_ = true;
  const bool stalled = guard_->stalled();
  const grpc::Status status = stream_->Finish();
  if (stalled) {
    return absl::DeadlineExceededError(
        absl::StrCat("nothing was heard from the service for ", kPatience.count(), " s"));
  }
  if (status.ok()) return absl::UnavailableError("the service ended the session");
  return ToAbsl(status);
}

absl::Status GrpcSession::Read() {
  if (ended_) return absl::UnavailableError("the session has ended");
  guard_->SetWaiting(true);
  if (!stream_->Read(&response_)) return Ended();
  guard_->SetWaiting(false);
  return absl::OkStatus();
}

absl::StatusOr<int> GrpcSession::SendOnce(int first, const CommandBatch& batch,
                                          SessionListener& listener) {
  const std::uint64_t first_number = request_.first_number();
  const int count = batch.size();
  if (ended_) return absl::UnavailableError("the session has ended");
  if (!stream_->Write(request_)) return Ended();
  int shed = count;
  for (int answered = first; answered < count;) {
    absl::Status status = Read();
    if (!status.ok()) return status;
    for (const v1::CommandReply& reply : response_.replies()) {
      const int index = first + static_cast<int>(reply.number() - first_number);
      if (index < first || index >= count) return absl::InternalError("a reply out of place");
      ++answered;
      if (reply.receipt().outcome() == v1::OUTCOME_SHEDDING) {
        shed = std::min(shed, index);
        retry_delay_ns_ = NsOf(reply.retry_delay());
      } else {
        listener.OnReply(batch[index], reply);
      }
    }
    for (const v1::Event& event : response_.events()) listener.OnEvent(event);
  }
  return shed;
}

absl::Status GrpcSession::Exchange(CommandBatch& batch, SessionListener& listener) {
  int first = 0;
  while (first < batch.size()) {
    request_.set_first_number(next_number_ + static_cast<std::uint64_t>(first));
    request_.mutable_commands()->Clear();
    for (int i = first; i < batch.size(); ++i) *request_.add_commands() = batch[i];
    const absl::StatusOr<int> shed = SendOnce(first, batch, listener);
    if (!shed.ok()) return shed.status();
    first = *shed;
    if (first < batch.size()) {
      std::this_thread::sleep_for(
          std::chrono::nanoseconds(std::max<std::int64_t>(retry_delay_ns_, kSecondNs / 1000)));
    }
  }
  next_number_ += static_cast<std::uint64_t>(batch.size());
  batch.Clear();
  return absl::OkStatus();
}

absl::Status GrpcSession::AwaitEvents(SessionListener& listener) {
  do {
    absl::Status status = Read();
    if (!status.ok()) return status;
    for (const v1::Event& event : response_.events()) listener.OnEvent(event);
  } while (response_.events().empty());
  return absl::OkStatus();
}

}  // namespace strowger::ctl
