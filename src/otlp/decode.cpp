#include "otlp/decode.h"

#include "core/limits.h"
#include "otlp/decode_wire.h"
#include "otlp/fields.h"

namespace honeyhive::otlp {
namespace {

namespace limits = core::limits;
using namespace wire;

struct TooMany {};

class RequestReader {
 public:
  explicit RequestReader(const SpanSink& sink) : sink_(sink) {}

  void read(std::string_view request) {
    for_each_field(request, "ExportTraceServiceRequest", [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::request::resource_spans)) return false;
      read_resource_spans(view(reader));
      ++resource_.index;
      return true;
    });
  }

  std::string place() const { return place_of(resource_, scope_, span_); }

 private:
  // Twice: the resource may stand behind the spans it belongs to.
  void read_resource_spans(std::string_view encoded) {
    scope_.index = 0;
    span_.index = 0;
    resource_.attributes.clear();
    for_each_field(encoded, "ResourceSpans", [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::resource_spans::resource)) return false;
      read_resource(view(reader));
      return true;
    });
    resource_.attributes.keep_last();
    for_each_field(encoded, "ResourceSpans", [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::resource_spans::scope_spans)) return false;
      read_scope_spans(view(reader));
      ++scope_.index;
      return true;
    });
  }

  void read_resource(std::string_view encoded) {
    for_each_field(encoded, "Resource", [&](pbf_reader& reader, const char*) {
      switch (reader.tag_and_type()) {
        case delimited(field::resource::attributes):
          resource_.attributes.add(read_key_value(view(reader), Check::yes, 1));
          return true;
        case varint(field::resource::dropped_attributes_count):
          resource_.attributes.dropped_by_sender = reader.get_uint32();
          return true;
        default:
          return false;
      }
    });
  }

  // Twice, for the same reason.
  void read_scope_spans(std::string_view encoded) {
    span_.index = 0;
    scope_.name = {};
    scope_.version = {};
    scope_.attributes.clear();
    for_each_field(encoded, "ScopeSpans", [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::scope_spans::scope)) return false;
      read_scope(view(reader));
      return true;
    });
    scope_.attributes.keep_last();
    for_each_field(encoded, "ScopeSpans", [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::scope_spans::spans)) return false;
      if (++spans_ > limits::spans_per_request) throw TooMany{};
      read_span(view(reader));
      sink_(resource_, scope_, span_);
      ++span_.index;
      return true;
    });
  }

  void read_scope(std::string_view encoded) {
    for_each_field(encoded, "InstrumentationScope", [&](pbf_reader& reader, const char*) {
      switch (reader.tag_and_type()) {
        case delimited(field::scope::name):
          scope_.name = view(reader);
          return true;
        case delimited(field::scope::version):
          scope_.version = view(reader);
          return true;
        case delimited(field::scope::attributes):
          scope_.attributes.add(read_key_value(view(reader), Check::yes, 1));
          return true;
        case varint(field::scope::dropped_attributes_count):
          scope_.attributes.dropped_by_sender = reader.get_uint32();
          return true;
        default:
          return false;
      }
    });
  }

  void clear_span(std::size_t encoded_bytes) {
    const std::size_t index = span_.index;
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

  void read_span(std::string_view encoded) {
    clear_span(encoded.size());
    for_each_field(encoded, "Span", [&](pbf_reader& reader, const char*) {
      return read_span_field(reader) || read_span_part(reader);
    });
    span_.attributes.keep_last();
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

  const SpanSink& sink_;
  ResourceView resource_;
  ScopeView scope_;
  SpanView span_;
  EventView event_;  // only walked; read again by who wants them
  LinkView link_;
  std::size_t spans_ = 0;
};

}  // namespace

core::Result<void> decode_trace_request(std::string_view body, const SpanSink& sink) {
  if (body.size() > limits::decoded_body_bytes) {
    return core::Error{core::Error::Code::limit_exceeded,
                       "trace request: " + std::to_string(body.size()) + " bytes, at most " +
                           std::to_string(limits::decoded_body_bytes) + " are taken"};
  }
  RequestReader reader(sink);
  try {
    reader.read(body);
  } catch (const Malformed& error) {
    return core::Error{core::Error::Code::malformed_data,
                       "trace request: byte " + std::to_string(error.at - body.data()) + ", in " +
                           error.message + " near " + reader.place() + ": " + error.reason};
  } catch (const TooMany&) {
    return core::Error{core::Error::Code::limit_exceeded,
                       "trace request: more than " + std::to_string(limits::spans_per_request) +
                           " spans; send smaller batches"};
  }
  return {};
}

std::string place_of(const ResourceView& resource, const ScopeView& scope, const SpanView& span) {
  return "resource_spans[" + std::to_string(resource.index) + "].scope_spans[" +
         std::to_string(scope.index) + "].spans[" + std::to_string(span.index) + "]";
}

}  // namespace honeyhive::otlp
