#include "server/ingest/otlp_traces.h"

#include <memory>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/decode.h"
#include "server/ingest/otlp_answers.h"
#include "server/ingest/span_event.h"

namespace honeyhive::server {
namespace {

// HoneyHive's SDKs name the source of all spans of a request in a header.
std::string source_of(const Request& request) {
  std::string source;
  core::append_repaired(
      source, core::cut_at_character(request.header("x-source"), core::limits::name_bytes));
  return source;
}

}  // namespace

void receive_traces(const IngestDeps& deps, const Request& request, const Responder& respond) {
  if (request.media_type() != "application/x-protobuf") {
    return respond(error_response(
        415,
        "OTLP traces are taken as application/x-protobuf; set the exporter's protocol to "
        "http/protobuf (OTEL_EXPORTER_OTLP_PROTOCOL)"));
  }
  SpanMapper mapper(deps.now_ns(), source_of(request));
  std::vector<Event> events;
  RejectedSpans rejected;
  const auto decoded = otlp::decode_trace_request(
      request.body, [&](const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                        const otlp::SpanView& span) {
        auto event = mapper.map(resource, scope, span);
        if (event) {
          events.push_back(*std::move(event));
        } else {
          rejected.add(otlp::place_of(resource, scope, span), event.error().message);
        }
      });
  if (!decoded) return respond(otlp_failure(decoded.error()));
  if (rejected.count() > 0 && deps.on_rejected) deps.on_rejected(rejected.count());
  if (events.empty() && rejected.count() > 0) {
    return respond(otlp_failure(400, rejected.message()));
  }
  if (events.empty()) return respond(otlp_success(rejected));
  const bool taken = deps.store.append(std::move(events), [respond, rejected](const auto& stored) {
    respond(stored ? otlp_success(rejected) : otlp_failure(stored.error()));
  });
  if (!taken) respond(otlp_retry(429, "the queue to the disk is full"));
}

}  // namespace honeyhive::server
