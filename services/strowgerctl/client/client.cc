#include "services/strowgerctl/client/client.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>
#include <vector>

#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/client_interceptor.h>
#include <CLI/CLI.hpp>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/strowgerctl/client/wire_time.h"
#include "services/strowgerctl/command.h"
#include "strowger/v1/admin.grpc.pb.h"

namespace strowger::ctl {
namespace {

constexpr int kMaxMessageBytes = 64 << 20;

// What to do next, by status.
std::string_view AdviceOn(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "It did not answer in time: is it stopped, its disk stuck, its machine overloaded? "
             "Its "
             "log and /healthz tell.";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "It has too much to do, a limit is reached, or its disk has no room (its log and `df` "
             "tell); try again in a moment.";
    case grpc::StatusCode::UNAUTHENTICATED:
      return "It wants to know who calls: --token-file, or --tls-cert and --tls-key.";
    case grpc::StatusCode::PERMISSION_DENIED:
      return "Whoever keeps its file of identities can give another role, or more domains.";
    case grpc::StatusCode::ABORTED:
      return "Something changed meanwhile: look at the present state and try again.";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "What answers there does not know this call: is it a strowgerd of this version?";
    case grpc::StatusCode::OUT_OF_RANGE:
      return "So far back is no longer kept: start from now or from the present state.";
    default:
      return "";
  }
}

[[noreturn]] void Unusable(const std::string& what) {
  std::cerr << "strowgerctl: " << what << '\n';
  std::exit(kExitUnusable);
}

std::string Contents(const std::string& path) {
  if (path.empty()) return {};
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) Unusable("cannot read " + path);
  return std::move(text).str();
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const ConnectionFiles& files) {
  if (files.certificate.empty() != files.key.empty()) {
    Unusable("--tls-cert and --tls-key are given together or not at all");
  }
  if (files.authority.empty()) {
    if (!files.certificate.empty()) Unusable("--tls-cert means nothing without --tls-ca");
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = Contents(files.authority);
  options.pem_cert_chain = Contents(files.certificate);
  options.pem_private_key = Contents(files.key);
  return grpc::SslCredentials(options);
}

// gRPC's own call credentials refuse plaintext, also on loopback.
class TokenSender final : public grpc::experimental::Interceptor {
 public:
  explicit TokenSender(std::string header) : header_(std::move(header)) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace("authorization", header_);
    }
    methods->Proceed();
  }

 private:
  const std::string header_;
};

class TokenSenderFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit TokenSenderFactory(std::string header) : header_(std::move(header)) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* /*info*/) override {
    return new TokenSender(header_);
  }

 private:
  const std::string header_;
};

bool IsLocal(std::string_view server) {
  for (const std::string_view start : {"unix:", "127.", "localhost:", "[::1]"}) {
    if (server.substr(0, start.size()) == start) return true;
  }
  return false;
}

using Interceptors =
    std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>;

Interceptors TokenSenders(const std::string& server, const ConnectionFiles& files) {
  Interceptors interceptors;
  if (files.token.empty()) return interceptors;
  if (files.authority.empty() && !IsLocal(server)) {
    Unusable("the token would go to " + server + " in the clear; give --tls-ca");
  }
  std::string token = Contents(files.token);
  token.erase(std::min(token.find_first_of("\r\n"), token.size()));
  if (token.empty()) Unusable(files.token + " holds no token");
  interceptors.push_back(std::make_unique<TokenSenderFactory>("Bearer " + token));
  return interceptors;
}

// But for one alone that the message has said already.
void PrintFieldViolations(const std::string& details, std::string_view message) {
  google::rpc::Status status;
  if (!status.ParseFromString(details)) return;
  for (const google::protobuf::Any& detail : status.details()) {
    google::rpc::BadRequest bad_request;
    if (!detail.UnpackTo(&bad_request)) continue;
    for (const auto& violation : bad_request.field_violations()) {
      const std::string text = violation.field() + ": " + violation.description();
      if (text != message) std::cerr << "  " << text << '\n';
    }
  }
}

}  // namespace

const char kClientHelp[] =
    R"(The service is looked for at 127.0.0.1:50051, at what STROWGER_SERVER names, or at --server:
host:port or unix:PATH. Plaintext, unless --tls-ca names the authority of its certificate.

Exit code: 0 done, 1 the service said no, 2 it could not be reached or the arguments are wrong.)";

void AddServerOption(CLI::App& command, ClientOptions& options) {
  command.add_option("--server", options.server, "Address of the service")
      ->envname("STROWGER_SERVER")
      ->type_name("ADDR");
  AddConnectionFiles(command, options.files);
}

void AddConnectionFiles(CLI::App& command, ConnectionFiles& files) {
  const auto add = [&command](const char* name, std::string& file, const char* variable,
                              const char* what) {
    command.add_option(name, file, what)->envname(variable)->type_name("FILE");
  };
  add("--tls-ca", files.authority, "STROWGERCTL_TLS_CA",
      "TLS: authority of the service's certificate (PEM)");
  add("--tls-cert", files.certificate, "STROWGERCTL_TLS_CERT",
      "Mutual TLS: certificate to show (PEM)");
  add("--tls-key", files.key, "STROWGERCTL_TLS_KEY", "Mutual TLS: its private key (PEM)");
  add("--token-file", files.token, "STROWGERCTL_TOKEN_FILE", "Bearer token to send");
}

void AddClientOptions(CLI::App& command, ClientOptions& options) {
  AddServerOption(command, options);
  command
      .add_option("--domain", options.domain, "Domain to ask about; the default one if not given")
      ->type_name("NAME");
  AddOutputOption(command, options.json);
}

void AddOutputOption(CLI::App& command, bool& json) {
  command
      .add_option_function<std::string>(
          "-o,--output", [&json](const std::string& format) { json = format == "json"; },
          "What to print: a table for people or JSON for scripts")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
}

std::shared_ptr<grpc::Channel> Connect(const std::string& server, const ConnectionFiles& files) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  // Otherwise a channel would share the connections, and the back-off, of earlier ones to the same
  // address: whoever waits for a service to come up tries with a fresh channel each time.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      server, CredentialsOf(files), arguments, TokenSenders(server, files));
}

void SetCallDeadline(grpc::ClientContext& context, std::chrono::seconds patience) {
  context.set_deadline(std::chrono::system_clock::now() + patience);
}

int ReportFailure(const grpc::Status& status, const ClientOptions& options) {
  // What the service itself says; any other is about the way to it.
  const bool answered = status.error_message().rfind("the service is ", 0) == 0;
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE && answered) {
    std::cerr << "strowgerctl: " << status.error_message()
              << "\n`strowgerctl status --watch` shows when it serves.\n";
    return kExitFailed;
  }
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    std::cerr << "strowgerctl: no service answers at " << options.server << " ("
              << status.error_message() << ")\n"
              << "Start strowgerd, or name its address with --server or STROWGER_SERVER.\n";
    return kExitUnusable;
  }
  std::cerr << "strowgerctl: " << status.error_message() << '\n';
  PrintFieldViolations(status.error_details(), status.error_message());
  const std::string_view advice = AdviceOn(status.error_code());
  if (!advice.empty()) std::cerr << advice << '\n';
  return status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ? kExitUnusable : kExitFailed;
}

void PrintJson(const google::protobuf::Message& message, bool one_line) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !one_line;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  // Fails only for messages that hold an unknown Any, which ours do not.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return;
  std::cout << json;
  if (one_line) std::cout << '\n';
  std::cout.flush();
}

grpc::Status TimeForCommands(const std::shared_ptr<grpc::Channel>& channel,
                             const std::string& domain, std::int64_t* ns) {
  *ns = 0;
  const auto stub = v1::AdminService::NewStub(channel);
  grpc::ClientContext context;
  SetCallDeadline(context);
  v1::GetStatusResponse response;
  grpc::Status status = stub->GetStatus(&context, {}, &response);
  if (!status.ok() || response.clock() != v1::CLOCK_MODE_VIRTUAL) return status;
  for (const v1::DomainStatus& each : response.domains()) {
    if (each.domain() == (domain.empty() ? "default" : domain)) *ns = NsOf(each.time());
  }
  // A domain that has seen no command yet takes any time; the first second will do.
  if (*ns == 0) *ns = kSecondNs;
  return status;
}

StallGuard::StallGuard(grpc::ClientContext& context, std::chrono::milliseconds patience)
    : thread_([this, &context, patience] { Run(context, patience); }) {}

StallGuard::~StallGuard() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ended_condition_.notify_one();
  thread_.join();
}

void StallGuard::Run(grpc::ClientContext& context, std::chrono::milliseconds patience) {
  std::uint64_t seen = heard_.load(std::memory_order_relaxed);
  std::unique_lock lock(mutex_);
  while (!ended_condition_.wait_for(lock, patience, [this] { return ended_; })) {
    const std::uint64_t heard = heard_.load(std::memory_order_relaxed);
    if (heard == seen && waiting_.load(std::memory_order_relaxed)) {
      stalled_.store(true, std::memory_order_release);
      context.TryCancel();
      return;
    }
    seen = heard;
  }
}

}  // namespace strowger::ctl
