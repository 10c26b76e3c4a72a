#include "services/grpc/what_if_stream.h"

#include <algorithm>
#include <utility>

#include "services/grpc/convert_values.h"
#include "services/grpc/convert_what_if.h"
#include "services/grpc/messages.h"
#include "services/grpc/rule_calls.h"
#include "services/grpc/status.h"

namespace strowger::grpc_api {
namespace {

constexpr std::chrono::milliseconds kBetweenNotices{250};

}  // namespace

WhatIfStream::WhatIfStream(Hub& hub, const grpc::CallbackServerContext& context)
    : hub_(hub), context_(context) {
  hub_.rpcs.Started(static_cast<std::size_t>(Rpc::kSimulateRuleSet));
}

WhatIfStream* WhatIfStream::Start(Hub& hub, const grpc::CallbackServerContext& context,
                                  const grpc::ByteBuffer& request) {
  const std::shared_ptr<WhatIfStream> stream(new WhatIfStream(hub, context));
  stream->self_ = stream;
  if (const grpc::Status status = stream->Begin(request); !status.ok()) {
    stream->End(status, std::nullopt);
  }
  return stream.get();
}

grpc::Status WhatIfStream::Begin(const grpc::ByteBuffer& bytes) {
  grpc::Status status = hub_.access.Admit(Rpc::kSimulateRuleSet, context_, caller_);
  if (!status.ok()) return status;
  counted_ = hub_.streams.Enter();
  if (!counted_) return Shed("too many streams are open");
  if (status = Parse(bytes, request_); !status.ok()) return status;
  status = hub_.access.Authorise(Rpc::kSimulateRuleSet, context_, caller_, request_.domain());
  if (!status.ok()) return status;
  status = hub_.access.Spend(caller_, request_.domain(), 1, /*brings_work=*/true);
  if (!status.ok()) return status;
  Violations violations;
  CheckRequest(violations);
  if (!violations.empty()) return BadRequest(violations);
  if (!hub_.recovery.done()) return Recovering();
  history_ = hub_.publisher.Find(request_.domain());
  runtime::DomainExecutor* const executor = hub_.domains.Find(request_.domain());
  if (history_ == nullptr || executor == nullptr) return UnknownDomain();
  if (!hub_.options.on_what_if) {
    return {grpc::StatusCode::FAILED_PRECONDITION,
            "the service keeps no journal (journal.mode: memory), and so has nothing to play"};
  }
  switch (executor->Submit(this)) {
    case runtime::DomainExecutor::Submission::kAccepted:
      return grpc::Status::OK;
    case runtime::DomainExecutor::Submission::kFull:
      return Shed(Describe(routing::Outcome::kShedding));
    case runtime::DomainExecutor::Submission::kClosed:
      break;
  }
  return Draining();
}

void WhatIfStream::CheckRequest(Violations& violations) const {
  const v1::RuleSource& candidate = request_.candidate();
  if (candidate.text().empty() && !candidate.has_version() && !candidate.candidate()) {
    violations.Add("candidate", "is required: a version, a text or the candidate");
  }
  CheckSource(candidate, "candidate", violations);
  CheckSource(request_.base(), "base", violations);
  std::optional<routing::TimeNs> since;
  std::optional<routing::TimeNs> until;
  if (request_.has_since()) since = ToTime(request_.since(), "since", violations);
  if (request_.has_until()) until = ToTime(request_.until(), "until", violations);
  if (since && until && *until <= *since) violations.Add("until", "is not after since");
}

void WhatIfStream::OnRead(const runtime::Reading& reading) {
  if (const auto view = reading.router.Candidate()) candidate_ = view->rule_set;
}

void WhatIfStream::OnReleased() {
  WhatIfQuestion question;
  question.domain = request_.domain();
  grpc::Status read = ReadText(request_.base(), question.base);
  if (read.ok()) read = ReadText(request_.candidate(), question.candidate);
  if (!read.ok()) return End(read, std::nullopt);
  Violations none;
  if (request_.has_since()) question.since = *ToTime(request_.since(), "since", none);
  if (request_.has_until()) question.until = *ToTime(request_.until(), "until", none);
  const std::shared_ptr<WhatIfStream> keep = self_;
  hub_.options.on_what_if(
      std::move(question), [keep](double part) { return keep->OnProgress(part); },
      [keep](const absl::StatusOr<whatif::Comparison>& answer) { keep->OnAnswer(answer); });
}

grpc::Status WhatIfStream::ReadText(const v1::RuleSource& source, std::string& text) const {
  if (!source.text().empty()) {
    text = source.text();
    return grpc::Status::OK;
  }
  std::shared_ptr<const routing::RuleSet> rules = candidate_;
  if (!source.candidate()) {
    const auto version =
        source.has_version() ? history_->Find(source.version()) : history_->Active();
    rules = version ? version->compiled : nullptr;
    if (rules == nullptr) return UnknownVersion();
  }
  if (rules == nullptr) return {grpc::StatusCode::NOT_FOUND, "no rule set is on trial"};
  text = std::string(rules->text());
  return grpc::Status::OK;
}

// ---- The thread that answers --------------------------------------------------------------------

bool WhatIfStream::OnProgress(double part) {
  const bool holds = hub_.access.StillHolds(caller_);
  if (!holds || hub_.draining.load()) {
    End(holds ? Draining() : Revoked(), std::nullopt);
    return false;
  }
  const auto now = std::chrono::steady_clock::now();
  v1::SimulateRuleSetResponse response;
  response.mutable_progress()->set_done_millionths(static_cast<std::uint32_t>(part * 1e6));
  {
    const std::scoped_lock lock(mutex_);
    if (canceled_ || end_) return false;
    if (writing_ || now - told_ < kBetweenNotices) return true;
    if (!Serialize(response, buffer_).ok()) return true;
    writing_ = true;
  }
  told_ = now;
  StartWrite(&buffer_);
  return true;
}

void WhatIfStream::OnAnswer(const absl::StatusOr<whatif::Comparison>& answer) {
  if (!answer.ok()) {
    return End({static_cast<grpc::StatusCode>(answer.status().code()),
                std::string(answer.status().message())},
               std::nullopt);
  }
  v1::SimulateRuleSetResponse response;
  SetSimulation(*answer, response.mutable_simulation());
  grpc::ByteBuffer bytes;
  grpc::Status made = Serialize(response, bytes);
  End(made, made.ok() ? std::optional(std::move(bytes)) : std::nullopt);
}

// ---- The end ------------------------------------------------------------------------------------

void WhatIfStream::End(grpc::Status status, std::optional<grpc::ByteBuffer> last) {
  {
    const std::scoped_lock lock(mutex_);
    if (end_) return;
    end_ = status_ = std::move(status);
    last_ = std::move(last);
    if (writing_) return;
  }
  if (last_) {
    StartWriteAndFinish(&*last_, grpc::WriteOptions(), status_);
  } else {
    Finish(status_);
  }
}

void WhatIfStream::OnWriteDone(bool ok) {
  {
    const std::scoped_lock lock(mutex_);
    writing_ = false;
    canceled_ = canceled_ || !ok;
    if (!end_) return;
  }
  if (last_ && ok) {
    StartWriteAndFinish(&*last_, grpc::WriteOptions(), status_);
  } else {
    Finish(status_);
  }
}

void WhatIfStream::OnCancel() {
  const std::scoped_lock lock(mutex_);
  canceled_ = true;
}

void WhatIfStream::OnDone() {
  if (counted_) hub_.streams.Leave();
  hub_.rpcs.Finished(static_cast<std::size_t>(Rpc::kSimulateRuleSet), status_.error_code());
  const std::shared_ptr<WhatIfStream> last = std::move(self_);
}

}  // namespace strowger::grpc_api
