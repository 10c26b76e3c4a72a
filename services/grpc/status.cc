#include "services/grpc/status.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/any.pb.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/grpc/convert_values.h"
#include "services/grpc/convert_views.h"

namespace strowger::grpc_api {
namespace {

using routing::Outcome;

grpc::StatusCode CodeOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return grpc::StatusCode::OK;
    case Outcome::kInvalidArgument:
    case Outcome::kRuleSetInvalid:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case Outcome::kUnknownDomain:
    case Outcome::kUnknownContact:
    case Outcome::kUnknownAgent:
    case Outcome::kUnknownQueue:
      return grpc::StatusCode::NOT_FOUND;
    case Outcome::kAlreadyExists:
      return grpc::StatusCode::ALREADY_EXISTS;
    case Outcome::kVersionMismatch:
      return grpc::StatusCode::ABORTED;
    case Outcome::kOfferNotOpen:
    case Outcome::kWrongState:
    case Outcome::kInUse:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case Outcome::kOverLimit:
    case Outcome::kShedding:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
  }
  return grpc::StatusCode::INTERNAL;
}

// Builds the details as they go along with a status.
class Details {
 public:
  Details(grpc::StatusCode code, std::string message, Outcome outcome)
      : code_(code), message_(std::move(message)) {
    const std::string_view name = routing::Name(outcome);
    google::rpc::ErrorInfo info;
    info.set_reason(absl::AsciiStrToUpper(absl::string_view(name.data(), name.size())));
    info.set_domain("strowger");
    Add("google.rpc.ErrorInfo", info);
  }

  void Add(std::string_view type, const google::protobuf::MessageLite& detail) {
    google::protobuf::Any* const any = status_.add_details();
    any->set_type_url(
        absl::StrCat("type.googleapis.com/", absl::string_view(type.data(), type.size())));
    detail.SerializeToString(any->mutable_value());
  }

  grpc::Status Take() {
    status_.set_code(code_);
    status_.set_message(message_);
    return {code_, message_, status_.SerializeAsString()};
  }

 private:
  const grpc::StatusCode code_;
  const std::string message_;
  google::rpc::Status status_;
};

void AddViolation(const std::string& field, const std::string& description,
                  google::rpc::BadRequest& to) {
  auto* const violation = to.add_field_violations();
  violation->set_field(field);
  violation->set_description(description);
}

void AddRetry(Details& details, routing::DurationNs delay = kRetryDelay) {
  google::rpc::RetryInfo retry;
  SetDuration(delay, retry.mutable_retry_delay());
  details.Add("google.rpc.RetryInfo", retry);
}

std::string Prefixed(const std::string& field, std::string_view message) {
  const absl::string_view text(message.data(), message.size());
  return field.empty() ? std::string(text) : absl::StrCat(field, ": ", text);
}

}  // namespace

std::string_view Describe(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "done";
    case Outcome::kInvalidArgument:
      return "the value is not allowed here";
    case Outcome::kUnknownDomain:
      return "the service has no such domain";
    case Outcome::kUnknownContact:
      return "no contact of that id is known";
    case Outcome::kUnknownAgent:
      return "no agent of that id is registered";
    case Outcome::kUnknownQueue:
      return "the rule set in force has no such queue";
    case Outcome::kAlreadyExists:
      return "a live contact has that id";
    case Outcome::kVersionMismatch:
      return "the version is not the one in force, or is not known";
    case Outcome::kRuleSetInvalid:
      return "the rule set has errors";
    case Outcome::kOfferNotOpen:
      return "no such offer is open";
    case Outcome::kWrongState:
      return "the contact or agent is not in a state that allows this";
    case Outcome::kInUse:
      return "something still depends on what would go away";
    case Outcome::kOverLimit:
      return "the domain holds as much as its limits allow";
    case Outcome::kShedding:
      return "overloaded; send it again after the retry delay";
  }
  return "";
}

grpc::Status BadRequest(const Violations& violations) {
  const Violation& first = violations.list().front();
  std::string message = Prefixed(first.field, first.description);
  if (violations.count() > 1) absl::StrAppend(&message, " (and ", violations.count() - 1, " more)");
  google::rpc::BadRequest bad;
  for (const Violation& violation : violations.list()) {
    AddViolation(violation.field, violation.description, bad);
  }
  Details details(grpc::StatusCode::INVALID_ARGUMENT, std::move(message),
                  Outcome::kInvalidArgument);
  details.Add("google.rpc.BadRequest", bad);
  return details.Take();
}

grpc::Status Refused(const runtime::Receipt& receipt, const std::string& field) {
  const Outcome outcome = receipt.result.outcome;
  const std::string description(Describe(outcome));
  Details details(CodeOf(outcome), Prefixed(field, description), outcome);
  if (outcome == Outcome::kInvalidArgument) {
    google::rpc::BadRequest bad;
    AddViolation(field, description, bad);
    details.Add("google.rpc.BadRequest", bad);
  }
  if (outcome == Outcome::kShedding) AddRetry(details);
  if (receipt.sequence != 0) {
    v1::CommandReceipt detail;
    SetReceipt(receipt, &detail);
    details.Add("strowger.v1.CommandReceipt", detail);
  }
  return details.Take();
}

grpc::Status Refused(Outcome outcome, const std::string& field, std::string_view message) {
  return Details(CodeOf(outcome), Prefixed(field, message), outcome).Take();
}

grpc::Status Shed(std::string_view message, routing::DurationNs delay) {
  Details details(grpc::StatusCode::RESOURCE_EXHAUSTED, std::string(message), Outcome::kShedding);
  AddRetry(details, delay);
  return details.Take();
}

grpc::Status TooLate() {
  return {grpc::StatusCode::DEADLINE_EXCEEDED, "its deadline had passed before it was looked at"};
}

grpc::Status Revoked() {
  return {grpc::StatusCode::UNAUTHENTICATED,
          "the identity that opened the stream is gone, or has changed"};
}

grpc::Status Recovering() {
  return {grpc::StatusCode::UNAVAILABLE,
          "the service is recovering from its journal; GetStatus says how far it is"};
}

grpc::Status Draining() { return {grpc::StatusCode::UNAVAILABLE, "the service is draining"}; }

}  // namespace strowger::grpc_api
