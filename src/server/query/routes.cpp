#include "server/query/routes.h"

#include <exception>
#include <string>
#include <utility>

#include "core/log.h"
#include "server/query/export.h"
#include "server/query/tail.h"
#include "server/query/traces.h"

namespace honeyhive::server {
namespace {

constexpr std::size_t filter_body_bytes = 1u << 20;

using Call = void (*)(const QueryDeps&, const Request&, const Responder&);

// On a thread of the pool. What goes wrong, as memory that ran out, costs this request only.
void answer(const QueryDeps& deps, Call call, const Request& request, const Responder& respond) {
  try {
    call(deps, request, respond);
  } catch (const std::exception& error) {
    core::log_line(core::LogLevel::error, request.path + ": " + error.what());
    respond(error_response(500, "the server failed on this request"));
  }
}

}  // namespace

void register_query(Router& router, QueryDeps deps) {
  const auto handler = [deps](Call call) -> Handler {
    return [deps, call](Request request, const Responder& respond) {
      const bool is_taken = deps.reads.post([deps, call, request = std::move(request), respond] {
        answer(deps, call, request, respond);
      });
      if (!is_taken) respond(retry_response(503, "too many reads are waiting", 1));
    };
  };
  const RouteOptions read = {.access = Access::read};
  const RouteOptions filter = {
      .access = Access::read, .media = Media::json, .max_body_bytes = filter_body_bytes};
  router.add("POST", "/v1/events/export", filter, handler(export_events));
  router.add("GET", "/v1/events/{id}", read, handler(get_event));
  router.add("GET", "/api/v0/traces", read, handler(list_traces));
  router.add("GET", "/api/v0/traces/{trace_id}", read, handler(show_trace));
  router.add("GET", "/api/v0/sessions/{session_id}", read, handler(show_session));
  router.add(
      "GET", "/api/v0/tail", read,  // reads nothing: subscribes
      [deps](const Request& request, const Responder& respond) { tail(deps, request, respond); });
}

}  // namespace honeyhive::server
