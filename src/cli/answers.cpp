#include "cli/answers.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/json_depth.h"
#include "cli/readable.h"
#include "cli/safe_text.h"

namespace honeyhive::cli {
namespace {

using Json = nlohmann::ordered_json;
using Section = TextPart::Section;

const Json& member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string text(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

// A number, or decimal digits in a string: 64 bits do not fit into every reader's numbers.
std::int64_t integer(const Json& object, const char* name) {
  const Json& value = member(object, name);
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    return std::abs(number) < 9e18 ? static_cast<std::int64_t>(number) : 0;
  }
  if (!value.is_string()) return 0;
  const auto& digits = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

double number(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_number() ? value.get<double>() : 0;
}

const Json& list(const Json& object, const char* name) {
  static const Json empty = Json::array();
  const Json& value = member(object, name);
  return value.is_array() ? value : empty;
}

std::string dump(const Json& value) {
  return safe_json(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

core::Error not_understood(std::string_view what) {
  return {core::Error::Code::malformed_data,
          "the server's answer is not what this version of honeyhive understands: " +
              std::string(what)};
}

core::Result<Json> parse(std::string_view text_of_json) {
  if (is_too_deep(text_of_json)) return not_understood("it is nested too deeply");
  Json document = Json::parse(text_of_json, nullptr, false);
  if (document.is_discarded()) return not_understood("it is no JSON");
  if (!document.is_object()) return not_understood("it is no JSON object");
  return document;
}

TraceRow row_of(const Json& item) {
  TraceRow row;
  row.project = text(item, "project");
  row.trace_id = text(item, "trace_id");
  row.session_id = text(item, "session_id");
  row.name = text(item, "name");
  row.start_ns = integer(item, "start_ns");
  const double took_ns = number(item, "duration_ms") * 1e6;
  row.took_ns =
      took_ns > 0 && took_ns < 9e18 ? static_cast<std::uint64_t>(std::llround(took_ns)) : 0;
  row.spans = integer(item, "spans");
  row.errors = integer(item, "errors");
  row.tokens_in = integer(item, "tokens_in");
  row.tokens_out = integer(item, "tokens_out");
  return row;
}

// "exception.type" as OpenTelemetry writes it, or nested.
std::string exception_field(const Json& attributes, const char* name) {
  const std::string flat = text(attributes, (std::string("exception.") + name).c_str());
  return flat.empty() ? text(member(attributes, "exception"), name) : flat;
}

// The text of the error field: a string, or JSON.
std::string error_text(const Json& event) {
  const Json& error = member(event, "error");
  if (error.is_string()) return error.get<std::string>();
  return error.is_structured() && !error.empty() ? error.dump() : std::string();
}

void add_errors(const Json& event, ShownSpan& span) {
  bool has_exception = false;
  for (const Json& item : list(event, "span_events")) {
    const Json& attributes = member(item, "attributes");
    if (text(item, "name") != "exception") {
      std::string label = text(item, "name");
      const bool has_attributes = attributes.is_object() && !attributes.empty();
      span.parts.push_back(
          {Section::event, std::move(label), has_attributes ? attributes.dump() : std::string()});
      continue;
    }
    has_exception = true;
    span.parts.push_back({Section::error, exception_field(attributes, "type"),
                          exception_field(attributes, "message")});
  }
  if (has_exception) return;
  std::string message = error_text(event);
  if (message.empty() && span.status == "error") message = text(event, "status_description");
  if (!message.empty()) span.parts.push_back({Section::error, "", std::move(message)});
}

ShownSpan span_of(const Json& event) {
  ShownSpan span;
  span.event_id = text(event, "event_id");
  span.parent_id = text(event, "parent_id");
  span.trace_id = text(event, "trace_id");
  span.span_id = text(event, "span_id");
  span.parent_span_id = text(event, "parent_span_id");
  span.session_id = text(event, "session_id");
  span.project = text(event, "project");
  span.type = text(event, "event_type_text");
  if (span.type.empty()) span.type = text(event, "event_type");
  span.name = text(event, "event_name");
  span.status = text(event, "status");
  span.has_failed = span.status == "error" || !error_text(event).empty();
  span.model = text(event, "model");
  span.start_ns = integer(event, "start_ns");
  span.end_ns = integer(event, "end_ns");
  span.tokens_in = integer(event, "tokens_in");
  span.tokens_out = integer(event, "tokens_out");
  span.is_clock_odd = member(event, "clock_odd") == true;
  if (span.parent_span_id.find_first_not_of('0') == std::string::npos) span.parent_span_id.clear();

  constexpr std::pair<const char*, Section> buckets[] = {
      {"inputs", Section::input},
      {"outputs", Section::output},
      {"config", Section::config},
      {"metadata", Section::metadata},
      {"metrics", Section::metrics},
      {"feedback", Section::feedback},
      {"user_properties", Section::user_properties}};
  for (const auto& [name, section] : buckets) {
    const Json& bucket = member(event, name);
    if (bucket.is_object()) append_readable(bucket.dump(), section, span.parts);
    if (section == Section::output) add_errors(event, span);
  }
  return span;
}

// As OTLP names the ranges of its numbers, where the sender has no text of its own.
std::string severity_of(const Json& item, std::int64_t number) {
  std::string sent = text(item, "severity_text");
  if (!sent.empty() || number < 1 || number > 24) return sent;
  constexpr const char* names[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
  return names[(number - 1) / 4];
}

ShownLog log_of(const Json& item) {
  constexpr std::int64_t first_error = 17;
  const std::int64_t number = integer(item, "severity_number");
  ShownLog log;
  log.trace_id = text(item, "trace_id");
  log.span_id = text(item, "span_id");
  log.time_ns = integer(item, "time_ns");
  log.severity = severity_of(item, number);
  log.is_error = number >= first_error;
  const Json& body = member(item, "body");
  if (body.is_string()) {
    log.message = body.get<std::string>();
  } else if (!body.is_null()) {
    log.message = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  } else {
    log.message = text(item, "event_name");
  }
  return log;
}

}  // namespace

core::Result<TracePage> read_trace_page(std::string_view json) try {
  const auto document = parse(json);
  if (!document) return document.error();
  const Json& traces = member(*document, "traces");
  if (!traces.is_array()) return not_understood("\"traces\" is no list");
  TracePage page;
  for (const Json& item : traces) {
    page.rows.push_back(row_of(item));
    page.json.push_back(dump(item));
  }
  page.next = text(*document, "next");
  return page;
} catch (const Json::exception& exception) {
  return not_understood(exception.what());
}

core::Result<ShownTree> read_tree(std::string_view json) try {
  const auto document = parse(json);
  if (!document) return document.error();
  const Json& events = member(*document, "events");
  if (!events.is_array()) return not_understood("\"events\" is no list");
  const Json& session = member(*document, "session");
  const Json& head = session.is_object() ? session : *document;
  ShownTree tree;
  tree.project = text(head, "project");
  tree.trace_id = text(*document, "trace_id");
  tree.session_id = text(head, "session_id");
  tree.session_name = text(session, "name");
  for (const Json& other : list(*document, "other_projects")) {
    if (other.is_string()) tree.other_projects.push_back(other.get<std::string>());
  }
  for (const Json& event : events) {
    const bool is_root = text(event, "span_id").empty() && text(event, "parent_id").empty();
    if (text(event, "event_type") == "session" && is_root) {
      if (tree.session_name.empty()) tree.session_name = text(event, "event_name");
      tree.session_parts = span_of(event).parts;
      continue;
    }
    tree.spans.push_back(span_of(event));
  }
  for (const Json& item : list(*document, "logs")) tree.logs.push_back(log_of(item));
  tree.has_more_logs = member(*document, "more_logs") == true;
  return tree;
} catch (const Json::exception& exception) {
  return not_understood(exception.what());
}

core::Result<ShownSpan> read_span(std::string_view json) try {
  const auto document = parse(json);
  if (!document) return document.error();
  return span_of(*document);
} catch (const Json::exception& exception) {
  return not_understood(exception.what());
}

core::Result<std::string> read_json(std::string_view json) {
  if (!Json::accept(json)) return not_understood("it is no JSON");
  return safe_json(json);
}

}  // namespace honeyhive::cli
