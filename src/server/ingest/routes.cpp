#include "server/ingest/routes.h"

#include <utility>

#include "core/limits.h"
#include "server/ingest/otlp_logs.h"
#include "server/ingest/otlp_traces.h"
#include "server/ingest/rest.h"

namespace honeyhive::server {
namespace {

using Call = void (*)(const IngestDeps&, const Request&, const Responder&);

}  // namespace

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
  const struct {
    const char* method;
    const char* path;
    Call call;
  } calls[] = {{"POST", "/session/start", start_session},
               {"POST", "/v1/sessions", start_session_v1},
               {"POST", "/session/{session_id}/traces", add_to_session},
               {"POST", "/v1/sessions/{session_id}/events/batch", add_to_session_v1},
               {"POST", "/events", create_event},
               {"POST", "/v1/events", create_event_v1},
               {"POST", "/events/model", create_model_event},
               {"POST", "/events/batch", create_events},
               {"POST", "/v1/events/batch", create_events_v1},
               {"POST", "/events/model/batch", create_model_events},
               {"PUT", "/events", update_event},
               {"PUT", "/v1/events/{event_id}", update_event_v1}};
  for (const auto& [method, path, call] : calls) {
    router.add(method, path, json,
               [deps, call = call](const Request& request, const Responder& respond) {
                 call(deps, request, respond);
               });
  }
}

}  // namespace honeyhive::server
