// The gRPC server: services, health, reflection.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/server.h>

#include "absl/status/statusor.h"
#include "services/grpc/hub.h"

namespace strowger::grpc_api {

struct ServerOptions {
  // "host:port", port 0 for any free one, or "unix:PATH".
  std::vector<std::string> listen = {"127.0.0.1:50051"};
  bool reflection = false;
};

class Server {
 public:
  // Serves at once, except that health says NOT_SERVING until SetServing. `hub` must outlive it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(Hub& hub, const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // How clients reach it: the addresses with the ports that were taken.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // What health says of the whole and of each service.
  void SetServing(bool serving);
  // Lets calls end, and ends by force those that have not by then. Blocks.
  void Shutdown(std::chrono::system_clock::time_point deadline);

 private:
  Server() = default;

  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::string> addresses_;
};

}  // namespace strowger::grpc_api
