// The requests of the ingest rows, as OTLP's JSON. Reads protobuf with protozero and knows what
// ingest_requests.cpp writes: texts, ids, times, enums.

#include <protozero/pbf_reader.hpp>

#include "core/hex.h"
#include "core/json_writer.h"
#include "ingest.h"

namespace honeyhive::bench {
namespace {

using core::JsonWriter;
using protozero::pbf_reader;

std::string_view view(pbf_reader& reader) {
  const auto bytes = reader.get_view();
  return {bytes.data(), bytes.size()};
}

// {"key":...,"value":{"stringValue":...}}
void write_attribute(JsonWriter& json, pbf_reader attribute) {
  json.begin_object();
  while (attribute.next()) {
    if (attribute.tag() == 1) {
      json.member("key", view(attribute));
    } else {
      pbf_reader value = attribute.get_message();
      json.key("value").begin_object();
      while (value.next()) json.member("stringValue", view(value));
      json.end_object();
    }
  }
  json.end_object();
}

// The attributes of a message, of which they are field `number`; `write` takes its other fields.
template <typename Write>
void write_message(JsonWriter& json, pbf_reader message, std::uint32_t number, Write write) {
  json.begin_object();
  pbf_reader attributes = message;
  while (message.next()) {
    message.tag() == number ? message.skip() : write(message);
  }
  json.key("attributes").begin_array();
  while (attributes.next()) {
    attributes.tag() == number ? write_attribute(json, attributes.get_message())
                               : attributes.skip();
  }
  json.end_array().end_object();
}

void write_status(JsonWriter& json, pbf_reader status) {
  json.key("status").begin_object();
  while (status.next()) json.key("code").integer(status.get_enum());
  json.end_object();
}

void write_span(JsonWriter& json, const pbf_reader& span) {
  write_message(json, span, 9, [&](pbf_reader& field) {
    switch (field.tag()) {
      case 1:
        json.member("traceId", core::to_hex(view(field)));
        return;
      case 2:
        json.member("spanId", core::to_hex(view(field)));
        return;
      case 4:
        json.member("parentSpanId", core::to_hex(view(field)));
        return;
      case 5:
        json.member("name", view(field));
        return;
      case 6:
        json.key("kind").integer(field.get_enum());
        return;
      case 7:
        json.member("startTimeUnixNano", std::to_string(field.get_fixed64()));
        return;
      case 8:
        json.member("endTimeUnixNano", std::to_string(field.get_fixed64()));
        return;
      default:
        write_status(json, field.get_message());
    }
  });
}

void write_scope_spans(JsonWriter& json, pbf_reader scope_spans) {
  json.begin_object();
  pbf_reader spans = scope_spans;
  while (scope_spans.next()) {
    if (scope_spans.tag() != 1) {
      scope_spans.skip();
      continue;
    }
    json.key("scope");
    write_message(json, scope_spans.get_message(), 3,
                  [&](pbf_reader& field) { json.member("name", view(field)); });
  }
  json.key("spans").begin_array();
  while (spans.next()) spans.tag() == 2 ? write_span(json, spans.get_message()) : spans.skip();
  json.end_array().end_object();
}

}  // namespace

std::string json_of_request(std::string_view protobuf) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("resourceSpans").begin_array();
  pbf_reader request(protobuf.data(), protobuf.size());
  while (request.next()) {
    pbf_reader resource_spans = request.get_message();
    json.begin_object();
    while (resource_spans.next()) {
      if (resource_spans.tag() == 1) {
        json.key("resource");
        write_message(json, resource_spans.get_message(), 1,
                      [](pbf_reader& field) { field.skip(); });
      } else {
        json.key("scopeSpans").begin_array();
        write_scope_spans(json, resource_spans.get_message());
        json.end_array();
      }
    }
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace honeyhive::bench
