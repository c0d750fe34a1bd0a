#include "server/query/logs.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "core/limits.h"
#include "server/query/event_json.h"
#include "server/query/parameters.h"
#include "server/store/event_codec.h"

namespace honeyhive::server {
namespace {

constexpr std::size_t most_logs = 10'000;

core::Result<LogQuery> log_query(const Request& request) {
  LogQuery query;
  const std::string_view project = request.query_value("project").value_or("");
  if (!project.empty()) query.project = project;
  query.session_id = request.query_value("session_id").value_or("");
  const std::string_view trace = request.query_value("trace_id").value_or("");
  if (!trace.empty()) {
    const auto id = parse_trace_id(trace);
    if (!id) return id.error();
    query.trace_id = *id;
  }
  const std::string_view text = request.query_value("limit").value_or("");
  const auto limit =
      text.empty() ? core::Result<std::size_t>(std::size_t{1000}) : parse_limit(text, most_logs);
  if (!limit) return limit.error();
  query.limit = *limit;
  return query;
}

}  // namespace

void list_logs(const QueryDeps& deps, const Request& request, const Responder& respond) {
  const auto query = log_query(request);
  if (!query) return respond(error_response(query.error()));
  const auto logs = deps.store.logs(*query);
  if (!logs) return respond(error_response(logs.error()));
  Response response;
  core::JsonWriter json(response.body);
  json.begin_object();
  append_logs(json, *logs);
  json.end_object();
  respond(std::move(response));
}

core::Result<Logs> logs_around(Store& store, std::string_view project, std::string_view session_id,
                               const std::vector<Event>& events) {
  LogQuery query;
  query.project = project;
  query.session_id = session_id;
  query.limit = most_logs;
  auto logs = store.logs(query);
  if (!logs) return logs;
  std::set<core::TraceId> traces;
  for (const Event& event : events) {
    if (event.kind == Event::Kind::span) traces.insert(event.trace_id);
  }
  std::size_t bytes = 0;
  const auto count_bytes = [&](std::size_t from) {
    for (std::size_t i = from; i < logs->events.size(); ++i) bytes += event_bytes(logs->events[i]);
  };
  count_bytes(0);
  for (const core::TraceId& trace : traces) {
    // Each call has bounds of its own: all together have to fit into one answer.
    if (bytes >= core::limits::export_answer_bytes) {
      logs->has_more = true;
      break;
    }
    query.trace_id = trace;
    query.limit = most_logs - logs->events.size();
    auto more = store.logs(query);
    if (!more) return more;
    const std::size_t before = logs->events.size();
    std::move(more->events.begin(), more->events.end(), std::back_inserter(logs->events));
    count_bytes(before);
    logs->has_more = logs->has_more || more->has_more;
  }
  std::stable_sort(logs->events.begin(), logs->events.end(),
                   [](const Event& a, const Event& b) { return a.start_ns < b.start_ns; });
  // The last ones, as where there are too many.
  auto first = logs->events.begin();
  for (; bytes > core::limits::export_answer_bytes && first != logs->events.end(); ++first) {
    bytes -= event_bytes(*first);
    logs->has_more = true;
  }
  logs->events.erase(logs->events.begin(), first);
  return logs;
}

void append_logs(core::JsonWriter& json, const Logs& logs) {
  json.key("logs").begin_array();
  for (const Event& log : logs.events) append_log(json, log);
  json.end_array();
  if (logs.has_more) json.key("more_logs").boolean(true);
}

}  // namespace honeyhive::server
