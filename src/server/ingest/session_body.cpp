#include "server/ingest/session_body.h"

#include <array>
#include <string_view>

#include "core/json_writer.h"
#include "core/limits.h"
#include "server/ingest/rest_fields.h"

namespace honeyhive::server {

Event session_event(JsonFields& fields, std::int64_t now_ns) {
  Event event;
  event.kind = Event::Kind::session;
  event.event_type = "session";
  event.project = project_field(fields);
  event.session_id = id_field(fields, "session_id");
  if (event.session_id.empty()) event.session_id = new_id();
  event.event_id = event.session_id;
  set_common(fields, event, now_ns);
  event.session_name = fields.text("session_name", core::limits::name_bytes);
  if (fields.text("event_name", core::limits::name_bytes).empty() && !event.session_name.empty()) {
    event.event_name = event.session_name;
  }
  if (event.session_name.empty()) event.session_name = event.event_name;
  return event;
}

void allow_session_fields_only(JsonFields& fields) {
  static constexpr auto names = std::to_array<std::string_view>(
      {"session_id", "session_name", "event_name", "source", "start_time", "end_time", "duration",
       "config", "inputs", "outputs", "metadata", "user_properties", "children_ids"});
  fields.allow_only(names);
}

Response session_response(const Event& session) {
  Response response;
  core::JsonWriter json(response.body);
  json.begin_object();
  json.member("event_id", session.event_id).member("session_id", session.session_id);
  json.member("org_id", "local").member("workspace_id", "local");
  json.member("project_id", session.project).key("parent_id").null();
  json.key("children_ids").raw(session.children_ids.empty() ? "[]" : session.children_ids);
  json.member("event_type", "session").member("event_name", session.event_name);
  json.member("session_name", session.session_name).member("source", session.source);
  json.key("start_time").integer(session.start_ns / 1'000'000);
  json.key("end_time").integer(session.end_ns / 1'000'000);
  json.key("duration").number(static_cast<double>(session.end_ns - session.start_ns) / 1e6);
  for (std::size_t i = 0; i < bucket_count; ++i) {
    json.key(bucket_names[i]).raw(session.buckets[i].empty() ? "{}" : session.buckets[i]);
  }
  json.key("error");
  session.error.empty() ? json.null() : json.string(session.error);
  json.end_object();
  return response;
}

}  // namespace honeyhive::server
