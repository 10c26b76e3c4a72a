#include "services/metrics/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include <gtest/gtest.h>

namespace strowger::metrics {
namespace {

// One request on a connection of its own; the whole answer, or empty.
std::string Ask(int port, const std::string& request) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      write(socket_fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t got = 0; (got = read(socket_fd, buffer, sizeof buffer)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(got));
    }
  }
  close(socket_fd);
  return answer;
}

std::string Get(int port, const std::string& path) {
  return Ask(port, "GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: keep-alive\r\n\r\n");
}

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = HttpServer::Start(
        {"127.0.0.1:0", 2}, [] { return std::string("some_metric 1\n"); },
        [this] {
          return Readiness{ready_, ready_ ? "serving" : "draining"};
        });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::atomic<bool> ready_{true};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, ServesTheThreePages) {
  const std::string metrics = Get(server_->port(), "/metrics");
  EXPECT_EQ(metrics.rfind("HTTP/1.1 200 OK\r\n", 0), 0U) << metrics;
  EXPECT_NE(metrics.find("Content-Type: text/plain; version=0.0.4"), std::string::npos);
  EXPECT_NE(metrics.find("\r\n\r\nsome_metric 1\n"), std::string::npos);
  EXPECT_NE(Get(server_->port(), "/healthz").find("\r\n\r\nok\n"), std::string::npos);
  EXPECT_NE(Get(server_->port(), "/readyz").find(" 200 "), std::string::npos);
}

TEST_F(HttpServerTest, ReadinessFollowsTheService) {
  ready_ = false;
  const std::string answer = Get(server_->port(), "/readyz");
  EXPECT_NE(answer.find(" 503 "), std::string::npos) << answer;
  EXPECT_NE(answer.find("draining"), std::string::npos);
  EXPECT_NE(Get(server_->port(), "/healthz").find(" 200 "), std::string::npos);
}

TEST_F(HttpServerTest, AnythingElseIsRefused) {
  EXPECT_NE(Get(server_->port(), "/").find(" 404 "), std::string::npos);
  EXPECT_NE(Get(server_->port(), "/etc/passwd").find(" 404 "), std::string::npos);
  EXPECT_NE(Get(server_->port(), "/metrics/../../etc/passwd").find(" 40"), std::string::npos);
  EXPECT_NE(Get(server_->port(), "/metricsx").find(" 404 "), std::string::npos);
  const std::string put =
      Ask(server_->port(), "PUT /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(put.find(" 200 "), std::string::npos) << put;
  EXPECT_EQ(Ask(server_->port(), "nonsense\r\n\r\n").find(" 200 "), std::string::npos);
}

TEST_F(HttpServerTest, AnAddressInUseIsAnError) {
  const auto second = HttpServer::Start(
      {"127.0.0.1:" + std::to_string(server_->port()), 1}, [] { return std::string(); },
      [] { return Readiness{}; });
  EXPECT_FALSE(second.ok());
}

}  // namespace
}  // namespace strowger::metrics
