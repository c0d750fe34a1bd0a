#include "server/query/routes.h"

#include <string>
#include <utility>

#include "core/limits.h"
#include "server/query/export.h"
#include "server/query/logs.h"
#include "server/query/schema.h"
#include "server/query/search.h"
#include "server/query/tail.h"
#include "server/query/traces.h"

namespace honeyhive::server {
namespace {

using Call = void (*)(const QueryDeps&, const Request&, const Responder&);

}  // namespace

void register_query(Router& router, QueryDeps deps) {
  const auto handler = [deps](Call call) -> Handler {
    return [deps, call](Request request, const Responder& respond) {
      std::string path = request.path;
      deps.reads.answer(
          std::move(path), respond,
          [deps, call, request = std::move(request), respond] { call(deps, request, respond); });
    };
  };
  const RouteOptions read = {.access = Access::read};
  const RouteOptions filter = {.access = Access::read,
                               .media = Media::json,
                               .max_body_bytes = core::limits::filter_body_bytes};
  for (const char* const path : {"/v1/events/export", "/events/export"}) {
    router.add("POST", path, filter, handler(export_events));
  }
  router.add("POST", "/v1/events/search", filter, handler(search_events));
  router.add("GET", "/v1/events/schema", read, handler(events_schema));  // before {id}
  router.add("GET", "/session/{id}", read, handler(get_session));
  router.add("GET", "/v1/events/{id}", read, handler(get_event));
  router.add("GET", "/api/v0/traces", read, handler(list_traces));
  router.add("GET", "/api/v0/traces/{trace_id}", read, handler(show_trace));
  router.add("GET", "/api/v0/sessions/{session_id}", read, handler(show_session));
  router.add("GET", "/api/v0/logs", read, handler(list_logs));
  router.add(
      "GET", "/api/v0/tail", read,  // reads nothing: subscribes
      [deps](const Request& request, const Responder& respond) { tail(deps, request, respond); });
}

}  // namespace honeyhive::server
