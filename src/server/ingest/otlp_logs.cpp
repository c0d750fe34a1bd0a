#include "server/ingest/otlp_logs.h"

#include "otlp/decode.h"
#include "otlp/transcode_json.h"
#include "server/ingest/log_event.h"
#include "server/ingest/otlp_intake.h"

namespace honeyhive::server {

void receive_logs(const IngestDeps& deps, const Request& request, const Responder& respond) {
  const auto decode = [&](std::string_view body, OtlpIntake& intake) {
    LogMapper mapper(deps.now_ns(), source_of(request));
    return otlp::decode_logs_request(
        body, [&](const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                  const otlp::LogView& log) {
          if (intake.is_refused()) return;
          auto event = mapper.map(resource, scope, log);
          if (event) {
            intake.take(*std::move(event));
          } else {
            intake.reject(otlp::place_of(resource, scope, log), event.error().message);
          }
        });
  };
  receive_otlp(deps, request, respond,
               {"rejectedLogRecords", &otlp::logs_request_from_json, decode});
}

}  // namespace honeyhive::server
