// What a role may do: method by method. What is not in the table nobody may do.
#pragma once

#include <optional>
#include <string_view>

#include "services/access/identities.h"
#include "services/grpc/rpcs.h"
#include "strowger/v1/commands.pb.h"

namespace strowger::grpc_api {

bool Allows(access::Role role, Rpc rpc);

// Whether it goes into the audit trail: what an administrator does by hand. Changes of rules go
// there by themselves, with their versions.
bool IsAdministrative(Rpc rpc);

// Not what ends work: answers to offers, completions, changes of contacts and agents that are
// there.
bool BringsWork(Rpc rpc);

// The call that a session's command stands for; nothing: it lets time pass, or has no body.
std::optional<Rpc> RpcOf(const v1::Command& command);

}  // namespace strowger::grpc_api
