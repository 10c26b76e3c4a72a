// Finds out which field of a message that could not be parsed is to blame.
#pragma once

#include <string_view>

#include <google/protobuf/descriptor.h>

#include "services/grpc/violations.h"

namespace strowger::grpc_api {

// The parser only says no. This walks the same bytes again, slowly and with names: a string that is
// not UTF-8 gives its path, bytes that are no message the path to where they stop making sense.
// Adds one violation, also if it finds nothing.
void ExplainMalformed(const google::protobuf::Descriptor& message, std::string_view bytes,
                      Violations& violations);

}  // namespace strowger::grpc_api
