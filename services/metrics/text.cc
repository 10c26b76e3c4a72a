#include "services/metrics/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <prometheus/client_metric.h>
#include <prometheus/metric_type.h>

namespace strowger::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t kUsualLine = 96;

// The shortest digits that read back as the same number.
void PutNumber(double value, std::string& to) {
  if (std::isnan(value)) {
    to += "Nan";
  } else if (std::isinf(value)) {
    to += value < 0 ? "-Inf" : "+Inf";
  } else {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    to.append(digits.data(), end.ptr);
  }
}

void PutEscaped(std::string_view text, bool quotes, std::string& to) {
  for (const char c : text) {
    if (c == '\n') {
      to += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) to += '\\';
    to += c;
  }
}

// Name and labels; `le`: the bound of a bucket, or null.
void PutSeries(std::string_view name, std::string_view suffix, const ClientMetric& metric,
               const double* le, std::string& to) {
  to.append(name).append(suffix);
  char before = '{';
  for (const ClientMetric::Label& label : metric.label) {
    to += before;
    to.append(label.name).append("=\"");
    PutEscaped(label.value, true, to);
    to += '"';
    before = ',';
  }
  if (le != nullptr) {
    to += before;
    to += "le=\"";
    PutNumber(*le, to);
    to += '"';
    before = ',';
  }
  if (before == ',') to += '}';
  to += ' ';
}

void PutSample(std::string_view name, std::string_view suffix, const ClientMetric& metric,
               double value, std::string& to) {
  PutSeries(name, suffix, metric, nullptr, to);
  PutNumber(value, to);
  to += '\n';
}

void PutHistogram(const MetricFamily& family, const ClientMetric& metric, std::string& to) {
  PutSample(family.name, "_count", metric, static_cast<double>(metric.histogram.sample_count), to);
  PutSample(family.name, "_sum", metric, metric.histogram.sample_sum, to);
  for (const ClientMetric::Bucket& bucket : metric.histogram.bucket) {
    PutSeries(family.name, "_bucket", metric, &bucket.upper_bound, to);
    PutNumber(static_cast<double>(bucket.cumulative_count), to);
    to += '\n';
  }
}

std::string_view NameOf(MetricType type) {
  if (type == MetricType::Counter) return "counter";
  return type == MetricType::Histogram ? "histogram" : "gauge";
}

}  // namespace

std::string ToText(const std::vector<MetricFamily>& families) {
  std::size_t series = 0;
  for (const MetricFamily& family : families) series += family.metric.size() + 2;
  std::string text;
  text.reserve(series * kUsualLine);
  for (const MetricFamily& family : families) {
    text.append("# HELP ").append(family.name).append(" ");
    PutEscaped(family.help, false, text);
    text.append("\n# TYPE ").append(family.name).append(" ").append(NameOf(family.type));
    text += '\n';
    for (const ClientMetric& metric : family.metric) {
      if (family.type == MetricType::Histogram) {
        PutHistogram(family, metric, text);
      } else {
        const bool counts = family.type == MetricType::Counter;
        PutSample(family.name, "", metric, counts ? metric.counter.value : metric.gauge.value,
                  text);
      }
    }
  }
  return text;
}

}  // namespace strowger::metrics
