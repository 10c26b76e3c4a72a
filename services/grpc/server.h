// The gRPC server: services, health, reflection.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/server.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/access/certificates.h"
#include "services/grpc/hub.h"
#include "services/grpc/tcp_listener.h"
#include "services/grpc/tls_credentials.h"

namespace strowger::grpc_api {

struct ServerOptions {
  // "host:port", port 0 for any free one, or "unix:PATH".
  std::vector<std::string> listen = {"127.0.0.1:50051"};
  // Not empty: here are all services, and AdminService and RuleService are nowhere else.
  std::vector<std::string> admin_listen = {};
  bool reflection = false;
  // Null: plaintext. Unix sockets are plaintext always: the file system guards them.
  std::shared_ptr<const access::CertificateStore> certificates = nullptr;
  ClientCertificates client_certificates = ClientCertificates::kIgnored;
  // Of messages and what gRPC needs to read and write them, over all connections. Beyond it idle
  // connections are closed and calls refused.
  std::size_t memory_bytes = std::size_t{512} << 20;
};

class Server {
 public:
  // Serves at once, except that health says NOT_SERVING until SetServing. `hub` must outlive it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(Hub& hub, const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // How clients reach it: the addresses with the ports that were taken.
  const std::vector<std::string>& addresses() const { return traffic_.addresses; }
  const std::vector<std::string>& admin_addresses() const { return admin_.addresses; }

  // What health says of the whole and of each service.
  void SetServing(bool serving);
  // Lets calls end, and ends by force those that have not by then. Blocks.
  void Shutdown(std::chrono::system_clock::time_point deadline);

 private:
  // Listeners that offer the same.
  struct Front {
    std::vector<std::unique_ptr<grpc::Service>> services;
    std::unique_ptr<grpc::Server> server;                 // null: there is no such front
    std::vector<std::unique_ptr<TcpListener>> listeners;  // stop before the server does
    std::vector<std::string> addresses;
  };

  Server() = default;
  static absl::Status Begin(const std::vector<std::string>& listen, const ServerOptions& options,
                            Front& front);

  Front traffic_;
  Front admin_;
};

}  // namespace strowger::grpc_api
