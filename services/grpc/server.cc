#include "services/grpc/server.h"

#include <algorithm>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/grpc/services.h"

namespace strowger::grpc_api {
namespace {

// The largest request is a rule document.
constexpr int kMaxRequestBytes = (4 << 20) + (64 << 10);
// A token and a trace context take a few hundred bytes; what is longer is refused unread.
constexpr int kMaxMetadataBytes = 8 << 10;
// Of a connection. A platform has some hundred calls under way; one connection must not have all.
constexpr int kMaxStreams = 4'096;
constexpr int kKeepaliveMs = 60'000;  // a peer that is silently gone is found out
constexpr int kKeepaliveTimeoutMs = 20'000;
// Pings more often than this, three times over, end a connection. Clients ping every 10 s at most.
constexpr int kLeastPingMs = 5'000;
constexpr int kPingStrikes = 3;
// Who connects and says nothing, or has nothing open any more, makes room.
constexpr int kHandshakeMs = 10'000;
constexpr int kIdleMs = 15 * 60'000;

// Reflection is on as soon as its library is linked; here it is off unless asked for.
class PluginChoice final : public grpc::ServerBuilderOption {
 public:
  explicit PluginChoice(bool reflection) : reflection_(reflection) {}

  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    const auto is_reflection = [](const std::unique_ptr<grpc::ServerBuilderPlugin>& plugin) {
      return plugin->name() == "proto_server_reflection";
    };
    if (!reflection_) {
      plugins->erase(std::remove_if(plugins->begin(), plugins->end(), is_reflection),
                     plugins->end());
    }
  }

 private:
  const bool reflection_;
};

std::string AddressOf(const std::string& listen, int port) {
  return absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
}

using ServicePointers = std::vector<std::unique_ptr<grpc::Service>>;

void AddTrafficServices(Hub& hub, ServicePointers& to) {
  to.push_back(MakeRoutingService(hub));
  to.push_back(MakeAgentService(hub));
  to.push_back(MakeEventService(hub));
  to.push_back(MakeQueueService(hub));
}

void AddAdminServices(Hub& hub, ServicePointers& to) {
  to.push_back(MakeRuleService(hub));
  to.push_back(MakeAdminService(hub));
}

void SetLimits(const ServerOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  grpc::ResourceQuota quota("strowgerd");
  builder.SetResourceQuota(quota.Resize(options.memory_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kLeastPingMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, kPingStrikes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
}

std::shared_ptr<grpc::ServerCredentials> CredentialsFor(const std::string& listen,
                                                        const ServerOptions& options) {
  if (options.certificates == nullptr || absl::StartsWith(listen, "unix")) {
    return grpc::InsecureServerCredentials();
  }
  return MakeTlsCredentials(options.certificates, options.client_certificates);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Hub& hub, const ServerOptions& options) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::EnableDefaultHealthCheckService(true);
  std::unique_ptr<Server> server(new Server());
  const bool apart = !options.admin_listen.empty();
  AddTrafficServices(hub, server->traffic_.services);
  if (!apart) AddAdminServices(hub, server->traffic_.services);
  absl::Status status = Begin(options.listen, options, server->traffic_);
  if (status.ok() && apart) {
    AddTrafficServices(hub, server->admin_.services);
    AddAdminServices(hub, server->admin_.services);
    status = Begin(options.admin_listen, options, server->admin_);
  }
  if (!status.ok()) return status;
  server->SetServing(false);
  return server;
}

absl::Status Server::Begin(const std::vector<std::string>& listen, const ServerOptions& options,
                           Front& front) {
  using ConnectionType = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
  grpc::ServerBuilder builder;
  std::vector<std::unique_ptr<TcpListener::Acceptor>> acceptors;
  for (const std::string& address : listen) {
    const auto credentials = CredentialsFor(address, options);
    if (absl::StartsWith(address, "unix")) {
      builder.AddListeningPort(address, credentials);
      front.addresses.push_back(address);
      continue;
    }
    auto listener = TcpListener::Bind(address);
    if (!listener.ok()) return listener.status();
    front.addresses.push_back(AddressOf(address, (*listener)->port()));
    front.listeners.push_back(*std::move(listener));
    acceptors.push_back(
        builder.experimental().AddExternalConnectionAcceptor(ConnectionType::FROM_FD, credentials));
  }
  for (const auto& service : front.services) builder.RegisterService(service.get());
  builder.SetOption(std::make_unique<PluginChoice>(options.reflection));
  SetLimits(options, builder);
  front.server = builder.BuildAndStart();
  if (front.server == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", absl::StrJoin(listen, ", ")));
  }
  for (std::size_t i = 0; i < acceptors.size(); ++i) {
    front.listeners[i]->Begin(std::move(acceptors[i]));
  }
  return absl::OkStatus();
}

Server::~Server() { Shutdown(std::chrono::system_clock::now()); }

void Server::SetServing(bool serving) {
  const std::vector<std::string> traffic = ServiceNames(/*administrative=*/false);
  const std::vector<std::string> rest = ServiceNames(/*administrative=*/true);
  for (Front* const front : {&traffic_, &admin_}) {
    if (front->server == nullptr) continue;
    grpc::HealthCheckServiceInterface* const health = front->server->GetHealthCheckService();
    health->SetServingStatus(serving);
    for (const std::string& name : traffic) health->SetServingStatus(name, serving);
    if (front == &traffic_ && admin_.server != nullptr) continue;
    for (const std::string& name : rest) health->SetServingStatus(name, serving);
  }
}

void Server::Shutdown(std::chrono::system_clock::time_point deadline) {
  for (Front* const front : {&traffic_, &admin_}) {
    front->listeners.clear();
    if (front->server != nullptr) front->server->Shutdown(deadline);
  }
}

}  // namespace strowger::grpc_api
