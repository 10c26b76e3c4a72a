// Outcomes and violations as gRPC statuses with google.rpc details.
#pragma once

#include <string>
#include <string_view>

#include <grpcpp/support/status.h>

#include "routing/outcome.h"
#include "routing/time.h"
#include "services/grpc/violations.h"
#include "services/runtime/task.h"

namespace strowger::grpc_api {

// What a caller who was shed should wait.
inline constexpr routing::DurationNs kRetryDelay = 100 * routing::kMillisecond;

// For people, without the ids.
std::string_view Describe(routing::Outcome outcome);

// INVALID_ARGUMENT. REQUIRES: there is one.
grpc::Status BadRequest(const Violations& violations);

// A command that was refused. `field`: full path in the request; may be empty.
grpc::Status Refused(const runtime::Receipt& receipt, const std::string& field);
// The same for what never became a command: an unknown domain, a contact that is not there.
grpc::Status Refused(routing::Outcome outcome, const std::string& field, std::string_view message);

// RESOURCE_EXHAUSTED with a delay to retry after.
grpc::Status Shed(std::string_view message, routing::DurationNs delay = kRetryDelay);
// UNAVAILABLE: the service takes nothing more in.
grpc::Status Draining();
// DEADLINE_EXCEEDED: before anything was done.
grpc::Status TooLate();
// UNAUTHENTICATED: on a stream that was opened under an identity which is gone, or another now.
grpc::Status Revoked();
// UNAVAILABLE: the service reads its journal, and will be there.
grpc::Status Recovering();

}  // namespace strowger::grpc_api
