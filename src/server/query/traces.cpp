#include "server/query/traces.h"

#include <algorithm>
#include <set>

#include "core/time_text.h"
#include "server/query/event_json.h"
#include "server/query/logs.h"
#include "server/query/parameters.h"
#include "server/query/session_totals.h"

namespace honeyhive::server {
namespace {

constexpr std::size_t most_rows = 1000;

double milliseconds(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

// An empty parameter is no parameter.
std::optional<std::string> parameter(const Request& request, std::string_view name) {
  const auto value = request.query_value(name);
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

core::Result<TraceQuery> trace_query(const Request& request, std::int64_t now_ns) {
  TraceQuery query;
  query.project = parameter(request, "project");
  query.session_id = parameter(request, "session_id");
  if (const auto text = parameter(request, "limit")) {
    const auto limit = parse_limit(*text, most_rows);
    if (!limit) return limit.error();
    query.limit = *limit;
  }
  if (const auto text = parameter(request, "since")) {
    const auto since = parse_since(*text, now_ns);
    if (!since) return since.error();
    query.since_ns = *since;
  }
  if (const auto text = parameter(request, "cursor")) {
    const auto cursor = parse_cursor(*text);
    if (!cursor) return cursor.error();
    query.after = *cursor;
  }
  return query;
}

void append_start(core::JsonWriter& json, std::int64_t start_ns, std::int64_t end_ns) {
  json.member("start_time", core::iso_time(start_ns));
  json.member("start_ns", std::to_string(start_ns));
  json.key("duration_ms").number(milliseconds(end_ns - start_ns));
}

void append_row(core::JsonWriter& json, const TraceSummary& trace) {
  json.begin_object();
  json.member("project", trace.project).member("trace_id", trace.trace_id.hex());
  json.member("session_id", trace.session_id).member("name", trace.name);
  append_start(json, trace.start_ns, trace.end_ns);
  json.key("spans").unsigned_integer(trace.spans);
  json.key("errors").unsigned_integer(trace.errors);
  json.key("model_spans").unsigned_integer(trace.model_spans);
  json.key("tokens_in").unsigned_integer(trace.tokens_in);
  json.key("tokens_out").unsigned_integer(trace.tokens_out);
  json.end_object();
}

// The catalogue counts what names the session; shown is also what belongs to it by its trace.
void sum_up(SessionSummary& session, const std::vector<Event>& events) {
  session.spans = session.errors = session.tokens_in = session.tokens_out = 0;
  for (const Event& event : events) {
    if (event.kind == Event::Kind::session) continue;
    ++session.spans;
    session.errors += event.status == Status::error || !event.error.empty() ? 1 : 0;
    session.tokens_in += event.tokens_in;
    session.tokens_out += event.tokens_out;
    const BelievedTimes times = believed_times(event);
    if (!times.is_known) continue;
    session.start_ns = std::min(session.start_ns, times.start_ns);
    session.end_ns = std::max(session.end_ns, times.end_ns);
  }
}

void append_session(core::JsonWriter& json, const SessionSummary& session) {
  json.begin_object();
  json.member("project", session.project).member("session_id", session.session_id);
  json.member("name", session.name).member("source", session.source);
  append_start(json, session.start_ns, session.end_ns);
  json.key("traces").unsigned_integer(session.traces);
  json.key("spans").unsigned_integer(session.spans);
  json.key("errors").unsigned_integer(session.errors);
  json.key("tokens_in").unsigned_integer(session.tokens_in);
  json.key("tokens_out").unsigned_integer(session.tokens_out);
  json.end_object();
}

void append_events(core::JsonWriter& json, const std::vector<Event>& events) {
  const Children children(events);
  json.key("events").begin_array();
  for (const Event& event : events) append_event(json, event, children, Detail::full);
  json.end_array();
}

// Keeps the events of the first one's project; returns the names of the others.
std::set<std::string> keep_one_project(std::vector<Event>& events) {
  std::set<std::string> others;
  if (events.empty()) return others;
  const std::string project = events.front().project;
  for (const Event& event : events) others.insert(event.project);
  others.erase(project);
  std::erase_if(events, [&](const Event& event) { return event.project != project; });
  return others;
}

void append_others(core::JsonWriter& json, const std::set<std::string>& projects) {
  if (projects.empty()) return;
  json.key("other_projects").begin_array();
  for (const std::string& project : projects) json.string(project);
  json.end_array();
}

// Those, apart from `shown`, that know a session of this id.
core::Result<std::set<std::string>> other_projects(Store& store, const SessionSummary& shown) {
  SessionQuery query;
  query.session_id = shown.session_id;
  query.limit = most_rows;
  const auto rows = store.sessions(query);
  if (!rows) return rows.error();
  std::set<std::string> others;
  for (const SessionSummary& row : *rows) others.insert(row.project);
  others.erase(shown.project);
  return others;
}

std::string session_of(const std::vector<Event>& events) {
  const auto named = std::find_if(events.begin(), events.end(),
                                  [](const Event& event) { return !event.session_id.empty(); });
  return named == events.end() ? std::string() : named->session_id;
}

}  // namespace

void list_traces(const QueryDeps& deps, const Request& request, const Responder& respond) {
  auto query = trace_query(request, deps.now_ns());
  if (!query) return respond(error_response(query.error()));
  const std::size_t wanted = query->limit++;  // one more tells whether there is a next page
  auto traces = deps.store.traces(*query);
  if (!traces) return respond(error_response(traces.error()));
  const bool has_next = traces->size() > wanted;
  if (has_next) traces->resize(wanted);
  Response response;
  core::JsonWriter json(response.body);
  json.begin_object().key("traces").begin_array();
  for (const TraceSummary& trace : *traces) append_row(json, trace);
  json.end_array().key("next");
  has_next ? json.string(cursor_text(traces->back().cursor)) : json.null();
  json.end_object();
  respond(std::move(response));
}

void show_trace(const QueryDeps& deps, const Request& request, const Responder& respond) {
  const auto id = parse_trace_id(request.path_value("trace_id"));
  if (!id) return respond(error_response(id.error()));
  auto events = deps.store.trace(parameter(request, "project"), *id);
  if (!events) return respond(error_response(events.error()));
  std::set<std::string> others = keep_one_project(*events);
  LogQuery of_trace = {.project = parameter(request, "project"), .trace_id = *id};
  if (!events->empty()) of_trace.project = events->front().project;
  auto logs = deps.store.logs(of_trace);
  if (!logs) return respond(error_response(logs.error()));
  if (events->empty()) others = keep_one_project(logs->events);  // they came before its spans
  if (events->empty() && logs->events.empty()) {
    return respond(error_response(404, "trace_id: there is no trace '" + id->hex() + "'"));
  }
  const std::vector<Event>& known = events->empty() ? logs->events : *events;
  Response response;
  core::JsonWriter json(response.body);
  json.begin_object().member("project", known.front().project).member("trace_id", id->hex());
  json.member("session_id", session_of(known));
  append_events(json, *events);
  append_logs(json, *logs);
  append_others(json, others);
  json.end_object();
  respond(std::move(response));
}

void show_session(const QueryDeps& deps, const Request& request, const Responder& respond) {
  const std::string_view id = request.path_value("session_id");
  const auto project = parameter(request, "project");
  auto session = deps.store.session(project, id);
  if (!session) return respond(error_response(session.error()));
  if (!session->has_value()) {
    return respond(
        error_response(404, "session_id: there is no session '" + std::string(id) + "'"));
  }
  auto events = deps.store.session_events((*session)->project, id);
  if (!events) return respond(error_response(events.error()));
  core::Result<std::set<std::string>> others = std::set<std::string>();
  if (!project) others = other_projects(deps.store, **session);
  if (!others) return respond(error_response(others.error()));
  add_session_totals(*events);
  sum_up(**session, *events);
  const auto logs = logs_around(deps.store, (*session)->project, id, *events);
  if (!logs) return respond(error_response(logs.error()));
  Response response;
  core::JsonWriter json(response.body);
  json.begin_object().key("session");
  append_session(json, **session);
  append_events(json, *events);
  append_logs(json, *logs);
  append_others(json, *others);
  json.end_object();
  respond(std::move(response));
}

}  // namespace honeyhive::server
