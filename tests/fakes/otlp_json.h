#pragma once

// What a decoded request says, as OTLP/JSON: an oracle for tests, and a second way of writing what
// the server only reads. Each span gets a resource and a scope of its own.

#include <cmath>
#include <string>
#include <string_view>

#include "core/hex.h"
#include "core/json_writer.h"
#include "core/limits.h"
#include "otlp/any_value_json.h"
#include "otlp/decode.h"

namespace honeyhive::testing {

class OtlpJson {
 public:
  // Error: the decoder's.
  static core::Result<std::string> of_traces(std::string_view protobuf) {
    OtlpJson json;
    json.out_.begin_object().key("resourceSpans").begin_array();
    const auto decoded = otlp::decode_trace_request(
        protobuf, [&](const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                      const otlp::SpanView& span) {
          json.begin(resource, scope, "scopeSpans", "spans");
          json.write(span);
          json.end();
        });
    if (!decoded) return decoded.error();
    json.out_.end_array().end_object();
    return std::move(json.text_);
  }

  static core::Result<std::string> of_logs(std::string_view protobuf) {
    OtlpJson json;
    json.out_.begin_object().key("resourceLogs").begin_array();
    const auto decoded = otlp::decode_logs_request(
        protobuf, [&](const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                      const otlp::LogView& log) {
          json.begin(resource, scope, "scopeLogs", "logRecords");
          json.write(log);
          json.end();
        });
    if (!decoded) return decoded.error();
    json.out_.end_array().end_object();
    return std::move(json.text_);
  }

 private:
  void begin(const otlp::ResourceView& resource, const otlp::ScopeView& scope,
             std::string_view scopes, std::string_view items) {
    out_.begin_object().key("resource").begin_object();
    write(resource.attributes);
    out_.end_object().key(scopes).begin_array().begin_object().key("scope").begin_object();
    out_.member("name", scope.name).member("version", scope.version);
    write(scope.attributes);
    out_.end_object().key(items).begin_array();
  }
  void end() { out_.end_array().end_object().end_array().end_object(); }

  void write(const otlp::SpanView& span) {
    out_.begin_object();
    out_.member("traceId", core::to_hex(span.trace_id));
    out_.member("spanId", core::to_hex(span.span_id));
    out_.member("parentSpanId", core::to_hex(span.parent_span_id));
    out_.member("traceState", span.trace_state).member("name", span.name);
    out_.key("kind").integer(static_cast<std::int32_t>(span.kind));
    out_.member("startTimeUnixNano", std::to_string(span.start_ns));
    out_.member("endTimeUnixNano", std::to_string(span.end_ns));
    write(span.attributes);
    out_.key("events").begin_array();
    otlp::EventView event;
    for (const std::string_view encoded : span.events) {
      otlp::read_event(encoded, event);
      out_.begin_object().member("timeUnixNano", std::to_string(event.time_ns));
      out_.member("name", event.name);
      write(event.attributes);
      out_.end_object();
    }
    out_.end_array();
    out_.key("droppedEventsCount").unsigned_integer(span.dropped_events_by_sender);
    out_.key("links").begin_array();
    otlp::LinkView link;
    for (const std::string_view encoded : span.links) {
      otlp::read_link(encoded, link);
      out_.begin_object().member("traceId", core::to_hex(link.trace_id));
      out_.member("spanId", core::to_hex(link.span_id)).member("traceState", link.trace_state);
      write(link.attributes);
      out_.end_object();
    }
    out_.end_array();
    out_.key("droppedLinksCount").unsigned_integer(span.dropped_links_by_sender);
    out_.key("status").begin_object().member("message", span.status_message);
    out_.key("code").integer(static_cast<std::int32_t>(span.status_code));
    out_.end_object().end_object();
  }

  void write(const otlp::LogView& log) {
    out_.begin_object();
    out_.member("timeUnixNano", std::to_string(log.time_ns));
    out_.member("observedTimeUnixNano", std::to_string(log.observed_ns));
    out_.key("severityNumber").integer(static_cast<std::int32_t>(log.severity));
    out_.member("severityText", log.severity_text).member("eventName", log.event_name);
    out_.member("traceId", core::to_hex(log.trace_id));
    out_.member("spanId", core::to_hex(log.span_id));
    out_.key("body");
    write(log.body, 1);
    write(log.attributes);
    out_.end_object();
  }

  void write(const otlp::Attributes& attributes) {
    out_.key("attributes").begin_array();
    for (const otlp::KeyValue& item : attributes.items) write(item, 1);
    out_.end_array();
    out_.key("droppedAttributesCount").unsigned_integer(attributes.dropped_by_sender);
  }

  void write(const otlp::KeyValue& item, std::size_t depth) {
    out_.begin_object().member("key", item.key).key("value");
    write(item.value, depth);
    out_.end_object();
  }

  void write(const otlp::AnyValue& value, std::size_t depth) {
    using Kind = otlp::AnyValue::Kind;
    out_.begin_object();
    if (depth > core::limits::any_value_depth) {
      out_.member("stringValue", otlp::too_deep_mark);
    } else if (value.kind == Kind::string) {
      out_.member("stringValue", value.text);
    } else if (value.kind == Kind::boolean) {
      out_.key("boolValue").boolean(value.boolean);
    } else if (value.kind == Kind::integer) {
      out_.member("intValue", std::to_string(value.integer));
    } else if (value.kind == Kind::number) {
      write(value.number);
    } else if (value.kind == Kind::bytes) {
      std::string base64;
      otlp::append_json(base64, value);
      out_.key("bytesValue").raw(base64);
    } else if (value.kind == Kind::array) {
      out_.key("arrayValue").begin_object().key("values").begin_array();
      otlp::for_each_item(value, [&](const otlp::AnyValue& item) { write(item, depth + 1); });
      out_.end_array().end_object();
    } else if (value.kind == Kind::kvlist) {
      out_.key("kvlistValue").begin_object().key("values").begin_array();
      for (const otlp::KeyValue& item : otlp::entries_of(value).items) write(item, depth + 1);
      out_.end_array().end_object();
    }
    out_.end_object();
  }

  void write(double number) {
    if (std::isnan(number)) {
      out_.member("doubleValue", "NaN");
    } else if (std::isinf(number)) {
      out_.member("doubleValue", number < 0 ? "-Infinity" : "Infinity");
    } else {
      out_.key("doubleValue").number(number);
    }
  }

  std::string text_;
  core::JsonWriter out_{text_};
};

}  // namespace honeyhive::testing
