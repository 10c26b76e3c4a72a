// What the router shows, into messages.
#pragma once

#include <optional>

#include "absl/types/span.h"
#include "routing/event.h"
#include "routing/router.h"
#include "services/runtime/task.h"
#include "strowger/v1/events.pb.h"
#include "strowger/v1/queues.pb.h"
#include "strowger/v1/types.pb.h"

namespace strowger::grpc_api {

void SetReceipt(const runtime::Receipt& from, v1::CommandReceipt* to);
inline v1::Outcome ToProto(routing::Outcome outcome) {
  return static_cast<v1::Outcome>(static_cast<int>(outcome) + 1);  // proto/README.md
}
v1::AgentState ToProto(routing::AgentState state);

void SetPlacement(const routing::ContactView& from, v1::Placement* to);
// Of a contact that has not come and would not be refused.
void SetPlacement(const routing::ArrivalPrediction& from, v1::Placement* to);
// From what a command made happen to the contact; false when that does not tell all of it, and the
// router has to be asked. Much the cheaper way where it goes.
bool SetPlacement(std::string_view contact, absl::Span<const routing::Event> events,
                  v1::Placement* to);

void SetContact(const routing::ContactView& from, v1::ContactStatus* to);
void SetAgent(const routing::AgentView& from, v1::AgentStatus* to);
// `age`: how long ago the view was taken, which the oldest wait has grown by.
void SetQueue(const routing::QueueView& from, routing::DurationNs age, v1::QueueFigures* to);
void SetEvent(const routing::Event& from, v1::Event* to);

}  // namespace strowger::grpc_api
