#pragma once

// The server's own numbers, as Prometheus reads them. Counting is one relaxed atomic each.
//
// Thread-safe, except for `set_routes` and `add_source`: before the listener starts.
//
// Source: Prometheus text exposition format 0.0.4.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/router.h"

namespace honeyhive::server {

// Writes families of numbers; each name once.
class MetricsText {
 public:
  explicit MetricsText(std::string& out) : out_(out) {}

  void counter(std::string_view name, std::string_view help, std::uint64_t value);
  void gauge(std::string_view name, std::string_view help, std::uint64_t value);

  // One family with labels: `begin`, then a `sample` for each set of labels (`route="/x"`).
  void begin(std::string_view name, std::string_view help, std::string_view type);
  void sample(std::string_view name, std::string_view labels, std::uint64_t value);

 private:
  std::string& out_;
};

class Metrics {
 public:
  static constexpr std::size_t no_route = ~std::size_t{0};

  // Labels of the request counters, in the order of `Route::index`.
  void set_routes(const std::vector<Route>& routes);

  // Appended to every `text()`: the numbers of other layers.
  void add_source(std::function<void(MetricsText&)> source);

  void count_request(std::size_t route, int status) noexcept;

  std::string text() const;

  std::atomic<std::uint64_t> spans_rejected{0};
  std::atomic<std::uint64_t> body_bytes{0};   // received, before decompression
  std::atomic<std::uint64_t> connections{0};  // open now
  std::atomic<std::uint64_t> connections_refused{0};

 private:
  using Classes = std::array<std::atomic<std::uint64_t>, 5>;  // 1xx to 5xx

  std::vector<std::string> labels_;  // of routes; the last is for what matches none
  std::vector<Classes> requests_;
  std::vector<std::function<void(MetricsText&)>> sources_;
};

}  // namespace honeyhive::server
