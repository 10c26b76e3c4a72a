// Messages in and out of the buffers of raw methods.
//
// The generated handlers would parse by themselves, but answer UNIMPLEMENTED to what they cannot
// parse; the contract wants the field named.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

namespace strowger::grpc_api {

// OK, or INVALID_ARGUMENT that names the field. Keeps the memory of a message used before.
grpc::Status Parse(const grpc::ByteBuffer& from, google::protobuf::Message& to);

// Replaces what `to` holds.
grpc::Status Serialize(const google::protobuf::Message& from, grpc::ByteBuffer& to);

}  // namespace strowger::grpc_api
