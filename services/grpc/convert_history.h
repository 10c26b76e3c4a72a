// What the history holds, into messages.
#pragma once

#include "services/history/store.h"
#include "strowger/v1/routing.pb.h"
#include "strowger/v1/types.pb.h"

namespace strowger::grpc_api {

void SetContact(const history::EndedContact& from, v1::ContactStatus* to);
// With what happened to it.
void SetContact(const history::EndedContact& from, v1::GetContactResponse* to);

}  // namespace strowger::grpc_api
