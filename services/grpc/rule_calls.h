// What the calls of the rule service share; and those that only read, which have a file of their
// own.
#pragma once

#include <cstddef>

#include "services/grpc/unary.h"
#include "strowger/v1/rules.pb.h"

namespace strowger::grpc_api {

inline constexpr std::size_t kMaxRuleTextBytes = std::size_t{4} << 20;

void SetFindings(const rules::CheckedRules& rules,
                 google::protobuf::RepeatedPtrField<v1::Finding>* to);
void SetVersion(const rules::RuleVersion& from, v1::RuleSetVersion* to);
void SetCandidate(const routing::CandidateView& from, v1::CandidateStatus* to);
grpc::Status UnknownDomain();
grpc::Status UnknownVersion();
void CheckSource(const v1::RuleSource& source, const char* field, Violations& violations);

using Reactor = grpc::ServerUnaryReactor;
Reactor* StartCheck(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                    grpc::ByteBuffer* out);
Reactor* StartGet(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                  grpc::ByteBuffer* out);
Reactor* StartList(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                   grpc::ByteBuffer* out);
Reactor* StartDiff(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                   grpc::ByteBuffer* out);
Reactor* StartExplain(Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                      grpc::ByteBuffer* out);

}  // namespace strowger::grpc_api
