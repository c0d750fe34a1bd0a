// Starts of sessions: the part of rest.h about S.

#include <utility>
#include <vector>

#include "server/ingest/json_fields.h"
#include "server/ingest/rest.h"
#include "server/ingest/rest_append.h"
#include "server/ingest/rest_fields.h"
#include "server/ingest/session_body.h"
#include "server/ingest/span_event.h"

namespace honeyhive::server {
namespace {

void start(const IngestDeps& deps, const Request& request, JsonFields& fields,
           const Responder& respond) {
  Event event = session_event(fields, deps.now_ns());
  if (fields.error()) return respond(error_response(*fields.error()));
  if (auto set = set_record_id(request, event); !set) return respond(error_response(set.error()));
  if (event.project.empty()) event.project = default_project;
  Response success = session_response(event);
  std::vector<Event> events;
  events.push_back(std::move(event));
  append_all(deps, std::move(events), respond, std::move(success));
}

}  // namespace

void start_session(const IngestDeps& deps, const Request& request, const Responder& respond) {
  auto body = JsonFields::parse(request.body, "body");
  if (!body) return respond(error_response(body.error()));
  if (!body->has("session")) body->refuse("session", "an object");
  if (body->error()) return respond(error_response(*body->error()));
  auto fields = JsonFields::parse(body->raw("session"), "session");
  if (!fields) return respond(error_response(fields.error()));
  start(deps, request, *fields, respond);
}

void start_session_v1(const IngestDeps& deps, const Request& request, const Responder& respond) {
  auto fields = JsonFields::parse(request.body, "body");
  if (!fields) return respond(error_response(fields.error()));
  allow_session_fields_only(*fields);
  start(deps, request, *fields, respond);
}

}  // namespace honeyhive::server
