// Queues in figures, as a table.
#pragma once

#include <google/protobuf/repeated_field.h>

#include "services/strowgerctl/client/table.h"
#include "strowger/v1/queues.pb.h"

namespace strowger::ctl {

Table QueueTable(const google::protobuf::RepeatedPtrField<v1::QueueFigures>& queues);

}  // namespace strowger::ctl
