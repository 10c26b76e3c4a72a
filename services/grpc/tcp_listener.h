// A port whose connections are taken in here and handed to gRPC.
//
// gRPC's own listener closes for good when the process runs out of file descriptors: whoever opens
// enough connections would shut everybody out until a restart. This one refuses connections before
// that, and keeps some descriptors for the journal and the metrics.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/server_builder.h>

#include "absl/status/statusor.h"

namespace strowger::grpc_api {

class TcpListener {
 public:
  using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

  // "host:port" or "[v6]:port", port 0 for any free one; every address that the host has. The limit
  // of descriptors is what it is now.
  static absl::StatusOr<std::unique_ptr<TcpListener>> Bind(const std::string& address);
  // Takes nothing more in.
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  int port() const { return port_; }
  // Once the server that the acceptor belongs to is started. A thread of its own waits.
  void Begin(std::unique_ptr<Acceptor> acceptor);

 private:
  TcpListener();
  bool Add(int family, const void* address, unsigned length);
  void Run();
  void TakeFrom(int listening);

  const int bell_;        // eventfd: stop
  const int most_files_;  // descriptors from this number on are not for connections
  std::vector<int> listening_;
  int port_ = 0;
  std::unique_ptr<Acceptor> acceptor_;
  std::thread thread_;
};

}  // namespace strowger::grpc_api
