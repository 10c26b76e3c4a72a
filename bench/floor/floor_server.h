// What gRPC itself costs: the calls of the routing service, and nothing behind them.
#pragma once

#include <string>

namespace strowger::bench {

// Answers Route with an empty response, and each command of a Session with a receipt, by gRPC's
// callback API, as the service does. Until SIGTERM. Returns an exit code.
int ServeFloor(const std::string& address);

}  // namespace strowger::bench
