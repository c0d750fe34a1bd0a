#include "server/ingest/routes.h"

#include <utility>

#include "core/limits.h"
#include "server/ingest/otlp_logs.h"
#include "server/ingest/otlp_traces.h"
#include "server/ingest/rest.h"

namespace honeyhive::server {
void register_ingest(Router& router, const IngestDeps& deps) {
  const RouteOptions otlp = {.access = Access::ingest, .media = Media::json_or_protobuf};
  for (const char* const path : {"/v1/traces", "/opentelemetry/v1/traces"}) {
    router.add("POST", path, otlp, [deps](const Request& request, const Responder& respond) {
      receive_traces(deps, request, respond);
    });
  }
  for (const char* const path : {"/v1/logs", "/opentelemetry/v1/logs"}) {
    router.add("POST", path, otlp, [deps](const Request& request, const Responder& respond) {
      receive_logs(deps, request, respond);
    });
  }
  const RouteOptions json = {.access = Access::ingest,
                             .media = Media::json,
                             .max_body_bytes = core::limits::json_body_bytes};
  router.add("POST", "/session/start", json,
             [deps](const Request& request, const Responder& respond) {
               start_session(deps, request, respond);
             });
  router.add("PUT", "/events", json, [deps](const Request& request, const Responder& respond) {
    update_event(deps, request, respond);
  });
}

}  // namespace honeyhive::server
