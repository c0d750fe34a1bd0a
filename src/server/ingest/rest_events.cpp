// Events that are posted with ids of their own: the part of rest.h about E and M.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json_writer.h"
#include "core/limits.h"
#include "server/ingest/event_body.h"
#include "server/ingest/json_fields.h"
#include "server/ingest/rest.h"
#include "server/ingest/rest_append.h"
#include "server/ingest/rest_fields.h"
#include "server/ingest/session_body.h"
#include "server/store/catalog.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

constexpr const char* success_alone = R"({"success":true})";

Response created_response(const std::string& event_id) {
  Response response;
  core::JsonWriter json(response.body);
  json.begin_object().key("success").boolean(true).member("event_id", event_id).end_object();
  return response;
}

void create(const IngestDeps& deps, const Request& request, Result<JsonFields> fields,
            EventForm form, const Responder& respond) {
  if (!fields) return respond(error_response(fields.error()));
  Event event = posted_event(*fields, form, deps.now_ns(), std::nullopt);
  if (fields->error()) return respond(error_response(*fields->error()));
  Response success = created_response(event.event_id);
  std::vector<Event> events;
  events.push_back(std::move(event));
  append_where_known(deps, request, std::move(events), respond, std::move(success));
}

// The object that is the member `name` of the body.
Result<JsonFields> wrapped(const Request& request, const char* name) {
  auto body = JsonFields::parse(request.body, "body");
  if (!body) return body;
  if (!body->has(name)) body->refuse(name, "an object");
  if (body->error()) return *body->error();
  return JsonFields::parse(body->raw(name), name);
}

// The events of a list, each read as `form` says.
struct ListOptions {
  const char* name;
  EventForm form;
  std::int64_t now_ns;
  std::optional<std::string> session_id = {};
};

Result<std::vector<Event>> read_events(JsonFields& body, const ListOptions& options) {
  if (!body.has(options.name)) body.refuse(options.name, "an array of events");
  const std::vector<std::string> items = body.items(options.name);
  if (body.error()) return *body.error();
  if (items.size() > core::limits::items_per_request) {
    return Error{Error::Code::limit_exceeded,
                 "body." + std::string(options.name) + ": " + std::to_string(items.size()) +
                     " events are above " + std::to_string(core::limits::items_per_request) +
                     "; send fewer at once"};
  }
  std::vector<Event> events;
  events.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto fields = JsonFields::parse(items[i], options.name + ("[" + std::to_string(i) + "]"));
    if (!fields) return fields.error();
    events.push_back(posted_event(*fields, options.form, options.now_ns, options.session_id));
    if (fields->error()) return *fields->error();
  }
  return events;
}

// What a batch says besides its events.
struct Batch {
  std::optional<std::string> session_id;  // of all of them
  std::optional<Event> session;           // its start
};

// The id that the first event to name one has.
std::string session_named_by(JsonFields& body, const char* list) {
  for (const std::string& item : body.items(list)) {
    auto fields = JsonFields::parse(item, list);
    if (!fields) continue;  // refused when it is read as an event
    std::string id = id_field(*fields, "session_id");
    if (!id.empty()) return id;
  }
  return {};
}

Result<Batch> read_batch(JsonFields& body, const ListOptions& options) {
  const bool is_v1 = options.form == EventForm::v1;
  bool is_single = body.boolean("single_session");
  if (!is_v1) is_single = body.boolean("is_single_session") || is_single;
  const bool has_alias = !is_v1 && !body.has("session_properties");
  const char* const name = has_alias ? "session" : "session_properties";
  const std::string properties = body.has(name) ? body.object(name) : "";
  if (body.error()) return *body.error();
  Batch batch;
  if (!properties.empty()) {
    auto fields = JsonFields::parse(properties, name);
    if (!fields) return fields.error();
    if (is_v1) allow_session_fields_only(*fields);
    batch.session = session_event(*fields, options.now_ns);
    if (fields->error()) return *fields->error();
    if (fields->has("session_id")) batch.session_id = batch.session->session_id;
  }
  if (!is_single) return Batch{};
  if (!batch.session_id) batch.session_id = session_named_by(body, options.name);
  if (batch.session_id->empty()) batch.session_id = new_id();
  if (batch.session) batch.session->session_id = batch.session->event_id = *batch.session_id;
  return batch;
}

Response batch_response(const std::vector<Event>& events, const Batch& batch) {
  Response response;
  core::JsonWriter json(response.body);
  json.begin_object().key("event_ids").begin_array();
  for (const Event& event : events) json.string(event.event_id);
  json.end_array();
  if (batch.session_id) json.member("session_id", *batch.session_id);
  json.key("success").boolean(true).end_object();
  return response;
}

// A start among the events says more than the properties, which then merge into it.
void add_session(std::vector<Event>& events, Event session) {
  const bool is_started = std::any_of(events.begin(), events.end(), [&](const Event& event) {
    return event.kind == Event::Kind::session &&
           id_key(event.session_id) == id_key(session.session_id);
  });
  events.insert(is_started ? events.end() : events.begin(), std::move(session));
}

void create_batch(const IngestDeps& deps, const Request& request, ListOptions options,
                  const Responder& respond) {
  auto body = JsonFields::parse(request.body, "body");
  if (!body) return respond(error_response(body.error()));
  if (options.form == EventForm::v1) {
    static constexpr auto names =
        std::to_array<std::string_view>({"events", "single_session", "session_properties"});
    body->allow_only(names);
  }
  auto batch = read_batch(*body, options);
  if (!batch) return respond(error_response(batch.error()));
  options.session_id = batch->session_id;
  auto events = read_events(*body, options);
  if (!events) return respond(error_response(events.error()));
  const std::string project = options.form == EventForm::v1 ? "" : project_field(*body);
  if (body->error()) return respond(error_response(*body->error()));
  for (Event& event : *events) {
    if (event.project.empty()) event.project = project;
  }
  Response success = batch_response(*events, *batch);
  if (batch->session) add_session(*events, *std::move(batch->session));
  append_where_known(deps, request, *std::move(events), respond, std::move(success));
}

void add_events(const IngestDeps& deps, const Request& request, JsonFields& body,
                ListOptions options, const Responder& respond) {
  auto session_id = path_id(request, "session_id");
  if (!session_id) return respond(error_response(session_id.error()));
  options.session_id = *std::move(session_id);
  auto events = read_events(body, options);
  if (!events) return respond(error_response(events.error()));
  Response success;
  success.body = success_alone;
  append_where_known(deps, request, *std::move(events), respond, std::move(success));
}

}  // namespace

void create_event(const IngestDeps& deps, const Request& request, const Responder& respond) {
  create(deps, request, wrapped(request, "event"), EventForm::legacy, respond);
}

void create_event_v1(const IngestDeps& deps, const Request& request, const Responder& respond) {
  create(deps, request, JsonFields::parse(request.body, "body"), EventForm::v1, respond);
}

void create_model_event(const IngestDeps& deps, const Request& request, const Responder& respond) {
  create(deps, request, wrapped(request, "model_event"), EventForm::model, respond);
}

void create_events(const IngestDeps& deps, const Request& request, const Responder& respond) {
  create_batch(deps, request, {"events", EventForm::legacy, deps.now_ns()}, respond);
}

void create_events_v1(const IngestDeps& deps, const Request& request, const Responder& respond) {
  create_batch(deps, request, {"events", EventForm::v1, deps.now_ns()}, respond);
}

void create_model_events(const IngestDeps& deps, const Request& request, const Responder& respond) {
  create_batch(deps, request, {"model_events", EventForm::model, deps.now_ns()}, respond);
}

void add_to_session(const IngestDeps& deps, const Request& request, const Responder& respond) {
  auto body = JsonFields::parse(request.body, "body");
  if (!body) return respond(error_response(body.error()));
  const bool has_logs = body->has("logs");
  if (has_logs == body->has("events")) {
    body->refuse("events", has_logs ? "no `events` beside `logs`" : "`events` or `logs`");
    return respond(error_response(*body->error()));
  }
  add_events(deps, request, *body, {has_logs ? "logs" : "events", EventForm::legacy, deps.now_ns()},
             respond);
}

void add_to_session_v1(const IngestDeps& deps, const Request& request, const Responder& respond) {
  auto body = JsonFields::parse(request.body, "body");
  if (!body) return respond(error_response(body.error()));
  static constexpr auto names = std::to_array<std::string_view>({"events"});
  body->allow_only(names);
  if (body->error()) return respond(error_response(*body->error()));
  add_events(deps, request, *body, {"events", EventForm::v1, deps.now_ns()}, respond);
}

}  // namespace honeyhive::server
