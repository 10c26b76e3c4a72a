#include "services/grpc/messages.h"

#include <string>
#include <vector>

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>
#include <grpcpp/support/slice.h>

#include "services/grpc/status.h"
#include "services/grpc/violations.h"
#include "services/grpc/wire_check.h"

namespace strowger::grpc_api {
namespace {

grpc::Status Explain(const grpc::ByteBuffer& from, const google::protobuf::Message& message) {
  std::string bytes;
  std::vector<grpc::Slice> slices;
  if (from.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  Violations violations;
  ExplainMalformed(*message.GetDescriptor(), bytes, violations);
  return BadRequest(violations);
}

}  // namespace

grpc::Status Parse(const grpc::ByteBuffer& from, google::protobuf::Message& to) {
  // The reader does not change the buffer; its interface comes from where buffers are consumed.
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&from));
  if (!reader.status().ok()) return reader.status();
  if (to.ParseFromZeroCopyStream(&reader)) return grpc::Status::OK;
  return Explain(from, to);
}

grpc::Status Serialize(const google::protobuf::Message& from, grpc::ByteBuffer& to) {
  to.Clear();
  bool own = false;
  return grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(from, &to,
                                                                                    &own);
}

}  // namespace strowger::grpc_api
