// gRPC calls by method and status code.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace strowger::metrics {

// Any thread counts: an interceptor, or each handler as it finishes. The methods are given once,
// so that the number of series is bounded whatever clients ask for.
class RpcCounters {
 public:
  static constexpr std::size_t kCodes = 17;  // grpc::StatusCode OK .. UNAUTHENTICATED
  static constexpr std::size_t kOther = static_cast<std::size_t>(-1);

  // Full names: "strowger.v1.RoutingService/Route". The order gives the index.
  explicit RpcCounters(std::vector<std::string> methods);

  // Of a full name, with or without a leading slash; kOther when it was not given. Look it up once.
  std::size_t IndexOf(std::string_view method) const;

  // A call has begun; `Finished` must follow.
  void Started(std::size_t method) { Row(method).open.fetch_add(1, std::memory_order_relaxed); }
  // With a number of grpc::StatusCode; one out of range counts as UNKNOWN.
  void Finished(std::size_t method, int code) {
    MethodRow& row = Row(method);
    row.open.fetch_sub(1, std::memory_order_relaxed);
    const std::size_t column = code >= 0 && static_cast<std::size_t>(code) < kCodes
                                   ? static_cast<std::size_t>(code)
                                   : kUnknown;
    row.finished[column].fetch_add(1, std::memory_order_relaxed);
  }

  struct Reading {
    std::string_view service;  // "strowger.v1.RoutingService"; of calls not known: "other"
    std::string_view method;   // "Route"; "other"
    std::int64_t open = 0;
    std::array<std::uint64_t, kCodes> finished = {};
  };
  // The methods in order, then the others. Views live as long as this.
  std::vector<Reading> Read() const;

  // "OK", "CANCELLED", ...
  static std::string_view CodeName(std::size_t code);

 private:
  static constexpr std::size_t kUnknown = 2;

  struct alignas(64) MethodRow {
    std::atomic<std::int64_t> open{0};
    std::array<std::atomic<std::uint64_t>, kCodes> finished{};
  };

  MethodRow& Row(std::size_t method) {
    return rows_[method < methods_.size() ? method : methods_.size()];
  }

  const std::vector<std::string> methods_;
  const std::unique_ptr<MethodRow[]> rows_;  // one more than methods_, for the others
};

}  // namespace strowger::metrics
