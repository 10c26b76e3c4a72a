#include "services/metrics/families.h"

#include <algorithm>
#include <limits>

#include "routing/time.h"

namespace strowger::metrics {

double Seconds(std::int64_t ns) {
  if (ns == routing::kNever) return std::numeric_limits<double>::infinity();
  return static_cast<double>(ns) / 1e9;
}

double Ratio(std::int64_t millionths) { return static_cast<double>(millionths) / 1e6; }

prometheus::ClientMetric& Families::Series(const Definition& definition, const Labels& labels) {
  const auto known = std::find(definitions_.begin(), definitions_.end(), &definition);
  const auto index = static_cast<std::size_t>(known - definitions_.begin());
  if (known == definitions_.end()) {
    definitions_.push_back(&definition);
    families_.emplace_back();
    families_.back().name = definition.name;
    families_.back().help = definition.help;
    families_.back().type = definition.type;
  }
  prometheus::ClientMetric& series = families_[index].metric.emplace_back();
  for (const auto& [name, value] : labels) {
    series.label.push_back(prometheus::ClientMetric::Label{name, std::string(value)});
  }
  return series;
}

void Families::Add(const Definition& definition, const Labels& labels, double value) {
  prometheus::ClientMetric& series = Series(definition, labels);
  (definition.type == kCounter ? series.counter.value : series.gauge.value) = value;
}

void Families::Add(const Definition& definition, const Labels& labels,
                   const runtime::LatencyHistogram& histogram) {
  prometheus::ClientMetric::Histogram& to = Series(definition, labels).histogram;
  // The count is taken from the buckets, so that the two agree whatever is observed meanwhile.
  std::uint64_t count = 0;
  for (int bucket = 0; bucket < runtime::LatencyHistogram::kBounds; ++bucket) {
    count += histogram.count(bucket);
    to.bucket.push_back({count, Seconds(runtime::LatencyHistogram::BoundNs(bucket))});
  }
  to.sample_count = count + histogram.count(runtime::LatencyHistogram::kBounds);
  to.bucket.push_back({to.sample_count, std::numeric_limits<double>::infinity()});
  to.sample_sum = static_cast<double>(histogram.sum_ns()) / 1e9;
}

}  // namespace strowger::metrics
