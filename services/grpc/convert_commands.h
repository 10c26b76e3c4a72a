// Bodies of commands out of messages. Into objects that may have been used before, whose memory is
// kept; every field is written.
#pragma once

#include "routing/command.h"
#include "services/grpc/convert_values.h"
#include "strowger/v1/commands.pb.h"

namespace strowger::grpc_api {

void Convert(const v1::Contact& from, Conversion& conversion, routing::SubmitContact& to);
void Convert(const v1::UpdateContact& from, Conversion& conversion, routing::UpdateContact& to);
void Convert(const v1::CancelContact& from, Conversion& conversion, routing::CancelContact& to);
void Convert(const v1::UpsertAgents& from, Conversion& conversion, routing::UpsertAgents& to);
void Convert(const v1::SetAgentState& from, Conversion& conversion, routing::SetAgentState& to);
void Convert(const v1::RemoveAgent& from, Conversion& conversion, routing::RemoveAgent& to);
void Convert(const v1::AcceptOffer& from, Conversion& conversion, routing::AcceptOffer& to);
void Convert(const v1::DeclineOffer& from, Conversion& conversion, routing::DeclineOffer& to);
void Convert(const v1::CompleteContact& from, Conversion& conversion, routing::CompleteContact& to);
void Convert(const v1::FinishWrapUp& from, Conversion& conversion, routing::FinishWrapUp& to);
void Convert(const v1::SyncAgents& from, Conversion& conversion, routing::SyncAgents& to);
void Convert(const v1::RenewLease& from, Conversion& conversion, routing::RenewLease& to);

void Convert(const v1::TransferContact& from, Conversion& conversion, routing::TransferContact& to);
void Convert(const v1::AssignContact& from, Conversion& conversion, routing::AssignContact& to);
void Convert(const v1::HoldContact& from, Conversion& conversion, routing::HoldContact& to);
void Convert(const v1::ResumeContact& from, Conversion& conversion, routing::ResumeContact& to);
void Convert(const v1::CloseQueue& from, Conversion& conversion, routing::SetQueueOpen& to);
void Convert(const v1::OpenQueue& from, Conversion& conversion, routing::SetQueueOpen& to);
void Convert(const v1::MoveContacts& from, Conversion& conversion, routing::MoveContacts& to);

// The body of that type, in place if there is one.
template <typename Body>
Body& BodyIn(routing::CommandBody& body) {
  if (auto* held = std::get_if<Body>(&body)) return *held;
  return body.emplace<Body>();
}

// Exactly one body must be set. Returns the field that is, a literal; empty if there is none.
const char* ConvertBody(const v1::Command& from, bool virtual_time, Conversion& conversion,
                        routing::CommandBody& to);

// `at` of any command: with virtual time required, else forbidden. Null: not given. 0: wrong, or
// not to be given.
routing::TimeNs ConvertAt(const google::protobuf::Timestamp* at, bool virtual_time,
                          Violations& violations);

}  // namespace strowger::grpc_api
