// The six services as objects to register. Each is the generated class with its methods made raw.
#pragma once

#include <memory>
#include <vector>

#include <grpcpp/impl/codegen/service_type.h>

#include "services/grpc/hub.h"

namespace strowger::grpc_api {

std::unique_ptr<grpc::Service> MakeRoutingService(Hub& hub);
std::unique_ptr<grpc::Service> MakeAgentService(Hub& hub);
std::unique_ptr<grpc::Service> MakeEventService(Hub& hub);
std::unique_ptr<grpc::Service> MakeQueueService(Hub& hub);
std::unique_ptr<grpc::Service> MakeRuleService(Hub& hub);
std::unique_ptr<grpc::Service> MakeAdminService(Hub& hub);

}  // namespace strowger::grpc_api
