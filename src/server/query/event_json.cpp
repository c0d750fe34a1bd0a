#include "server/query/event_json.h"

#include <algorithm>

#include "core/json_scan.h"
#include "otlp/event_id.h"

namespace honeyhive::server {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::string_view lineage_keys[] = {"trace_id", "span_id", "parent_span_id",
                                             "has_otlp_lineage"};

std::string_view or_empty_object(std::string_view json) { return json.empty() ? "{}" : json; }
std::string_view or_empty_array(std::string_view json) { return json.empty() ? "[]" : json; }

void append_text_or_null(core::JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  text.empty() ? json.null() : json.string(text);
}

const char* status_name(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::error:
      return "error";
    case Status::unset:
      break;
  }
  return "unset";
}

// Updates may have brought keys that belong to the lineage.
void append_stored_metadata(core::JsonWriter& json, const std::string& metadata) {
  const auto members = core::scan_json_object(metadata);
  if (!members) return;
  for (const core::JsonMember& member : *members) {
    if (std::find(std::begin(lineage_keys), std::end(lineage_keys), member.key) ==
        std::end(lineage_keys)) {
      json.key(member.key).raw(member.value);
    }
  }
}

void append_times(core::JsonWriter& json, const Event& event) {
  json.key("start_time").integer(event.start_ns / ns_per_ms);
  json.key("end_time").integer(event.end_ns / ns_per_ms);
  json.key("duration").number(static_cast<double>(event.end_ns - event.start_ns) / 1e6);
}

void append_buckets(core::JsonWriter& json, const Event& event) {
  for (std::size_t i = 0; i < bucket_count; ++i) {
    json.key(bucket_names[i]);
    if (static_cast<Bucket>(i) == Bucket::metadata) {
      json.raw(shown_metadata(event));
    } else {
      json.raw(or_empty_object(event.buckets[i]));
    }
  }
}

void append_own_fields(core::JsonWriter& json, const Event& event) {
  const bool is_span = event.kind == Event::Kind::span;
  json.member("project", event.project);
  append_text_or_null(json, "trace_id", is_span ? event.trace_id.hex() : "");
  append_text_or_null(json, "span_id", is_span ? event.span_id.hex() : "");
  append_text_or_null(json, "parent_span_id",
                      event.parent_span_id.is_zero() ? "" : event.parent_span_id.hex());
  json.member("status", status_name(event.status));
  json.member("status_description", event.status_description);
  json.member("start_ns", std::to_string(event.start_ns));
  json.member("end_ns", std::to_string(event.end_ns));
  json.key("tokens_in").unsigned_integer(event.tokens_in);
  json.key("tokens_out").unsigned_integer(event.tokens_out);
  append_text_or_null(json, "model", event.model);
  json.key("span_events").raw(or_empty_array(event.span_events));
  json.key("links").raw(or_empty_array(event.links));
  json.key("resource").raw(or_empty_object(event.resource));
  json.member("scope", event.scope);
  json.key("clock_odd").boolean(event.clock_odd);
  json.member("event_type_text", event.event_type_text);
}

}  // namespace

std::string shown_event_id(const Event& event) {
  if (event.kind != Event::Kind::span) return event.event_id;
  return otlp::event_id(event.trace_id, event.span_id).text();
}

std::string parent_event_id(const Event& event) {
  if (event.kind != Event::Kind::span) return {};
  if (event.parent_span_id.is_zero()) return event.session_id;
  return otlp::event_id(event.trace_id, event.parent_span_id).text();
}

std::string shown_metadata(const Event& event) {
  const std::string& stored = event.bucket(Bucket::metadata);
  if (event.kind != Event::Kind::span) return std::string(or_empty_object(stored));
  std::string out;
  core::JsonWriter json(out);
  json.begin_object();
  json.member("trace_id", event.trace_id.hex()).member("span_id", event.span_id.hex());
  append_text_or_null(json, "parent_span_id",
                      event.parent_span_id.is_zero() ? "" : event.parent_span_id.hex());
  json.key("has_otlp_lineage").boolean(true);
  if (!stored.empty()) append_stored_metadata(json, stored);
  json.end_object();
  return out;
}

Children::Children(const std::vector<Event>& events) {
  for (const Event& event : events) {
    std::string parent = parent_event_id(event);
    if (!parent.empty()) ids_[{event.project, std::move(parent)}].push_back(shown_event_id(event));
  }
}

const std::vector<std::string>& Children::of(const Event& event) const {
  static const std::vector<std::string> none;
  const auto found = ids_.find({event.project, shown_event_id(event)});
  return found == ids_.end() ? none : found->second;
}

void append_event(core::JsonWriter& json, const Event& event, const Children& children,
                  Detail detail) {
  json.begin_object();
  json.member("event_id", shown_event_id(event));
  append_text_or_null(json, "session_id", event.session_id);
  append_text_or_null(json, "parent_id", parent_event_id(event));
  json.key("children_ids").begin_array();
  for (const std::string& child : children.of(event)) json.string(child);
  json.end_array();
  json.member("event_type", event.event_type).member("event_name", event.event_name);
  json.member("source", event.source.empty() ? "unknown" : event.source);
  json.member("project_id", event.project);
  append_times(json, event);
  append_buckets(json, event);
  append_text_or_null(json, "error", event.error);
  if (detail == Detail::full) append_own_fields(json, event);
  json.end_object();
}

}  // namespace honeyhive::server
