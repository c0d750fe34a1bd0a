#include "server/http/metrics.h"

#include <algorithm>
#include <utility>

namespace honeyhive::server {

void MetricsText::begin(std::string_view name, std::string_view help, std::string_view type) {
  out_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  out_.append(name).append(" ").append(type).append("\n");
}

void MetricsText::sample(std::string_view name, std::string_view labels, std::uint64_t value) {
  out_.append(name);
  if (!labels.empty()) out_.append("{").append(labels).append("}");
  out_.append(" ").append(std::to_string(value)).append("\n");
}

void MetricsText::counter(std::string_view name, std::string_view help, std::uint64_t value) {
  begin(name, help, "counter");
  sample(name, "", value);
}

void MetricsText::gauge(std::string_view name, std::string_view help, std::uint64_t value) {
  begin(name, help, "gauge");
  sample(name, "", value);
}

void Metrics::set_routes(const std::vector<Route>& routes) {
  for (const Route& route : routes) {
    labels_.push_back("method=\"" + route.method + "\",route=\"" + route.pattern + "\"");
  }
  labels_.emplace_back("method=\"\",route=\"\"");
  requests_ = std::vector<Classes>(labels_.size());
}

void Metrics::add_source(std::function<void(MetricsText&)> source) {
  sources_.push_back(std::move(source));
}

void Metrics::count_request(std::size_t route, int status) noexcept {
  if (requests_.empty()) return;
  const std::size_t status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
  Classes& classes = requests_[std::min(route, requests_.size() - 1)];
  classes[status_class].fetch_add(1, std::memory_order_relaxed);
}

std::string Metrics::text() const {
  std::string out;
  MetricsText text(out);
  text.begin("honeyhive_http_requests_total", "Requests answered, by route and status class.",
             "counter");
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    for (std::size_t c = 0; c < requests_[i].size(); ++c) {
      const std::uint64_t count = requests_[i][c].load(std::memory_order_relaxed);
      if (count == 0) continue;
      text.sample("honeyhive_http_requests_total",
                  labels_[i] + ",status=\"" + std::to_string(c + 1) + "xx\"", count);
    }
  }
  text.counter("honeyhive_http_body_bytes_total", "Bytes of request bodies received, as encoded.",
               body_bytes.load(std::memory_order_relaxed));
  text.gauge("honeyhive_http_connections", "Connections open now.",
             connections.load(std::memory_order_relaxed));
  text.counter("honeyhive_http_connections_refused_total",
               "Connections refused because too many were open.",
               connections_refused.load(std::memory_order_relaxed));
  text.counter("honeyhive_spans_rejected_total", "Spans and log records refused one by one.",
               spans_rejected.load(std::memory_order_relaxed));
  for (const auto& source : sources_) source(text);
  return out;
}

}  // namespace honeyhive::server
