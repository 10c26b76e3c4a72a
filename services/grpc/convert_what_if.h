#pragma once

#include "services/whatif/comparison.h"
#include "strowger/v1/simulation.pb.h"

namespace strowger::grpc_api {

void SetSimulation(const whatif::Comparison& from, v1::Simulation* to);

}  // namespace strowger::grpc_api
