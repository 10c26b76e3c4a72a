// The text format of Prometheus, version 0.0.4.
#pragma once

#include <string>
#include <vector>

#include <prometheus/metric_family.h>

namespace strowger::metrics {

// Counters, gauges and histograms; the library's own serializer goes through a stream and takes
// several times as long, which counts with tens of thousands of series.
std::string ToText(const std::vector<prometheus::MetricFamily>& families);

}  // namespace strowger::metrics
