#include "otlp/decode.h"

#include "core/limits.h"
#include "otlp/decode_request.h"
#include "otlp/decode_wire.h"
#include "otlp/fields.h"

namespace honeyhive::otlp {
namespace {

namespace limits = core::limits;
using namespace wire;

constexpr RequestKind trace_request = {.what = "trace request",
                                       .items = "spans",
                                       .request = "ExportTraceServiceRequest",
                                       .resources = "ResourceSpans",
                                       .scopes = "ScopeSpans",
                                       .resource_field = "resource_spans",
                                       .scope_field = "scope_spans",
                                       .item_field = "spans"};

class SpanReader {
 public:
  const SpanView& read(std::size_t index, std::string_view encoded) {
    clear(index, encoded.size());
    for_each_field(encoded, "Span", [&](pbf_reader& reader, const char*) {
      return read_span_field(reader) || read_span_part(reader);
    });
    span_.attributes.keep_last();
    return span_;
  }

 private:
  void clear(std::size_t index, std::size_t encoded_bytes) {
    SpanView next;  // keeps the memory of the lists
    next.attributes.items.swap(span_.attributes.items);
    next.events.swap(span_.events);
    next.links.swap(span_.links);
    next.attributes.items.clear();
    next.events.clear();
    next.links.clear();
    next.index = index;
    next.encoded_bytes = encoded_bytes;
    span_ = std::move(next);
  }

  bool read_span_field(pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case delimited(field::span::trace_id):
        span_.trace_id = view(reader);
        return true;
      case delimited(field::span::span_id):
        span_.span_id = view(reader);
        return true;
      case delimited(field::span::trace_state):
        span_.trace_state = view(reader);
        return true;
      case delimited(field::span::parent_span_id):
        span_.parent_span_id = view(reader);
        return true;
      case delimited(field::span::name):
        span_.name = view(reader);
        return true;
      case varint(field::span::kind):
        span_.kind = reader.get_uint64();
        return true;
      case fixed64(field::span::start_time):
        span_.start_ns = reader.get_fixed64();
        return true;
      case fixed64(field::span::end_time):
        span_.end_ns = reader.get_fixed64();
        return true;
      default:
        return false;
    }
  }

  bool read_span_part(pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case delimited(field::span::attributes):
        span_.attributes.add(read_key_value(view(reader), Check::yes, 1));
        return true;
      case varint(field::span::dropped_attributes_count):
        span_.attributes.dropped_by_sender = reader.get_uint32();
        return true;
      case delimited(field::span::events):
        add_event(view(reader));
        return true;
      case varint(field::span::dropped_events_count):
        span_.dropped_events_by_sender = reader.get_uint32();
        return true;
      case delimited(field::span::links):
        add_link(view(reader));
        return true;
      case varint(field::span::dropped_links_count):
        span_.dropped_links_by_sender = reader.get_uint32();
        return true;
      case delimited(field::span::status):
        read_status(view(reader));
        return true;
      default:
        return false;
    }
  }

  void add_event(std::string_view encoded) {
    read_event_fields(encoded, event_, Check::yes);
    if (span_.events.size() < limits::events_per_span) {
      span_.events.push_back(encoded);
    } else {
      ++span_.dropped_events;
    }
  }

  void add_link(std::string_view encoded) {
    read_link_fields(encoded, link_, Check::yes);
    if (span_.links.size() < limits::links_per_span) {
      span_.links.push_back(encoded);
    } else {
      ++span_.dropped_links;
    }
  }

  void read_status(std::string_view encoded) {
    for_each_field(encoded, "Status", [&](pbf_reader& reader, const char*) {
      switch (reader.tag_and_type()) {
        case delimited(field::status::message):
          span_.status_message = view(reader);
          return true;
        case varint(field::status::code):
          span_.status_code = reader.get_uint64();
          return true;
        default:
          return false;
      }
    });
  }

  SpanView span_;
  EventView event_;  // only walked; read again by who wants them
  LinkView link_;
};

}  // namespace

core::Result<void> decode_trace_request(std::string_view body, const SpanSink& sink) {
  SpanReader reader;
  return decode_request(
      body, trace_request,
      [&](const ResourceView& resource, const ScopeView& scope, std::size_t index,
          std::string_view span) { sink(resource, scope, reader.read(index, span)); });
}

std::string place_of(const ResourceView& resource, const ScopeView& scope, const SpanView& span) {
  return place_in(trace_request, resource, scope, span.index);
}

}  // namespace honeyhive::otlp
