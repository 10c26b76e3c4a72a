// Gathers series into metric families.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include "services/runtime/figures.h"

namespace strowger::metrics {

// What a family is called and means. Base units; counters end in _total, or in _seconds_total.
struct Definition {
  const char* name;
  prometheus::MetricType type;
  const char* help;
};

inline constexpr auto kCounter = prometheus::MetricType::Counter;
inline constexpr auto kGauge = prometheus::MetricType::Gauge;
inline constexpr auto kHistogram = prometheus::MetricType::Histogram;

using Label = std::pair<const char*, std::string_view>;
using Labels = std::vector<Label>;

class Families {
 public:
  // Definitions are told apart by their address, and come out in the order of their first series.
  void Add(const Definition& definition, const Labels& labels, double value);
  void Add(const Definition& definition, const Labels& labels, std::uint64_t value) {
    Add(definition, labels, static_cast<double>(value));
  }
  void Add(const Definition& definition, const Labels& labels, std::int64_t value) {
    Add(definition, labels, static_cast<double>(value));
  }
  void Add(const Definition& definition, const Labels& labels,
           const runtime::LatencyHistogram& histogram);

  std::vector<prometheus::MetricFamily> Take() { return std::move(families_); }

 private:
  prometheus::ClientMetric& Series(const Definition& definition, const Labels& labels);

  std::vector<const Definition*> definitions_;  // of families_, index by index
  std::vector<prometheus::MetricFamily> families_;
};

// Nanoseconds as seconds; kNever as infinity.
double Seconds(std::int64_t ns);
// Millionths as a ratio.
double Ratio(std::int64_t millionths);

}  // namespace strowger::metrics
