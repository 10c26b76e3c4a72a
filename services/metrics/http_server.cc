#include "services/metrics/http_server.h"

#include <string>
#include <utility>
#include <vector>

#include <CivetServer.h>

namespace strowger::metrics {
namespace {

void Answer(mg_connection* connection, int code, const char* reason, const char* type,
            const std::string& body) {
  mg_printf(connection,
            "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
            "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
            code, reason, type, body.size());
  mg_write(connection, body.data(), body.size());
}

constexpr char kPlain[] = "text/plain; charset=utf-8";
constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";

// One address; GET only, everything else is refused by the handler's defaults.
class Handler : public CivetHandler {
 public:
  explicit Handler(std::function<void(mg_connection*)> answer) : answer_(std::move(answer)) {}
  bool handleGet(CivetServer* /*server*/, mg_connection* connection) override {
    answer_(connection);
    return true;
  }

 private:
  const std::function<void(mg_connection*)> answer_;
};

// What goes wrong with a client's connection is no news.
int KeepQuiet(const mg_connection* /*connection*/, const char* /*message*/) { return 1; }

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const std::vector<std::string>& options, const CivetCallbacks& callbacks,
       std::function<std::string()> page, std::function<Readiness()> readiness)
      : metrics_([page = std::move(page)](mg_connection* connection) {
          Answer(connection, 200, "OK", kMetricsType, page());
        }),
        health_([](mg_connection* connection) { Answer(connection, 200, "OK", kPlain, "ok\n"); }),
        ready_([readiness = std::move(readiness)](mg_connection* connection) {
          const Readiness now = readiness();
          if (now.ready) {
            Answer(connection, 200, "OK", kPlain, now.why + "\n");
          } else {
            Answer(connection, 503, "Service Unavailable", kPlain, now.why + "\n");
          }
        }),
        server_(options, &callbacks) {
    server_.addHandler("/metrics$", metrics_);
    server_.addHandler("/healthz$", health_);
    server_.addHandler("/readyz$", ready_);
  }

  int port() {
    const std::vector<int> ports = server_.getListeningPorts();
    return ports.empty() ? 0 : ports.front();
  }

 private:
  Handler metrics_, health_, ready_;  // outlive the server below
  CivetServer server_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

int HttpServer::port() const { return impl_->port(); }

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const HttpOptions& options, std::function<std::string()> page,
    std::function<Readiness()> readiness) {
  const std::vector<std::string> settings = {
      "listening_ports",   options.listen, "num_threads",        std::to_string(options.threads),
      "enable_keep_alive", "no",           "request_timeout_ms", "5000",
      "max_request_size",  "8192"};
  CivetCallbacks callbacks;
  callbacks.log_message = KeepQuiet;
  // Civetweb reports a server that does not start by an exception.
  try {
    return std::unique_ptr<HttpServer>(new HttpServer(
        std::make_unique<Impl>(settings, callbacks, std::move(page), std::move(readiness))));
  } catch (const CivetException&) {
    return absl::UnavailableError("cannot listen on " + options.listen +
                                  ": is the address in use, or not this machine's?");
  }
}

}  // namespace strowger::metrics
