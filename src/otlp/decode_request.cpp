#include "otlp/decode_request.h"

#include "core/limits.h"
#include "otlp/decode_wire.h"
#include "otlp/fields.h"

namespace honeyhive::otlp::wire {
namespace {

namespace limits = core::limits;

struct TooMany {};

class RequestReader {
 public:
  RequestReader(const RequestKind& kind, const ItemSink& sink) : kind_(kind), sink_(sink) {}

  void read(std::string_view request) {
    for_each_field(request, kind_.request, [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::request::resource_spans)) return false;
      read_of_resource(view(reader));
      ++resource_.index;
      return true;
    });
  }

  std::string place() const { return place_in(kind_, resource_, scope_, index_); }

 private:
  // Twice: the resource may stand behind the spans it belongs to.
  void read_of_resource(std::string_view encoded) {
    scope_.index = 0;
    index_ = 0;
    resource_.attributes.clear();
    for_each_field(encoded, kind_.resources, [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::resource_spans::resource)) return false;
      read_resource(view(reader));
      return true;
    });
    resource_.attributes.keep_last();
    for_each_field(encoded, kind_.resources, [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::resource_spans::scope_spans)) return false;
      read_of_scope(view(reader));
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
  void read_of_scope(std::string_view encoded) {
    index_ = 0;
    scope_.name = {};
    scope_.version = {};
    scope_.attributes.clear();
    for_each_field(encoded, kind_.scopes, [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::scope_spans::scope)) return false;
      read_scope(view(reader));
      return true;
    });
    scope_.attributes.keep_last();
    for_each_field(encoded, kind_.scopes, [&](pbf_reader& reader, const char*) {
      if (reader.tag_and_type() != delimited(field::scope_spans::spans)) return false;
      if (++items_ > limits::items_per_request) throw TooMany{};
      sink_(resource_, scope_, index_, view(reader));
      ++index_;
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

  const RequestKind& kind_;
  const ItemSink& sink_;
  ResourceView resource_;
  ScopeView scope_;
  std::size_t index_ = 0;
  std::size_t items_ = 0;
};

}  // namespace

core::Result<void> decode_request(std::string_view body, const RequestKind& kind,
                                  const ItemSink& sink) {
  const std::string what = kind.what;
  if (body.size() > limits::decoded_body_bytes) {
    return core::Error{core::Error::Code::limit_exceeded,
                       what + ": " + std::to_string(body.size()) + " bytes, at most " +
                           std::to_string(limits::decoded_body_bytes) + " are taken"};
  }
  RequestReader reader(kind, sink);
  try {
    reader.read(body);
  } catch (const Malformed& error) {
    return core::Error{core::Error::Code::malformed_data,
                       what + ": byte " + std::to_string(error.at - body.data()) + ", in " +
                           error.message + " near " + reader.place() + ": " + error.reason};
  } catch (const TooMany&) {
    return core::Error{core::Error::Code::limit_exceeded,
                       what + ": more than " + std::to_string(limits::items_per_request) + " " +
                           kind.items + "; send smaller batches"};
  }
  return {};
}

std::string place_in(const RequestKind& kind, const ResourceView& resource, const ScopeView& scope,
                     std::size_t index) {
  return kind.resource_field + ("[" + std::to_string(resource.index) + "].") + kind.scope_field +
         "[" + std::to_string(scope.index) + "]." + kind.item_field + "[" + std::to_string(index) +
         "]";
}

}  // namespace honeyhive::otlp::wire
