// GetContact and ListContacts: the router's own view of contacts that live, the history of those
// that have ended. PredictWait: of those that wait, and of one that has not come.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "services/grpc/hub.h"

namespace strowger::grpc_api {

grpc::ServerUnaryReactor* StartGetContact(Hub& hub, grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response);
grpc::ServerUnaryReactor* StartListContacts(Hub& hub, grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response);
grpc::ServerUnaryReactor* StartPredictWait(Hub& hub, grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response);

}  // namespace strowger::grpc_api
