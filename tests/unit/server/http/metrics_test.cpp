#include "server/http/metrics.h"

#include <doctest/doctest.h>

#include <string>

#include "server/http/pages.h"

using namespace honeyhive::server;

TEST_SUITE("server/http/metrics") {
  TEST_CASE("requests are counted by route and status class") {
    Router router;
    router.add("GET", "/a/{id}", {}, nullptr);
    Metrics metrics;
    metrics.set_routes(router.routes());
    metrics.count_request(0, 200);
    metrics.count_request(0, 204);
    metrics.count_request(0, 503);
    metrics.count_request(Metrics::no_route, 404);
    metrics.add_source([](MetricsText& text) { text.counter("extra_total", "Extra.", 7); });
    const std::string text = metrics.text();
    const auto has = [&](const char* line) { return text.find(line) != std::string::npos; };
    CHECK(has("# TYPE honeyhive_http_requests_total counter\n"));
    CHECK(
        has("honeyhive_http_requests_total{method=\"GET\",route=\"/a/{id}\",status=\"2xx\"} 2\n"));
    CHECK(
        has("honeyhive_http_requests_total{method=\"GET\",route=\"/a/{id}\",status=\"5xx\"} 1\n"));
    CHECK(has("honeyhive_http_requests_total{method=\"\",route=\"\",status=\"4xx\"} 1\n"));
    CHECK(has("# HELP extra_total Extra.\n# TYPE extra_total counter\nextra_total 7\n"));
  }

  TEST_CASE("the front page says how to send and how to look, with the real address") {
    const std::string page = front_page("http://localhost:4318", "1.2.3");
    CHECK(page.find("honeyhive 1.2.3") == 0);
    CHECK(page.find("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318\n") != std::string::npos);
    CHECK(page.find("HH_API_URL=http://localhost:4318\n") != std::string::npos);
    CHECK(page.find("honeyhive tail") != std::string::npos);
    CHECK(page.find('@') == std::string::npos);
  }

  TEST_CASE("health is 200 until the server closes") {
    Service service(GuardOptions{"127.0.0.1", "token", false});
    EventHub hub;
    register_pages({service, hub, "1.2.3", std::chrono::steady_clock::now()});
    const auto ask = [&] {
      Response got;
      service.router.find("GET", "/healthz").route->handler({}, Responder([&](Response response) {
                                                              got = std::move(response);
                                                            }));
      return got;
    };
    CHECK(ask().status == 200);
    CHECK(ask().body == "{\"status\":\"ok\"}\n");
    service.is_closing = true;
    CHECK(ask().status == 503);
  }
}
