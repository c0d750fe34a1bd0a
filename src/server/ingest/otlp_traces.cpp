#include "server/ingest/otlp_traces.h"

#include "otlp/decode.h"
#include "otlp/transcode_json.h"
#include "server/ingest/otlp_intake.h"
#include "server/ingest/span_event.h"

namespace honeyhive::server {

void receive_traces(const IngestDeps& deps, const Request& request, const Responder& respond) {
  const auto decode = [&](std::string_view body, OtlpIntake& intake) {
    SpanMapper mapper(deps.now_ns(), source_of(request));
    return otlp::decode_trace_request(
        body, [&](const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                  const otlp::SpanView& span) {
          if (intake.is_refused()) return;
          auto event = mapper.map(resource, scope, span);
          if (event) {
            intake.take(*std::move(event));
          } else {
            intake.reject(otlp::place_of(resource, scope, span), event.error().message);
          }
        });
  };
  receive_otlp(deps, request, respond, {"rejectedSpans", &otlp::trace_request_from_json, decode});
}

}  // namespace honeyhive::server
