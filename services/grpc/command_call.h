// The frame of a unary call that changes something.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "routing-core/rules/compiler.h"
#include "routing/limits.h"
#include "services/grpc/convert_commands.h"
#include "services/grpc/convert_views.h"
#include "services/grpc/unary.h"

namespace strowger::grpc_api {

// What requests of this kind have in common; RouteRequest alone names its body otherwise.
template <typename Request>
struct BodyOf {
  static constexpr const char* kField = "command";
  static bool Has(const Request& request) { return request.has_command(); }
  static const auto& Get(const Request& request) { return request.command(); }
};

// The offer that a call closed: of the command's own events, or where it is a repeat of those kept.
std::uint64_t ClosedOffer(runtime::DomainExecutor& executor, const runtime::Receipt& receipt,
                          const runtime::EventSlice& events);
// The contact that a body is about, for the placement in its reply.
inline const std::string& ContactOf(const routing::SubmitContact& body) { return body.contact; }
inline const std::string& ContactOf(const routing::UpdateContact& body) { return body.contact; }
inline const std::string& ContactOf(const routing::TransferContact& body) { return body.contact; }
inline const std::string& ContactOf(const routing::AssignContact& body) { return body.contact; }
inline const std::string& ContactOf(const routing::HoldContact& body) { return body.contact; }
inline const std::string& ContactOf(const routing::ResumeContact& body) { return body.contact; }

template <typename Request, typename Response, typename Body>
class CommandCall final : public UnaryCall, public runtime::CommandTask {
 public:
  using UnaryCall::UnaryCall;

  void Start(const grpc::ByteBuffer& bytes) {
    received_ns = runtime::MonotonicNs();
    given_up_ns = expires_ns();
    Request request;
    if (grpc::Status taken = Take(bytes, request); !taken.ok()) return Fail(taken);
    executor_ = hub().domains.Find(request.domain());
    if (grpc::Status read = Read(request); !read.ok()) return Fail(read);
    const auto submission = executor_->Submit(this);
    if (submission != runtime::DomainExecutor::Submission::kAccepted) FailSubmission(submission);
  }

 private:
  static constexpr bool kHasPlacement = requires(Response r) { r.mutable_placement(); };
  static constexpr bool kHasOffer = requires(Response r) { r.set_offer_id(1); };

  grpc::Status Read(const Request& request) {
    const rules::RuleHistory* const history = hub().publisher.Find(request.domain());
    const std::shared_ptr<const routing::RuleSet> rule_set =
        history != nullptr ? history->active() : rules::DefaultRuleSet();
    Violations violations;
    Conversion conversion{*rule_set, rules::VocabularyOf(*rule_set), violations};
    LimitBytes(request.command_id(), routing::kMaxIdBytes, "command_id", violations);
    command.time = ConvertAt(request.has_at() ? &request.at() : nullptr, hub().options.virtual_time,
                             violations);
    if (BodyOf<Request>::Has(request)) {
      const Violations::Step step(violations, BodyOf<Request>::kField);
      Convert(BodyOf<Request>::Get(request), conversion, command.body.template emplace<Body>());
    } else {
      violations.Add(BodyOf<Request>::kField, "is required");
    }
    if (!violations.empty()) return BadRequest(violations);
    if (executor_ == nullptr) {
      return Refused(routing::Outcome::kUnknownDomain, "domain",
                     Describe(routing::Outcome::kUnknownDomain));
    }
    command_id = request.command_id();
    return grpc::Status::OK;
  }

  void OnApplied(const routing::Router& router, const runtime::Receipt& receipt,
                 absl::Span<const routing::Event> events) override {
    if constexpr (kHasPlacement) {
      if (!receipt.result.ok()) return;
      const std::string& contact = ContactOf(std::get<Body>(command.body));
      if (SetPlacement(contact, events, response_.mutable_placement())) return;
      if (const auto view = router.FindContact(contact)) {
        SetPlacement(*view, response_.mutable_placement());
      }
    } else {
      (void)router, (void)receipt, (void)events;
    }
  }

  void OnReleased(const runtime::Receipt& receipt, const runtime::EventSlice& events) override {
    const bool given_up = given_up_ns != 0 && given_up_ns <= runtime::MonotonicNs();
    if (given_up && receipt.result.outcome == routing::Outcome::kShedding) return Fail(TooLate());
    if (!receipt.result.ok()) return Fail(Refused(receipt, FieldOf(receipt)));
    if constexpr (kHasOffer) {
      const std::uint64_t named = std::get<Body>(command.body).offer;
      response_.set_offer_id(named != 0 ? named : ClosedOffer(*executor_, receipt, events));
    } else {
      (void)events;
    }
    SetReceipt(receipt, response_.mutable_receipt());
    Reply(response_);
  }

  static std::string FieldOf(const runtime::Receipt& receipt) {
    if (receipt.result.field.empty()) return {};
    return std::string(BodyOf<Request>::kField) + '.' + std::string(receipt.result.field);
  }

  runtime::DomainExecutor* executor_ = nullptr;
  Response response_;
};

}  // namespace strowger::grpc_api
