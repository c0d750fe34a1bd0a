#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/decode_wire.h"
#include "otlp/fields.h"

namespace honeyhive::otlp {
namespace wire {
namespace {

namespace limits = core::limits;

// Elements below the bound are shown as a mark: what they hold is never walked, neither here.
void check_nested(std::string_view list, AnyValue::Kind kind, std::size_t depth) {
  if (depth > limits::any_value_depth) return;
  for_each_field(list, kind == AnyValue::Kind::array ? "ArrayValue" : "KeyValueList",
                 [&](pbf_reader& reader, const char*) {
                   if (reader.tag_and_type() != delimited(field::list::values)) return false;
                   if (kind == AnyValue::Kind::array) {
                     read_any_value(view(reader), Check::yes, depth + 1);
                   } else {
                     read_key_value(view(reader), Check::yes, depth + 1);
                   }
                   return true;
                 });
}

bool read_scalar(pbf_reader& reader, AnyValue& out) {
  using Kind = AnyValue::Kind;
  switch (reader.tag_and_type()) {
    case delimited(field::any_value::string):
      out = {.kind = Kind::string, .text = view(reader)};
      return true;
    case varint(field::any_value::boolean):
      out = {.kind = Kind::boolean, .boolean = reader.get_uint64() != 0};
      return true;
    case varint(field::any_value::integer):
      out = {.kind = Kind::integer, .integer = reader.get_int64()};
      return true;
    case fixed64(field::any_value::number):
      out = {.kind = Kind::number, .number = reader.get_double()};
      return true;
    case delimited(field::any_value::bytes):
      out = {.kind = Kind::bytes, .text = view(reader)};
      return true;
    default:
      return false;
  }
}

void set_key(KeyValue& entry, std::string_view sent) {
  entry.key = core::cut_at_character(sent, limits::received_key_bytes);
  entry.cut_bytes = sent.size() - entry.key.size();
}

}  // namespace

// An array or list that comes again in one AnyValue is merged with the one before: its view starts
// at the first of them, and its reader walks all.
AnyValue read_any_value(std::string_view encoded, Check check, std::size_t depth) {
  AnyValue value;
  for_each_field(encoded, "AnyValue", [&](pbf_reader& reader, const char* start) {
    if (read_scalar(reader, value)) return true;
    AnyValue::Kind kind = AnyValue::Kind::none;
    if (reader.tag_and_type() == delimited(field::any_value::array)) {
      kind = AnyValue::Kind::array;
    } else if (reader.tag_and_type() == delimited(field::any_value::kvlist)) {
      kind = AnyValue::Kind::kvlist;
    } else {
      return false;
    }
    const std::string_view list = view(reader);
    if (check == Check::yes) check_nested(list, kind, depth);
    if (value.kind != kind) {
      value = {.kind = kind,
               .text = encoded.substr(static_cast<std::size_t>(start - encoded.data()))};
    }
    return true;
  });
  return value;
}

KeyValue read_key_value(std::string_view encoded, Check check, std::size_t depth) {
  KeyValue entry;
  for_each_field(encoded, "KeyValue", [&](pbf_reader& reader, const char*) {
    switch (reader.tag_and_type()) {
      case delimited(field::key_value::key):
        set_key(entry, view(reader));
        return true;
      case delimited(field::key_value::value):
        entry.value = read_any_value(view(reader), check, depth);
        return true;
      default:
        return false;
    }
  });
  return entry;
}

void read_event_fields(std::string_view encoded, EventView& out, Check check) {
  out.attributes.clear();
  out.time_ns = 0;
  out.name = {};
  for_each_field(encoded, "Span.Event", [&](pbf_reader& reader, const char*) {
    switch (reader.tag_and_type()) {
      case fixed64(field::event::time):
        out.time_ns = reader.get_fixed64();
        return true;
      case delimited(field::event::name):
        out.name = view(reader);
        return true;
      case delimited(field::event::attributes):
        out.attributes.add(read_key_value(view(reader), check, 1));
        return true;
      case varint(field::event::dropped_attributes_count):
        out.attributes.dropped_by_sender = reader.get_uint32();
        return true;
      default:
        return false;
    }
  });
  out.attributes.keep_last();
}

void read_link_fields(std::string_view encoded, LinkView& out, Check check) {
  out.attributes.clear();
  out.trace_id = {};
  out.span_id = {};
  out.trace_state = {};
  for_each_field(encoded, "Span.Link", [&](pbf_reader& reader, const char*) {
    switch (reader.tag_and_type()) {
      case delimited(field::link::trace_id):
        out.trace_id = view(reader);
        return true;
      case delimited(field::link::span_id):
        out.span_id = view(reader);
        return true;
      case delimited(field::link::trace_state):
        out.trace_state = view(reader);
        return true;
      case delimited(field::link::attributes):
        out.attributes.add(read_key_value(view(reader), check, 1));
        return true;
      case varint(field::link::dropped_attributes_count):
        out.attributes.dropped_by_sender = reader.get_uint32();
        return true;
      default:
        return false;
    }
  });
  out.attributes.keep_last();
}

}  // namespace wire

using namespace wire;

void read_event(std::string_view encoded, EventView& out) {
  read_event_fields(encoded, out, Check::no);
}

void read_link(std::string_view encoded, LinkView& out) {
  read_link_fields(encoded, out, Check::no);
}

void for_each_item(const AnyValue& value, const std::function<void(const AnyValue&)>& visit) {
  for_each_field(value.text, "AnyValue", [&](pbf_reader& reader, const char*) {
    if (reader.tag_and_type() != delimited(field::any_value::array)) return false;
    for_each_field(view(reader), "ArrayValue", [&](pbf_reader& item, const char*) {
      if (item.tag_and_type() != delimited(field::list::values)) return false;
      visit(read_any_value(view(item), Check::no, 1));
      return true;
    });
    return true;
  });
}

Attributes entries_of(const AnyValue& value) {
  Attributes entries;
  for_each_field(value.text, "AnyValue", [&](pbf_reader& reader, const char*) {
    if (reader.tag_and_type() != delimited(field::any_value::kvlist)) return false;
    for_each_field(view(reader), "KeyValueList", [&](pbf_reader& entry, const char*) {
      if (entry.tag_and_type() != delimited(field::list::values)) return false;
      entries.add(read_key_value(view(entry), Check::no, 1));
      return true;
    });
    return true;
  });
  entries.keep_last();
  return entries;
}

}  // namespace honeyhive::otlp
