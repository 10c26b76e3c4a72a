#include "services/grpc/server.h"

#include <algorithm>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/grpc/services.h"

namespace strowger::grpc_api {
namespace {

// The largest request is a rule document.
constexpr int kMaxRequestBytes = (4 << 20) + (64 << 10);
constexpr int kKeepaliveMs = 60'000;  // a peer that is silently gone is found out
constexpr int kKeepaliveTimeoutMs = 20'000;

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
  if (absl::StartsWith(listen, "unix:")) return listen;
  return absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Hub& hub, const ServerOptions& options) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::EnableDefaultHealthCheckService(true);
  std::unique_ptr<Server> server(new Server());
  server->services_.push_back(MakeRoutingService(hub));
  server->services_.push_back(MakeAgentService(hub));
  server->services_.push_back(MakeEventService(hub));
  server->services_.push_back(MakeQueueService(hub));
  server->services_.push_back(MakeRuleService(hub));
  server->services_.push_back(MakeAdminService(hub));

  grpc::ServerBuilder builder;
  std::vector<int> ports(options.listen.size(), 0);
  for (std::size_t i = 0; i < ports.size(); ++i) {
    builder.AddListeningPort(options.listen[i], grpc::InsecureServerCredentials(), &ports[i]);
  }
  for (const auto& service : server->services_) builder.RegisterService(service.get());
  builder.SetOption(std::make_unique<PluginChoice>(options.reflection));
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  // Two servers on one port would share its callers without a word.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  server->server_ = builder.BuildAndStart();
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (server->server_ == nullptr || ports[i] == 0) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen[i]));
    }
    server->addresses_.push_back(AddressOf(options.listen[i], ports[i]));
  }
  server->SetServing(false);
  return server;
}

Server::~Server() {
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
}

void Server::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* const health = server_->GetHealthCheckService();
  health->SetServingStatus(serving);
  for (const std::string& name : ServiceNames()) health->SetServingStatus(name, serving);
}

void Server::Shutdown(std::chrono::system_clock::time_point deadline) {
  server_->Shutdown(deadline);
}

}  // namespace strowger::grpc_api
