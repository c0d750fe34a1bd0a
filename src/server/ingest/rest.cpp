#include "server/ingest/rest.h"

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <utility>

#include "core/json_writer.h"
#include "core/limits.h"
#include "core/uuid.h"
#include "server/ingest/json_fields.h"
#include "server/ingest/span_event.h"

namespace honeyhive::server {
namespace {

namespace limits = core::limits;

constexpr std::string_view unknown = "unknown";

std::string new_session_id() {
  std::random_device random;
  std::array<std::uint8_t, 16> bits{};
  for (auto& byte : bits) byte = static_cast<std::uint8_t>(random());
  return core::Uuid::with_version(bits, 4).text();
}

std::string first_of(std::string text, std::string_view otherwise) {
  if (text.empty()) text = otherwise;
  return text;
}

// An object; any other value becomes the `result` of one.
std::string any_object(JsonFields& fields, std::string_view name) {
  const std::string value = fields.raw(name);
  if (value.empty() || value.front() == '{') return fields.object(name);
  return "{\"result\":" + value + "}";
}

std::string error_text(JsonFields& fields) {
  std::string value = fields.raw("error");
  if (value.empty() || value.front() == '"') return fields.text("error", limits::value_bytes);
  return value;
}

void set_project(JsonFields& fields, Event& event) {
  event.project = first_of(fields.text("project", limits::project_bytes), default_project);
  if (refuse_project(event.project)) fields.refuse("project", "a name without control characters");
}

Event session_event(JsonFields& fields, std::int64_t now_ns) {
  Event event;
  event.kind = Event::Kind::session;
  event.event_type = "session";
  set_project(fields, event);
  event.session_id = fields.text("session_id", limits::session_id_bytes);
  if (event.session_id.empty()) event.session_id = new_session_id();
  event.event_id = event.session_id;
  event.session_name = fields.text("session_name", limits::name_bytes);
  event.event_name = first_of(fields.text("event_name", limits::name_bytes),
                              first_of(event.session_name, unknown));
  if (event.session_name.empty()) event.session_name = event.event_name;
  event.source = first_of(fields.text("source", limits::name_bytes), unknown);
  event.error = error_text(fields);
  event.start_ns = fields.milliseconds_as_ns("start_time").value_or(now_ns);
  const std::int64_t longest = std::numeric_limits<std::int64_t>::max() - event.start_ns;
  const std::int64_t duration =
      std::min(fields.milliseconds_as_ns("duration").value_or(0), longest);
  event.end_ns = fields.milliseconds_as_ns("end_time").value_or(event.start_ns + duration);
  mark_odd_clock(event, now_ns);
  for (const Bucket bucket : {Bucket::inputs, Bucket::config, Bucket::metadata, Bucket::metrics,
                              Bucket::feedback, Bucket::user_properties}) {
    event.bucket(bucket) = fields.object(bucket_names[static_cast<std::size_t>(bucket)]);
  }
  event.bucket(Bucket::outputs) = any_object(fields, "outputs");
  return event;
}

double milliseconds(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

// What was sent, and the five ids without which the client refuses an answer. Nothing of what is
// stored: writing needs no token, reading does.
Response session_response(const Event& session) {
  Response response;
  core::JsonWriter json(response.body);
  json.begin_object();
  json.member("event_id", session.event_id).member("session_id", session.session_id);
  json.member("org_id", "local").member("workspace_id", "local");
  json.member("project_id", session.project).key("parent_id").null();
  json.key("children_ids").begin_array().end_array();
  json.member("event_type", "session").member("event_name", session.event_name);
  json.member("session_name", session.session_name).member("source", session.source);
  json.key("start_time").integer(session.start_ns / 1'000'000);
  json.key("end_time").integer(session.end_ns / 1'000'000);
  json.key("duration").number(milliseconds(session.end_ns - session.start_ns));
  for (std::size_t i = 0; i < bucket_count; ++i) {
    json.key(bucket_names[i]).raw(session.buckets[i].empty() ? "{}" : session.buckets[i]);
  }
  json.key("error");
  session.error.empty() ? json.null() : json.string(session.error);
  json.end_object();
  return response;
}

// Stores `event` and answers with `success` once it is on disk.
void append_one(Store& store, Event event, const Responder& respond, Response success) {
  std::vector<Event> events;
  events.push_back(std::move(event));
  const bool taken = store.append(
      std::move(events), [respond, success = std::move(success)](const core::Result<void>& stored) {
        respond(stored ? success : error_response(stored.error()));
      });
  if (!taken) respond(retry_response(429, "the queue to the disk is full", 1));
}

void append_update(Store& store, Event update, const Responder& respond) {
  Response success;
  success.body = R"({"success":true})";
  append_one(store, std::move(update), respond, std::move(success));
}

// A client whose key decides the project does not name it: then it is where the event is. If that
// cannot be found out the update is refused: elsewhere it would change nothing.
void find_and_append(Store& store, Event update, const Responder& respond) {
  const auto known = store.event(std::nullopt, update.event_id);
  if (!known) return respond(error_response(known.error()));
  if (known->has_value()) update.project = (*known)->project;
  append_update(store, std::move(update), respond);
}

Event update_of(JsonFields& fields) {
  Event update;
  update.kind = Event::Kind::update;
  update.event_id = fields.text("event_id", limits::session_id_bytes);
  if (update.event_id.empty()) fields.refuse("event_id", "the id of an event");
  for (std::size_t i = 0; i < bucket_count; ++i) update.buckets[i] = fields.object(bucket_names[i]);
  // Replaced, also by nothing; only null keeps the old ones.
  if (fields.has("outputs")) {
    update.bucket(Bucket::outputs) = first_of(update.bucket(Bucket::outputs), "{}");
  }
  update.error = error_text(fields);
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

}  // namespace

void start_session(const IngestDeps& deps, const Request& request, const Responder& respond) {
  auto body = JsonFields::parse(request.body, "body");
  if (!body) return respond(error_response(body.error()));
  if (!body->has("session")) body->refuse("session", "an object");
  if (body->error()) return respond(error_response(*body->error()));
  auto fields = JsonFields::parse(body->raw("session"), "session");
  if (!fields) return respond(error_response(fields.error()));
  Event event = session_event(*fields, deps.now_ns());
  if (fields->error()) return respond(error_response(*fields->error()));
  Response success = session_response(event);
  append_one(deps.store, std::move(event), respond, std::move(success));
}

void update_event(const IngestDeps& deps, const Request& request, const Responder& respond) {
  auto fields = JsonFields::parse(request.body, "body");
  if (!fields) return respond(error_response(fields.error()));
  Event update = update_of(*fields);
  set_project(*fields, update);
  if (fields->error()) return respond(error_response(*fields->error()));
  if (fields->has("project")) return append_update(deps.store, std::move(update), respond);
  if (deps.lookups == nullptr) return find_and_append(deps.store, std::move(update), respond);
  deps.lookups->answer("PUT /events", respond, [&store = deps.store, update, respond] {
    find_and_append(store, update, respond);
  });
}

}  // namespace honeyhive::server
