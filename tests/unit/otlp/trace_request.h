#pragma once

// Trace requests for tests, written with protozero: an encoder that is not ours.

#include <cstdint>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otlp/fields.h"

namespace honeyhive::testing {

namespace field = otlp::field;
using protozero::pbf_writer;

// -- AnyValue messages

inline std::string any(std::string_view text) {
  std::string out;
  pbf_writer(out).add_string(field::any_value::string, text.data(), text.size());
  return out;
}
inline std::string any(const char* text) { return any(std::string_view(text)); }
inline std::string any(bool value) {
  std::string out;
  pbf_writer(out).add_bool(field::any_value::boolean, value);
  return out;
}
inline std::string any(std::int64_t value) {
  std::string out;
  pbf_writer(out).add_int64(field::any_value::integer, value);
  return out;
}
inline std::string any(int value) { return any(std::int64_t{value}); }
inline std::string any(double value) {
  std::string out;
  pbf_writer(out).add_double(field::any_value::number, value);
  return out;
}
inline std::string any_bytes(std::string_view bytes) {
  std::string out;
  pbf_writer(out).add_bytes(field::any_value::bytes, bytes.data(), bytes.size());
  return out;
}
inline std::string any_array(const std::vector<std::string>& items) {
  std::string list;
  pbf_writer writer(list);
  for (const auto& item : items) writer.add_message(field::list::values, item);
  std::string out;
  pbf_writer(out).add_message(field::any_value::array, list);
  return out;
}

using Attribute = std::pair<std::string, std::string>;  // key, AnyValue

inline std::string key_value(std::string_view key, const std::string& value) {
  std::string out;
  pbf_writer writer(out);
  writer.add_string(field::key_value::key, key.data(), key.size());
  writer.add_message(field::key_value::value, value);
  return out;
}
inline std::string any_kvlist(const std::vector<Attribute>& entries) {
  std::string list;
  pbf_writer writer(list);
  for (const auto& [key, value] : entries) {
    writer.add_message(field::list::values, key_value(key, value));
  }
  std::string out;
  pbf_writer(out).add_message(field::any_value::kvlist, list);
  return out;
}

// -- spans and requests

inline const std::string trace_a(16, '\x0a');
inline const std::string span_a(8, '\x01');
inline const std::string span_b(8, '\x02');
inline const std::string span_c(8, '\x03');

struct EventFields {
  std::uint64_t time = 0;
  std::string name;
  std::vector<Attribute> attributes = {};
  std::uint32_t dropped_attributes = 0;
};

struct SpanFields {
  std::string trace_id = trace_a;
  std::string span_id = span_a;
  std::string parent_span_id = {};
  std::string name = "step";
  std::uint64_t start = 1'700'000'000'000'000'000;
  std::uint64_t end = 1'700'000'000'250'000'000;
  std::vector<Attribute> attributes = {};
  std::vector<EventFields> events = {};
  std::vector<std::pair<std::string, std::string>> links = {};  // trace id, span id
  std::string trace_state = {};                                 // its own, and of each link
  int status = 0;
  std::string status_message = {};
  int kind = 1;
  std::uint32_t dropped_attributes = 0, dropped_events = 0, dropped_links = 0;
};

inline std::string encode_event(const EventFields& event) {
  std::string out;
  pbf_writer writer(out);
  writer.add_fixed64(field::event::time, event.time);
  writer.add_string(field::event::name, event.name);
  for (const auto& [key, value] : event.attributes) {
    writer.add_message(field::event::attributes, key_value(key, value));
  }
  writer.add_uint32(field::event::dropped_attributes_count, event.dropped_attributes);
  return out;
}

inline std::string encode_span(const SpanFields& span) {
  std::string out;
  pbf_writer writer(out);
  writer.add_bytes(field::span::trace_id, span.trace_id);
  writer.add_bytes(field::span::span_id, span.span_id);
  if (!span.trace_state.empty()) writer.add_string(field::span::trace_state, span.trace_state);
  if (!span.parent_span_id.empty()) {
    writer.add_bytes(field::span::parent_span_id, span.parent_span_id);
  }
  writer.add_string(field::span::name, span.name);
  writer.add_enum(field::span::kind, span.kind);
  writer.add_fixed64(field::span::start_time, span.start);
  writer.add_fixed64(field::span::end_time, span.end);
  for (const auto& [key, value] : span.attributes) {
    writer.add_message(field::span::attributes, key_value(key, value));
  }
  for (const auto& event : span.events) {
    writer.add_message(field::span::events, encode_event(event));
  }
  for (const auto& [trace, linked] : span.links) {
    pbf_writer link(writer, field::span::links);
    link.add_bytes(field::link::trace_id, trace);
    link.add_bytes(field::link::span_id, linked);
    if (!span.trace_state.empty()) link.add_string(field::link::trace_state, span.trace_state);
  }
  writer.add_uint32(field::span::dropped_attributes_count, span.dropped_attributes);
  writer.add_uint32(field::span::dropped_events_count, span.dropped_events);
  writer.add_uint32(field::span::dropped_links_count, span.dropped_links);
  if (span.status != 0 || !span.status_message.empty()) {
    pbf_writer status(writer, field::span::status);
    status.add_string(field::status::message, span.status_message);
    status.add_enum(field::status::code, span.status);
  }
  return out;
}

// One ResourceSpans with one scope.
inline std::string encode_request(const std::vector<std::string>& spans,
                                  const std::vector<Attribute>& resource = {},
                                  const std::vector<Attribute>& scope_attributes = {}) {
  std::string out;
  pbf_writer request(out);
  pbf_writer resource_spans(request, field::request::resource_spans);
  {
    pbf_writer writer(resource_spans, field::resource_spans::resource);
    for (const auto& [key, value] : resource) {
      writer.add_message(field::resource::attributes, key_value(key, value));
    }
  }
  {
    pbf_writer scope_spans(resource_spans, field::resource_spans::scope_spans);
    {
      pbf_writer scope(scope_spans, field::scope_spans::scope);
      scope.add_string(field::scope::name, "lib");
      scope.add_string(field::scope::version, "1.2");
      for (const auto& [key, value] : scope_attributes) {
        scope.add_message(field::scope::attributes, key_value(key, value));
      }
    }
    for (const auto& span : spans) scope_spans.add_message(field::scope_spans::spans, span);
  }
  resource_spans.commit();
  return out;
}

inline std::string encode_request(const std::vector<SpanFields>& spans,
                                  const std::vector<Attribute>& resource = {},
                                  const std::vector<Attribute>& scope_attributes = {}) {
  std::vector<std::string> encoded;
  for (const auto& span : spans) encoded.push_back(encode_span(span));
  return encode_request(encoded, resource, scope_attributes);
}

}  // namespace honeyhive::testing
