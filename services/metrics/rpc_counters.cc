#include "services/metrics/rpc_counters.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace strowger::metrics {

RpcCounters::RpcCounters(std::vector<std::string> methods)
    : methods_(std::move(methods)), rows_(std::make_unique<MethodRow[]>(methods_.size() + 1)) {}

std::size_t RpcCounters::IndexOf(std::string_view method) const {
  if (!method.empty() && method.front() == '/') method.remove_prefix(1);
  const auto found = std::find(methods_.begin(), methods_.end(), method);
  return found == methods_.end() ? kOther : static_cast<std::size_t>(found - methods_.begin());
}

std::vector<RpcCounters::Reading> RpcCounters::Read() const {
  std::vector<Reading> readings(methods_.size() + 1);
  for (std::size_t i = 0; i < readings.size(); ++i) {
    Reading& reading = readings[i];
    reading.service = reading.method = "other";
    if (i < methods_.size()) {
      const std::string_view name = methods_[i];
      const std::size_t slash = std::min(name.find('/'), name.size());
      reading.service = name.substr(0, slash);
      reading.method = name.substr(std::min(slash + 1, name.size()));
    }
    reading.open = rows_[i].open.load(std::memory_order_relaxed);
    for (std::size_t code = 0; code < kCodes; ++code) {
      reading.finished[code] = rows_[i].finished[code].load(std::memory_order_relaxed);
    }
  }
  return readings;
}

std::string_view RpcCounters::CodeName(std::size_t code) {
  static constexpr std::array<std::string_view, kCodes> kNames = {"OK",
                                                                  "CANCELLED",
                                                                  "UNKNOWN",
                                                                  "INVALID_ARGUMENT",
                                                                  "DEADLINE_EXCEEDED",
                                                                  "NOT_FOUND",
                                                                  "ALREADY_EXISTS",
                                                                  "PERMISSION_DENIED",
                                                                  "RESOURCE_EXHAUSTED",
                                                                  "FAILED_PRECONDITION",
                                                                  "ABORTED",
                                                                  "OUT_OF_RANGE",
                                                                  "UNIMPLEMENTED",
                                                                  "INTERNAL",
                                                                  "UNAVAILABLE",
                                                                  "DATA_LOSS",
                                                                  "UNAUTHENTICATED"};
  return kNames[code];
}

}  // namespace strowger::metrics
