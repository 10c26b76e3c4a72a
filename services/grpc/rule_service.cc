#include <algorithm>
#include <limits>
#include <utility>

#include "services/grpc/convert_commands.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/paging.h"
#include "services/grpc/services.h"
#include "services/grpc/unary.h"
#include "strowger/v1/rules.grpc.pb.h"

namespace strowger::grpc_api {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxAuthorBytes = 128;
constexpr std::size_t kMaxCommentBytes = 4'096;
constexpr std::size_t kMaxFindings = 1'000;

using Findings = google::protobuf::RepeatedPtrField<v1::Finding>;

void SetFindings(const rules::CheckedRules& rules, Findings* to) {
  for (const rules::Finding& from : rules.findings) {
    if (to->size() == static_cast<int>(kMaxFindings)) return;
    v1::Finding* const finding = to->Add();
    finding->set_severity(from.severity == rules::Finding::Severity::kError ? v1::SEVERITY_ERROR
                                                                            : v1::SEVERITY_WARNING);
    finding->set_message(from.message);
    finding->set_line(static_cast<std::uint32_t>(from.at.line));
    finding->set_column(static_cast<std::uint32_t>(from.at.column));
    finding->set_path(from.path);
    finding->set_rule(from.rule);
    finding->set_excerpt(rules::ExcerptOf(rules, from));
    finding->set_suggestion(from.suggestion);
  }
}

void SetVersion(const rules::RuleVersion& from, v1::RuleSetVersion* to) {
  to->set_version(from.version);
  to->set_rule_set(from.rule_set);
  to->set_hash(from.hash);
  to->set_author(from.author);
  to->set_comment(from.comment);
  SetTime(from.activated_at, to->mutable_activated_at());
  to->set_sequence(from.sequence);
  to->set_active(from.active);
  to->set_restored_version(from.restored_version);
}

grpc::Status UnknownDomain() {
  return Refused(routing::Outcome::kUnknownDomain, "domain",
                 Describe(routing::Outcome::kUnknownDomain));
}

grpc::Status UnknownVersion() {
  return {grpc::StatusCode::NOT_FOUND, "version: no version of that number is kept"};
}

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
  to.replan = request.waiting() == v1::WAITING_CONTACTS_REPLAN;
  if (!v1::WaitingContacts_IsValid(request.waiting())) {
    UnknownEnum(request.waiting(), "waiting", violations);
  }
  to.comment = request.comment();
  if (request.has_expected_version()) to.expected_version = request.expected_version();
}

// Apply and rollback: off to the publisher, back on its thread.
template <typename Request, typename Response>
class PublishCall : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    Request request;
    if (grpc::Status parsed = Parse(bytes, request); !parsed.ok()) return Fail(parsed);
    Violations violations;
    rules::PublishRequest publication;
    ReadCommon(request, hub().options.virtual_time, violations, publication);
    Read(request, violations, publication);
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

 private:
  void OnAnswer(const rules::PublishAnswer& answer) {
    if (answer.submission != runtime::DomainExecutor::Submission::kAccepted) {
      return FailSubmission(answer.submission);
    }
    const routing::Outcome outcome = answer.receipt.result.outcome;
    if (outcome != routing::Outcome::kOk && outcome != routing::Outcome::kRuleSetInvalid) {
      return Fail(Refused(answer.receipt, FieldOf(answer)));
    }
    Response response;
    SetReceipt(answer.receipt, response.mutable_receipt());
    if (answer.version) SetVersion(*answer.version, response.mutable_version());
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
    LimitBytes(request.text(), kMaxTextBytes, "text", violations);
    to.text = std::move(*request.mutable_text());
    to.source = "text";
  }
  void Fill(const rules::PublishAnswer& answer, v1::ApplyRuleSetResponse& response) override {
    SetFindings(answer.rules, response.mutable_findings());
  }
  const char* FieldOf(const rules::PublishAnswer& answer) override {
    return answer.receipt.result.outcome == routing::Outcome::kVersionMismatch ? "expected_version"
                                                                               : "text";
  }
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
};

// ---- What reads ---------------------------------------------------------------------------------

class CheckCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    v1::CheckRuleSetRequest request;
    if (grpc::Status parsed = Parse(bytes, request); !parsed.ok()) return Fail(parsed);
    Violations violations;
    if (request.text().empty()) violations.Add("text", "is required");
    LimitBytes(request.text(), kMaxTextBytes, "text", violations);
    if (!violations.empty()) return Fail(BadRequest(violations));
    if (hub().publisher.Find(request.domain()) == nullptr) return Fail(UnknownDomain());
    const bool accepted =
        hub().publisher.Check(std::move(*request.mutable_text()), "text",
                              [this](const rules::CheckedRules& rules) { OnChecked(rules); });
    if (!accepted)
      Fail(hub().draining ? Draining() : Shed("too many rule sets wait to be checked"));
  }

 private:
  void OnChecked(const rules::CheckedRules& rules) {
    v1::CheckRuleSetResponse response;
    SetFindings(rules, response.mutable_findings());
    response.set_valid(rules.ok());
    response.set_rule_set(rules.name);
    response.set_hash(rules.hash);
    Reply(response);
  }
};

class GetCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    v1::GetRuleSetRequest request;
    if (grpc::Status parsed = Parse(bytes, request); !parsed.ok()) return Fail(parsed);
    const rules::RuleHistory* const history = hub().publisher.Find(request.domain());
    if (history == nullptr) return Fail(UnknownDomain());
    const auto version =
        request.has_version() ? history->Find(request.version()) : history->Active();
    if (!version || version->compiled == nullptr) return Fail(UnknownVersion());
    v1::GetRuleSetResponse response;
    SetVersion(*version, response.mutable_version());
    response.set_text(std::string(version->compiled->text()));
    Reply(response);
  }
};

class ListCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  // The token is the last version of the page before.
  void Start(const grpc::ByteBuffer& bytes) {
    v1::ListRuleSetVersionsRequest request;
    if (grpc::Status parsed = Parse(bytes, request); !parsed.ok()) return Fail(parsed);
    Violations violations;
    CheckPageSize(request.page_size(), violations);
    const auto before = ReadNumberToken(request.page_token(),
                                        std::numeric_limits<std::uint64_t>::max(), violations);
    if (!violations.empty()) return Fail(BadRequest(violations));
    const rules::RuleHistory* const history = hub().publisher.Find(request.domain());
    if (history == nullptr) return Fail(UnknownDomain());
    const std::size_t size = PageSize(request.page_size());
    const std::vector<rules::RuleVersion> versions = history->List(*before, size + 1);
    v1::ListRuleSetVersionsResponse response;
    for (std::size_t i = 0; i < std::min(size, versions.size()); ++i) {
      SetVersion(versions[i], response.add_versions());
    }
    if (versions.size() > size) {
      response.set_next_page_token(std::to_string(versions[size - 1].version));
    }
    Reply(response);
  }
};

using Base = v1::RuleService::WithRawCallbackMethod_CheckRuleSet<
    v1::RuleService::WithRawCallbackMethod_ApplyRuleSet<
        v1::RuleService::WithRawCallbackMethod_GetRuleSet<
            v1::RuleService::WithRawCallbackMethod_ListRuleSetVersions<
                v1::RuleService::WithRawCallbackMethod_RollbackRuleSet<
                    v1::RuleService::Service>>>>>;

class RuleService final : public Base {
 public:
  explicit RuleService(Hub& hub) : hub_(hub) {}

 private:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* CheckRuleSet(Context*, const Bytes* in, Bytes* out) override {
    return StartCall<CheckCall>(hub_, Rpc::kCheckRuleSet, in, out);
  }
  Reactor* ApplyRuleSet(Context*, const Bytes* in, Bytes* out) override {
    return StartCall<ApplyCall>(hub_, Rpc::kApplyRuleSet, in, out);
  }
  Reactor* GetRuleSet(Context*, const Bytes* in, Bytes* out) override {
    return StartCall<GetCall>(hub_, Rpc::kGetRuleSet, in, out);
  }
  Reactor* ListRuleSetVersions(Context*, const Bytes* in, Bytes* out) override {
    return StartCall<ListCall>(hub_, Rpc::kListRuleSetVersions, in, out);
  }
  Reactor* RollbackRuleSet(Context*, const Bytes* in, Bytes* out) override {
    return StartCall<RollbackCall>(hub_, Rpc::kRollbackRuleSet, in, out);
  }

  Hub& hub_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRuleService(Hub& hub) {
  return std::make_unique<RuleService>(hub);
}

}  // namespace strowger::grpc_api
