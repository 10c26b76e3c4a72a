// The calls of the rule service that change nothing.
#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "routing-core/rules/diff.h"
#include "routing-core/rules/effective.h"
#include "routing-core/rules/trace.h"
#include "services/grpc/convert_explanation.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/paging.h"
#include "services/grpc/rule_calls.h"
#include "services/rules/loader.h"

namespace strowger::grpc_api {
namespace {

constexpr std::size_t kMaxFindings = 1'000;

}  // namespace

void SetFindings(const rules::CheckedRules& rules,
                 google::protobuf::RepeatedPtrField<v1::Finding>* to) {
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

// The version in force has no field.
void CheckSource(const v1::RuleSource& source, const char* field, Violations& violations) {
  const Violations::Step step(violations, field);
  LimitBytes(source.text(), kMaxRuleTextBytes, "text", violations);
  const int given = (source.has_version() ? 1 : 0) + (source.text().empty() ? 0 : 1) +
                    (source.candidate() ? 1 : 0);
  if (given > 1) violations.Add("version", "at most one of version, text and candidate");
}

void SetCandidate(const routing::CandidateView& from, v1::CandidateStatus* to) {
  to->set_rule_set(std::string(from.rule_set->name()));
  to->set_hash(std::string(from.rule_set->hash()));
  to->set_share_millionths(static_cast<std::uint32_t>(from.share));
  to->set_seen(from.seen);
  to->set_decided(from.decided);
  to->set_other_rule(from.other_rule);
  to->set_other_plan(from.other_plan);
  for (const routing::CandidateDifference& difference : from.differences) {
    v1::CandidateDifference* const one = to->add_differences();
    one->set_sequence(difference.sequence);
    one->set_contact_id(difference.contact);
    one->set_rule(difference.rule);
    one->set_candidate_rule(difference.candidate_rule);
  }
}

namespace {

class CheckCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    v1::CheckRuleSetRequest request;
    if (grpc::Status taken = Take(bytes, request); !taken.ok()) return Fail(taken);
    Violations violations;
    if (request.text().empty()) violations.Add("text", "is required");
    LimitBytes(request.text(), kMaxRuleTextBytes, "text", violations);
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

// Looks at the router, and makes the reply on the slow lane: it may take its time, which the
// threads that serve calls and the one that releases replies do not have.
template <typename Request, typename Response>
class SlowReadCall : public UnaryCall, public runtime::ReadTask {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    if (grpc::Status taken = Take(bytes, request_); !taken.ok()) return Fail(taken);
    Violations violations;
    Check(request_, violations);
    if (!violations.empty()) return Fail(BadRequest(violations));
    runtime::DomainExecutor* const executor = hub().domains.Find(request_.domain());
    if (executor == nullptr) return Fail(UnknownDomain());
    const auto submission = executor->Submit(this);
    if (submission != runtime::DomainExecutor::Submission::kAccepted) FailSubmission(submission);
  }

 protected:
  const Request& request() const { return request_; }
  const rules::RuleHistory& history() { return *hub().publisher.Find(request_.domain()); }
  virtual void Check(const Request& request, Violations& violations) = 0;
  virtual grpc::Status Fill(Response& response) = 0;
  // The call's last touch, unless it answers on another thread later.
  virtual void Answer() {
    Response response;
    if (grpc::Status status = Fill(response); !status.ok()) return this->Fail(status);
    this->Reply(response);
  }

 private:
  void OnReleased() override {
    const bool accepted = hub().slow.Do([this] {
      if (expires_ns() != 0 && expires_ns() <= runtime::MonotonicNs()) return Fail(TooLate());
      Answer();
    });
    if (!accepted) Fail(Shed("too many such calls wait"));
  }
  using UnaryCall::Fail;

  Request request_;
};

class GetCall final : public SlowReadCall<v1::GetRuleSetRequest, v1::GetRuleSetResponse> {
 public:
  using SlowReadCall::SlowReadCall;

 private:
  void Check(const v1::GetRuleSetRequest& request, Violations& violations) override {
    if (request.has_version() && request.candidate()) {
      violations.Add("candidate", "not together with version");
    }
  }
  void OnRead(const runtime::Reading& reading) override {
    candidate_ = reading.router.Candidate();
    flags_ = reading.router.Flags();
  }
  grpc::Status Fill(v1::GetRuleSetResponse& response) override {
    if (candidate_) SetCandidate(*candidate_, response.mutable_candidate());
    for (const routing::FlagView& flag : flags_) {
      v1::Flag* const one = response.add_flags();
      one->set_flag(flag.flag);
      one->set_on(flag.on);
      one->set_changed(flag.changed);
    }
    const auto version =
        request().has_version() ? history().Find(request().version()) : history().Active();
    if (!version || version->compiled == nullptr) return UnknownVersion();
    if (request().candidate() && !candidate_) return UnknownVersion();
    SetVersion(*version, response.mutable_version());
    const routing::RuleSet& set =
        request().candidate() ? *candidate_->rule_set : *version->compiled;
    response.set_text(std::string(set.text()));
    if (request().effective()) {
      response.set_text(rules::ToYaml(
          rules::EffectiveDocument(rules::LoadRuleText(response.text(), "rules").root)));
    }
    return grpc::Status::OK;
  }

  std::optional<routing::CandidateView> candidate_;
  std::vector<routing::FlagView> flags_;
};

class ListCall final : public UnaryCall {
 public:
  using UnaryCall::UnaryCall;

  // The token is the last version of the page before.
  void Start(const grpc::ByteBuffer& bytes) {
    v1::ListRuleSetVersionsRequest request;
    if (grpc::Status taken = Take(bytes, request); !taken.ok()) return Fail(taken);
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

class DiffCall final : public SlowReadCall<v1::DiffRuleSetsRequest, v1::DiffRuleSetsResponse> {
 public:
  using SlowReadCall::SlowReadCall;

 private:
  void Check(const v1::DiffRuleSetsRequest& request, Violations& violations) override {
    CheckSource(request.from(), "from", violations);
    CheckSource(request.to(), "to", violations);
  }
  void OnRead(const runtime::Reading& reading) override {
    if (const auto view = reading.router.Candidate()) candidate_ = view->rule_set;
  }

  grpc::Status Fill(v1::DiffRuleSetsResponse& response) override {
    rules::LoadResult from;
    rules::LoadResult to;
    if (grpc::Status read = Read(request().from(), "from", from); !read.ok()) return read;
    if (grpc::Status read = Read(request().to(), "to", to); !read.ok()) return read;
    for (const rules::Change& change : rules::DiffDocuments(from.root, to.root)) {
      v1::RuleChange* const one = response.add_changes();
      one->set_kind(static_cast<v1::ChangeKind>(static_cast<int>(change.kind) + 1));
      one->set_path(change.path);
      one->set_before(change.before);
      one->set_after(change.after);
      one->set_text(rules::ToText(change));
    }
    return grpc::Status::OK;
  }

  grpc::Status Read(const v1::RuleSource& source, const char* field, rules::LoadResult& to) {
    std::string text = source.text();
    if (source.candidate()) {
      if (candidate_ == nullptr) return UnknownVersion();
      text = candidate_->text();
    } else if (text.empty()) {
      const auto version =
          source.has_version() ? history().Find(source.version()) : history().Active();
      if (!version || version->compiled == nullptr) return UnknownVersion();
      text = version->compiled->text();
    }
    to = rules::LoadRuleText(std::move(text), field);
    if (to.ok()) return grpc::Status::OK;
    return {grpc::StatusCode::INVALID_ARGUMENT,
            std::string(field) + ": the document has errors\n" + rules::RenderFindings(to)};
  }

  std::shared_ptr<const routing::RuleSet> candidate_;
};

class ExplainCall final
    : public SlowReadCall<v1::ExplainDecisionRequest, v1::ExplainDecisionResponse> {
 public:
  using SlowReadCall::SlowReadCall;

 private:
  void Check(const v1::ExplainDecisionRequest& request, Violations& violations) override {
    RequireName(request.contact_id(), "contact_id", violations);
  }
  void OnRead(const runtime::Reading& reading) override {
    contact_ = reading.router.FindContact(request().contact_id());
    decisions_ = reading.router.DecisionsAbout(request().contact_id());
  }
  // What the router has forgotten the journal tells, where there is one.
  void Answer() override {
    const auto& look_back = hub().options.on_look_back;
    const bool all_known = contact_ && decisions_->complete;
    if (all_known || !look_back) return SlowReadCall::Answer();
    look_back(request().domain(), request().contact_id(),
              [this](absl::StatusOr<LookedBack> looked) {
                looked_back_ = looked.status();
                if (looked.ok()) Take(*std::move(looked));
                SlowReadCall::Answer();
              });
  }
  void Take(LookedBack looked) {
    const std::uint64_t oldest = decisions_ ? decisions_->oldest_sequence : looked.reached + 1;
    contact_ = std::move(looked.contact);
    decisions_ = std::move(looked.decisions);
    decisions_->oldest_sequence = oldest;
    v1::Replay& replay = replay_.emplace();
    replay.set_checkpoint(looked.checkpoint);
    replay.set_reached(looked.reached);
  }
  grpc::Status Fill(v1::ExplainDecisionResponse& response) override {
    const bool known =
        decisions_ && (decisions_->complete || !decisions_->classifications.empty() ||
                       !decisions_->choices.empty());
    const bool nowhere = absl::IsNotFound(looked_back_) || absl::IsFailedPrecondition(looked_back_);
    if (!known && !looked_back_.ok() && (contact_ || !nowhere)) {
      return {static_cast<grpc::StatusCode>(looked_back_.code()),
              std::string(looked_back_.message())};
    }
    if (!contact_) {
      return Refused(routing::Outcome::kUnknownContact, "contact_id",
                     Describe(routing::Outcome::kUnknownContact));
    }
    if (!known) {
      return {grpc::StatusCode::FAILED_PRECONDITION,
              "the decisions about this contact are not remembered any more; the oldest that can "
              "be explained is sequence " +
                  std::to_string(decisions_->oldest_sequence)};
    }
    response.set_contact_id(contact_->contact);
    SetPlacement(*contact_, response.mutable_placement());
    response.set_oldest_sequence(decisions_->oldest_sequence);
    response.set_complete(decisions_->complete);
    if (replay_) *response.mutable_replay() = *replay_;
    for (const routing::Classification& each : decisions_->classifications) {
      SetDecision(each, rules::TraceDecision(each), response.add_rules());
    }
    for (const routing::Choice& each : decisions_->choices) {
      SetChoice(each, response.add_choices());
    }
    return grpc::Status::OK;
  }

  std::optional<routing::ContactView> contact_;
  std::optional<routing::Decisions> decisions_;
  absl::Status looked_back_;  // how that went, if it was tried
  std::optional<v1::Replay> replay_;
};

}  // namespace

Reactor* StartCheck(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                    grpc::ByteBuffer* out) {
  return StartCall<CheckCall>(hub, Rpc::kCheckRuleSet, context, in, out);
}
Reactor* StartGet(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                  grpc::ByteBuffer* out) {
  return StartCall<GetCall>(hub, Rpc::kGetRuleSet, context, in, out);
}
Reactor* StartList(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                   grpc::ByteBuffer* out) {
  return StartCall<ListCall>(hub, Rpc::kListRuleSetVersions, context, in, out);
}
Reactor* StartDiff(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                   grpc::ByteBuffer* out) {
  return StartCall<DiffCall>(hub, Rpc::kDiffRuleSets, context, in, out);
}
Reactor* StartExplain(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                      grpc::ByteBuffer* out) {
  return StartCall<ExplainCall>(hub, Rpc::kExplainDecision, context, in, out);
}

}  // namespace strowger::grpc_api
