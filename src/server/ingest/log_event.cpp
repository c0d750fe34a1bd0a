#include "server/ingest/log_event.h"

#include <algorithm>
#include <array>

#include "core/limits.h"
#include "otlp/any_value_json.h"
#include "server/ingest/cut_text.h"
#include "server/ingest/span_buckets.h"
#include "server/ingest/span_event.h"

namespace honeyhive::server {
namespace {

namespace limits = core::limits;

constexpr std::uint64_t highest_severity = 24;

// Stored as fields of their own.
constexpr auto session_keys =
    std::to_array<std::string_view>({"honeyhive.session_id", "honeyhive_session_id",
                                     "traceloop.association.properties.session_id"});
constexpr std::string_view record_key = "honeyhive.record_id";
constexpr std::string_view source_key = "honeyhive.source";

bool is_own_field(std::string_view key, const Event& event) {
  return key == project_key || (key == source_key && !event.source.empty()) ||
         (key == session_keys[0] && !event.session_id.empty()) ||
         (key == record_key && !event.event_id.empty());
}

void set_ids(const otlp::LogView& log, Event& event) {
  event.trace_id = core::TraceId::from_bytes(log.trace_id).value_or(core::TraceId{});
  if (event.trace_id.is_zero()) return;
  event.span_id = core::SpanId::from_bytes(log.span_id).value_or(core::SpanId{});
}

void set_names(const otlp::Attributes& attributes, Event& event) {
  for (const std::string_view key : session_keys) {
    if (!event.session_id.empty()) break;
    // More than allowed, so that an id that is too long is seen and refused, not cut.
    event.session_id = cut_text(attributes.text(key), limits::session_id_bytes + 8);
  }
  event.source = cut_text(attributes.text(source_key), limits::name_bytes);
  const std::string_view record = attributes.text(record_key);
  if (record.size() <= limits::session_id_bytes) event.event_id = record;
}

void set_attributes(const otlp::LogView& log, Event& event) {
  SpanBuckets buckets;
  for (const otlp::KeyValue& attribute : log.attributes.items) {
    if (is_own_field(attribute.key, event)) continue;
    buckets.put_plain(attribute);
  }
  if (log.attributes.missing() > 0) {
    buckets.put_plain(missing_attributes, otlp::AnyValue::of(clamped(log.attributes.missing())));
  }
  buckets.settle();
  buckets.write(event);
}

}  // namespace

core::Result<Event> LogMapper::map(const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                                   const otlp::LogView& log) {
  const auto refused = [](std::string problem) {
    return core::Error{core::Error::Code::invalid_argument, std::move(problem)};
  };
  if (log.encoded_bytes > limits::received_span_bytes) {
    return refused("the log record has " + std::to_string(log.encoded_bytes) + " bytes, at most " +
                   std::to_string(limits::received_span_bytes) + " are taken");
  }
  around_.enter(resource, scope);
  Event event;
  event.kind = Event::Kind::log;
  event.event_type = "log";
  set_ids(log, event);
  set_names(log.attributes, event);
  if (auto problem = around_.set_owner(log.attributes, event)) return refused(*std::move(problem));
  event.event_name = cut_text(log.event_name, limits::name_bytes);
  event.observed_ns = clamped(log.observed_ns);
  event.start_ns = clamped(log.time_ns != 0 ? log.time_ns : log.observed_ns);
  if (event.start_ns == 0) event.start_ns = arrival_ns_;
  event.end_ns = event.start_ns;
  mark_odd_clock(event, arrival_ns_);
  event.severity =
      log.severity <= highest_severity ? static_cast<std::uint8_t>(log.severity) : std::uint8_t{0};
  event.severity_text = cut_text(log.severity_text, limits::name_bytes);
  if (log.body.kind != otlp::AnyValue::Kind::none) otlp::append_json(event.body, log.body);
  set_attributes(log, event);
  event.resource = around_.resource_json();
  event.scope = around_.scope();
  return event;
}

}  // namespace honeyhive::server
