#include <utility>

#include "services/grpc/convert_commands.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/rule_calls.h"
#include "services/grpc/services.h"
#include "services/grpc/what_if_stream.h"
#include "strowger/v1/rules.grpc.pb.h"

namespace strowger::grpc_api {
namespace {

constexpr std::size_t kMaxAuthorBytes = 128;
constexpr std::size_t kMaxCommentBytes = 4'096;

// ---- What changes -------------------------------------------------------------------------------

template <typename Request>
void ReadCommon(const Request& request, bool virtual_time, Violations& violations,
                rules::PublishRequest& to) {
  LimitBytes(request.command_id(), kMaxAuthorBytes, "command_id", violations);
  if (request.author().empty()) violations.Add("author", "is required");
  LimitBytes(request.author(), kMaxAuthorBytes, "author", violations);
  if (request.comment().empty()) violations.Add("comment", "is required");
  LimitBytes(request.comment(), kMaxCommentBytes, "comment", violations);
  to.at = ConvertAt(request.has_at() ? &request.at() : nullptr, virtual_time, violations);
  to.domain = request.domain();
  to.command_id = request.command_id();
  to.author = request.author();
  if constexpr (requires { request.waiting(); }) {
    to.replan = request.waiting() == v1::WAITING_CONTACTS_REPLAN;
    if (!v1::WaitingContacts_IsValid(request.waiting())) {
      UnknownEnum(request.waiting(), "waiting", violations);
    }
  }
  to.comment = request.comment();
  if constexpr (requires { request.expected_version(); }) {
    if (request.has_expected_version()) to.expected_version = request.expected_version();
  }
}

// Apply and rollback: off to the publisher, back on its thread.
template <typename Request, typename Response>
class PublishCall : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    Request request;
    if (grpc::Status taken = Take(bytes, request); !taken.ok()) return Fail(taken);
    Violations violations;
    rules::PublishRequest publication;
    ReadCommon(request, hub().options.virtual_time, violations, publication);
    Read(request, violations, publication);
    publication.identity = caller().name();
    publication.from = Address();
    if (!violations.empty()) return Fail(BadRequest(violations));
    if (hub().publisher.Find(request.domain()) == nullptr) return Fail(UnknownDomain());
    const bool accepted = hub().publisher.Publish(
        std::move(publication), [this](rules::PublishAnswer answer) { OnAnswer(answer); });
    if (!accepted)
      Fail(hub().draining ? Draining() : Shed("too many rule sets wait to be checked"));
  }

 protected:
  virtual void Read(Request& request, Violations& violations, rules::PublishRequest& to) = 0;
  virtual void Fill(const rules::PublishAnswer& answer, Response& response) = 0;
  virtual const char* FieldOf(const rules::PublishAnswer& answer) = 0;
  virtual grpc::Status RefusalOf(const rules::PublishAnswer& answer) {
    return Refused(answer.receipt, FieldOf(answer));
  }

 private:
  void OnAnswer(const rules::PublishAnswer& answer) {
    if (answer.submission != runtime::DomainExecutor::Submission::kAccepted) {
      return FailSubmission(answer.submission);
    }
    const routing::Outcome outcome = answer.receipt.result.outcome;
    if (outcome != routing::Outcome::kOk && outcome != routing::Outcome::kRuleSetInvalid) {
      return Fail(RefusalOf(answer));
    }
    Response response;
    SetReceipt(answer.receipt, response.mutable_receipt());
    if constexpr (requires { response.mutable_version(); }) {
      if (answer.version) SetVersion(*answer.version, response.mutable_version());
    }
    Fill(answer, response);
    Reply(response);
  }
};

class ApplyCall final : public PublishCall<v1::ApplyRuleSetRequest, v1::ApplyRuleSetResponse> {
 public:
  using PublishCall::PublishCall;

 private:
  void Read(v1::ApplyRuleSetRequest& request, Violations& violations,
            rules::PublishRequest& to) override {
    if (request.text().empty()) violations.Add("text", "is required");
    LimitBytes(request.text(), kMaxRuleTextBytes, "text", violations);
    to.text = std::move(*request.mutable_text());
    to.source = "text";
    constexpr std::uint32_t kWhole = 1'000'000;
    const std::uint32_t share = request.share_millionths();
    if (request.shadow() && share > 0) violations.Add("shadow", "not together with a share");
    if (share > kWhole) violations.Add("share_millionths", "is over 1,000,000");
    if (request.shadow() || share > 0) to.trial = share;
    on_trial_ = to.trial.has_value();
    share_ = share;
  }
  void Fill(const rules::PublishAnswer& answer, v1::ApplyRuleSetResponse& response) override {
    SetFindings(answer.rules, response.mutable_findings());
    if (!on_trial_ || !answer.receipt.result.ok()) return;
    routing::CandidateView candidate;
    candidate.rule_set = answer.rules.rule_set;
    candidate.share = share_;
    SetCandidate(candidate, response.mutable_candidate());
  }
  const char* FieldOf(const rules::PublishAnswer& answer) override {
    return answer.receipt.result.outcome == routing::Outcome::kVersionMismatch ? "expected_version"
                                                                               : "text";
  }

  bool on_trial_ = false;
  std::int64_t share_ = 0;
};

class RollbackCall final
    : public PublishCall<v1::RollbackRuleSetRequest, v1::RollbackRuleSetResponse> {
 public:
  using PublishCall::PublishCall;

 private:
  void Read(v1::RollbackRuleSetRequest& request, Violations& violations,
            rules::PublishRequest& to) override {
    if (request.to_version() == 0) violations.Add("to_version", "is required");
    to.to_version = request.to_version();
  }
  void Fill(const rules::PublishAnswer&, v1::RollbackRuleSetResponse&) override {}
  const char* FieldOf(const rules::PublishAnswer& answer) override {
    return answer.receipt.sequence == 0 ? "to_version" : "expected_version";
  }
  grpc::Status RefusalOf(const rules::PublishAnswer& answer) override {
    if (answer.receipt.result.field != "to_version") return PublishCall::RefusalOf(answer);
    return {grpc::StatusCode::NOT_FOUND, "to_version: no version of that number is kept"};
  }
};

// Whatever ends a trial.
grpc::Status TrialRefusal(const rules::PublishAnswer& answer) {
  const bool none = answer.receipt.result.outcome == routing::Outcome::kWrongState;
  return none ? Refused(routing::Outcome::kWrongState, "", "no rule set is on trial")
              : Refused(answer.receipt, "expected_version");
}

class PromoteCall final
    : public PublishCall<v1::PromoteRuleSetRequest, v1::PromoteRuleSetResponse> {
 public:
  using PublishCall::PublishCall;

 private:
  void Read(v1::PromoteRuleSetRequest&, Violations&, rules::PublishRequest& to) override {
    to.promote = true;
  }
  void Fill(const rules::PublishAnswer&, v1::PromoteRuleSetResponse&) override {}
  const char* FieldOf(const rules::PublishAnswer&) override { return "expected_version"; }
  grpc::Status RefusalOf(const rules::PublishAnswer& answer) override {
    return TrialRefusal(answer);
  }
};

class DiscardCall final
    : public PublishCall<v1::DiscardCandidateRequest, v1::DiscardCandidateResponse> {
 public:
  using PublishCall::PublishCall;

 private:
  void Read(v1::DiscardCandidateRequest&, Violations&, rules::PublishRequest& to) override {
    to.discard = true;
  }
  void Fill(const rules::PublishAnswer&, v1::DiscardCandidateResponse&) override {}
  const char* FieldOf(const rules::PublishAnswer&) override { return "expected_version"; }
  grpc::Status RefusalOf(const rules::PublishAnswer& answer) override {
    return TrialRefusal(answer);
  }
};

class SetFlagCall final : public PublishCall<v1::SetFlagRequest, v1::SetFlagResponse> {
 public:
  using PublishCall::PublishCall;

 private:
  void Read(v1::SetFlagRequest& request, Violations& violations,
            rules::PublishRequest& to) override {
    RequireName(request.flag(), "flag", violations);
    to.flag = rules::FlagSwitch{request.flag(), request.on()};
  }
  void Fill(const rules::PublishAnswer&, v1::SetFlagResponse&) override {}
  const char* FieldOf(const rules::PublishAnswer&) override { return "flag"; }
};

using Base = v1::RuleService::WithRawCallbackMethod_CheckRuleSet<
    v1::RuleService::WithRawCallbackMethod_ApplyRuleSet<
        v1::RuleService::WithRawCallbackMethod_GetRuleSet<
            v1::RuleService::WithRawCallbackMethod_ListRuleSetVersions<
                v1::RuleService::WithRawCallbackMethod_RollbackRuleSet<
                    v1::RuleService::WithRawCallbackMethod_PromoteRuleSet<
                        v1::RuleService::WithRawCallbackMethod_DiscardCandidate<
                            v1::RuleService::WithRawCallbackMethod_SetFlag<
                                v1::RuleService::WithRawCallbackMethod_DiffRuleSets<
                                    v1::RuleService::WithRawCallbackMethod_SimulateRuleSet<
                                        v1::RuleService::WithRawCallbackMethod_ExplainDecision<
                                            v1::RuleService::Service>>>>>>>>>>>;

class RuleService final : public Base {
 public:
  explicit RuleService(Hub& hub) : hub_(hub) {}

 private:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;

  Reactor* CheckRuleSet(Context* context, const Bytes* in, Bytes* out) override {
    return StartCheck(hub_, context, in, out);
  }
  Reactor* ApplyRuleSet(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<ApplyCall>(hub_, Rpc::kApplyRuleSet, context, in, out);
  }
  Reactor* GetRuleSet(Context* context, const Bytes* in, Bytes* out) override {
    return StartGet(hub_, context, in, out);
  }
  Reactor* ListRuleSetVersions(Context* context, const Bytes* in, Bytes* out) override {
    return StartList(hub_, context, in, out);
  }
  Reactor* RollbackRuleSet(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<RollbackCall>(hub_, Rpc::kRollbackRuleSet, context, in, out);
  }
  Reactor* PromoteRuleSet(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<PromoteCall>(hub_, Rpc::kPromoteRuleSet, context, in, out);
  }
  Reactor* DiscardCandidate(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<DiscardCall>(hub_, Rpc::kDiscardCandidate, context, in, out);
  }
  Reactor* SetFlag(Context* context, const Bytes* in, Bytes* out) override {
    return StartCall<SetFlagCall>(hub_, Rpc::kSetFlag, context, in, out);
  }
  Reactor* DiffRuleSets(Context* context, const Bytes* in, Bytes* out) override {
    return StartDiff(hub_, context, in, out);
  }
  grpc::ServerWriteReactor<Bytes>* SimulateRuleSet(Context* context, const Bytes* in) override {
    return WhatIfStream::Start(hub_, *context, *in);
  }
  Reactor* ExplainDecision(Context* context, const Bytes* in, Bytes* out) override {
    return StartExplain(hub_, context, in, out);
  }

  Hub& hub_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRuleService(Hub& hub) {
  return std::make_unique<RuleService>(hub);
}

}  // namespace strowger::grpc_api
