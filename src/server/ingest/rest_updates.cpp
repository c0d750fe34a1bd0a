// Updates of events: the part of rest.h about PUT.

#include <utility>
#include <vector>

#include "core/limits.h"
#include "server/ingest/json_fields.h"
#include "server/ingest/rest.h"
#include "server/ingest/rest_append.h"
#include "server/ingest/rest_fields.h"

namespace honeyhive::server {
namespace {

// All but which event it changes.
Event update_of(JsonFields& fields) {
  Event update;
  update.kind = Event::Kind::update;
  update.project = project_field(fields);
  for (std::size_t i = 0; i < bucket_count; ++i) update.buckets[i] = fields.object(bucket_names[i]);
  // Replaced, also by nothing; only null keeps the old ones.
  std::string& outputs = update.bucket(Bucket::outputs);
  if (fields.has("outputs") && outputs.empty()) outputs = "{}";
  update.error = error_field(fields);
  update.children_ids = fields.texts("children_ids", core::limits::session_id_bytes);
  if (const auto end = fields.milliseconds_as_ns("end_time")) {
    update.has_end = true;
    update.end_ns = *end;
  } else if (fields.has("end_time")) {
    fields.refuse("end_time", "milliseconds since 1970");
  }
  if (const auto duration = fields.milliseconds_as_ns("duration")) {
    update.has_duration = true;
    update.duration_ns = *duration;
  } else if (fields.has("duration")) {
    fields.refuse("duration", "milliseconds");
  }
  return update;
}

void store(const IngestDeps& deps, const Request& request, Event update, const Responder& respond) {
  if (auto set = set_record_id(request, update); !set) return respond(error_response(set.error()));
  Response success;
  success.body = R"({"success":true})";
  std::vector<Event> events;
  events.push_back(std::move(update));
  append_where_known(deps, request, std::move(events), respond, std::move(success));
}

}  // namespace

void update_event(const IngestDeps& deps, const Request& request, const Responder& respond) {
  auto fields = JsonFields::parse(request.body, "body");
  if (!fields) return respond(error_response(fields.error()));
  Event update = update_of(*fields);
  update.event_id = id_field(*fields, "event_id");
  if (update.event_id.empty()) fields->refuse("event_id", "the id of an event");
  if (fields->error()) return respond(error_response(*fields->error()));
  store(deps, request, std::move(update), respond);
}

void update_event_v1(const IngestDeps& deps, const Request& request, const Responder& respond) {
  auto fields = JsonFields::parse(request.body, "body");
  if (!fields) return respond(error_response(fields.error()));
  Event update = update_of(*fields);
  if (fields->error()) return respond(error_response(*fields->error()));
  const auto id = path_id(request, "event_id");
  if (!id) return respond(error_response(id.error()));
  update.event_id = *id;
  store(deps, request, std::move(update), respond);
}

}  // namespace honeyhive::server
