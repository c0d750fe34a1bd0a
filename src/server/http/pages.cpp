#include "server/http/pages.h"

#include <utility>

namespace honeyhive::server {
namespace {

using Clock = std::chrono::steady_clock;

Response text_response(std::string body, std::string content_type) {
  Response response;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

Response health(const Service& service) {
  const bool is_closing = service.is_closing.load();
  Response response;
  response.status = is_closing ? 503 : 200;
  response.body = is_closing ? "{\"status\":\"closing\"}\n" : "{\"status\":\"ok\"}\n";
  return response;
}

void add_hub_numbers(MetricsText& text, const EventHub& hub) {
  const HubStats stats = hub.stats();
  text.gauge("honeyhive_tail_subscribers", "Readers of live events, now.", stats.subscribers);
  text.counter("honeyhive_tail_events_total", "Live events published.", stats.published);
  text.counter("honeyhive_tail_gaps_total", "Times a reader was told that it missed events.",
               stats.gaps);
  text.counter("honeyhive_tail_missed_total", "Live events that readers missed by being slow.",
               stats.missed);
}

}  // namespace

void register_pages(const Pages& pages) {
  Service& service = pages.service;
  const RouteOptions open{.access = Access::open};
  service.router.add(
      "GET", "/", open, [version = pages.version](const Request& request, const Responder& answer) {
        const std::string address = "http://" + std::string(request.header("host"));
        answer(text_response(front_page(address, version), "text/plain; charset=utf-8"));
      });
  service.router.add("GET", "/healthz", open, [&service](const Request&, const Responder& answer) {
    answer(health(service));
  });
  service.router.add("GET", "/metrics", open, [&service](const Request&, const Responder& answer) {
    answer(text_response(service.metrics.text(), "text/plain; version=0.0.4; charset=utf-8"));
  });
  service.metrics.add_source([&hub = pages.hub, &service,
                              started = pages.started](MetricsText& text) {
    add_hub_numbers(text, hub);
    text.gauge("honeyhive_body_bytes_in_flight", "Bytes of request bodies in memory, now.",
               service.budget.used());
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started);
    text.gauge("honeyhive_uptime_seconds", "Seconds since the server started.",
               static_cast<std::uint64_t>(uptime.count()));
  });
}

std::string front_page(std::string_view address, std::string_view version) {
  std::string page = "honeyhive " + std::string(version) +
                     ": traces of LLM programs, stored on this machine.\n\n"
                     "Send\n"
                     "  any OpenTelemetry exporter   OTEL_EXPORTER_OTLP_ENDPOINT=@\n"
                     "                               OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"
                     "  HoneyHive SDKs               HH_API_URL=@\n\n"
                     "Look\n"
                     "  honeyhive traces             the newest traces\n"
                     "  honeyhive show <id>          one trace or session as a tree\n"
                     "  honeyhive tail               spans as they arrive\n"
                     "  each with --server @ if it does not find this server by itself\n\n"
                     "Health: @/healthz   Numbers: @/metrics\n";
  for (std::size_t at = page.find('@'); at != std::string::npos; at = page.find('@', at)) {
    page.replace(at, 1, address);
    at += address.size();
  }
  return page;
}

}  // namespace honeyhive::server
