// /metrics, /healthz and /readyz.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace strowger::metrics {

struct HttpOptions {
  std::string listen = "127.0.0.1:9464";  // "address:port"; port 0: any free one
  int threads = 4;                        // scrapes and probes at once
};

struct Readiness {
  bool ready = false;
  std::string why;  // one line: "serving", "draining", "recovering: 40 %"
};

// Serves until it is destroyed. Connections are not kept alive, so that an idle client cannot hold
// a thread.
class HttpServer {
 public:
  // `page` gives the text of /metrics, `readiness` that of /readyz (200 or 503); both are called on
  // the server's threads, several at once. /healthz says 200 as long as the process can answer.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HttpOptions& options,
                                                           std::function<std::string()> page,
                                                           std::function<Readiness()> readiness);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The port it listens on.
  int port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace strowger::metrics
