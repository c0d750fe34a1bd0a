#include "server/ingest/span_event.h"

#include <algorithm>
#include <limits>

#include "core/hex.h"
#include "core/json_writer.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/any_value_json.h"
#include "otlp/event_id.h"
#include "otlp/transcode_json.h"
#include "server/ingest/conventions.h"
#include "server/ingest/cut_text.h"
#include "server/ingest/mapping_gen_ai.h"
#include "server/ingest/mapping_honeyhive.h"
#include "server/ingest/tokens_model.h"

namespace honeyhive::server {
namespace {

namespace limits = core::limits;

std::string id_problem(std::string_view field, std::string_view id, std::size_t size) {
  if (id == otlp::malformed_id) return std::string(field) + " is not hexadecimal";
  if (id.size() != size) {
    return std::string(field) + " has " + std::to_string(id.size()) + " bytes, not " +
           std::to_string(size);
  }
  return std::string(field) + " is all zeros";
}

// Of an event or a link.
std::string attributes_json(const otlp::Attributes& attributes) {
  std::string out;
  otlp::append_json(out, attributes);
  if (attributes.missing() == 0) return out;
  out.pop_back();
  if (!attributes.items.empty()) out += ',';
  out.append("\"").append(missing_attributes).append("\":");
  return out + std::to_string(attributes.missing()) + '}';
}

std::string events_json(const otlp::SpanView& span) {
  std::string out;
  if (span.events.empty()) return out;
  core::JsonWriter json(out);
  otlp::EventView event;
  json.begin_array();
  for (const std::string_view encoded : span.events) {
    otlp::read_event(encoded, event);
    json.begin_object().member("time_ns", std::to_string(event.time_ns));
    json.member("name", event.name);
    json.key("attributes").raw(attributes_json(event.attributes)).end_object();
  }
  json.end_array();
  return out;
}

std::string links_json(const otlp::SpanView& span) {
  std::string out;
  if (span.links.empty()) return out;
  core::JsonWriter json(out);
  otlp::LinkView link;
  json.begin_array();
  for (const std::string_view encoded : span.links) {
    otlp::read_link(encoded, link);
    json.begin_object().member("trace_id", core::to_hex(link.trace_id.substr(0, 16)));
    json.member("span_id", core::to_hex(link.span_id.substr(0, 8)));
    if (!link.trace_state.empty()) {
      json.member("trace_state", cut_text(link.trace_state, limits::name_bytes));
    }
    json.key("attributes").raw(attributes_json(link.attributes)).end_object();
  }
  json.end_array();
  return out;
}

// "<type>: <message>" of the last exception event that says anything.
std::string exception_text(const otlp::SpanView& span) {
  std::string text;
  otlp::EventView event;
  for (const std::string_view encoded : span.events) {
    otlp::read_event(encoded, event);
    if (event.name != "exception") continue;
    const std::string_view type = event.attributes.text("exception.type");
    const std::string_view message = event.attributes.text("exception.message");
    if (type.empty() && message.empty()) continue;
    text = cut_text(type, limits::name_bytes);
    if (!type.empty() && !message.empty()) text += ": ";
    text += cut_text(message, limits::value_bytes - text.size());
  }
  return text;
}

void set_status(const otlp::SpanView& span, Event& event) {
  event.status = span.status_code <= 2 ? static_cast<Status>(span.status_code) : Status::unset;
  event.status_description = cut_text(span.status_message, limits::value_bytes);
  if (event.status != Status::error || !event.error.empty()) return;
  event.error = event.status_description;
  if (event.error.empty()) event.error = exception_text(span);
  if (event.error.empty()) event.error = "error";
}

// A twin that names another project than the one taken is not lost.
void put_other_project(const otlp::SpanView& span, const Event& event, SpanBuckets& buckets) {
  const otlp::AnyValue* const twin = span.attributes.find(project_twin);
  if (twin == nullptr || project_in(span.attributes, project_twin) == event.project) return;
  buckets.put_plain(project_twin, *twin);
}

void put_instrumentor(const otlp::ScopeView& scope, SpanMapping& mapping) {
  const std::string_view name = instrumentor_of(scope, mapping);
  if (name.empty()) return;
  std::string json;
  core::append_json_string(json, name);
  mapping.buckets.put_made(Bucket::metadata, "instrumentor", last_precedence, std::move(json));
}

// What came with a span but is none of its attributes, under the names that other translators of
// OTLP use. Its own attributes win.
void put_surroundings(const otlp::SpanView& span, const std::vector<ScopeAttribute>& scope,
                      SpanBuckets& buckets) {
  const auto put = [&](std::string_view key, const otlp::AnyValue& value) {
    if (span.attributes.find(key) == nullptr) buckets.put_plain(key, value);
  };
  const std::string_view state = core::cut_at_character(span.trace_state, limits::name_bytes);
  if (!state.empty()) put("w3c.tracestate", otlp::AnyValue::of(state));
  for (const ScopeAttribute& attribute : scope) put(attribute.key, attribute.value);
}

void put_dropped(const otlp::SpanView& span, SpanBuckets& buckets) {
  const auto put = [&](std::string_view key, std::uint64_t count) {
    if (count == 0) return;
    buckets.put_plain(key, otlp::AnyValue::of(clamped(count)));
  };
  put(missing_attributes, span.attributes.missing());
  put("honeyhive.dropped_events", span.dropped_events + span.dropped_events_by_sender);
  put("honeyhive.dropped_links", span.dropped_links + span.dropped_links_by_sender);
}

}  // namespace

void mark_odd_clock(Event& event, std::int64_t arrival_ns) {
  constexpr std::int64_t year_2000_ns = 946'684'800'000'000'000;
  constexpr std::int64_t hour_ns = 3'600'000'000'000;  // so far ahead of us is a wrong clock
  const bool is_start_odd = event.start_ns < year_2000_ns || event.start_ns - hour_ns > arrival_ns;
  if (is_start_odd) event.arrival_ns = arrival_ns;
  event.clock_odd =
      is_start_odd || event.end_ns - hour_ns > arrival_ns || event.end_ns < event.start_ns;
  event.end_ns = std::max(event.end_ns, event.start_ns);
}

std::optional<std::string> SpanMapper::set_ids(const otlp::SpanView& span, Event& event) const {
  const auto trace = core::TraceId::from_bytes(span.trace_id);
  if (!trace || trace->is_zero()) return id_problem("trace_id", span.trace_id, 16);
  const auto id = core::SpanId::from_bytes(span.span_id);
  if (!id || id->is_zero()) return id_problem("span_id", span.span_id, 8);
  if (!span.parent_span_id.empty()) {
    const auto parent = core::SpanId::from_bytes(span.parent_span_id);
    if (!parent) return id_problem("parent_span_id", span.parent_span_id, 8);
    event.parent_span_id = *parent;
  }
  event.trace_id = *trace;
  event.span_id = *id;
  event.event_id = otlp::event_id(*trace, *id).text();
  return std::nullopt;
}

std::optional<std::string> SpanMapper::set_owner(const otlp::SpanView& span, Event& event) const {
  return around_.set_owner(span.attributes, event);
}

void SpanMapper::set_times(const otlp::SpanView& span, Event& event) const {
  event.start_ns = clamped(span.start_ns);
  event.end_ns = clamped(span.end_ns);
  mark_odd_clock(event, arrival_ns_);
}

core::Result<Event> SpanMapper::map(const otlp::ResourceView& resource,
                                    const otlp::ScopeView& scope, const otlp::SpanView& span) {
  const auto refused = [](std::string problem) {
    return core::Error{core::Error::Code::invalid_argument, std::move(problem)};
  };
  if (span.encoded_bytes > limits::received_span_bytes) {
    return refused("the span has " + std::to_string(span.encoded_bytes) + " bytes, at most " +
                   std::to_string(limits::received_span_bytes) + " are taken");
  }
  around_.enter(resource, scope);
  Event event;
  if (auto problem = set_ids(span, event)) return refused(*std::move(problem));
  mapping_.clear();
  map_honeyhive(span, event, mapping_);
  map_gen_ai_events(span, mapping_);
  mapping_.finish();
  SpanBuckets& buckets = mapping_.buckets;
  if (auto problem = set_owner(span, event)) return refused(*std::move(problem));
  put_other_project(span, event, buckets);
  set_times(span, event);
  set_status(span, event);
  put_instrumentor(scope, mapping_);
  put_surroundings(span, around_.scope_attributes(), buckets);
  put_dropped(span, buckets);
  buckets.settle();
  read_tokens_and_model(buckets, event);
  buckets.write(event);
  event.span_events = events_json(span);
  event.links = links_json(span);
  event.resource = around_.resource_json();
  event.scope = around_.scope();
  event.span_kind = span.kind <= 5 ? static_cast<std::uint8_t>(span.kind) : std::uint8_t{0};
  return event;
}

}  // namespace honeyhive::server
